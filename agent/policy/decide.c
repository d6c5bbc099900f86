/*
 * policy/decide.c - see decide.h
 *
 * Each limit is a function that either says nothing or denies. The limits come first, in the order
 * of the table; only when all of them are silent is it looked at who asks.
 */
#include "agent/policy/decide.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/clock.h"
#include "agent/base/code.h"
#include "agent/base/text.h"
#include "agent/policy/grant.h"
#include "agent/policy/limit-text.h"
#include "agent/policy/purpose.h"

/* What an RSA key has at least, whatever its file says. */
#define RSA_BITS_MIN 2048u
#define SIGN_ACTION "org.signetd.sign"
#define BREAK_GLASS_ACTION "org.signetd.break-glass"

/* An answer: reason is a sentence, cut if it does not fit, and always clean text. */
__attribute__((format(printf, 4, 0))) static void answer(struct verdict *ret,
							 enum verdict_kind kind,
							 enum authority authority,
							 const char *format, va_list ap)
{
	char reason[1024];

	(void)vsnprintf(reason, sizeof(reason), format, ap); /* what is cut shows in the reason */
	ret->kind = kind;
	ret->authority = authority;
	text_sanitise(reason, ret->reason, sizeof(ret->reason));
}

/* Returns true, so that a limit can end with it. */
__attribute__((format(printf, 3, 4))) static bool
deny(struct verdict *ret, enum authority authority, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	answer(ret, VERDICT_DENY, authority, format, ap);
	va_end(ap);
	return true;
}

__attribute__((format(printf, 3, 4))) static void
allow(struct verdict *ret, enum authority authority, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	answer(ret, VERDICT_ALLOW, authority, format, ap);
	va_end(ap);
}

__attribute__((format(printf, 2, 3))) static void answer_quorum(struct verdict *ret,
								const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	answer(ret, VERDICT_QUORUM, AUTHORITY_QUORUM, format, ap);
	va_end(ap);
}

/* --- the key's own limits; s->key is set ------------------------------------------------------ */

/* What only shows a key names none of these. What names one of them signs, and must name all. */
static bool is_signing(const struct ask *a)
{
	return a->n_items > 0 || a->purpose[0] != '\0' || a->algorithm != ALGORITHM_NONE ||
	       a->hash != HASH_NONE || a->input != INPUT_NONE;
}

static bool limit_state(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;

	switch (rule->state) {
	case KEY_STATE_ACTIVE:
		return false;
	case KEY_STATE_SUSPENDED:
		return deny(ret, AUTHORITY_KEY_FILE, "refused because key '%s' is suspended by %s",
			    s->key->name, rule->path);
	case KEY_STATE_RETIRED:
		return deny(ret, AUTHORITY_KEY_FILE, "refused because key '%s' is retired by %s",
			    s->key->name, rule->path);
	case KEY_STATE_NONE:
		break;
	}
	return deny(ret, AUTHORITY_KEY_FILE,
		    "refused because key '%s' has no state that is known, in %s", s->key->name,
		    rule->path);
}

static bool limit_not_before(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;

	if (rule->not_before == 0 || s->now_usec >= rule->not_before)
		return false;
	return deny(ret, AUTHORITY_KEY_FILE,
		    "refused because key '%s' may not be used yet, by NotBefore= in %s",
		    s->key->name, rule->path);
}

static bool limit_not_after(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;

	if (rule->not_after == 0 || s->now_usec < rule->not_after)
		return false;
	return deny(ret, AUTHORITY_KEY_FILE,
		    "refused because key '%s' has expired, by NotAfter= in %s", s->key->name,
		    rule->path);
}

static bool limit_certificate(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;

	if (rule->certificate_not_after == 0 || s->now_usec < rule->certificate_not_after)
		return false;
	return deny(
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
	return deny(ret, AUTHORITY_KEY_FILE,
		    "refused because key '%s' has %u bits, fewer than MinimumBits=%u in %s",
		    s->key->name, s->key->info.bits, rule->minimum_bits, rule->path);
}

static bool limit_algorithm(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;
	enum algorithm a = s->ask->algorithm;

	if (rule->algorithms == 0 || !is_signing(s->ask))
		return false;
	if (algorithm_name(a) && (rule->algorithms & 1u << a))
		return false;
	return deny(ret, AUTHORITY_KEY_FILE,
		    "refused because key '%s' may not sign by %s, by Algorithms= in %s",
		    s->key->name, algorithm_name(a) ? algorithm_name(a) : "an unknown algorithm",
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
	if (!is_signing(s->ask) && rule->hashes != 1u << HASH_NONE)
		return false;
	if (hash_size(h) > 0 && (rule->hashes & 1u << h))
		return false;
	return deny(ret, AUTHORITY_KEY_FILE,
		    "refused because key '%s' may not sign with hash %s, by Hashes= in %s",
		    s->key->name, hash_size(h) > 0 ? hash_name(h) : "none", rule->path);
}

static bool limit_purpose(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;

	if (!rule->purposes)
		return false;
	if (!rule->purposes[0])
		return deny(ret, AUTHORITY_KEY_FILE,
			    "refused because key '%s' is for no purpose at all, by Purposes= in %s",
			    s->key->name, rule->path);
	if (!is_signing(s->ask))
		return false;
	if (purpose_is_among(s->ask->purpose, rule->purposes))
		return false;
	return deny(ret, AUTHORITY_KEY_FILE,
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
	return deny(ret, AUTHORITY_KEY_FILE,
		    "refused because it is not known how often key '%s' has signed, which "
		    "%s limits: %s",
		    s->key->name, has_number ? "MaximumSignatures=" : "RateLimit=", s->use.unknown);
}

static bool limit_rate(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;

	if (rule->rate_usec == 0 || s->use.is_counted || s->ask->n_items <= s->use.n_left)
		return false;
	return deny(ret, AUTHORITY_KEY_FILE,
		    "refused because key '%s' may make %llu signatures in %llu s, by RateLimit= in "
		    "%s: %zu are asked for and %llu are left now; try again later",
		    s->key->name, (unsigned long long)rule->rate,
		    (unsigned long long)(rule->rate_usec / USEC_PER_SEC), rule->path,
		    s->ask->n_items, (unsigned long long)s->use.n_left);
}

static bool limit_number(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;
	uint64_t max = rule->maximum_signatures;

	if (max == 0 || s->use.is_counted)
		return false;
	if (s->use.n_signed < max && s->ask->n_items <= max - s->use.n_signed)
		return false;
	return deny(ret, AUTHORITY_KEY_FILE,
		    "refused because key '%s' has made %llu of the %llu signatures that "
		    "MaximumSignatures= in %s allows",
		    s->key->name, (unsigned long long)s->use.n_signed, (unsigned long long)max,
		    rule->path);
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
	return deny(ret, AUTHORITY_KEY_FILE,
		    "refused because key '%s' is RSA-%u, which is too weak: %u bits are the least",
		    s->key->name, info->bits, RSA_BITS_MIN);
}

static bool limit_weak_hash(const struct situation *s, struct verdict *ret)
{
	if (s->ask->hash != HASH_SHA1)
		return false;
	return deny(ret, AUTHORITY_KEY_FILE,
		    "refused because a signature with SHA-1 was asked for, which is broken: sign "
		    "with sha256, sha384 or sha512");
}

/* Whether the key can sign so at all is no question of permission. */
static bool limit_unnamed(const struct situation *s, struct verdict *ret)
{
	if (!is_signing(s->ask) || s->ask->purpose[0] != '\0')
		return false;
	return deny(ret, AUTHORITY_NONE, "refused because the request says no purpose for key '%s'",
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

static bool has_quorum(const struct situation *s)
{
	return s->key && s->key->rule && s->key->rule->quorum > 0 && is_signing(s->ask);
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
		return deny(
			ret, AUTHORITY_BREAK_GLASS,
			"refused because breaking the glass takes the action " BREAK_GLASS_ACTION);
	if (!has_quorum(s))
		return deny(
			ret, AUTHORITY_BREAK_GLASS,
			"refused because key '%s' needs no approvals: there is no glass to break",
			s->key->name);
	if (s->ask->is_forwarded)
		return deny(ret, AUTHORITY_BREAK_GLASS,
			    "refused because the glass of key '%s' is not broken for another host, "
			    "whose ssh agent this is",
			    s->key->name);
	if (people_has(&s->key->rule->break_glass, s->caller))
		return false;
	return deny(ret, AUTHORITY_BREAK_GLASS,
		    "refused because uid %u is not among BreakGlass= of key '%s' in %s",
		    (unsigned)s->caller->uid, s->key->name, s->key->rule->path);
}

static bool is_limited(const struct situation *s, struct verdict *ret)
{
	if (!s->key)
		return false;
	if (!s->key->name)
		return deny(ret, AUTHORITY_NONE, "refused because the key has no name");
	return is_limited_anyway(s, "hash", limit_weak_hash, ret) || is_limited_by_file(s, ret) ||
	       is_limited_anyway(s, "key", limit_weak_key, ret) ||
	       is_limited_anyway(s, "purpose", limit_unnamed, ret) ||
	       is_limited_anyway(s, "break-glass", limit_break_glass, ret);
}

/* --- who asks ------------------------------------------------------------------------------- */

/* "key 'release' for uid 1001 (purpose digest)", or of a token, or of neither. */
static void describe(const struct situation *s, char *buf, size_t size)
{
	const struct ask *a = s->ask;
	bool has_purpose = s->key && a->purpose[0] != '\0';
	const char *noun = s->key ? " on key '" : a->token ? " on token '" : "";
	const char *name = s->key ? s->key->name : a->token ? a->token : "";

	/* Names of both kinds fit; what is cut shows in the reason. */
	(void)snprintf(buf, size, "action %s%s%s%s for uid %u%s%s%s", s->action, noun, name,
		       noun[0] ? "'" : "", (unsigned)s->caller->uid,
		       has_purpose ? " (purpose " : "", has_purpose ? a->purpose : "",
		       has_purpose ? ")" : "");
}

/*
 * What comes over the ssh-agent protocol and is nothing of ssh's could be anything, and so could a
 * digest from another host: signing it takes a rule that says so, and where polkit is not asked that
 * can only be Purposes=, which limit_purpose() has looked at.
 */
static bool is_unasked_for(const struct situation *s)
{
	const char *purpose = s->ask->purpose;

	if (!is_signing(s->ask) || (s->key->rule && s->key->rule->purposes))
		return false;
	if (s->ask->is_forwarded)
		return strcmp(purpose, "ssh-auth") != 0 && strncmp(purpose, "sshsig:", 7) != 0;
	return strcmp(purpose, "ssh-raw") == 0;
}

static void decide_same_user(const struct situation *s, struct verdict *ret)
{
	uid_t uid = s->caller->uid;
	char what[512];

	describe(s, what, sizeof(what));
	if (s->key && is_unasked_for(s))
		(void)deny(ret, AUTHORITY_SAME_USER,
			   "refused because no Purposes= in keys.d allows %s%s: %s",
			   s->ask->purpose,
			   s->ask->is_forwarded ? " for another host, whose ssh agent this is" : "",
			   what); /* returns true by convention */
	else if (uid == 0 || uid == s->agent_uid)
		allow(ret, AUTHORITY_SAME_USER, "allowed because the agent serves its own user: %s",
		      what);
	else
		(void)deny(
			ret, AUTHORITY_SAME_USER,
			"refused because the agent serves only root and its own user, uid %u: %s",
			(unsigned)s->agent_uid, what); /* returns true by convention */
}

/* Only what signs is granted: all other actions are polkit's. */
static bool is_granted(const struct situation *s, struct verdict *ret)
{
	const struct grant *g;
	char what[512];

	if (!s->key || strcmp(s->action, SIGN_ACTION) != 0 || !is_signing(s->ask))
		return false;
	g = grant_find(s->grants, s->n_grants, s->caller, s->key->name, s->ask, s->now_usec);
	if (!g) {
		trace_add(s->trace, "grant", "grants.d", 0, TRACE_RESULT_NONE,
			  "none of the grants for this key fits, of which there are %zu",
			  grant_count(s->grants, s->n_grants, s->key->name));
		return false;
	}
	describe(s, what, sizeof(what));
	allow(ret, AUTHORITY_GRANT, "allowed because %s grants it: %s", g->path, what);
	trace_add(s->trace, "grant", g->path, 0, TRACE_RESULT_ALLOWED, "%s", ret->reason);
	return true;
}

static void decide_answer(const struct situation *s, struct verdict *ret)
{
	char what[512];

	describe(s, what, sizeof(what));
	switch (s->polkit) {
	case POLKIT_ANSWER_NONE:
		*ret = (struct verdict){.kind = VERDICT_ASK, .authority = AUTHORITY_POLKIT};
		return;
	case POLKIT_ANSWER_YES:
		allow(ret, AUTHORITY_POLKIT, "allowed because polkit says yes to %s", what);
		return;
	case POLKIT_ANSWER_NO:
		(void)deny(
			ret, AUTHORITY_POLKIT,
			"refused because polkit says no to %s; an administrator can grant it with "
			"'signet grant' or a polkit rule",
			what);
		return;
	case POLKIT_ANSWER_CHALLENGE:
		(void)deny(
			ret, AUTHORITY_POLKIT,
			"refused because polkit wants a person to authenticate and none can be asked "
			"here: %s; an administrator can grant it with 'signet grant' or a polkit rule",
			what);
		return;
	case POLKIT_ANSWER_DISMISSED:
		(void)deny(ret, AUTHORITY_POLKIT,
			   "refused because the person whom polkit asked did not authenticate: %s",
			   what);
		return;
	case POLKIT_ANSWER_SILENCE:
		(void)deny(
			ret, AUTHORITY_POLKIT,
			"refused because polkit did not answer in time, or could not be asked: %s",
			what);
		return;
	case _POLKIT_ANSWER_MAX:
		break;
	}
	(void)deny(ret, AUTHORITY_POLKIT, "refused because polkit's answer is not understood: %s",
		   what);
}

static enum trace_result result_of(const struct verdict *v)
{
	switch (v->kind) {
	case VERDICT_ALLOW:
		return TRACE_RESULT_ALLOWED;
	case VERDICT_ASK:
	case VERDICT_QUORUM:
		return TRACE_RESULT_ASKS;
	case VERDICT_DENY:
		break;
	}
	return TRACE_RESULT_REFUSED;
}

static void decide_polkit(const struct situation *s, struct verdict *ret)
{
	if (is_granted(s, ret))
		return;
	decide_answer(s, ret);
	if (ret->kind == VERDICT_ASK)
		trace_add(s->trace, "polkit", s->action, 0, TRACE_RESULT_ASKS,
			  "polkit decides, and can only be asked about a process that is there");
	else if (s->polkit == POLKIT_ANSWER_CHALLENGE)
		trace_add(s->trace, "polkit", s->action, 0, TRACE_RESULT_ASKS,
			  "polkit wants a person to authenticate");
	else
		trace_add(s->trace, "polkit", s->action, 0, result_of(ret), "%s", ret->reason);
}

static void decide_caller(const struct situation *s, struct verdict *ret)
{
	if (!s->action) {
		allow(ret, AUTHORITY_NONE, "allowed because it is open to everybody");
		return;
	}
	switch (s->settings->authorization) {
	case AUTHORIZATION_POLKIT:
		decide_polkit(s, ret);
		return;
	case AUTHORIZATION_SAME_USER:
		decide_same_user(s, ret);
		trace_add(s->trace, "same-user", "signet.conf", 0, result_of(ret), "%s",
			  ret->reason);
		return;
	case AUTHORIZATION_NONE:
		break;
	}
	(void)deny(ret, AUTHORITY_NONE,
		   "refused because Authorization= has no value that is known");
}

/* --- who else has to agree --------------------------------------------------------------------- */

/* That the caller may was looked at first: limit_break_glass(). */
static void break_glass(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;

	allow(ret, AUTHORITY_BREAK_GLASS,
	      "allowed without approvals because uid %u breaks the glass of key '%s', by BreakGlass= "
	      "in %s",
	      (unsigned)s->caller->uid, s->key->name, rule->path);
}

/* Who asks may do it; for this key that is not enough. */
static void decide_quorum(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;
	const char *id = s->quorum_request ? s->quorum_request : "?";

	if (s->ask->is_break_glass) {
		break_glass(s, ret);
		return;
	}
	switch (s->quorum) {
	case QUORUM_STANDING_NONE:
	case QUORUM_STANDING_PENDING:
		answer_quorum(ret, "%u approvals are needed, by Quorum= in %s", rule->quorum,
			      rule->path);
		return;
	case QUORUM_STANDING_APPROVED:
		allow(ret, AUTHORITY_QUORUM,
		      "allowed because request %s for key '%s' was approved by %u", id,
		      s->key->name, rule->quorum);
		return;
	case QUORUM_STANDING_WINDOW:
		allow(ret, AUTHORITY_QUORUM,
		      "allowed because the window of request %s for key '%s' is open, approved by %u",
		      id, s->key->name, rule->quorum);
		return;
	case QUORUM_STANDING_VETOED:
		(void)deny(ret, AUTHORITY_QUORUM,
			   "refused because an approver denied request %s for key '%s'", id,
			   s->key->name);
		return;
	case QUORUM_STANDING_EXPIRED:
		(void)deny(
			ret, AUTHORITY_QUORUM,
			"refused because request %s for key '%s' was not approved in time; ask again",
			id, s->key->name);
		return;
	case _QUORUM_STANDING_MAX:
		break;
	}
	(void)deny(ret, AUTHORITY_QUORUM,
		   "refused because it is not known where request %s for key '%s' stands", id,
		   s->key->name);
}

void decide(const struct situation *s, struct verdict *ret)
{
	*ret = (struct verdict){};
	if (!s->settings || !s->caller || !s->ask) {
		(void)deny(ret, AUTHORITY_NONE, "refused because the request is not complete");
		return;
	}
	if (s->caller->uid == (uid_t)-1) {
		(void)deny(ret, AUTHORITY_NONE, "refused because it is not known who asks");
		return;
	}
	if (is_limited(s, ret))
		return;
	decide_caller(s, ret);
	if (ret->kind == VERDICT_ALLOW && has_quorum(s)) {
		decide_quorum(s, ret);
		trace_add_limit(s->trace, s->key->rule, "Quorum", result_of(ret), ret->reason);
	} else if (ret->kind == VERDICT_ASK && has_quorum(s)) {
		trace_add_limit(s->trace, s->key->rule, "Quorum", TRACE_RESULT_ASKS,
				"approvals are needed after that");
	}
}
