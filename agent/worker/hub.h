/*
 * worker/hub.h - where the threads meet: who is connected, what the token's state is, who must know
 *
 * The manager thread announces a state; every channel that has said hello gets it at once, and
 * each later one when it says hello. The main thread is told by the bell, and tells systemd and
 * the log. An answer that a thread sends after an announcement arrives after it.
 */
#ifndef AGENT_WORKER_HUB_H
#define AGENT_WORKER_HUB_H

#include <pthread.h>
#include <stdbool.h>

#include "agent/worker/channel.h"

/* signetd has one connection; a second while it is being restarted, and some to spare. */
#define HUB_CHANNELS_MAX 4

struct hub {
	pthread_mutex_t lock;
	int bell_fd;                                /* owned; eventfd */
	struct channel *channels[HUB_CHANNELS_MAX]; /* owned references; NULL: free */
	uint8_t *frames;                            /* owned; the last announcement */
	size_t frames_size;
	char *status;          /* owned; for systemd; NULL: told already */
	char *notices;         /* owned; lines for the log; NULL: none so far */
	bool has_notices;      /* they are to be told */
	const char *why_leave; /* static; NULL: stay */
};

int hub_init(struct hub *h);

/* Main thread. Takes a reference, and returns the number of the channel; -ENOSPC. */
int hub_add(struct hub *h, struct channel *c);
/* Main thread. The hub's reference is the caller's now. */
struct channel *hub_remove(struct hub *h, size_t i);
/* Any thread. A reference to the channel of that number; NULL if there is none. */
struct channel *hub_channel(struct hub *h, size_t i);
/* The channel has said hello. */
void hub_greet(struct hub *h, struct channel *c);

/*
 * Manager thread. frames are keys and a state; *frames and *status are taken, unless the frames are
 * the same as before: then they are nothing to tell. *notices are taken; NULL: none.
 */
void hub_announce(struct hub *h, uint8_t **frames, size_t size, char **status, char **notices);

/* Any thread: the process must be replaced; why is a static string. */
void hub_leave(struct hub *h, const char *why);

/* Any thread: the main thread is to look at what has changed. */
void hub_ring(struct hub *h);

/*
 * Main thread, after the bell: what is new, now the caller's. Returns why the process must leave,
 * NULL if it need not.
 */
const char *hub_collect(struct hub *h, char **ret_status, char **ret_notices);

#endif
