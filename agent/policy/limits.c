/*
 * policy/limits.c - see limits.h
 *
 * Each limit is a function that either says nothing or denies; s->key is set.
 */
#include "agent/policy/limits.h"

#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/clock.h"
#include "agent/base/code.h"
#include "agent/policy/answer.h"
#include "agent/policy/limit-text.h"
#include "agent/policy/purpose.h"

/* What an RSA key has at least, whatever its file says. */
#define RSA_BITS_MIN 2048u

static bool limit_state(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;

	switch (rule->state) {
	case KEY_STATE_ACTIVE:
		return false;
	case KEY_STATE_SUSPENDED:
		return answer_deny(ret, AUTHORITY_KEY_FILE,
				   "refused because key '%s' is suspended by %s", s->key->name,
				   rule->path);
	case KEY_STATE_RETIRED:
		return answer_deny(ret, AUTHORITY_KEY_FILE,
				   "refused because key '%s' is retired by %s", s->key->name,
				   rule->path);
	case KEY_STATE_NONE:
		break;
	}
	return answer_deny(ret, AUTHORITY_KEY_FILE,
			   "refused because key '%s' has no state that is known, in %s",
			   s->key->name, rule->path);
}

static bool limit_not_before(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;

	if (rule->not_before == 0 || s->now_usec >= rule->not_before)
		return false;
	return answer_deny(ret, AUTHORITY_KEY_FILE,
			   "refused because key '%s' may not be used yet, by NotBefore= in %s",
			   s->key->name, rule->path);
}

static bool limit_not_after(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;

	if (rule->not_after == 0 || s->now_usec < rule->not_after)
		return false;
	return answer_deny(ret, AUTHORITY_KEY_FILE,
			   "refused because key '%s' has expired, by NotAfter= in %s", s->key->name,
			   rule->path);
}

static bool limit_certificate(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;

	if (rule->certificate_not_after == 0 || s->now_usec < rule->certificate_not_after)
		return false;
	return answer_deny(
		ret, AUTHORITY_KEY_FILE,
		"refused because the certificate of key '%s' has expired, which Certificate= in "
		"%s names",
		s->key->name, rule->path);
}

static bool limit_bits(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;

	if (s->key->info.bits >= rule->minimum_bits)
		return false;
	return answer_deny(ret, AUTHORITY_KEY_FILE,
			   "refused because key '%s' has %u bits, fewer than MinimumBits=%u in %s",
			   s->key->name, s->key->info.bits, rule->minimum_bits, rule->path);
}

static bool limit_algorithm(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;
	enum algorithm a = s->ask->algorithm;

	if (rule->algorithms == 0 || !ask_is_signing(s->ask))
		return false;
	if (algorithm_name(a) && (rule->algorithms & 1u << a))
		return false;
	return answer_deny(ret, AUTHORITY_KEY_FILE,
			   "refused because key '%s' may not sign by %s, by Algorithms= in %s",
			   s->key->name,
			   algorithm_name(a) ? algorithm_name(a) : "an unknown algorithm",
			   rule->path);
}

/* Ed25519 brings its own hash, which is SHA-512. */
static enum hash hash_of(const struct ask *a)
{
	return a->algorithm == ALGORITHM_EDDSA ? HASH_SHA512 : a->hash;
}

static bool limit_hash(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;
	enum hash h = hash_of(s->ask);

	if (rule->hashes == 0)
		return false;
	if (!ask_is_signing(s->ask) && rule->hashes != 1u << HASH_NONE)
		return false;
	if (hash_size(h) > 0 && (rule->hashes & 1u << h))
		return false;
	return answer_deny(ret, AUTHORITY_KEY_FILE,
			   "refused because key '%s' may not sign with hash %s, by Hashes= in %s",
			   s->key->name, hash_size(h) > 0 ? hash_name(h) : "none", rule->path);
}

static bool limit_purpose(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;

	if (!rule->purposes)
		return false;
	if (!rule->purposes[0])
		return answer_deny(
			ret, AUTHORITY_KEY_FILE,
			"refused because key '%s' is for no purpose at all, by Purposes= in %s",
			s->key->name, rule->path);
	if (!ask_is_signing(s->ask))
		return false;
	if (purpose_is_among(s->ask->purpose, rule->purposes))
		return false;
	return answer_deny(ret, AUTHORITY_KEY_FILE,
			   "refused because key '%s' is not for purpose '%s', by Purposes= in %s",
			   s->key->name, s->ask->purpose, rule->path);
}

/* A count that is not known allows nothing that depends on it. */
static bool limit_unknown(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;
	bool has_number = rule->maximum_signatures > 0;

	if (!s->use.unknown || s->use.is_counted || (!has_number && rule->rate_usec == 0))
		return false;
	return answer_deny(ret, AUTHORITY_KEY_FILE,
			   "refused because it is not known how often key '%s' has signed, which "
			   "%s limits: %s",
			   s->key->name,
			   has_number ? "MaximumSignatures=" : "RateLimit=", s->use.unknown);
}

static bool limit_rate(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;

	if (rule->rate_usec == 0 || s->use.is_counted || s->ask->n_items <= s->use.n_left)
		return false;
	return answer_deny(
		ret, AUTHORITY_KEY_FILE,
		"refused because key '%s' may make %llu signatures in %llu s, by RateLimit= in "
		"%s: %zu are asked for and %llu are left now; try again later",
		s->key->name, (unsigned long long)rule->rate,
		(unsigned long long)(rule->rate_usec / USEC_PER_SEC), rule->path, s->ask->n_items,
		(unsigned long long)s->use.n_left);
}

static bool limit_number(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;
	uint64_t max = rule->maximum_signatures;

	if (max == 0 || s->use.is_counted)
		return false;
	if (s->use.n_signed < max && s->ask->n_items <= max - s->use.n_signed)
		return false;
	return answer_deny(ret, AUTHORITY_KEY_FILE,
			   "refused because key '%s' has made %llu of the %llu signatures that "
			   "MaximumSignatures= in %s allows",
			   s->key->name, (unsigned long long)s->use.n_signed,
			   (unsigned long long)max, rule->path);
}

/* In the order in which they are named to people; the names are those of the keys of the file. */
/* clang-format off */
static const struct {
	const char *name;
	bool (*refuses)(const struct situation *s, struct verdict *ret);
} limits[] = {
	{"State",             limit_state},
	{"NotBefore",         limit_not_before},
	{"NotAfter",          limit_not_after},
	{"Certificate",       limit_certificate},
	{"MinimumBits",       limit_bits},
	{"Algorithms",        limit_algorithm},
	{"Hashes",            limit_hash},
	{"Purposes",          limit_purpose},
	{"MaximumSignatures", limit_unknown},
	{"RateLimit",         limit_rate},
	{"MaximumSignatures", limit_number},
};
/* clang-format on */

static bool is_limited_by_file(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;
	char text[300];

	for (size_t i = 0; rule && i < array_len(limits); i++) {
		if (limits[i].refuses(s, ret)) {
			trace_add_limit(s->trace, rule, limits[i].name, TRACE_RESULT_REFUSED,
					ret->reason);
			return true;
		}
		if (s->trace && limit_text(limits[i].name, rule, &s->use, text, sizeof(text)))
			trace_add_limit(s->trace, rule, limits[i].name, TRACE_RESULT_PASSED, text);
	}
	return false;
}

/* These two hold without any file. */
static bool limit_weak_key(const struct situation *s, struct verdict *ret)
{
	const struct key_info *info = &s->key->info;

	if (info->type != KEY_TYPE_RSA || info->bits >= RSA_BITS_MIN)
		return false;
	return answer_deny(
		ret, AUTHORITY_KEY_FILE,
		"refused because key '%s' is RSA-%u, which is too weak: %u bits are the least",
		s->key->name, info->bits, RSA_BITS_MIN);
}

static bool limit_weak_hash(const struct situation *s, struct verdict *ret)
{
	if (s->ask->hash != HASH_SHA1)
		return false;
	return answer_deny(
		ret, AUTHORITY_KEY_FILE,
		"refused because a signature with SHA-1 was asked for, which is broken: sign "
		"with sha256, sha384 or sha512");
}

/* Whether the key can sign so at all is no question of permission. */
static bool limit_unnamed(const struct situation *s, struct verdict *ret)
{
	if (!ask_is_signing(s->ask) || s->ask->purpose[0] != '\0')
		return false;
	return answer_deny(ret, AUTHORITY_NONE,
			   "refused because the request says no purpose for key '%s'",
			   s->key->name);
}

/* The same for what holds without a file: name is "key", "hash" or "purpose". */
static bool is_limited_anyway(const struct situation *s, const char *name,
			      bool (*refuses)(const struct situation *s, struct verdict *ret),
			      struct verdict *ret)
{
	if (!refuses(s, ret))
		return false;
	trace_add(s->trace, name, "signetd", 0, TRACE_RESULT_REFUSED, "%s", ret->reason);
	return true;
}

bool limits_need_quorum(const struct situation *s)
{
	return s->key && s->key->rule && s->key->rule->quorum > 0 && ask_is_signing(s->ask);
}

/*
 * Breaking the glass has an action of its own, which everybody may be allowed: it opens nothing but
 * keys that need approvals, and only to those whom their files name.
 */
static bool limit_break_glass(const struct situation *s, struct verdict *ret)
{
	if (!s->ask->is_break_glass)
		return false;
	if (!s->action || strcmp(s->action, BREAK_GLASS_ACTION) != 0)
		return answer_deny(
			ret, AUTHORITY_BREAK_GLASS,
			"refused because breaking the glass takes the action " BREAK_GLASS_ACTION);
	if (!limits_need_quorum(s))
		return answer_deny(
			ret, AUTHORITY_BREAK_GLASS,
			"refused because key '%s' needs no approvals: there is no glass to break",
			s->key->name);
	if (s->ask->is_forwarded)
		return answer_deny(
			ret, AUTHORITY_BREAK_GLASS,
			"refused because the glass of key '%s' is not broken for another host, "
			"whose ssh agent this is",
			s->key->name);
	if (people_has(&s->key->rule->break_glass, s->caller))
		return false;
	return answer_deny(ret, AUTHORITY_BREAK_GLASS,
			   "refused because uid %u is not among BreakGlass= of key '%s' in %s",
			   (unsigned)s->caller->uid, s->key->name, s->key->rule->path);
}

bool limits_refuse(const struct situation *s, struct verdict *ret)
{
	if (!s->key)
		return false;
	if (!s->key->name)
		return answer_deny(ret, AUTHORITY_NONE, "refused because the key has no name");
	return is_limited_anyway(s, "hash", limit_weak_hash, ret) || is_limited_by_file(s, ret) ||
	       is_limited_anyway(s, "key", limit_weak_key, ret) ||
	       is_limited_anyway(s, "purpose", limit_unnamed, ret) ||
	       is_limited_anyway(s, "break-glass", limit_break_glass, ret);
}
