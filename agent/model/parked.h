/*
 * model/parked.h - a request that other people have to approve, and how far it has come
 *
 * What was asked, by whom and under which policy never changes. The rest is changed by
 * policy/quorum.c alone, which stores it before it counts. Times are CLOCK_REALTIME: they hold across
 * restarts.
 */
#ifndef AGENT_MODEL_PARKED_H
#define AGENT_MODEL_PARKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/base/cleanup.h"
#include "agent/base/limits.h"
#include "agent/base/list.h"
#include "agent/model/approver.h"
#include "agent/model/ask.h"
#include "agent/model/caller.h"
#include "agent/model/key.h"

#define PARKED_ID_LEN 16u

/* The numbers are stored and cross the wire. */
enum parked_state {
	PARKED_NONE = 0,
	PARKED_PENDING = 1,
	PARKED_APPROVED = 2, /* what is left of it may be signed */
	PARKED_VETOED = 3,
	PARKED_EXPIRED = 4,
	PARKED_VOIDED = 5, /* the policy is another one now */
	PARKED_WITHDRAWN = 6,
	_PARKED_STATE_MAX,
};

/* So many signatures in so much time; both are set, or neither. */
struct window {
	uint64_t usec;
	uint64_t signatures;
};

struct approval {
	struct person person;
	bool is_by_signature;
	struct window window; /* none: for this request alone, or as the request asked */
	uint64_t at_usec;
	uint8_t text[32]; /* SHA-256 of the very text that was agreed to */
};

struct parked {
	struct list link; /* in the table */
	char id[PARKED_ID_LEN + 1];
	enum parked_state state;

	uid_t uid; /* of the requester, as all five */
	char *unit;
	char *session;
	char *comm;
	bool is_forwarded;

	char *key; /* name */
	uint8_t key_id[KEY_ID_SIZE];
	char *token;
	struct ask ask;      /* purpose, algorithm, hash, input and items; no items: for a window */
	struct window asked; /* set if there are no items */

	char policy[65];
	unsigned needed;
	uint64_t created_usec;
	uint64_t expires_usec;

	struct approval approvals[QUORUM_MAX];
	size_t n_approvals;
	bool is_used; /* its own items were signed, or are being signed, or there are none */
	uint64_t open_until_usec; /* 0: no window was opened */
	uint64_t n_left;          /* signatures in the window */
	uint64_t ended_usec;      /* 0: it is pending, or something of it is left */
	unsigned n_taken;         /* requests that are signing by it at this moment; not stored */
};

struct parked *parked_free(struct parked *p);
DEFINE_FREEP(struct parked, parked_free)

/* Whether the caller is the one who asked: the same user, in the same unit or session. */
bool parked_is_of(const struct parked *p, const struct caller *c, bool is_forwarded);

/* Whether the very same thing is asked for: key, purpose, how, and all items. */
bool parked_is_same(const struct parked *p, const uint8_t key_id[static KEY_ID_SIZE],
		    const struct ask *ask);

/* Bytes that it makes us hold, about. */
size_t parked_size(const struct parked *p);

/* "pending", "approved", "vetoed", ...; NULL for none. */
const char *parked_state_name(enum parked_state s);

#endif
