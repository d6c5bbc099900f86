/*
 * peer/conn.c - see conn.h
 *
 * Everything follows from three facts: is a frame in flight, is an answer still to be sent, did
 * it end. update() derives from them what is watched and what is timed, after every event.
 *
 * While a frame is in flight nothing is read and end-of-input is not looked at: a client may have
 * shut down its sending side and still wait for the answer. Only EPOLLHUP and EPOLLERR, which the
 * kernel always reports, mean that nobody is there to take it.
 */
#include "agent/peer/conn.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/peer/closer.h"
#include "agent/peer/passed.h"
#include "agent/wire/frame.h"

/* One read: most requests fit the smallest; what a large frame has brought so far doubles it. */
#define READ_MIN 4096u
#define READ_MAX (64u * 1024)
/* What an idle connection may keep of its buffer: 256 of them fit into a uid's bytes. */
#define IDLE_MAX 8192u

/* The rest of an answer that the socket did not take at once. */
struct rest {
	uint8_t *data; /* owned; NULL if there is none */
	size_t size;
	size_t sent;
};

enum wait {
	WAIT_NONE,
	WAIT_FRAME,  /* for the rest of a frame */
	WAIT_ANSWER, /* for the peer to take an answer */
};

struct conn {
	int fd;                /* owned; -EBADF once it ended */
	struct caller *caller; /* owned */
	uid_t uid;             /* whom everything is charged to */
	struct quota *quota;   /* borrowed, like events and userdata */
	const struct conn_events *events;
	void *userdata;
	void *user;

	sd_event_source *io; /* owned, as all sources; NULL once it ended */
	sd_event_source *timer;
	sd_event_source *turn;   /* hands out frames that are here already; NULL: no need to */
	sd_event_source *ending; /* reports the end */

	struct frames in;
	uint64_t handed_out;  /* bytes of the stream in frames that were handed out */
	struct passed passed; /* descriptors that came with it */
	struct rest out;
	size_t charged; /* bytes, to the caller's uid */

	uint64_t timeout_usec;
	enum wait wait; /* what the timer runs for */
	bool is_in_flight;
	bool is_early;       /* more came in while a frame was in flight: it is not listened to */
	bool is_handing_out; /* frame() is being called */
	bool is_finishing;
	bool has_ended;
	enum conn_end why; /* set once has_ended */
};

/* --- the end ---------------------------------------------------------------------------------- */

/* From here on nothing happens but one call of end(), from the loop. */
static void stop(struct conn *c, enum conn_end why)
{
	if (c->has_ended)
		return;
	c->has_ended = true;
	c->why = why;
	c->io = sd_event_source_disable_unref(c->io);
	c->timer = sd_event_source_disable_unref(c->timer);
	c->turn = sd_event_source_disable_unref(c->turn);
	c->fd = closer_hang_up(c->fd);
	passed_done(&c->passed);
	/* Fails only when the loop is over, and then nobody is called any more. */
	(void)sd_event_source_set_enabled(c->ending, SD_EVENT_ONESHOT);
}

/* How a failed call on the socket ends it. */
static enum conn_end end_of_error(int error)
{
	return error == -EPIPE || error == -ECONNRESET ? CONN_END_HANGUP : CONN_END_ERROR;
}

/* --- what is held ----------------------------------------------------------------------------- */

/* Charges or gives back the difference to what is held now; ends the connection if it must. */
static bool settle(struct conn *c)
{
	size_t held = frames_held(&c->in) + c->out.size;
	bool is_granted = true;
	int r = 0;

	if (held > c->charged)
		r = quota_charge(c->quota, c->uid, QUOTA_BYTES, held - c->charged, &is_granted);
	else
		quota_release(c->quota, c->uid, QUOTA_BYTES, c->charged - held);
	if (r < 0 || !is_granted) {
		stop(c, r < 0 ? CONN_END_ERROR : CONN_END_QUOTA);
		return false;
	}
	c->charged = held;
	return true;
}

static void drop_rest(struct conn *c)
{
	free(c->out.data);
	c->out = (struct rest){};
}

/* A large frame is the exception: its room is not held for the rest of the connection. */
static void drop_room(struct conn *c)
{
	if (frames_pending(&c->in) == 0 && frames_held(&c->in) > IDLE_MAX)
		frames_done(&c->in);
}

/* What is held goes now: whoever waits for a request of c may keep c for some time yet. */
static int on_ending(sd_event_source *source, void *userdata)
{
	struct conn *c = userdata;

	(void)source; /* it is c->ending */
	drop_rest(c);
	frames_done(&c->in);
	(void)settle(c); /* cannot fail: it only gives back */
	c->events->end(c, c->why, c->userdata);
	return 0;
}

/* --- what is watched -------------------------------------------------------------------------- */

static bool may_hand_out(const struct conn *c)
{
	return !c->has_ended && !c->is_finishing && !c->is_in_flight && !c->out.data;
}

static enum frames_state next_frame(const struct conn *c)
{
	struct view frame;

	return frames_next(&c->in, &frame);
}

static int set_wait(struct conn *c, enum wait wait)
{
	int r;

	if (wait == c->wait)
		return 0;
	c->wait = wait;
	if (wait == WAIT_NONE)
		return sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
	r = sd_event_source_set_time(c->timer, clock_boottime_usec() + c->timeout_usec);
	if (r < 0)
		return r;
	return sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT);
}

static int on_turn(sd_event_source *source, void *userdata);

/*
 * A new source each time: it queues up behind all that is ready now. One that is kept and enabled
 * again would go before everything else, always.
 */
static int take_turn(struct conn *c)
{
	if (c->turn)
		return 0;
	return sd_event_add_defer(sd_event_source_get_event(c->io), &c->turn, on_turn, c);
}

static int watch(struct conn *c)
{
	bool may_read = may_hand_out(c) && next_frame(c) == FRAMES_PARTIAL;
	enum wait wait = WAIT_NONE;
	uint32_t events = 0;
	int r;

	if (c->out.data) {
		events = EPOLLOUT;
		wait = WAIT_ANSWER;
	} else if (may_read) {
		events = EPOLLIN;
		c->is_early = false;
		if (frames_pending(&c->in) > 0)
			wait = WAIT_FRAME;
	} else if (!c->is_early) {
		/* Who waits for his answer sends nothing: not worth two system calls a frame. */
		events = EPOLLIN;
	}
	r = set_wait(c, wait);
	if (r < 0)
		return r;
	r = sd_event_source_set_io_events(c->io, events);
	if (r < 0)
		return r;
	return may_hand_out(c) && !may_read ? take_turn(c) : 0;
}

/* To be called after whatever may have changed something. */
static void update(struct conn *c)
{
	int r;

	if (c->has_ended)
		return;
	drop_room(c);
	if (!settle(c))
		return;
	if (c->is_finishing && !c->out.data) {
		stop(c, CONN_END_HANGUP);
		return;
	}
	r = watch(c);
	if (r < 0)
		stop(c, CONN_END_ERROR);
}

/* --- frames in -------------------------------------------------------------------------------- */

static size_t read_size(const struct conn *c)
{
	size_t pending = frames_pending(&c->in);

	return pending < READ_MIN ? READ_MIN : pending < READ_MAX ? pending : READ_MAX;
}

static void receive(struct conn *c)
{
	size_t size = read_size(c);
	uint8_t *data;
	ssize_t n;

	data = frames_room(&c->in, size);
	if (!data) {
		stop(c, CONN_END_ERROR);
		return;
	}
	if (!settle(c))
		return;
	n = passed_receive(&c->passed, c->fd, data, size);
	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n <= 0) {
		stop(c, n == 0 ? CONN_END_HANGUP : end_of_error((int)n));
		return;
	}
	frames_filled(&c->in, (size_t)n);
}

static void hand_out(struct conn *c, struct view frame)
{
	int fd;

	/* The view stays valid: the buffer changes only when more is read. */
	frames_drop(&c->in);
	c->handed_out += 4 + frame.size;
	c->is_in_flight = true;
	fd = passed_take(&c->passed, c->handed_out);

	c->is_handing_out = true;
	c->events->frame(c, frame, &fd, c->userdata);
	c->is_handing_out = false;
	(void)closer_close(fd); /* not taken */
}

static void hand_out_frames(struct conn *c)
{
	struct view frame;
	int r;

	for (unsigned i = 0; i < FRAMES_PER_TURN && may_hand_out(c); i++) {
		switch (frames_next(&c->in, &frame)) {
		case FRAMES_PARTIAL:
			return;
		case FRAMES_BROKEN:
			stop(c, CONN_END_BROKEN);
			return;
		case FRAMES_COMPLETE:
			r = set_wait(c, WAIT_NONE); /* the next frame has a time of its own */
			if (r < 0) {
				stop(c, CONN_END_ERROR);
				return;
			}
			hand_out(c, frame);
			break;
		}
	}
}

/* --- answers out ------------------------------------------------------------------------------ */

/* Sends what the socket takes now. 0, or a negative errno that ends the connection. */
static int send_some(struct conn *c, const uint8_t *data, size_t size, size_t *ret_sent)
{
	ssize_t n;

	n = send(c->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	*ret_sent = n < 0 ? 0 : (size_t)n;
	return 0;
}

static void send_rest(struct conn *c)
{
	size_t sent = 0;
	int r;

	r = send_some(c, c->out.data + c->out.sent, c->out.size - c->out.sent, &sent);
	if (r < 0) {
		stop(c, end_of_error(r));
		return;
	}
	c->out.sent += sent;
	if (c->out.sent == c->out.size)
		drop_rest(c);
}

static void keep_rest(struct conn *c, const uint8_t *data, size_t size)
{
	c->out.size = size;
	if (!settle(c)) {
		c->out.size = 0;
		return;
	}
	c->out.data = malloc(size);
	if (!c->out.data) {
		c->out.size = 0;
		stop(c, CONN_END_ERROR);
		return;
	}
	memcpy(c->out.data, data, size);
}

void conn_reply(struct conn *c, const void *frame, size_t size)
{
	size_t sent = 0;
	int r;

	if (c->has_ended || c->is_finishing)
		return;
	assert(c->is_in_flight); /* one answer for each frame */
	assert(size > 0);
	c->is_in_flight = false;

	r = send_some(c, frame, size, &sent);
	if (r < 0)
		stop(c, end_of_error(r));
	else if (sent < size)
		keep_rest(c, (const uint8_t *)frame + sent, size - sent);
	if (!c->is_handing_out)
		update(c);
}

void conn_finish(struct conn *c)
{
	c->is_finishing = true;
	if (!c->is_handing_out)
		update(c);
}

/* --- events ----------------------------------------------------------------------------------- */

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct conn *c = userdata;

	(void)source; /* it is c->io */
	(void)fd;     /* it is c->fd */
	if (revents & (EPOLLHUP | EPOLLERR)) {
		stop(c, CONN_END_HANGUP);
		return 0;
	}
	if (revents & EPOLLOUT && c->out.data)
		send_rest(c);
	if (revents & EPOLLIN) {
		if (may_hand_out(c) && next_frame(c) == FRAMES_PARTIAL)
			receive(c);
		else
			c->is_early = true;
	}
	hand_out_frames(c);
	update(c);
	return 0;
}

static int on_turn(sd_event_source *source, void *userdata)
{
	struct conn *c = userdata;

	(void)source; /* it is c->turn */
	c->turn = sd_event_source_disable_unref(c->turn);
	hand_out_frames(c);
	update(c);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source; /* it is c->timer */
	(void)usec;   /* the time it was set for */
	stop(userdata, CONN_END_SLOW);
	return 0;
}

/* --- life ------------------------------------------------------------------------------------- */

/*
 * Nothing is out of band here: the kernel would skip such a byte, and close the descriptors that
 * came with it on our thread.
 */
static int read_all_in_line(int fd)
{
	const int one = 1;

	return setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &one, sizeof(one)) < 0 ? -errno : 0;
}

static int add_sources(struct conn *c, sd_event *event)
{
	int r;

	r = sd_event_add_io(event, &c->io, c->fd, EPOLLIN, on_io, c);
	if (r < 0)
		return r;
	r = read_all_in_line(c->fd);
	if (r < 0)
		return r;
	r = sd_event_add_time(event, &c->timer, CLOCK_BOOTTIME, 0, 0, on_timer, c);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
	if (r < 0)
		return r;
	r = sd_event_add_defer(event, &c->ending, on_ending, c);
	if (r < 0)
		return r;
	return sd_event_source_set_enabled(c->ending, SD_EVENT_OFF);
}

static int charge_connection(struct quota *quota, uid_t uid)
{
	bool is_granted;
	int r;

	r = quota_charge(quota, uid, QUOTA_CONNECTIONS, 1, &is_granted);
	if (r < 0)
		return r;
	return is_granted ? 0 : -EDQUOT;
}

int conn_new(sd_event *event, int fd, struct caller *caller, struct quota *quota,
	     uint64_t frame_timeout_usec, const struct conn_events *events, void *userdata,
	     struct conn **ret)
{
	_cleanup_(closer_hang_upp) int owned = fd;
	struct conn *c;
	int r;

	r = charge_connection(quota, caller->uid);
	if (r < 0)
		return r;
	c = calloc(1, sizeof(*c));
	if (!c) {
		quota_release(quota, caller->uid, QUOTA_CONNECTIONS, 1);
		return -ENOMEM;
	}
	c->fd = take_fd(&owned);
	c->caller = caller;
	c->uid = caller->uid;
	c->quota = quota;
	c->timeout_usec = frame_timeout_usec;
	c->events = events;
	c->userdata = userdata;
	frames_init(&c->in);
	passed_init(&c->passed);
	r = add_sources(c, event);
	if (r < 0) {
		(void)take_ptr(c->caller); /* it stays with who gave it */
		(void)conn_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

struct conn *conn_free(struct conn *c)
{
	if (!c)
		return NULL;
	assert(!c->is_handing_out); /* see conn.h */
	c->io = sd_event_source_disable_unref(c->io);
	c->timer = sd_event_source_disable_unref(c->timer);
	c->turn = sd_event_source_disable_unref(c->turn);
	c->ending = sd_event_source_disable_unref(c->ending);
	(void)closer_hang_up(c->fd); /* c is gone in a moment */
	passed_done(&c->passed);
	drop_rest(c);
	frames_done(&c->in);
	quota_release(c->quota, c->uid, QUOTA_BYTES, c->charged);
	quota_release(c->quota, c->uid, QUOTA_CONNECTIONS, 1);
	(void)caller_free(c->caller); /* returns NULL by convention */
	free(c);
	return NULL;
}

const struct caller *conn_caller(const struct conn *c)
{
	return c->caller;
}

void conn_set_user(struct conn *c, void *user)
{
	c->user = user;
}

void *conn_user(const struct conn *c)
{
	return c->user;
}
