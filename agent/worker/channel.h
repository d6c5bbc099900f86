/*
 * worker/channel.h - one connection from signetd, the token process's end
 *
 * Any thread reads, one at a time (inlet.h), and any thread sends: a finished job is answered by
 * the thread that did it, without waking another one. What the socket does not take at once is
 * kept, and the bell (an eventfd) tells the main thread to wait until it does.
 *
 * Each job holds a reference, so a channel outlives its connection until the last of them is done.
 */
#ifndef AGENT_WORKER_CHANNEL_H
#define AGENT_WORKER_CHANNEL_H

#include <pthread.h>
#include <stdbool.h>

#include "agent/base/cleanup.h"
#include "agent/wire/frame.h"
#include "agent/wire/reader.h"

/* Descriptors that have come and whose frame has not: one would do for one unlock at a time. */
#define CHANNEL_FDS_MAX 4

/* So many answers leave together; with more, signetd and the token would work by turns. */
#define CHANNEL_POSTED_MAX 3

struct channel {
	pthread_mutex_t lock;
	unsigned n_refs;
	int fd;         /* owned; -EBADF once closed */
	bool is_broken; /* nothing can be sent any more */
	uint8_t *out;   /* owned; what could not be sent yet */
	size_t out_size;
	size_t out_sent;
	unsigned n_posted; /* how often something was put there to wait for more */
	int bell_fd;       /* borrowed */

	pthread_mutex_t reading; /* for all that follows, and for closing fd */
	const char *why_over;    /* static; NULL while it lives, "" for an ordinary end */
	struct frames in;
	bool is_greeted;          /* has said hello; set under the lock of the hub as well */
	int fds[CHANNEL_FDS_MAX]; /* owned; in the order they came */
	size_t n_fds;
};

/* *fd is taken on success. */
int channel_new(int *fd, int bell_fd, struct channel **ret);
struct channel *channel_ref(struct channel *c);
struct channel *channel_unref(struct channel *c); /* takes NULL, returns NULL */
DEFINE_FREEP(struct channel, channel_unref)

/* Whether jobs hold on to it. */
bool channel_is_shared(struct channel *c);

/* Any thread. Sends a whole number of frames; silently nothing if the connection is gone. */
void channel_send(struct channel *c, struct view frames);
/*
 * The same, but they may wait for the next ones, until CHANNEL_POSTED_MAX are together or the main
 * thread looks after them.
 */
void channel_post(struct channel *c, struct view frames);

/* Whether there is something to be sent when the socket takes it. */
bool channel_is_waiting(struct channel *c);
void channel_flush(struct channel *c);

/*
 * Reads what has come. 0; -EAGAIN if nothing has; -ECONNRESET at the end, and when more
 * descriptors come than anybody needs.
 */
int channel_receive(struct channel *c);

/* The oldest descriptor that has come, now the caller's; -EBADF if there is none. */
int channel_take_fd(struct channel *c);

void channel_close(struct channel *c);

#endif
