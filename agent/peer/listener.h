/*
 * peer/listener.h - a listening socket: accepts, identifies, hands out connections
 */
#ifndef AGENT_PEER_LISTENER_H
#define AGENT_PEER_LISTENER_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "agent/base/cleanup.h"
#include "agent/peer/conn.h"

struct listener;

struct listener_events {
	/* A new connection; the callee owns it. */
	void (*conn)(struct conn *c, void *userdata);
	/*
	 * A connection was turned away: over quota (-EDQUOT), too many in all (-EMFILE, also when the
	 * process has no descriptors left), or without identity (another errno). caller may be NULL.
	 * Called at most once a second for a uid, with the number turned away since. Uids beyond
	 * a few dozen at a time share one report without a caller.
	 */
	void (*refused)(const struct caller *caller, int error, unsigned count, void *userdata);
	struct conn_events conn_events;
};

/*
 * Takes over fd (also on failure), which is listening already. events (borrowed), quota (borrowed)
 * and userdata outlive the listener and its connections; the callbacks do not free it. Accepts a
 * bounded number of connections a turn of the loop. When no descriptors are left it stops
 * listening for a moment instead of spinning.
 */
int listener_new(sd_event *event, int fd, struct quota *quota, uint64_t frame_timeout_usec,
		 const struct listener_events *events, void *userdata, struct listener **ret);
struct listener *listener_free(struct listener *l);
DEFINE_FREEP(struct listener, listener_free)

/* Binds path and listens on it, mode 0666; replaces a socket on which nobody listens. */
int listener_bind(const char *path, int *ret_fd);

#endif
