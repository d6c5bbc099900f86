/*
 * token/channel.h - the agent's end of one connection to a token process
 *
 * Connects, says hello, keeps the inventory that the process reports, carries jobs there and
 * answers back. What comes back is as hostile as a client's frame: whatever does not fit ends this
 * connection, never the agent. Knows nothing of requests and queues; pool.c does.
 */
#ifndef AGENT_TOKEN_CHANNEL_H
#define AGENT_TOKEN_CHANNEL_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "agent/base/cleanup.h"
#include "agent/model/key.h"
#include "agent/wire/job.h"

/* What a token process said last; owned by whoever holds it. */
struct inventory {
	enum token_state state;
	uint64_t ckr;   /* what the token itself said, if that is why; else 0 */
	char *sentence; /* owned; why, and what a person can do; may be empty */
	char *label;    /* owned; of the token */
	char *serial;   /* owned */
	unsigned sessions;
	struct key_info *keys; /* owned */
	size_t n_keys;
};

void inventory_done(struct inventory *i);

struct channel;

struct channel_events {
	/* A state has come, and with it a whole inventory, which the callee may take out of *i. */
	void (*inventory)(struct inventory *i, void *userdata);
	/*
	 * An answer; views are valid during the call. Returns NULL, or what is wrong with it (a
	 * static string), which ends the connection. Like inventory(), it may not free the channel.
	 */
	const char *(*answer)(const struct job_answer *a, void *userdata);
	/* The connection is over; called once, from the loop. why is a static string. May free. */
	void (*closed)(const char *why, void *userdata);
};

/*
 * Connects to path. events is borrowed. A negative errno if the socket is not there, nobody
 * listens, or somebody other than root or our own user does (-EPERM).
 */
int channel_new(sd_event *event, const char *path, const struct channel_events *events,
		void *userdata, struct channel **ret);
struct channel *channel_free(struct channel *c); /* no callback any more */
DEFINE_FREEP(struct channel, channel_free)

/*
 * Queue a job; channel_flush() sends what is queued. Failures show as closed(). *pin_fd is taken.
 * Only one unlock is carried at a time: -EBUSY.
 */
void channel_sign(struct channel *c, const struct job_sign *job);
int channel_unlock(struct channel *c, const struct job_unlock *job, int *pin_fd);
void channel_lock(struct channel *c, uint64_t id);
void channel_flush(struct channel *c);

/* Tells the process to go, as well as that can still be told; the caller frees the channel. */
void channel_end(struct channel *c);

#endif
