/*
 * peer/conn.h - one connection: frames in, answers out, in order
 *
 * A connection reads until a frame is complete, hands it out and reads no further until that
 * frame is answered with conn_reply(): one request is in flight. It goes on watching for the peer
 * hanging up meanwhile; a peer that only shut down its sending side still gets its answers. A frame that is begun must be complete within the time given, an answer
 * must be taken within the same time; an idle connection may stay for ever. All memory is charged
 * to the peer's uid. Nothing here blocks.
 */
#ifndef AGENT_PEER_CONN_H
#define AGENT_PEER_CONN_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "agent/base/cleanup.h"
#include "agent/model/caller.h"
#include "agent/peer/quota.h"
#include "agent/wire/reader.h"

struct conn;

/* Why a connection ended, for the one line that is logged. */
enum conn_end {
	CONN_END_HANGUP = 1, /* the peer closed it, or we did with conn_finish() */
	CONN_END_BROKEN,     /* a length word of 0 or above FRAME_MAX */
	CONN_END_SLOW,       /* a frame or an answer took too long */
	CONN_END_QUOTA,      /* no room left for this uid */
	CONN_END_ERROR,      /* the socket, or out of memory */
};

struct conn_events {
	/*
	 * A frame is complete: its bytes behind the length word (valid only during the call), and
	 * the descriptor that came with it or -EBADF, which the callee takes with take_fd() or
	 * leaves to be closed. The callee owes exactly one conn_reply(), now or later; it does not
	 * call conn_free() in here. Descriptors are only accepted one a frame (the one that holds
	 * the last byte they were sent with); with more, all are closed and -EBADF is passed.
	 */
	void (*frame)(struct conn *c, struct view frame, int *fd, void *userdata);
	/*
	 * The connection ended; called exactly once, from the event loop, never from inside another
	 * conn_ function. The callee lets go of the conn (conn_free()) in here or later.
	 */
	void (*end)(struct conn *c, enum conn_end why, void *userdata);
};

/*
 * Takes over fd (also on failure) and its caller (only on success). Charges a connection to the
 * caller's uid; -EDQUOT if it has no more. events and quota are borrowed and outlive the conn.
 * frame_timeout_usec: see above.
 */
int conn_new(sd_event *event, int fd, struct caller *caller, struct quota *quota,
	     uint64_t frame_timeout_usec, const struct conn_events *events, void *userdata,
	     struct conn **ret);
struct conn *conn_free(struct conn *c);
DEFINE_FREEP(struct conn, conn_free)

/* Borrowed; lives as long as the conn. */
const struct caller *conn_caller(const struct conn *c);

/*
 * Answers the frame in flight with one whole frame (length word included), copied. After it left,
 * the next frame is read. On a connection that has ended this does nothing.
 */
void conn_reply(struct conn *c, const void *frame, size_t size);

/*
 * Ends the connection after what is queued has left; no further frames are read. A frame in flight
 * is not waited for: conn_reply() first, or its answer will not be sent.
 */
void conn_finish(struct conn *c);

/* Whatever the user of conns wants to hang on one: borrowed, NULL at first. */
void conn_set_user(struct conn *c, void *user);
void *conn_user(const struct conn *c);

#endif
