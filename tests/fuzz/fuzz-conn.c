/*
 * fuzz-conn.c - a connection in its loop, with both ends played by the input
 *
 * Each byte of the input is a step: what the peer sends (in pieces as the input cuts them, with
 * and without descriptors), shuts down, closes or reads; when we answer, how much, or finish; and
 * when the loop turns. What must hold: one frame in flight, an answer for each, one end, no byte
 * still charged afterwards, and of course no memory error and no assertion.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/peer/conn.h"
#include "agent/peer/quota.h"
#include "agent/wire/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define UID 1000u

struct world {
	sd_event *event;
	struct quota *quota;
	struct conn *conn;
	int peer;
	size_t answer_size;
	bool answers_at_once;
	bool takes_fds;
	bool is_in_flight;
	bool has_finished;
	bool has_ended;
};

static void answer(struct world *w)
{
	static const uint8_t frame[4 + FRAME_MAX];

	w->is_in_flight = false;
	conn_reply(w->conn, frame, w->answer_size);
}

static void on_frame(struct conn *c, struct view frame, int *fd, void *userdata)
{
	struct world *w = userdata;
	volatile uint8_t sum = 0;

	assert(c == w->conn && !w->is_in_flight && !w->has_ended && !w->has_finished);
	assert(frame.size > 0 && frame.size <= FRAME_MAX);
	for (size_t i = 0; i < frame.size; i++) /* all of it can be read */
		sum = (uint8_t)(sum + frame.data[i]);
	w->is_in_flight = true;
	if (w->takes_fds)
		(void)fd_close(take_fd(fd)); /* taken, and not needed */
	if (w->answers_at_once)
		answer(w);
}

static void on_end(struct conn *c, enum conn_end why, void *userdata)
{
	struct world *w = userdata;

	assert(c == w->conn && !w->has_ended);
	assert(why >= CONN_END_HANGUP && why <= CONN_END_ERROR);
	w->has_ended = true;
}

static const struct conn_events events = {.frame = on_frame, .end = on_end};

static void open_world(struct world *w)
{
	struct caller *caller = caller_new();
	int fds[2], r;

	r = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds);
	assert(r == 0 && caller);
	caller->uid = UID;
	w->peer = fds[1];
	r = sd_event_new(&w->event);
	assert(r >= 0);
	r = quota_new(&w->quota);
	assert(r >= 0);
	r = conn_new(w->event, fds[0], caller, w->quota, 3600 * USEC_PER_SEC, &events, w, &w->conn);
	assert(r >= 0);
}

/* A connection that ended keeps nothing; one that is freed has given everything back. */
static void close_world(struct world *w)
{
	if (w->has_ended)
		assert(quota_total(w->quota, QUOTA_BYTES) == 0);
	(void)conn_free(w->conn);
	(void)fd_close(w->peer); /* the end */
	(void)quota_free(w->quota);
	(void)sd_event_unref(w->event);
}

static void turn(struct world *w, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		if (sd_event_run(w->event, 0) <= 0)
			return;
}

static void put(struct world *w, struct view bytes, size_t n_fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(3 * sizeof(int))];
	} control = {};
	struct iovec iov = {.iov_base = (void *)bytes.data, .iov_len = bytes.size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	const int fds[3] = {w->peer, w->peer, w->peer};

	if (bytes.size == 0 || w->peer < 0)
		return;
	if (n_fds > 0) {
		struct cmsghdr *h = &control.align;

		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(h), fds, n_fds * sizeof(int));
	}
	(void)sendmsg(w->peer, &msg, MSG_NOSIGNAL); /* a full or closed socket is fine, too */
}

static void take(struct world *w)
{
	static uint8_t buf[65536];

	while (w->peer >= 0 && recv(w->peer, buf, sizeof(buf), 0) > 0)
		;
}

/* A frame of size bytes as the peer would send it, so that the large ones are reached too. */
static void put_large(struct world *w, size_t size)
{
	static uint8_t frame[4 + FRAME_MAX];
	size_t left = 4 + size;

	for (unsigned i = 0; i < 4; i++)
		frame[i] = (uint8_t)(size >> (24 - 8 * i));
	for (unsigned i = 0; left > 0 && i < 64 && w->peer >= 0; i++) {
		ssize_t n = send(w->peer, frame + 4 + size - left, left, MSG_NOSIGNAL);

		left -= n > 0 ? (size_t)n : 0;
		turn(w, 4);
	}
}

static void step(struct world *w, uint8_t what, struct reader *input)
{
	switch (what >> 5) {
	case 0: /* the peer sends up to 32 bytes of the input */
		put(w, reader_bytes(input, what % 32 < input->left ? what % 32 : input->left), 0);
		break;
	case 1: /* the same, with descriptors */
		put(w, reader_bytes(input, what % 8 < input->left ? what % 8 : input->left),
		    (what >> 3) % 4);
		break;
	case 2:
		turn(w, what % 32 + 1u);
		break;
	case 3: /* we answer */
		w->answer_size = 5 + ((size_t)(what % 32) << 13);
		if (w->is_in_flight)
			answer(w);
		break;
	case 4:
		put_large(w, ((size_t)(what % 32) << 13) + 1);
		break;
	case 5:
		take(w);
		break;
	case 6: /* how we behave */
		w->answers_at_once = what & 1;
		w->takes_fds = what & 2;
		w->answer_size = 5 + ((size_t)(what % 32) << 10);
		break;
	case 7: /* ends */
		if (what % 4 == 0 && w->peer >= 0)
			(void)shutdown(w->peer, SHUT_WR); /* twice is fine */
		if (what % 4 == 1)
			w->peer = fd_close(w->peer);
		if (what % 4 == 2) {
			w->has_finished = true;
			conn_finish(w->conn);
		}
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = {.answer_size = 5};
	struct reader input;

	open_world(&w);
	reader_init(&input, data, size);
	while (input.left > 0)
		step(&w, reader_u8(&input), &input);
	turn(&w, 1000);
	close_world(&w);
	return 0;
}
