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
#include "agent/model/verdict.h"
#include "agent/peer/conn.h"

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

	enum polkit_answer answer;
	uint64_t generation; /* of polkit, when it gave the answer */
	bool has_run;        /* the token has signed; what is left is to see whether it still may */
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

/* Frees closed requests: when the loop turns, never under the feet of a caller. */
void requests_reap(struct agent *agent);
void requests_done(struct agent *agent);

#endif
