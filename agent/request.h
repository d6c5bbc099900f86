/*
 * request.h - one request, from its frame to its recorded answer
 */
#ifndef AGENT_REQUEST_H
#define AGENT_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/agent.h"
#include "agent/model/ask.h"
#include "agent/model/key.h"
#include "agent/model/outcome.h"
#include "agent/model/parked.h"
#include "agent/model/verdict.h"
#include "agent/peer/conn.h"
#include "agent/policy/decide.h"
#include "agent/policy/polkit.h"
#include "agent/policy/quorum.h"

struct op;
struct sift;
struct explanation;

/* The life of a request, in order. Only request.c moves it from one state to another. */
enum request_state {
	REQUEST_NEW = 0,
	REQUEST_DECODE,  /* the bytes of one frame -> what is asked */
	REQUEST_RESOLVE, /* parked until the tokens it may need can be spoken of */
	REQUEST_DECIDE,  /* who asks what, against the rules -> verdict */
	REQUEST_POLKIT,  /* parked: polkit, and perhaps a person, is being asked */
	REQUEST_COUNT,   /* parked: that the key signs is being brought to the disk */
	REQUEST_RUN,     /* parked: the operation itself */
	REQUEST_AUDIT,   /* parked: what became of it is being written down ... */
	REQUEST_REPLY,   /* ... before anybody hears of it */
	REQUEST_CLOSED,  /* is freed when the loop turns */
	_REQUEST_STATE_MAX,
	REQUEST_PARKED = _REQUEST_STATE_MAX, /* not a state: stay, a callback will wake us */
};

/*
 * What request@ and approve@ say about another request, and how a request stands that needs
 * approvals itself. For agent/approval.c, agent/op-request.c and agent/op-approve.c alone.
 */
struct appeal {
	char id[PARKED_ID_LEN + 1]; /* which one it is about; empty: none */
	bool is_denied;
	struct window window;
	uint32_t first; /* of a list */
	uid_t requester;
	uint32_t wait_sec; /* so long for more approvals ... */
	uint32_t known;    /* ... than these */
	size_t n_approvals, needed;
	struct person person; /* who approves */
	char *reason;         /* owned; why it is denied */
	uint8_t *signature;   /* owned; SSHSIG; NULL: the caller approves */
	size_t signature_size;
	char *text;                    /* owned; as approvers read it */
	enum quorum_standing standing; /* where it stood at the last decision */
	struct pass pass;              /* what was taken of an approval, to sign */
	sd_event_source *timer;        /* owned; on while a fetch waits */
	bool is_wait_over;
};

struct request {
	struct list link; /* in agent.requests, or in agent.dead when CLOSED */
	enum request_state state;
	struct agent *agent; /* borrowed */
	struct conn *conn;   /* borrowed; owned once peer_gone */
	bool peer_gone;
	uid_t uid; /* of the caller: what is charged is given back after the connection may be gone */
	struct view frame; /* set only during DECODE */
	int fd;            /* owned; what came with the frame, -EBADF if nothing */
	size_t charged;    /* bytes of quota */

	const struct op *op; /* NULL if the frame asks for nothing we know */
	const char *action;  /* polkit action: that of the operation, unless it asks for more */
	bool is_malformed;   /* it could not be decoded */
	char id[17];         /* 16 hex digits */
	uint64_t started_usec;
	struct ask ask;
	uint32_t ssh_flags;     /* of an ssh signing request, until the key is known */
	struct binding binding; /* what session-bind asks for; is_forwarded: by this binding */
	struct key *key;        /* owned copy, without its rule; from RESOLVE on */
	struct appeal appeal;

	enum polkit_answer answer;
	uint64_t generation; /* of polkit, when it gave the answer */
	struct polkit_consent consent;
	bool has_run; /* the token has signed; what is left is to see whether it still may */
	struct verdict verdict;
	char policy[sizeof(
		((struct rules *)NULL)->hash)]; /* what it was reached by; empty: none yet */
	enum outcome outcome;
	enum status status;
	char reason[512];             /* for the caller and the record */
	enum record_kind record_kind; /* NONE: follows from the outcome */

	size_t n_counted; /* items that uses.c has counted, until it is known how many were signed */
	struct polkit_ticket *polkit;    /* set only in POLKIT */
	struct uses_ticket *counting;    /* set only in COUNT */
	struct pool_ticket *job;         /* set only in RUN */
	struct sift *sift;               /* owned; set from RUN of a listing on */
	struct explanation *explanation; /* owned; set from DECODE of an explanation on */
	sd_event_source *brake;          /* owned; set only in AUDIT, before the record */
	bool has_braked;
	struct journal_ticket *record; /* set only in AUDIT */
	struct pool_results results;   /* owned; from RUN on */
	size_t n_signed;
};

/* Starts a request with one frame of a connection; it runs as far as it can. *fd may be taken. */
void request_start(struct agent *agent, struct conn *conn, struct view frame, int *fd);

/*
 * The peer of the request in flight on a connection has gone. The request takes the connection
 * over and frees it when it has been recorded.
 */
void request_hang_up(struct request *q);

/* A token changed: those that wait in RESOLVE look again. */
void requests_wake(struct agent *agent);

/* --- for op*.c, which do the work of single states --- */

/* Every unhappy end: outcome, status and a sentence; returns the state to go on with. */
enum request_state request_end(struct request *q, enum outcome outcome, enum status status,
			       const char *format, ...) __attribute__((format(printf, 4, 5)));
/*
 * Leaves RUN; called from the callback that RUN had armed. Signatures go back to DECIDE, since the
 * wait for them was a wait too.
 */
void request_ran(struct request *q);

const struct caller *request_caller(const struct request *q);
/* Who asks, when, and under which rules; what is asked is for whoever decides to fill in. */
struct situation request_situation(const struct request *q);
/* More bytes that the request makes us hold; false if its uid has no room left. */
bool request_charge(struct request *q, size_t bytes);
/* Goes on with RESOLVE, where the request was parked; called from a callback. */
void request_resolve(struct request *q);

/* Frees closed requests: when the loop turns, never under the feet of a caller. */
void requests_reap(struct agent *agent);
void requests_done(struct agent *agent);

#endif
