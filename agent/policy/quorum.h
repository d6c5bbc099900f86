/*
 * policy/quorum.h - requests that wait for the approvals of others: the table, and the rules
 *
 * Owns every request that waits or is approved, in memory and on disk. It knows no clock and asks
 * nobody: the time, who approves and the policy in force are handed in. Whatever lets somebody sign
 * is on the disk before it is said: a change that cannot be stored has not happened.
 *
 * The rules: the requester never counts, nor does whom Approvers= and ApproverKeys= do not name; one
 * person counts once; one veto ends a request, even when it was approved; what was approved is signed
 * once, or in the time and number that all approvals agree on; it ends at its time, and when the
 * policy changes.
 */
#ifndef AGENT_POLICY_QUORUM_H
#define AGENT_POLICY_QUORUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/cleanup.h"
#include "agent/model/key.h"
#include "agent/model/parked.h"
#include "agent/model/quorum.h"

struct quorum;

/* Whether somebody may say yes or no to a request. */
enum judgement {
	JUDGEMENT_NONE = 0,
	JUDGEMENT_MAY,
	JUDGEMENT_STRANGER,
	JUDGEMENT_REQUESTER,
	JUDGEMENT_TWICE,  /* has approved it already */
	JUDGEMENT_ENOUGH, /* it needs no more approvals */
	JUDGEMENT_OVER,
};

/* What time or a new policy did to a request. */
enum quorum_change {
	QUORUM_CHANGE_NONE = 0,
	QUORUM_CHANGE_EXPIRED,
	QUORUM_CHANGE_VOIDED,
	QUORUM_CHANGE_CLOSED, /* its window is over */
};

/* What somebody wants to sign now. */
struct petition {
	const struct caller *caller;
	bool is_forwarded;
	const uint8_t *key_id;
	const struct ask *ask;
	struct window asked; /* set if ask has no items */
	const char *policy;
};

/* What was taken of an approval, for one request that is about to sign. */
struct pass {
	char id[PARKED_ID_LEN + 1]; /* empty: nothing */
	enum quorum_standing standing;
	uint64_t n_window; /* signatures taken from the window */
	char policy[65];
};

/*
 * dir: where requests are stored; NULL: nowhere, they end with us. host: as quorum_text() has it.
 * *ret_broken names a file that was not understood, of *ret_n_broken; owned by the caller.
 */
int quorum_new(const char *dir, const char *host, struct quorum **ret, char **ret_broken,
	       size_t *ret_n_broken);
struct quorum *quorum_free(struct quorum *q);
DEFINE_FREEP(struct quorum, quorum_free)

/* NULL if there is none. Borrowed until quorum_overdue() is called again. */
struct parked *quorum_find(const struct quorum *q, const char *id);
/* The requests, oldest first: pass NULL to begin; NULL at the end. */
struct parked *quorum_next(const struct quorum *q, const struct parked *after);

/*
 * Where it stands, and by which request (NULL for NONE): vetoed, approved, covered by a window, pending,
 * in this order if it is several.
 */
enum quorum_standing quorum_standing(const struct quorum *q, const struct petition *p,
				     uint64_t now_usec, struct parked **ret);

/* Stores and takes over a new request. *ret_has_room false: there are too many, nothing happened. */
int quorum_park(struct quorum *q, struct parked *p, bool *ret_has_room);

/*
 * caller: who is at the other end of the connection; NULL for a signature by a key of the rule's list.
 * rule is that of the request's key.
 */
enum judgement quorum_judge(const struct parked *p, const struct key_rule *rule,
			    const struct person *who, const struct caller *caller, bool is_denied);

/* After JUDGEMENT_MAY. The request may be approved, and its window open, after that. */
int quorum_approve(struct quorum *q, struct parked *p, const struct person *who,
		   bool is_by_signature, const struct window *window, uint64_t now_usec);
int quorum_veto(struct quorum *q, struct parked *p, uint64_t now_usec);
int quorum_withdraw(struct quorum *q, struct parked *p, uint64_t now_usec);

/* What approvers read, and sign; see quorum-text.h. */
char *quorum_text_of(const struct quorum *q, const struct parked *p, bool is_denied,
		     const struct window *window);

/*
 * Takes n signatures from what is APPROVED or WINDOW, for a request that goes on to sign; a crash
 * after this loses them. quorum_settle() ends that, always: is_unused gives them back, when certainly
 * nothing was signed.
 */
int quorum_take(struct quorum *q, struct parked *p, enum quorum_standing standing, size_t n,
		struct pass *ret);
void quorum_settle(struct quorum *q, const struct pass *pass, bool is_unused);

/*
 * The next request that time or the policy in force changed, and how; NULL: no more. Removes those that
 * are over for good without a word.
 */
const struct parked *quorum_overdue(struct quorum *q, uint64_t now_usec, const char *policy,
				    enum quorum_change *ret);
/* When quorum_overdue() has something to do next; UINT64_MAX: never. */
uint64_t quorum_due_usec(const struct quorum *q);

#endif
