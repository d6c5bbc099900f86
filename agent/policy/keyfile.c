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
#include "agent/base/clock.h"
#include "agent/base/code.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/policy/assign.h"
#include "agent/policy/purpose.h"

/* The largest modulus that any token makes is 16,384 bits. */
#define BITS_MAX 16384u
/* More than 2,000 a second for a day; in microseconds of a day 64 bits hold it (uses.c). */
#define RATE_MAX 200000000u
#define DAY (24 * 60 * 60 * USEC_PER_SEC)

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

static int set_purposes(const struct assign *a, void *object, const char *value, unsigned line,
			struct ini_error *error)
{
	struct key_rule *rule = ((struct keyfile *)object)->rule;

	return assign_words(a, &rule->purposes, purpose_is_name, PURPOSES_EXPECTED, value, line,
			    error);
}

static int set_hashes(const struct assign *a, void *object, const char *value, unsigned line,
		      struct ini_error *error)
{
	struct keyfile *k = object;
	char unknown[CODE_WORD_SIZE];

	k->has_hashes = true;
	if (value[0] == '\0')
		k->rule->hashes = 0;
	if (code_add_hashes(value, &k->rule->hashes, unknown) < 0)
		return ini_refuse(error, line, "%s= names '%s', expected sha256, sha384 or sha512",
				  a->key, unknown);
	return 0;
}

static int set_algorithms(const struct assign *a, void *object, const char *value, unsigned line,
			  struct ini_error *error)
{
	struct keyfile *k = object;
	char unknown[CODE_WORD_SIZE];

	k->has_algorithms = true;
	if (value[0] == '\0')
		k->rule->algorithms = 0;
	if (code_add_algorithms(value, &k->rule->algorithms, unknown) < 0)
		return ini_refuse(error, line,
				  "%s= names '%s', expected rsa-pkcs1, rsa-pss, ecdsa or ed25519",
				  a->key, unknown);
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
	return assign_time(a, ((struct keyfile *)object)->rule, value, line, error);
}

/* 100/1min; empty: as often as wanted. */
static int set_rate(const struct assign *a, void *object, const char *value, unsigned line,
		    struct ini_error *error)
{
	struct key_rule *rule = ((struct keyfile *)object)->rule;
	_cleanup_(freep) char *copy = strdup(value);
	uint64_t n = 0, usec = 0;
	char *slash;

	if (!copy)
		return -ENOMEM;
	if (value[0] != '\0') {
		slash = strchr(copy, '/');
		if (slash)
			*slash = '\0';
		if (!slash || text_to_u64(copy, RATE_MAX, &n) < 0 || n == 0 ||
		    text_to_usec(slash + 1, &usec) < 0 || usec < USEC_PER_SEC || usec > DAY)
			return ini_refuse(error, line,
					  "%s= is '%.64s', expected a number and a time from 1s to "
					  "1d such as 100/1min",
					  a->key, value);
	}
	rule->rate = n;
	rule->rate_usec = usec;
	return 0;
}

static int set_number(const struct assign *a, void *object, const char *value, unsigned line,
		      struct ini_error *error)
{
	struct key_rule *rule = ((struct keyfile *)object)->rule;
	uint64_t n = 0;

	if (value[0] != '\0' && (text_to_u64(value, UINT64_MAX / 2, &n) < 0 || n == 0))
		return ini_refuse(error, line,
				  "%s= is '%.64s', expected a number from 1 on, or nothing", a->key,
				  value);
	rule->maximum_signatures = n;
	return 0;
}

static int set_successor(const struct assign *a, void *object, const char *value, unsigned line,
			 struct ini_error *error)
{
	struct key_rule *rule = ((struct keyfile *)object)->rule;
	char *copy = NULL;

	if (value[0] != '\0' && (!text_is_file_name(value) || strcmp(value, rule->name) == 0))
		return ini_refuse(error, line,
				  "%s= is '%.64s', expected the name of another file of keys.d",
				  a->key, value);
	if (value[0] != '\0') {
		copy = strdup(value);
		if (!copy)
			return -ENOMEM;
	}
	free(rule->successor);
	rule->successor = copy;
	return 0;
}

static int set_quorum(const struct assign *a, void *object, const char *value, unsigned line,
		      struct ini_error *error)
{
	struct key_rule *rule = ((struct keyfile *)object)->rule;
	uint64_t n;

	if (text_to_u64(value, QUORUM_MAX, &n) < 0)
		return ini_refuse(error, line, "%s= is '%.64s', expected a number from 0 to %u",
				  a->key, value, QUORUM_MAX);
	rule->quorum = (unsigned)n;
	return 0;
}

/* Users and @groups; empty takes back what stood there before. */
static int set_people(const struct assign *a, void *object, const char *value, unsigned line,
		      struct ini_error *error)
{
	struct key_rule *rule = ((struct keyfile *)object)->rule;
	struct people *people = (struct people *)((char *)rule + a->offset);

	if (value[0] == '\0')
		people_done(people);
	return assign_people(a, people, value, line, error);
}

static int set_expiry(const struct assign *a, void *object, const char *value, unsigned line,
		      struct ini_error *error)
{
	struct keyfile *k = object;

	k->ignores_expiry = strcmp(value, "ignore") == 0;
	if (k->ignores_expiry || strcmp(value, "enforce") == 0)
		return 0;
	return ini_refuse(error, line, "%s= is '%.64s', expected enforce or ignore", a->key, value);
}

static int set_approver_keys(const struct assign *a, void *object, const char *value, unsigned line,
			     struct ini_error *error)
{
	struct keyfile *k = object;
	char *path = NULL;

	if (value[0] != '\0' && (value[0] != '/' || strlen(value) >= PATH_MAX))
		return ini_refuse(error, line,
				  "%s= is '%.128s', expected a path that starts with '/'", a->key,
				  value);
	if (value[0] != '\0') {
		path = strdup(value);
		if (!path)
			return -ENOMEM;
	}
	free(k->approver_keys);
	k->approver_keys = path;
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

/* What it says has been done before: see template.h. */
static int set_template(const struct assign *a, void *object, const char *value, unsigned line,
			struct ini_error *error)
{
	(void)a;
	(void)object;
	(void)value;
	(void)line;
	(void)error;
	return 0;
}

/* clang-format off */
static const struct assign keys[] = {
	{.key = "URI",         .set = set_uri},
	{.key = "Certificate", .set = set_certificate},
	{.key = "Purposes",    .set = set_purposes},
	{.key = "Algorithms",  .set = set_algorithms},
	{.key = "Hashes",      .set = set_hashes},
	{.key = "MinimumBits", .set = set_bits},
	{.key = "NotBefore",   .set = set_time, .offset = offsetof(struct key_rule, not_before)},
	{.key = "NotAfter",    .set = set_time, .offset = offsetof(struct key_rule, not_after)},
	{.key = "RateLimit",   .set = set_rate},
	{.key = "MaximumSignatures", .set = set_number},
	{.key = "Quorum",      .set = set_quorum},
	{.key = "Approvers",   .set = set_people, .offset = offsetof(struct key_rule, approvers)},
	{.key = "ApproverKeys", .set = set_approver_keys},
	{.key = "BreakGlass",  .set = set_people, .offset = offsetof(struct key_rule, break_glass)},
	{.key = "Successor",   .set = set_successor},
	{.key = "SuccessorFrom", .set = set_time, .offset = offsetof(struct key_rule, successor_from)},
	{.key = "State",       .set = set_state},
	{.key = "Template",    .set = set_template},
	{.key = "CertificateExpiry", .set = set_expiry},
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
	free(k->approver_keys);
	k->approver_keys = NULL;
}

int keyfile_assign(const char *section, const char *key, const char *value, unsigned line,
		   struct ini_error *error, void *userdata)
{
	struct keyfile *k = userdata;
	int r = assign_value(&table, k, section, key, value, line, error);

	for (size_t i = 0; i < array_len(keys) && key && r == 0; i++)
		if (strcmp(keys[i].key, key) == 0)
			r = key_rule_note(k->rule, keys[i].key, k->at ? *k->at : k->rule->path,
					  line);
	return r;
}

int keyfile_assign_template(const char *section, const char *key, const char *value, unsigned line,
			    struct ini_error *error, void *userdata)
{
	static const char *const own[] = {"URI", "Certificate", "Successor", "Template"};

	for (size_t i = 0; key && i < array_len(own); i++)
		if (strcmp(key, own[i]) == 0)
			return ini_refuse(
				error, line,
				"%s= cannot stand in a template, which is for several keys: "
				"expected it in keys.d",
				key);
	return keyfile_assign(section, key, value, line, error, userdata);
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
	if (rule->quorum > 0 && people_is_empty(&rule->approvers) && !k->approver_keys)
		return ini_refuse(error, 0,
				  "Quorum= is %u and neither Approvers= nor ApproverKeys= names "
				  "anybody, so nothing could ever be signed",
				  rule->quorum);
	if (rule->quorum == 0 && !people_is_empty(&rule->break_glass))
		return ini_refuse(error, 0,
				  "BreakGlass= does without the approvals of Quorum=, "
				  "which is not set");
	if (rule->successor_from > 0 && !rule->successor)
		return ini_refuse(error, 0, "SuccessorFrom= is set, but no Successor=");
	if (k->has_algorithms && rule->algorithms == 0)
		rule->algorithms = 1u << ALGORITHM_NONE;
	/* An emptied list allows no hash; 0 would mean that all are allowed. */
	if (k->has_hashes && rule->hashes == 0)
		rule->hashes = 1u << HASH_NONE;
	return 0;
}
