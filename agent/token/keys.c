/*
 * token/keys.c - see keys.h
 */
#include "agent/token/keys.h"

#include <errno.h>
#include <string.h>

#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/wire/ssh.h"

struct keys *keys_free(struct keys *k)
{
	if (!k)
		return NULL;
	for (size_t i = 0; i < k->n_items; i++)
		(void)key_free(k->items[i]);
	for (size_t i = 0; i < k->n_problems; i++)
		free(k->problems[i]);
	free(k->items);
	free(k->problems);
	free(k);
	return NULL;
}

/* Takes the sentence; out of memory if it is NULL. */
static int add_problem(struct keys *k, char *sentence)
{
	char **problems;

	if (!sentence)
		return -ENOMEM;
	problems = reallocarray(k->problems, k->n_problems + 1, sizeof(*problems));
	if (!problems) {
		free(sentence);
		return -ENOMEM;
	}
	problems[k->n_problems++] = sentence;
	k->problems = problems;
	return 0;
}

/* Takes the name; out of memory if it is NULL. */
static int add_key(struct keys *k, char *name, const struct token_info *t,
		   const struct key_info *info, const struct key_rule *rule)
{
	_cleanup_(key_freep) struct key *key = NULL;
	struct key **items;

	key = calloc(1, sizeof(*key));
	if (!key || !name) {
		free(name);
		return -ENOMEM;
	}
	key->name = name;
	key->token = strdup(t->name);
	key->rule = rule;
	if (!key->token || key_info_copy(info, &key->info) < 0)
		return -ENOMEM;
	items = reallocarray(k->items, k->n_items + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	k->items = items;
	items[k->n_items++] = take_ptr(key);
	return 0;
}

static struct view ssh_blob(const struct key *key)
{
	return (struct view){key->info.ssh_blob, key->info.ssh_blob_size};
}

static struct view ssh_certificate(const struct key *key)
{
	return (struct view){key->rule->ssh_certificate, key->rule->ssh_certificate_size};
}

static bool rule_means(const struct key_rule *rule, const struct token_info *t,
		       const struct key_info *info)
{
	return uri_matches_token(&rule->uri, t->inventory->label, t->inventory->serial) &&
	       uri_matches_object(&rule->uri, info->label, info->cka_id, info->cka_id_size);
}

/* How many files mean this key. */
static size_t count_rules(struct key_rule *const *rules, size_t n, const struct token_info *t,
			  const struct key_info *info)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += rule_means(rules[i], t, info);
	return found;
}

/* How many keys of all tokens a file means; the last of them is returned with its token. */
static size_t count_keys(const struct pool *pool, const struct key_rule *rule,
			 struct token_info *ret_token, const struct key_info **ret_info)
{
	size_t n = 0;

	for (size_t i = 0; i < pool_count(pool); i++) {
		struct token_info t = pool_at(pool, i);

		for (size_t j = 0; j < t.inventory->n_keys; j++) {
			if (!rule_means(rule, &t, &t.inventory->keys[j]))
				continue;
			*ret_info = &t.inventory->keys[j];
			*ret_token = t;
			n++;
		}
	}
	return n;
}

/* A certificate of another key is of no use to anybody, but the key itself is. */
static int add_certified(struct keys *k, const struct token_info *t, const struct key_info *info,
			 const struct key_rule *rule)
{
	struct key *key;
	int r;

	r = add_key(k, strdup(rule->name), t, info, rule);
	if (r < 0 || !rule->ssh_certificate)
		return r;
	key = k->items[k->n_items - 1];
	key->has_ssh_certificate = ssh_certifies(ssh_certificate(key), ssh_blob(key));
	if (key->has_ssh_certificate)
		return 0;
	return add_problem(k, text_format("the OpenSSH certificate of key '%s', which %s names, "
					  "is not shown because it is of another key, or of none",
					  rule->name, rule->path));
}

/*
 * A file must mean exactly one key: with two, nobody could say which one signed. And a key has one
 * file: with two, the laxer one would undo the limits of the other.
 */
static int add_ruled(struct keys *k, const struct pool *pool, struct key_rule *const *rules,
		     size_t n_rules, const struct key_rule *rule)
{
	const struct key_info *info = NULL;
	struct token_info t = {};
	size_t n = count_keys(pool, rule, &t, &info);

	if (n == 0)
		return 0;
	if (n > 1)
		return add_problem(k, text_format("key '%s' is not offered because its URI= in %s "
						  "fits %zu keys; add id= or serial= to it",
						  rule->name, rule->path, n));
	if (count_rules(rules, n_rules, &t, info) > 1)
		return add_problem(k, text_format("key '%s' is not offered because another file of "
						  "keys.d means the same key as %s; remove one",
						  rule->name, rule->path));
	return add_certified(k, &t, info, rule);
}

/* How many keys without a file have this label: over all tokens, or on one. */
static size_t count_label(const struct pool *pool, struct key_rule *const *rules, size_t n_rules,
			  const char *label, const char *token)
{
	size_t n = 0;

	for (size_t i = 0; i < pool_count(pool); i++) {
		struct token_info t = pool_at(pool, i);

		if (token && strcmp(token, t.name) != 0)
			continue;
		for (size_t j = 0; j < t.inventory->n_keys; j++)
			if (strcmp(t.inventory->keys[j].label, label) == 0 &&
			    count_rules(rules, n_rules, &t, &t.inventory->keys[j]) == 0)
				n++;
	}
	return n;
}

static bool is_rule_name(struct key_rule *const *rules, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rules[i]->name, name) == 0)
			return true;
	return false;
}

static int add_unruled(struct keys *k, const struct pool *pool, struct key_rule *const *rules,
		       size_t n_rules, const struct token_info *t, const struct key_info *info)
{
	if (info->label[0] == '\0')
		return add_problem(k,
				   text_format("a key of token '%s' is not offered because it has "
					       "no label; name it in keys.d",
					       t->name));
	if (count_label(pool, rules, n_rules, info->label, t->name) > 1)
		return add_problem(k, text_format("keys '%s' of token '%s' are not offered because "
						  "they share a label; name them by id= in keys.d",
						  info->label, t->name));
	/* A slash is left to TOKEN/LABEL, so that no label can pass for a key of another token. */
	if (strchr(info->label, '/') || is_rule_name(rules, n_rules, info->label) ||
	    count_label(pool, rules, n_rules, info->label, NULL) > 1)
		return add_key(k, text_format("%s/%s", t->name, info->label), t, info, NULL);
	return add_key(k, strdup(info->label), t, info, NULL);
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct key *const *)a)->name, (*(struct key *const *)b)->name);
}

int keys_new(const struct pool *pool, struct key_rule *const *rules, size_t n_rules,
	     struct keys **ret)
{
	_cleanup_(keys_freep) struct keys *k = NULL;
	int r = 0;

	k = calloc(1, sizeof(*k));
	if (!k)
		return -ENOMEM;
	for (size_t i = 0; i < n_rules && r == 0; i++)
		r = add_ruled(k, pool, rules, n_rules, rules[i]);
	for (size_t i = 0; i < pool_count(pool) && r == 0; i++) {
		struct token_info t = pool_at(pool, i);

		for (size_t j = 0; j < t.inventory->n_keys && r == 0; j++)
			if (count_rules(rules, n_rules, &t, &t.inventory->keys[j]) == 0)
				r = add_unruled(k, pool, rules, n_rules, &t, &t.inventory->keys[j]);
	}
	if (r < 0)
		return r;
	if (k->n_items > 0)
		qsort(k->items, k->n_items, sizeof(*k->items), by_name);
	*ret = take_ptr(k);
	return 0;
}

const struct key *keys_by_name(const struct keys *k, const char *name)
{
	struct key wanted = {.name = (char *)name}, *const at = &wanted;
	struct key **found;

	if (k->n_items == 0)
		return NULL;
	found = bsearch(&at, k->items, k->n_items, sizeof(*k->items), by_name);
	return found ? *found : NULL;
}

const struct key *keys_by_blob(const struct keys *k, const uint8_t *blob, size_t size)
{
	const struct view wanted = {blob, size};

	for (size_t i = 0; i < k->n_items; i++) {
		const struct key *key = k->items[i];

		if (view_is_equal(ssh_blob(key), wanted) ||
		    (key->has_ssh_certificate && view_is_equal(ssh_certificate(key), wanted)))
			return key;
	}
	return NULL;
}
