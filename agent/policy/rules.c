/*
 * policy/rules.c - see rules.h
 *
 * Which files there are and how they fit together; what stands in them is read by settings.c,
 * keyfile.c, certificate.c and expiry.c, who may have written them is checked by source.c.
 */
#include "agent/policy/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/ini.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/model/tokenfile.h"
#include "agent/policy/approvers.h"
#include "agent/policy/certificate.h"
#include "agent/policy/expiry.h"
#include "agent/policy/grantfile.h"
#include "agent/policy/keyfile.h"
#include "agent/policy/settings.h"
#include "agent/policy/source.h"
#include "agent/policy/template.h"

struct rules *rules_free(struct rules *r)
{
	if (!r)
		return NULL;
	for (size_t i = 0; i < r->n_tokens; i++)
		free(r->tokens[i]);
	free(r->tokens);
	for (size_t i = 0; i < r->n_keys; i++)
		(void)key_rule_free(r->keys[i]); /* returns NULL by convention */
	free(r->keys);
	for (size_t i = 0; i < r->n_grant_files; i++)
		(void)grant_free(r->grant_files[i]); /* the same */
	free(r->grant_files);
	free(r->grants);
	free(r);
	return NULL;
}

void rules_error_done(struct rules_error *e)
{
	free(e->path);
	*e = (struct rules_error){};
}

static int load_settings(struct source *s, const char *dir, struct settings *ret)
{
	_cleanup_(freep) char *path = text_format("%s/signet.conf", dir);

	if (!path)
		return -ENOMEM;
	settings_init(ret);
	return source_parse(s, path, true, settings_assign, ret);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What it says is for the token process; here it only has to be right. */
static int load_token(struct source *s, const char *path)
{
	_cleanup_(tokenfile_done) struct tokenfile t = {};
	struct ini_error error = {};
	int r;

	r = source_parse(s, path, false, tokenfile_assign, &t);
	if (r < 0)
		return r;
	r = tokenfile_check(&t, &error);
	return r < 0 ? source_refuse(s, path, error.line, "%s", error.what) : 0;
}

static int load_tokens(struct source *s, const char *dir, struct rules *ret)
{
	_cleanup_(freep) char *tokens_d = text_format("%s/tokens.d", dir);
	_cleanup_(ini_scan_freep) char **files = NULL;
	size_t n;
	int r;

	if (!tokens_d)
		return -ENOMEM;
	r = source_scan(s, tokens_d, true, &files, &n);
	if (r < 0)
		return r;
	if (n > TOKENS_MAX)
		return source_refuse(s, tokens_d, 0, "it names more than %u tokens", TOKENS_MAX);
	ret->tokens = calloc(n + 1, sizeof(*ret->tokens));
	if (!ret->tokens)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		_cleanup_(freep) char *path = text_format("%s/%s", tokens_d, files[i]);
		_cleanup_(freep) char *name = NULL;

		if (!path)
			return -ENOMEM;
		r = source_name_of(s, path, files[i], &name);
		if (r == 0)
			r = load_token(s, path);
		if (r < 0)
			return r;
		ret->tokens[ret->n_tokens++] = take_ptr(name);
	}
	qsort(ret->tokens, n, sizeof(*ret->tokens), compare_names);
	return 0;
}

static void replace(uint8_t **data, size_t *size, const struct certificate *c)
{
	free(*data);
	*data = c->data;
	*size = c->size;
}

static int keep_x509(struct source *s, const char *path, const struct certificate *c,
		     const struct keyfile *k)
{
	struct key_rule *rule = k->rule;
	char why[128];

	replace(&rule->certificate, &rule->certificate_size, c);
	if (k->ignores_expiry)
		return 0;
	if (expiry_read(c->data, c->size, &rule->certificate_not_after, why, sizeof(why)) < 0)
		return source_refuse(s, path, 0,
				     "as the certificate of a key, %s; CertificateExpiry=ignore "
				     "takes it as it is",
				     why);
	return 0;
}

/* Of each kind a key has one: the last one named. */
static int load_certificate(struct source *s, const char *path, const struct keyfile *k)
{
	struct key_rule *rule = k->rule;
	_cleanup_(freep) char *data = NULL;
	struct certificate c;
	char why[128];
	size_t size;
	int r;

	r = source_read(s, path, CONFIG_FILE_MAX, &data, &size);
	if (r == -ENOENT)
		return source_refuse(s, path, 0,
				     "there is no such file, and Certificate= in %.128s names it",
				     rule->path);
	if (r < 0)
		return r;
	r = certificate_decode(data, size, &c, why, sizeof(why));
	if (r == -EINVAL)
		return source_refuse(s, path, 0, "as the certificate of a key, %s", why);
	if (r < 0)
		return r;
	if (c.kind == CERTIFICATE_SSH)
		replace(&rule->ssh_certificate, &rule->ssh_certificate_size, &c);
	else
		r = keep_x509(s, path, &c, k);
	return r;
}

static int load_approver_keys(struct source *s, const char *path, struct key_rule *rule)
{
	_cleanup_(freep) char *data = NULL;
	struct ini_error error = {};
	size_t size;
	int r;

	r = source_read(s, path, CONFIG_FILE_MAX, &data, &size);
	if (r == -ENOENT)
		return source_refuse(s, path, 0,
				     "there is no such file, and ApproverKeys= in %.128s names it",
				     rule->path);
	if (r < 0)
		return r;
	r = approvers_parse(data, size, &rule->approver_keys, &rule->n_approver_keys, &error);
	return r == -EINVAL ? source_refuse(s, path, error.line, "%s", error.what) : r;
}

static int load_key(struct source *s, const struct templates *templates, const char *path,
		    const char *name, struct key_rule **ret)
{
	_cleanup_(keyfile_done) struct keyfile k = {};
	_cleanup_(texts_done) struct texts texts = {};
	struct ini_error error = {};
	int r;

	r = keyfile_init(&k, name, path);
	if (r < 0)
		return r;
	k.at = &s->at;
	r = source_read_texts(s, path, false, &texts);
	if (r == 0)
		r = templates_apply(s, templates, &texts, &k);
	if (r == 0)
		r = source_parse_texts(s, &texts, keyfile_assign, &k);
	if (r < 0)
		return r;
	r = keyfile_check(&k, &error);
	if (r < 0)
		return source_refuse(s, path, error.line, "%s", error.what);
	for (size_t i = 0; i < k.n_certificates; i++) {
		r = load_certificate(s, k.certificates[i], &k);
		if (r < 0)
			return r;
	}
	if (k.approver_keys) {
		r = load_approver_keys(s, k.approver_keys, k.rule);
		if (r < 0)
			return r;
	}
	*ret = take_ptr(k.rule);
	return 0;
}

static int compare_strings(const char *a, const char *b)
{
	if (!a || !b)
		return (a ? 1 : 0) - (b ? 1 : 0);
	return strcmp(a, b);
}

static int compare_uris(const struct uri *a, const struct uri *b)
{
	int c;

	if ((c = compare_strings(a->object, b->object)) != 0 ||
	    (c = compare_strings(a->token, b->token)) != 0 ||
	    (c = compare_strings(a->serial, b->serial)) != 0 ||
	    (c = compare_strings(a->manufacturer, b->manufacturer)) != 0 ||
	    (c = compare_strings(a->model, b->model)) != 0)
		return c;
	if (a->id_size != b->id_size)
		return a->id_size < b->id_size ? -1 : 1;
	return a->id_size > 0 ? memcmp(a->id, b->id, a->id_size) : 0;
}

/* By URI, and by name where they are the same: so that the later name gets the blame. */
static int compare_rules_by_uri(const void *a, const void *b)
{
	const struct key_rule *x = *(struct key_rule *const *)a;
	const struct key_rule *y = *(struct key_rule *const *)b;
	int c = compare_uris(&x->uri, &y->uri);

	return c != 0 ? c : strcmp(x->name, y->name);
}

static int compare_rules_by_name(const void *a, const void *b)
{
	return strcmp((*(struct key_rule *const *)a)->name, (*(struct key_rule *const *)b)->name);
}

static int check_distinct(struct source *s, struct rules *rules)
{
	qsort(rules->keys, rules->n_keys, sizeof(*rules->keys), compare_rules_by_uri);
	for (size_t i = 1; i < rules->n_keys; i++)
		if (compare_uris(&rules->keys[i - 1]->uri, &rules->keys[i]->uri) == 0)
			return source_refuse(
				s, rules->keys[i]->path, 0,
				"its URI= is that of key '%s' too, expected one file a key",
				rules->keys[i - 1]->name);
	return 0;
}

static int load_key_files(struct source *s, const struct templates *templates, const char *keys_d,
			  char **files, size_t n, struct rules *ret)
{
	int r;

	ret->keys = calloc(n + 1, sizeof(struct key_rule *));
	if (!ret->keys)
		return -ENOMEM;
	for (; ret->n_keys < n; ret->n_keys++) {
		const char *file = files[ret->n_keys];
		_cleanup_(freep) char *path = text_format("%s/%s", keys_d, file);
		_cleanup_(freep) char *name = NULL;

		if (!path)
			return -ENOMEM;
		r = source_name_of(s, path, file, &name);
		if (r < 0)
			return r;
		r = load_key(s, templates, path, name, &ret->keys[ret->n_keys]);
		if (r < 0)
			return r;
	}
	return 0;
}

const struct key_rule *rules_find_key(const struct rules *rules, const char *name)
{
	const struct key_rule wanted = {.name = (char *)name}, *const at = &wanted;
	struct key_rule **found;

	found = rules->n_keys > 0 ? bsearch(&at, rules->keys, rules->n_keys, sizeof(*rules->keys),
					    compare_rules_by_name)
				  : NULL;
	return found ? *found : NULL;
}

/* Whoever comes after a key has a file too, and comes after nobody who comes after it. */
static int check_successors(struct source *s, const struct rules *rules)
{
	for (size_t i = 0; i < rules->n_keys; i++) {
		const struct key_rule *rule = rules->keys[i], *at = rule;
		size_t n = 0;

		for (; at->successor; n++) {
			const struct key_rule *next = rules_find_key(rules, at->successor);

			if (!next)
				return source_refuse(s, at->path, 0,
						     "Successor= names '%.64s', which has no file "
						     "in keys.d",
						     at->successor);
			if (n == rules->n_keys)
				return source_refuse(s, rule->path, 0,
						     "Successor= leads back to this key");
			at = next;
		}
	}
	return 0;
}

static bool is_reached(uint64_t usec, uint64_t now_usec)
{
	return usec > 0 && now_usec >= usec;
}

/* For good: a suspended key may come back. */
static bool is_over(const struct key_rule *rule, uint64_t now_usec)
{
	return rule->state == KEY_STATE_RETIRED || is_reached(rule->not_after, now_usec) ||
	       is_reached(rule->certificate_not_after, now_usec) ||
	       is_reached(rule->successor_from, now_usec);
}

const char *rules_heir(const struct rules *r, const char *name, uint64_t now_usec)
{
	const struct key_rule *rule;

	/* check_successors() has seen to it that this ends. */
	while ((rule = rules_find_key(r, name)) && rule->successor && is_over(rule, now_usec))
		name = rule->successor;
	return name;
}

static int load_keys(struct source *s, const char *dir, struct rules *ret)
{
	_cleanup_(freep) char *keys_d = text_format("%s/keys.d", dir);
	_cleanup_(templates_done) struct templates templates = {};
	_cleanup_(ini_scan_freep) char **files = NULL;
	size_t n;
	int r;

	if (!keys_d)
		return -ENOMEM;
	r = templates_load(s, dir, &templates);
	if (r == 0)
		r = source_scan(s, keys_d, true, &files, &n);
	if (r == 0)
		r = source_check_orphans(s, keys_d, "key", files, n);
	if (r == 0)
		r = load_key_files(s, &templates, keys_d, files, n, ret);
	if (r == 0)
		r = check_distinct(s, ret);
	if (r < 0)
		return r;
	qsort(ret->keys, ret->n_keys, sizeof(*ret->keys), compare_rules_by_name);
	return check_successors(s, ret);
}

static int load_grant(struct source *s, const char *path, const char *id, struct grant **ret)
{
	_cleanup_(grant_freep) struct grant *g = NULL;
	struct ini_error error = {};
	int r;

	r = grantfile_new(id, path, &g);
	if (r == 0)
		r = source_parse(s, path, false, grantfile_assign, g);
	if (r < 0)
		return r;
	r = grantfile_check(g, &error);
	if (r < 0)
		return source_refuse(s, path, error.line, "%s", error.what);
	*ret = take_ptr(g);
	return 0;
}

static int load_grants(struct source *s, const char *dir, struct rules *ret)
{
	_cleanup_(freep) char *grants_d = text_format("%s/grants.d", dir);
	_cleanup_(ini_scan_freep) char **files = NULL;
	size_t n;
	int r;

	if (!grants_d)
		return -ENOMEM;
	r = source_scan(s, grants_d, true, &files, &n);
	if (r < 0)
		return r;
	ret->grant_files = calloc(n + 1, sizeof(*ret->grant_files));
	if (!ret->grant_files)
		return -ENOMEM;
	for (; ret->n_grant_files < n; ret->n_grant_files++) {
		_cleanup_(freep) char *path =
			text_format("%s/%s", grants_d, files[ret->n_grant_files]);
		_cleanup_(freep) char *id = NULL;

		if (!path)
			return -ENOMEM;
		r = source_name_of(s, path, files[ret->n_grant_files], &id);
		if (r == 0)
			r = load_grant(s, path, id, &ret->grant_files[ret->n_grant_files]);
		if (r < 0)
			return r;
	}
	return grant_index(ret->grant_files, ret->n_grant_files, &ret->grants, &ret->n_grants);
}

/* A directory that is not there is more likely a mistyped name than a wish for no limits. */
static int check_dir(struct source *s, const char *dir)
{
	_cleanup_(ini_scan_freep) char **files = NULL;
	size_t n;

	return source_scan(s, dir, false, &files, &n);
}

int rules_load(const char *dir, struct rules **ret, struct rules_error *error)
{
	_cleanup_(rules_freep) struct rules *rules = calloc(1, sizeof(*rules));
	struct source s;
	int r;

	*error = (struct rules_error){};
	if (!rules)
		return -ENOMEM;
	r = source_init(&s, error);
	if (r == 0)
		r = check_dir(&s, dir);
	if (r == 0)
		r = load_settings(&s, dir, &rules->settings);
	if (r == 0)
		r = load_tokens(&s, dir, rules);
	if (r == 0)
		r = load_keys(&s, dir, rules);
	if (r == 0)
		r = load_grants(&s, dir, rules);
	if (r < 0)
		return r;
	source_hash(&s, rules->hash);
	*ret = take_ptr(rules);
	return 0;
}
