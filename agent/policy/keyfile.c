/*
 * policy/keyfile.c - see keyfile.h
 */
#include "agent/policy/keyfile.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/code.h"
#include "agent/base/text.h"
#include "agent/policy/assign.h"

/* More purposes than anybody has use for; bounds what one file can make us hold. */
#define PURPOSES_MAX 256u
/* The largest modulus that any token makes is 16,384 bits. */
#define BITS_MAX 16384u

static const char sshsig[] = "sshsig:";

/* Cuts the next word off *text, at spaces; NULL if there is none. */
static char *next_word(char **text)
{
	char *word = *text + strspn(*text, " ");
	size_t len = strcspn(word, " ");

	if (len == 0)
		return NULL;
	*text = word + len;
	if (**text != '\0')
		*(*text)++ = '\0';
	return word;
}

static int set_uri(const struct assign *a, void *object, const char *value, unsigned line,
		   struct ini_error *error)
{
	struct keyfile *k = object;
	struct uri uri = {};
	char why[160] = "";
	int r;

	r = uri_parse(value, URI_KEY, &uri, why, sizeof(why));
	if (r == -EINVAL)
		return ini_refuse(error, line, "%s= is refused: %s", a->key, why);
	if (r < 0)
		return r;
	uri_done(&k->rule->uri);
	k->rule->uri = uri;
	k->has_uri = true;
	return 0;
}

static void forget_certificates(struct keyfile *k)
{
	while (k->n_certificates > 0)
		free(k->certificates[--k->n_certificates]);
}

static int set_certificate(const struct assign *a, void *object, const char *value, unsigned line,
			   struct ini_error *error)
{
	struct keyfile *k = object;
	char *path;

	if (value[0] == '\0') {
		forget_certificates(k);
		return 0;
	}
	if (value[0] != '/' || strlen(value) >= PATH_MAX)
		return ini_refuse(error, line,
				  "%s= is '%.128s', expected a path that starts with '/'", a->key,
				  value);
	if (k->n_certificates == KEYFILE_CERTIFICATES_MAX)
		return ini_refuse(error, line, "%s= stands there more than %u times", a->key,
				  KEYFILE_CERTIFICATES_MAX);
	path = strdup(value);
	if (!path)
		return -ENOMEM;
	k->certificates[k->n_certificates++] = path;
	return 0;
}

static bool is_namespace(const char *s)
{
	return strcmp(s, "*") == 0 || (s[0] != '\0' && !strpbrk(s, " *"));
}

bool keyfile_is_purpose(const char *text)
{
	static const char *const plain[] = {"digest", "cms", "ssh-auth", "ssh-cert", "ssh-raw"};

	if (!text_is_clean(text, strlen(text), PURPOSE_MAX))
		return false;
	for (size_t i = 0; i < array_len(plain); i++)
		if (strcmp(text, plain[i]) == 0)
			return true;
	return strncmp(text, sshsig, strlen(sshsig)) == 0 && is_namespace(text + strlen(sshsig));
}

static size_t count_purposes(const struct key_rule *rule)
{
	size_t n = 0;

	while (rule->purposes && rule->purposes[n])
		n++;
	return n;
}

/* An empty list, which is not the same as none: it allows nothing. */
static int reset_purposes(struct key_rule *rule)
{
	char **empty = calloc(1, sizeof(*empty));

	if (!empty)
		return -ENOMEM;
	for (size_t i = 0; rule->purposes && rule->purposes[i]; i++)
		free(rule->purposes[i]);
	free(rule->purposes);
	rule->purposes = empty;
	return 0;
}

static int add_purpose(struct key_rule *rule, const char *purpose)
{
	size_t n = count_purposes(rule);
	char **more;

	more = realloc(rule->purposes, (n + 2) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	rule->purposes = more;
	more[n + 1] = NULL;
	more[n] = strdup(purpose);
	return more[n] ? 0 : -ENOMEM;
}

static int set_purposes(const struct assign *a, void *object, const char *value, unsigned line,
			struct ini_error *error)
{
	struct key_rule *rule = ((struct keyfile *)object)->rule;
	_cleanup_(freep) char *copy = strdup(value);
	char *rest = copy, *word;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	if (!rule->purposes || value[0] == '\0')
		r = reset_purposes(rule);
	while (r == 0 && (word = next_word(&rest))) {
		if (!keyfile_is_purpose(word))
			return ini_refuse(
				error, line,
				"%s= names '%.64s', expected digest, cms, ssh-auth, ssh-cert, "
				"ssh-raw, sshsig:NAMESPACE or sshsig:*",
				a->key, word);
		if (count_purposes(rule) >= PURPOSES_MAX)
			return ini_refuse(error, line, "%s= names more than %u purposes", a->key,
					  PURPOSES_MAX);
		r = add_purpose(rule, word);
	}
	return r;
}

static int set_hashes(const struct assign *a, void *object, const char *value, unsigned line,
		      struct ini_error *error)
{
	struct keyfile *k = object;
	_cleanup_(freep) char *copy = strdup(value);
	char *rest = copy, *word;

	if (!copy)
		return -ENOMEM;
	k->has_hashes = true;
	if (value[0] == '\0')
		k->rule->hashes = 0;
	while ((word = next_word(&rest))) {
		enum hash h = hash_from_name(word);

		if (h == HASH_NONE)
			return ini_refuse(error, line,
					  "%s= names '%.64s', expected sha256, sha384 or sha512",
					  a->key, word);
		k->rule->hashes |= 1u << h;
	}
	return 0;
}

static int set_bits(const struct assign *a, void *object, const char *value, unsigned line,
		    struct ini_error *error)
{
	struct keyfile *k = object;
	uint64_t bits;

	if (text_to_u64(value, BITS_MAX, &bits) < 0)
		return ini_refuse(error, line, "%s= is '%.64s', expected a number from 0 to %u",
				  a->key, value, BITS_MAX);
	k->rule->minimum_bits = (unsigned)bits;
	return 0;
}

static int set_time(const struct assign *a, void *object, const char *value, unsigned line,
		    struct ini_error *error)
{
	struct keyfile *k = object;
	uint64_t usec;

	if (text_to_time(value, &usec) < 0)
		return ini_refuse(error, line,
				  "%s= is '%.64s', expected a UTC date such as 2026-12-31 or "
				  "2026-12-31T23:59:59Z",
				  a->key, value);
	/* 0 would mean that there is no limit; one microsecond later still is in the past. */
	*(uint64_t *)((char *)k->rule + a->offset) = usec > 0 ? usec : 1;
	return 0;
}

static int set_state(const struct assign *a, void *object, const char *value, unsigned line,
		     struct ini_error *error)
{
	struct keyfile *k = object;

	for (enum key_state s = KEY_STATE_ACTIVE; s <= KEY_STATE_RETIRED; s++) {
		if (strcmp(value, key_state_name(s)) == 0) {
			k->rule->state = s;
			return 0;
		}
	}
	return ini_refuse(error, line, "%s= is '%.64s', expected active, suspended or retired",
			  a->key, value);
}

/* clang-format off */
static const struct assign keys[] = {
	{.key = "URI",         .set = set_uri},
	{.key = "Certificate", .set = set_certificate},
	{.key = "Purposes",    .set = set_purposes},
	{.key = "Hashes",      .set = set_hashes},
	{.key = "MinimumBits", .set = set_bits},
	{.key = "NotBefore",   .set = set_time, .offset = offsetof(struct key_rule, not_before)},
	{.key = "NotAfter",    .set = set_time, .offset = offsetof(struct key_rule, not_after)},
	{.key = "State",       .set = set_state},
};
/* clang-format on */

static const struct assign_table table = {
	.section = "Key",
	.keys = keys,
	.n_keys = array_len(keys),
};

int keyfile_init(struct keyfile *k, const char *name, const char *path)
{
	*k = (struct keyfile){};
	k->rule = calloc(1, sizeof(*k->rule));
	if (!k->rule)
		return -ENOMEM;
	k->rule->state = KEY_STATE_ACTIVE;
	k->rule->name = strdup(name);
	k->rule->path = strdup(path);
	if (k->rule->name && k->rule->path)
		return 0;
	keyfile_done(k);
	return -ENOMEM;
}

void keyfile_done(struct keyfile *k)
{
	k->rule = key_rule_free(k->rule);
	forget_certificates(k);
}

int keyfile_assign(const char *section, const char *key, const char *value, unsigned line,
		   struct ini_error *error, void *userdata)
{
	return assign_value(&table, userdata, section, key, value, line, error);
}

int keyfile_check(struct keyfile *k, struct ini_error *error)
{
	struct key_rule *rule = k->rule;

	if (!k->has_uri)
		return ini_refuse(error, 0, "URI= is missing in [Key], it says which key is meant");
	if (rule->not_before > 0 && rule->not_after > 0 && rule->not_before >= rule->not_after)
		return ini_refuse(error, 0,
				  "NotAfter= is not later than NotBefore=, so the key could "
				  "never be used; State=suspended says that plainly");
	/* An emptied list allows no hash; 0 would mean that all are allowed. */
	if (k->has_hashes && rule->hashes == 0)
		rule->hashes = 1u << HASH_NONE;
	return 0;
}
