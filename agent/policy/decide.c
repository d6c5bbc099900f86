/*
 * policy/decide.c - see decide.h
 *
 * The limits of the key come first (limits.c); only when all of them are silent is it looked at who
 * asks.
 */
#include "agent/policy/decide.h"

#include <stdio.h>
#include <string.h>

#include "agent/policy/answer.h"
#include "agent/policy/grant.h"
#include "agent/policy/limits.h"

#define SIGN_ACTION "org.signetd.sign"

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
 * digest from another host; a challenge of pam_signet may be worth root. Signing these takes a rule
 * that says so, and where polkit is not asked that can only be Purposes=, which limit_purpose() has
 * looked at.
 */
static bool is_unasked_for(const struct situation *s)
{
	const char *purpose = s->ask->purpose;

	if (!ask_is_signing(s->ask) || (s->key->rule && s->key->rule->purposes))
		return false;
	if (s->ask->is_forwarded)
		return strcmp(purpose, "ssh-auth") != 0 && strncmp(purpose, "sshsig:", 7) != 0;
	return strcmp(purpose, "ssh-raw") == 0 || strncmp(purpose, "pam:", 4) == 0;
}

static void decide_same_user(const struct situation *s, struct verdict *ret)
{
	uid_t uid = s->caller->uid;
	char what[512];

	describe(s, what, sizeof(what));
	if (s->key && is_unasked_for(s))
		(void)answer_deny(ret, AUTHORITY_SAME_USER,
				  "refused because no Purposes= in keys.d allows %s%s: %s",
				  s->ask->purpose,
				  s->ask->is_forwarded
					  ? " for another host, whose ssh agent this is"
					  : "",
				  what); /* returns true by convention */
	else if (uid == 0 || uid == s->agent_uid)
		answer_allow(ret, AUTHORITY_SAME_USER,
			     "allowed because the agent serves its own user: %s", what);
	else
		(void)answer_deny(
			ret, AUTHORITY_SAME_USER,
			"refused because the agent serves only root and its own user, uid %u: %s",
			(unsigned)s->agent_uid, what); /* returns true by convention */
}

/* Only what signs is granted: all other actions are polkit's. */
static bool is_granted(const struct situation *s, struct verdict *ret)
{
	const struct grant *g;
	char what[512];

	if (!s->key || strcmp(s->action, SIGN_ACTION) != 0 || !ask_is_signing(s->ask))
		return false;
	g = grant_find(s->grants, s->n_grants, s->caller, s->key->name, s->ask, s->now_usec);
	if (!g) {
		trace_add(s->trace, "grant", "grants.d", 0, TRACE_RESULT_NONE,
			  "none of the grants for this key fits, of which there are %zu",
			  grant_count(s->grants, s->n_grants, s->key->name));
		return false;
	}
	describe(s, what, sizeof(what));
	answer_allow(ret, AUTHORITY_GRANT, "allowed because %s grants it: %s", g->path, what);
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
		answer_allow(ret, AUTHORITY_POLKIT, "allowed because polkit says yes to %s", what);
		return;
	case POLKIT_ANSWER_NO:
		(void)answer_deny(
			ret, AUTHORITY_POLKIT,
			"refused because polkit says no to %s; an administrator can grant it with "
			"'signet grant' or a polkit rule",
			what);
		return;
	case POLKIT_ANSWER_CHALLENGE:
		(void)answer_deny(
			ret, AUTHORITY_POLKIT,
			"refused because polkit wants a person to authenticate and none can be asked "
			"here: %s; an administrator can grant it with 'signet grant' or a polkit rule",
			what);
		return;
	case POLKIT_ANSWER_DISMISSED:
		(void)answer_deny(
			ret, AUTHORITY_POLKIT,
			"refused because the person whom polkit asked did not authenticate: %s",
			what);
		return;
	case POLKIT_ANSWER_SILENCE:
		(void)answer_deny(
			ret, AUTHORITY_POLKIT,
			"refused because polkit did not answer in time, or could not be asked: %s",
			what);
		return;
	case _POLKIT_ANSWER_MAX:
		break;
	}
	(void)answer_deny(ret, AUTHORITY_POLKIT,
			  "refused because polkit's answer is not understood: %s", what);
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
		answer_allow(ret, AUTHORITY_NONE, "allowed because it is open to everybody");
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
	(void)answer_deny(ret, AUTHORITY_NONE,
			  "refused because Authorization= has no value that is known");
}

/* --- who else has to agree --------------------------------------------------------------------- */

/* That the caller may was looked at first: limit_break_glass(). */
static void break_glass(const struct situation *s, struct verdict *ret)
{
	const struct key_rule *rule = s->key->rule;

	answer_allow(
		ret, AUTHORITY_BREAK_GLASS,
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
		answer_allow(ret, AUTHORITY_QUORUM,
			     "allowed because request %s for key '%s' was approved by %u", id,
			     s->key->name, rule->quorum);
		return;
	case QUORUM_STANDING_WINDOW:
		answer_allow(
			ret, AUTHORITY_QUORUM,
			"allowed because the window of request %s for key '%s' is open, approved by %u",
			id, s->key->name, rule->quorum);
		return;
	case QUORUM_STANDING_VETOED:
		(void)answer_deny(ret, AUTHORITY_QUORUM,
				  "refused because an approver denied request %s for key '%s'", id,
				  s->key->name);
		return;
	case QUORUM_STANDING_EXPIRED:
		(void)answer_deny(
			ret, AUTHORITY_QUORUM,
			"refused because request %s for key '%s' was not approved in time; ask again",
			id, s->key->name);
		return;
	case _QUORUM_STANDING_MAX:
		break;
	}
	(void)answer_deny(ret, AUTHORITY_QUORUM,
			  "refused because it is not known where request %s for key '%s' stands",
			  id, s->key->name);
}

void decide(const struct situation *s, struct verdict *ret)
{
	*ret = (struct verdict){};
	if (!s->settings || !s->caller || !s->ask) {
		(void)answer_deny(ret, AUTHORITY_NONE,
				  "refused because the request is not complete");
		return;
	}
	if (s->caller->uid == (uid_t)-1) {
		(void)answer_deny(ret, AUTHORITY_NONE, "refused because it is not known who asks");
		return;
	}
	if (limits_refuse(s, ret))
		return;
	decide_caller(s, ret);
	if (ret->kind == VERDICT_ALLOW && limits_need_quorum(s)) {
		decide_quorum(s, ret);
		trace_add_limit(s->trace, s->key->rule, "Quorum", result_of(ret), ret->reason);
	} else if (ret->kind == VERDICT_ASK && limits_need_quorum(s)) {
		trace_add_limit(s->trace, s->key->rule, "Quorum", TRACE_RESULT_ASKS,
				"approvals are needed after that");
	}
}
