/*
 * lib/connection.h - one connection to the agent: connect, send a frame, wait for the answer
 *
 * Owns the socket and what has arrived on it. Knows frames but not what is in them. Results are 0
 * or SIGNET_E_*, with errno where signet.h promises it. The lock belongs to who calls: everything
 * but connection_new() and connection_free() needs it.
 */
#ifndef CLIENT_LIB_CONNECTION_H
#define CLIENT_LIB_CONNECTION_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/base/cleanup.h"
#include "agent/wire/frame.h"
#include "agent/wire/reader.h"

struct connection {
	pid_t owner; /* the process that made it; another one must not touch the stream */
	pthread_mutex_t lock;
	int fd;           /* owned; -EBADF if not connected */
	int watch_fd;     /* borrowed: a wait ends when it has hung up; below 0: none */
	int64_t listener; /* uid that has to listen there, unless it is root; below 0: whoever does */
	struct frames in;
	struct connection *inherited; /* owned: the parent's, which this one stands in for */
};

struct connection *connection_new(void);
struct connection *connection_free(struct connection *c);
DEFINE_FREEP(struct connection, connection_free)

/*
 * For the child of a fork. The first closes its copy of what the parent goes on using; another
 * thread may still look at owner. The second frees it, unless a thread of the parent was in the
 * middle of a call at that moment: then the memory is in no known state and is left to itself.
 */
void connection_abandon(struct connection *c);
struct connection *connection_free_inherited(struct connection *c);

/* deadline_usec is on the clock of clock_boottime_usec(); UINT64_MAX: none. */

/* Makes sure that there is a connection on which nothing is left over, and whose listener is right. */
int connection_open(struct connection *c, const char *path, uint64_t deadline_usec);

/*
 * Sends one frame, with the descriptor attached unless it is negative, and returns the next frame
 * that arrives, which is valid until the next call. Connects if need be; connects once more
 * only if nothing of the request was sent. Any failure ends the connection, so that a late answer
 * cannot be taken for that of the next request.
 */
int connection_exchange(struct connection *c, const char *path, uint64_t deadline_usec,
			struct view request, int fd, struct view *ret);

void connection_close(struct connection *c);

#endif
