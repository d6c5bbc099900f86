/*
 * lib/handle.h - the handle, and the one way by which a call reaches the agent
 *
 * Owns the connection and decides who may use it: one thread at a time, and only the process that
 * made it.
 */
#ifndef CLIENT_LIB_HANDLE_H
#define CLIENT_LIB_HANDLE_H

#include <stdatomic.h>
#include <stdint.h>

#include "client/include/signet.h"
#include "client/lib/answer.h"
#include "client/lib/connection.h"
#include "agent/wire/reader.h"
#include "agent/wire/writer.h"

struct signet {
	char *path;
	_Atomic(uint64_t) timeout_usec; /* 0: none */
	_Atomic(int) watch_fd;          /* borrowed; below 0: none */
	_Atomic(int64_t) listener;      /* uid; below 0: whoever it is */
	_Atomic(struct connection *) connection;
};

/* Decodes the result of an answer whose status is 0. Returns 0 or SIGNET_E_*. */
typedef int (*handle_decode)(struct signet_answer *a, struct reader *r, void *userdata);

/* When a call that begins now has to end, on the clock of clock_boottime_usec(). */
uint64_t handle_deadline(struct signet *s);

/*
 * Sends the request in w, with fd attached unless it is negative, and fills the answer. operation
 * is the name without its domain; an answer to another name is refused. decode may be NULL: then
 * there must be no result.
 */
int handle_call(struct signet *s, const char *operation, const struct writer *w, int fd,
		struct signet_answer *a, handle_decode decode, void *userdata);

#endif
