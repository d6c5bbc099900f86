/*
 * op-approve.c - approve@: somebody says yes or no to a request that waits
 *
 * By a connection, and then polkit authenticates the person; or by an SSHSIG over the text of the
 * request, and then it does not matter who carries it. The rules are in policy/quorum.c.
 */
#include "agent/op.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/approval.h"
#include "agent/base/bytes.h"
#include "agent/base/clock.h"
#include "agent/policy/quorum-text.h"
#include "agent/policy/sshsig.h"

int op_decode_approve(struct request *q, struct reader *r)
{
	struct appeal *a = &q->appeal;
	struct message_approve m;

	if (!message_read_approve(r, &m))
		return -EBADMSG;
	memcpy(a->id, m.id.data, PARKED_ID_LEN);
	a->is_denied = m.verdict == MESSAGE_DENY;
	a->window = (struct window){m.window.seconds * USEC_PER_SEC, m.window.signatures};
	q->ask.may_interact = m.flags & MESSAGE_INTERACTIVE;
	if (m.reason.size > 0) {
		a->reason = view_strdup(m.reason);
		if (!a->reason)
			return -ENOMEM;
	}
	if (m.signature.size == 0)
		return 0;
	a->signature = bytes_dup(m.signature.data, m.signature.size);
	a->signature_size = m.signature.size;
	q->action = NULL; /* the signature says who approves, and that she does */
	return a->signature ? 0 : -ENOMEM;
}

static enum request_state refuse(struct request *q, const char *why)
{
	return request_end(q, OUTCOME_DENIED, STATUS_DENIED, "refused because %s (request %s)", why,
			   q->appeal.id);
}

/* --- who it is ---------------------------------------------------------------------------------- */

/* False with q ended: the signature is not that of an approver over this very text. */
static bool identify_signer(struct request *q, const struct parked *p, const struct key_rule *rule,
			    enum request_state *ret_next)
{
	struct appeal *a = &q->appeal;
	_cleanup_(freep) char *text = quorum_text_of(q->agent->quorum, p, a->is_denied, &a->window);
	const struct approver_key *key;

	if (!text) {
		*ret_next =
			request_end(q, OUTCOME_FAILED, STATUS_AGAIN, "signetd is short of memory");
		return false;
	}
	switch (sshsig_verify((struct view){a->signature, a->signature_size}, QUORUM_TEXT_NAMESPACE,
			      text, rule->approver_keys, rule->n_approver_keys, &key)) {
	case SSHSIG_RIGHT:
		a->person = key->person;
		return true;
	case SSHSIG_STRANGER:
		*ret_next = refuse(q, "the key that made the signature is not in ApproverKeys=");
		return false;
	case SSHSIG_FORGED:
		*ret_next =
			refuse(q, "the signature is not one over the text of this request, with "
				  "this verdict and window, for " QUORUM_TEXT_NAMESPACE);
		return false;
	case SSHSIG_BROKEN:
		break;
	}
	*ret_next = refuse(q, "what was handed in is no SSH signature by an Ed25519 key");
	return false;
}

static bool identify(struct request *q, const struct parked *p, const struct key_rule *rule,
		     enum request_state *ret_next)
{
	if (q->appeal.signature)
		return identify_signer(q, p, rule, ret_next);
	q->appeal.person = (struct person){.uid = q->uid};
	if (!q->ask.is_forwarded)
		return true;
	*ret_next = refuse(q, "the connection is forwarded by ssh: who approves has to be on this "
			      "host, or to sign the approval");
	return false;
}

/* --- whether it counts -------------------------------------------------------------------------- */

static bool is_judged(struct request *q, const struct parked *p, const struct key_rule *rule,
		      enum request_state *ret_next)
{
	const struct appeal *a = &q->appeal;
	const struct caller *caller = a->signature ? NULL : request_caller(q);
	const char *why = NULL;

	switch (quorum_judge(p, rule, &a->person, caller, a->is_denied)) {
	case JUDGEMENT_MAY:
		return true;
	case JUDGEMENT_REQUESTER:
		why = "who asks for a signature cannot approve it";
		break;
	case JUDGEMENT_TWICE:
		why = "this person has approved it already, and counts once";
		break;
	case JUDGEMENT_ENOUGH:
		why = "it has all approvals that it needs";
		break;
	case JUDGEMENT_OVER:
		why = "the request has ended";
		break;
	case JUDGEMENT_STRANGER:
	case JUDGEMENT_NONE:
		why = "this person is no approver of the key";
		break;
	}
	*ret_next = refuse(q, why);
	return false;
}

/* A window for what asks for none has to be whole. */
static bool is_window_sane(const struct parked *p, const struct window *w)
{
	return window_is_set(&p->asked) || (w->usec > 0) == (w->signatures > 0);
}

enum request_state op_resolve_approve(struct request *q)
{
	struct parked *p = approval_find(q);
	const struct key_rule *rule = p ? rules_find_key(q->agent->rules, p->key) : NULL;
	enum request_state next;

	if (!p || !rule)
		return approval_not_found(q);
	if (!is_window_sane(p, &q->appeal.window))
		return request_end(q, OUTCOME_FAILED, STATUS_USAGE,
				   "a window takes both a time and a number of signatures");
	if (!identify(q, p, rule, &next) || !is_judged(q, p, rule, &next) ||
	    !approval_copy(q, p, &next))
		return next;
	return REQUEST_DECIDE;
}

/* --- saying it ---------------------------------------------------------------------------------- */

static void note_window(struct agent *a, const struct parked *p)
{
	char reason[128];
	const struct record record = {
		.kind = RECORD_WINDOW,
		.parked = p->id,
		.ask = &p->ask,
		.key_name = p->key,
		.reason = reason,
	};

	(void)snprintf(reason, sizeof(reason), "%llu signatures in %llu s", /* fits */
		       (unsigned long long)p->n_left,
		       (unsigned long long)((p->open_until_usec - clock_realtime_usec()) /
					    USEC_PER_SEC));
	agent_note(a, &record);
}

static int count_it(struct request *q, struct parked *p)
{
	const struct appeal *a = &q->appeal;
	uint64_t now = clock_realtime_usec();
	int r;

	if (a->is_denied)
		return quorum_veto(q->agent->quorum, p, now);
	r = quorum_approve(q->agent->quorum, p, &a->person, a->signature != NULL, &a->window, now);
	if (r == 0 && p->open_until_usec > 0)
		note_window(q->agent, p);
	return r;
}

/* Polkit was waited for: all is looked at again. */
enum request_state op_run_approve(struct request *q)
{
	struct parked *p = approval_find(q);
	const struct key_rule *rule = p ? rules_find_key(q->agent->rules, p->key) : NULL;
	enum request_state next;
	int r;

	if (!p || !rule)
		return approval_not_found(q);
	if (!identify(q, p, rule, &next) || !is_judged(q, p, rule, &next))
		return next;
	r = count_it(q, p);
	if (r < 0)
		return request_end(q, OUTCOME_FAILED, STATUS_IO,
				   "it does not count because it cannot be stored (%s)",
				   strerror(-r));
	approval_changed(q->agent);
	q->record_kind = q->appeal.is_denied ? RECORD_VETOED : RECORD_APPROVED;
	return request_end(q, OUTCOME_DONE, STATUS_OK, "%s",
			   q->appeal.reason ? q->appeal.reason : "");
}
