/*
 * cli/batch.h - files that are signed by one request, from reading to writing
 *
 * A batch is filled, sent, and its signatures are written; while one waits for the agent the next
 * one can be filled, because sending runs in a thread of its own.
 */
#ifndef CLIENT_CLI_BATCH_H
#define CLIENT_CLI_BATCH_H

#include <pthread.h>

#include "client/cli/cli.h"
#include "client/cli/pkey.h"
#include "client/cli/progress.h"

/* One file. */
struct job {
	const char *path;
	uint8_t *data; /* owned: its digest, or all of it */
	size_t size;
};

/* What all batches of one command share. */
struct signing {
	const struct args *args;
	struct signet *agent;
	struct scheme scheme;
	size_t items_max; /* in one request, so that the answer fits a frame */
	struct progress progress;
	struct job spare; /* was read and did not fit the batch any more; path NULL: none */
	size_t at;        /* the next operand to read */
	size_t n_signed;
	enum exit_code first; /* what went wrong first */
	bool is_refused;      /* a request as a whole failed: what follows is not tried */
};

struct batch {
	struct signing *signing;
	struct job jobs[SIGNET_ITEMS_MAX];
	struct signet_item items[SIGNET_ITEMS_MAX];
	size_t n;
	size_t size; /* of the request, as SIGNET_REQUEST_MAX counts */
	pthread_t thread;
	bool has_thread;
	int result; /* of signet_sign(), with its errno */
	int cause;
	struct signet_answer *answer; /* owned */
};

/* Reads files until the batch is full. A file that cannot be read is reported and left out. */
void batch_fill(struct batch *b);

/* Sends it; batch_wait() returns when there is an answer, and reports if there are no signatures.
 */
void batch_send(struct batch *b);
void batch_wait(struct batch *b);

/* Writes the signatures, reports the files that have none, and empties the batch. */
void batch_write(struct batch *b);

/* Empties a batch that was not sent. */
void batch_drop(struct batch *b);

#endif
