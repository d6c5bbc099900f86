/*
 * test-conn.c - one connection: frames in, answers out, and how it ends
 *
 * The peer is the other end of a socketpair in this process. Nothing waits for time to pass: the
 * loop is turned until it has nothing to do, or until what must happen has happened.
 */
#include "agent/peer/conn.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/peer/closer.h"
#include "tests/unit/unit.h"

#define UID 1000u
#define LONG (3600 * USEC_PER_SEC)

/* What happened on one connection. */
struct peer {
	int fd;               /* the other end */
	struct conn *conn;    /* NULL once freed */
	bool answers_at_once; /* with the frame itself */
	bool takes_fds;
	unsigned n_frames;
	size_t last_size;
	uint8_t last_byte; /* the first byte of the last frame */
	int last_fd;       /* what came with it; owned if it was taken */
	unsigned n_ends;
	enum conn_end why;
	bool is_in_call; /* we are inside a conn_ function */
};

static sd_event *event;
static struct quota *quota;

/* --- the world -------------------------------------------------------------------------------- */

/* While set, the closer can start no thread, as if there was no memory. */
static bool is_without_threads;

int pthread_attr_setstacksize(pthread_attr_t *attr, size_t size)
{
	int (*real)(pthread_attr_t *, size_t) =
		(int (*)(pthread_attr_t *, size_t))dlsym(RTLD_NEXT, "pthread_attr_setstacksize");

	return is_without_threads ? ENOMEM : real(attr, size);
}

static void reply(struct peer *p, uint8_t type, size_t size)
{
	uint8_t *frame = calloc(1, 4 + size);

	ck_assert_ptr_nonnull(frame);
	for (unsigned i = 0; i < 4; i++)
		frame[i] = (uint8_t)(size >> (24 - 8 * i));
	frame[4] = type;
	p->is_in_call = true;
	conn_reply(p->conn, frame, 4 + size);
	p->is_in_call = false;
	free(frame);
}

static void on_frame(struct conn *c, struct view frame, int *fd, void *userdata)
{
	struct peer *p = userdata;

	ck_assert_ptr_eq(c, p->conn);
	ck_assert_uint_gt(frame.size, 0);
	p->n_frames++;
	p->last_size = frame.size;
	p->last_byte = frame.data[0];
	p->last_fd = *fd;
	if (p->takes_fds)
		(void)take_fd(fd);
	if (p->answers_at_once)
		reply(p, frame.data[0], frame.size);
}

static void on_end(struct conn *c, enum conn_end why, void *userdata)
{
	struct peer *p = userdata;

	ck_assert_ptr_eq(c, p->conn);
	ck_assert_msg(!p->is_in_call, "end() was called from inside a conn_ function");
	p->n_ends++;
	p->why = why;
}

static const struct conn_events events = {.frame = on_frame, .end = on_end};

static struct caller *new_caller(uid_t uid)
{
	struct caller *c = caller_new();

	ck_assert_ptr_nonnull(c);
	c->uid = uid;
	return c;
}

static void set_up(void)
{
	ck_assert_int_ge(sd_event_new(&event), 0);
	ck_assert_int_eq(quota_new(&quota), 0);
}

static void tear_down(void)
{
	quota = quota_free(quota); /* fails the test if something was not given back */
	event = sd_event_unref(event);
}

static void open_peer(struct peer *p, uint64_t timeout_usec)
{
	int fds[2], r;

	*p = (struct peer){.last_fd = -EBADF};
	r = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds);
	ck_assert_int_eq(r, 0);
	p->fd = fds[1];
	r = conn_new(event, fds[0], new_caller(UID), quota, timeout_usec, &events, p, &p->conn);
	ck_assert_int_eq(r, 0);
}

static void close_peer(struct peer *p)
{
	p->conn = conn_free(p->conn);
	p->fd = fd_close(p->fd);
}

/* Turns the loop until it has nothing to do. */
static void turn(void)
{
	int r;

	while ((r = sd_event_run(event, 0)) > 0)
		;
	ck_assert_int_eq(r, 0);
}

static void wait_for_end(const struct peer *p)
{
	while (p->n_ends == 0)
		ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
}

static void check_ended(const struct peer *p, enum conn_end why)
{
	turn();
	ck_assert_uint_eq(p->n_ends, 1);
	ck_assert_int_eq((int)p->why, (int)why);
}

static void put(const struct peer *p, const void *data, size_t size)
{
	ck_assert_int_eq(send(p->fd, data, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* A frame whose first byte is type, and as many bytes in all behind the length word. */
static void put_frame(const struct peer *p, uint8_t type, size_t size)
{
	const uint8_t head[5] = {(uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8),
				 (uint8_t)size, type};
	static const uint8_t body[FRAME_MAX];

	put(p, head, sizeof(head));
	for (size_t at = 1; at < size;) {
		ssize_t n = send(p->fd, body, size - at, MSG_NOSIGNAL);

		if (n < 0)
			ck_assert_int_eq(errno, EAGAIN); /* the other end has to read first */
		else
			at += (size_t)n;
		turn();
	}
}

/* 0 or a negative errno; the descriptors stay ours. */
static int send_fds(const struct peer *p, const char *bytes, size_t size, const int *fds, size_t n,
		    int flags)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE((PASSED_MAX + 1) * sizeof(int))];
	} control = {};
	struct iovec iov = {.iov_base = (void *)bytes, .iov_len = size};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)),
	};
	struct cmsghdr *h = CMSG_FIRSTHDR(&msg);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(h), fds, n * sizeof(int));
	if (sendmsg(p->fd, &msg, MSG_NOSIGNAL | flags) < 0)
		return -errno;
	return 0;
}

/* Puts bytes and descriptors, which are closed here. */
static void put_with_fds(const struct peer *p, const char *bytes, size_t size, int *fds, size_t n)
{
	ck_assert_int_eq(send_fds(p, bytes, size, fds, n, 0), 0);
	for (size_t i = 0; i < n; i++)
		fds[i] = fd_close(fds[i]);
}

static size_t take_all(const struct peer *p)
{
	static uint8_t buf[65536];
	size_t size = 0;
	ssize_t n;

	while ((n = recv(p->fd, buf, sizeof(buf), 0)) > 0)
		size += (size_t)n;
	return size;
}

static bool sees_end(const struct peer *p)
{
	char byte;

	return recv(p->fd, &byte, 1, 0) == 0;
}

/* A pipe tells whether somebody still holds its writing end. */
static void open_pipe(int *ret_reader, int *ret_writer)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	*ret_reader = fds[0];
	*ret_writer = fds[1];
}

static bool is_held(int reader)
{
	char byte;

	return read(reader, &byte, 1) < 0 && errno == EAGAIN;
}

/* What nobody takes is closed on a thread of the closer: true as soon as that is done. */
static bool is_let_go(int reader)
{
	struct pollfd p = {.fd = reader};

	return poll(&p, 1, 10 * 1000) == 1 && (p.revents & POLLHUP);
}

/* --- frames and answers ----------------------------------------------------------------------- */

START_TEST(a_frame_is_handed_out_without_its_length_word)
{
	struct peer p;

	set_up();
	open_peer(&p, LONG);
	put(&p, "\0\0\0\3abc", 7);
	turn();
	ck_assert_uint_eq(p.n_frames, 1);
	ck_assert_uint_eq(p.last_size, 3);
	ck_assert_int_eq(p.last_byte, 'a');
	reply(&p, 'x', 2);
	ck_assert_uint_eq(take_all(&p), 6);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(a_frame_that_comes_byte_by_byte_is_handed_out_once)
{
	static const char bytes[] = "\0\0\0\3abc";
	struct peer p;

	set_up();
	open_peer(&p, LONG);
	for (size_t i = 0; i < 7; i++) {
		ck_assert_uint_eq(p.n_frames, 0);
		put(&p, bytes + i, 1);
		turn();
	}
	ck_assert_uint_eq(p.n_frames, 1);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(the_largest_frame_fits)
{
	struct peer p;

	set_up();
	open_peer(&p, LONG);
	p.answers_at_once = true;
	put_frame(&p, 'a', FRAME_MAX);
	turn();
	ck_assert_uint_eq(p.n_frames, 1);
	ck_assert_uint_eq(p.last_size, FRAME_MAX);
	for (size_t taken = 0; taken < 4 + FRAME_MAX; turn())
		taken += take_all(&p);
	ck_assert_uint_eq(p.n_ends, 0);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(the_second_frame_waits_for_the_answer_to_the_first)
{
	struct peer p;

	set_up();
	open_peer(&p, LONG);
	put(&p, "\0\0\0\1a\0\0\0\1b", 10);
	turn();
	ck_assert_uint_eq(p.n_frames, 1);
	ck_assert_int_eq(p.last_byte, 'a');
	reply(&p, 'A', 1);
	ck_assert_uint_eq(p.n_frames, 1); /* not from inside the call */
	turn();
	ck_assert_uint_eq(p.n_frames, 2);
	ck_assert_int_eq(p.last_byte, 'b');
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(the_second_frame_waits_until_the_first_answer_was_taken)
{
	struct peer p;

	set_up();
	open_peer(&p, LONG);
	put(&p, "\0\0\0\1a\0\0\0\1b", 10);
	turn();
	reply(&p, 'A', FRAME_MAX);
	turn();
	ck_assert_uint_eq(p.n_frames, 1);
	for (size_t taken = 0; taken < 4 + FRAME_MAX; turn())
		taken += take_all(&p);
	ck_assert_uint_eq(p.n_frames, 2);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(a_flood_of_frames_leaves_others_their_turn)
{
	static const char frame[] = "\0\0\0\1a";
	struct peer flood, other;

	set_up();
	open_peer(&flood, LONG);
	open_peer(&other, LONG);
	flood.answers_at_once = other.answers_at_once = true;
	for (unsigned i = 0; i < 10 * FRAMES_PER_TURN; i++)
		put(&flood, frame, 5);
	put(&other, frame, 5);
	while (other.n_frames == 0)
		ck_assert_int_gt(sd_event_run(event, 0), 0);
	ck_assert_uint_le(flood.n_frames, 2 * FRAMES_PER_TURN);
	turn();
	ck_assert_uint_eq(flood.n_frames, 10 * FRAMES_PER_TURN);
	ck_assert_uint_eq(take_all(&flood), 50 * FRAMES_PER_TURN);
	close_peer(&flood);
	close_peer(&other);
	tear_down();
}
END_TEST

/* --- ends ------------------------------------------------------------------------------------- */

START_TEST(a_peer_that_closes_ends_it)
{
	struct peer p;

	set_up();
	open_peer(&p, LONG);
	p.fd = fd_close(p.fd);
	check_ended(&p, CONN_END_HANGUP);
	turn();
	ck_assert_uint_eq(p.n_ends, 1);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(a_peer_that_shuts_down_sending_while_idle_ends_it)
{
	struct peer p;

	set_up();
	open_peer(&p, LONG);
	put(&p, "\0\0\0\3ab", 6); /* a frame that will never be complete */
	ck_assert_int_eq(shutdown(p.fd, SHUT_WR), 0);
	check_ended(&p, CONN_END_HANGUP);
	ck_assert_uint_eq(p.n_frames, 0);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(a_peer_that_shuts_down_sending_still_gets_all_its_answers)
{
	struct peer p;

	set_up();
	open_peer(&p, LONG);
	put(&p, "\0\0\0\1a\0\0\0\1b", 10);
	ck_assert_int_eq(shutdown(p.fd, SHUT_WR), 0);
	turn();
	ck_assert_uint_eq(p.n_ends, 0);
	reply(&p, 'A', 1);
	turn();
	ck_assert_uint_eq(p.n_frames, 2);
	ck_assert_uint_eq(p.n_ends, 0);
	reply(&p, 'B', FRAME_MAX); /* more than the socket takes at once */
	turn();
	ck_assert_uint_eq(p.n_ends, 0);
	for (size_t taken = 0; taken < 9 + FRAME_MAX; turn())
		taken += take_all(&p);
	check_ended(&p, CONN_END_HANGUP);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(a_peer_that_closes_while_its_frame_is_in_flight_ends_it)
{
	struct peer p;

	set_up();
	open_peer(&p, LONG);
	put(&p, "\0\0\0\1a\0\0\0\1b", 10);
	turn();
	ck_assert_uint_eq(p.n_frames, 1);
	p.fd = fd_close(p.fd);
	check_ended(&p, CONN_END_HANGUP);
	reply(&p, 'A', 1); /* too late: does nothing */
	turn();
	ck_assert_uint_eq(p.n_frames, 1);
	ck_assert_uint_eq(p.n_ends, 1);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(an_answer_to_nobody_ends_it_later)
{
	struct peer p;

	set_up();
	open_peer(&p, LONG);
	put(&p, "\0\0\0\1a", 5);
	turn();
	p.fd = fd_close(p.fd);
	reply(&p, 'A', 1); /* checks that end() is not called in here */
	ck_assert_uint_eq(p.n_ends, 0);
	check_ended(&p, CONN_END_HANGUP);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(an_impossible_length_breaks_it)
{
	static const char *const heads[] = {"\0\0\0\0", "\0\4\0\1", "\xff\xff\xff\xff",
					    "\x80\0\0\0"};

	set_up();
	for (size_t i = 0; i < array_len(heads); i++) {
		struct peer p;

		open_peer(&p, LONG);
		put(&p, heads[i], 4);
		check_ended(&p, CONN_END_BROKEN);
		ck_assert_uint_eq(p.n_frames, 0);
		ck_assert(sees_end(&p));
		close_peer(&p);
	}
	tear_down();
}
END_TEST

START_TEST(frames_before_a_broken_one_are_answered)
{
	struct peer p;

	set_up();
	open_peer(&p, LONG);
	put(&p, "\0\0\0\1a\0\0\0\1b\0\0\0\0", 14);
	turn();
	reply(&p, 'A', 1);
	turn();
	ck_assert_uint_eq(p.n_frames, 2);
	ck_assert_uint_eq(p.n_ends, 0);
	reply(&p, 'B', 1);
	check_ended(&p, CONN_END_BROKEN);
	ck_assert_uint_eq(take_all(&p), 10);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(a_freed_connection_reports_nothing)
{
	struct peer p;

	set_up();
	open_peer(&p, LONG);
	put(&p, "\0\0\0\0", 4);
	ck_assert_int_gt(sd_event_run(event, 0), 0); /* it is about to end */
	p.conn = conn_free(p.conn);
	turn();
	ck_assert_uint_eq(p.n_ends, 0);
	ck_assert(sees_end(&p));
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(finishing_lets_the_answer_leave_first)
{
	struct peer p;
	size_t taken;

	set_up();
	open_peer(&p, LONG);
	put(&p, "\0\0\0\1a\0\0\0\1b", 10);
	turn();
	reply(&p, 'A', FRAME_MAX);
	p.is_in_call = true;
	conn_finish(p.conn);
	p.is_in_call = false;
	turn();
	ck_assert_uint_eq(p.n_ends, 0);
	for (taken = 0; taken < 4 + FRAME_MAX; turn())
		taken += take_all(&p);
	check_ended(&p, CONN_END_HANGUP);
	ck_assert_uint_eq(p.n_frames, 1); /* the second is not looked at any more */
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(finishing_does_not_wait_for_a_frame_in_flight)
{
	struct peer p;

	set_up();
	open_peer(&p, LONG);
	put(&p, "\0\0\0\1a", 5);
	turn();
	conn_finish(p.conn);
	reply(&p, 'A', 1);
	check_ended(&p, CONN_END_HANGUP);
	ck_assert_uint_eq(take_all(&p), 0);
	close_peer(&p);
	tear_down();
}
END_TEST

/* --- time ------------------------------------------------------------------------------------- */

START_TEST(a_half_sent_frame_ends_it)
{
	struct peer p;

	set_up();
	open_peer(&p, 1);
	put(&p, "\0\0\0\3a", 5);
	wait_for_end(&p);
	check_ended(&p, CONN_END_SLOW);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(a_frame_that_trickles_in_gets_no_more_time)
{
	struct peer p;

	set_up();
	open_peer(&p, 20 * USEC_PER_MSEC);
	put(&p, "\0\4\0\0", 4);
	while (p.n_ends == 0) {
		(void)send(p.fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT); /* until it is closed */
		ck_assert_int_ge(sd_event_run(event, USEC_PER_MSEC), 0);
	}
	check_ended(&p, CONN_END_SLOW);
	ck_assert_uint_eq(p.n_frames, 0);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(an_answer_that_is_not_taken_ends_it)
{
	struct peer p;

	set_up();
	open_peer(&p, 1);
	put(&p, "\0\0\0\1a", 5);
	turn();
	reply(&p, 'A', FRAME_MAX);
	wait_for_end(&p);
	check_ended(&p, CONN_END_SLOW);
	close_peer(&p);
	tear_down();
}
END_TEST

/* Something that does time out, begun later, tells when enough time has passed. */
static void outlast_a_timeout(const struct peer *p)
{
	struct peer slow;

	open_peer(&slow, 1);
	put(&slow, "\0\0\0\3a", 5);
	wait_for_end(&slow);
	turn();
	ck_assert_uint_eq(p->n_ends, 0);
	close_peer(&slow);
}

START_TEST(an_idle_connection_may_stay)
{
	struct peer p;

	set_up();
	open_peer(&p, 1);
	p.answers_at_once = true;
	outlast_a_timeout(&p);
	put(&p, "\0\0\0\1a", 5);
	outlast_a_timeout(&p);
	ck_assert_uint_eq(p.n_frames, 1);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(a_frame_in_flight_is_not_timed_even_if_the_next_has_begun)
{
	struct peer p;

	set_up();
	open_peer(&p, 50 * USEC_PER_MSEC);
	put(&p, "\0\0", 2); /* the timer runs */
	turn();
	put(&p, "\0\1a\0\0", 5);
	turn();
	ck_assert_uint_eq(p.n_frames, 1);
	for (unsigned i = 0; i < 2; i++) /* longer than the 50 ms and the timer's inaccuracy */
		outlast_a_timeout(&p);
	reply(&p, 'A', 1);
	put(&p, "\0\1b", 3);
	turn();
	ck_assert_uint_eq(p.n_frames, 2);
	close_peer(&p);
	tear_down();
}
END_TEST

/* --- what is held ----------------------------------------------------------------------------- */

static void charge(enum quota_kind kind, size_t n)
{
	bool is_granted = false;

	ck_assert_int_eq(quota_charge(quota, UID, kind, n, &is_granted), 0);
	ck_assert(is_granted);
}

START_TEST(a_frame_without_room_for_it_ends_it)
{
	const size_t others = UID_BYTES_MAX - 64 * 1024;
	struct peer p;

	set_up();
	charge(QUOTA_BYTES, others);
	open_peer(&p, LONG);
	put(&p, "\0\4\0\0", 4);
	while (p.n_ends == 0) {
		static const char kilobyte[1024];

		(void)send(p.fd, kilobyte, 1024, MSG_NOSIGNAL); /* until it is closed */
		turn();
	}
	check_ended(&p, CONN_END_QUOTA);
	ck_assert_uint_eq(quota_total(quota, QUOTA_BYTES), others); /* given back already */
	close_peer(&p);
	quota_release(quota, UID, QUOTA_BYTES, others);
	tear_down();
}
END_TEST

START_TEST(an_answer_without_room_for_it_ends_it)
{
	const size_t others = UID_BYTES_MAX - 16 * 1024;
	struct peer p;

	set_up();
	charge(QUOTA_BYTES, others);
	open_peer(&p, LONG);
	put(&p, "\0\0\0\1a", 5);
	turn();
	while (p.n_ends == 0 && p.n_frames > 0) {
		reply(&p, 'A', FRAME_MAX);
		turn();
	}
	check_ended(&p, CONN_END_QUOTA);
	close_peer(&p);
	quota_release(quota, UID, QUOTA_BYTES, others);
	tear_down();
}
END_TEST

START_TEST(one_connection_too_many_is_not_made)
{
	struct conn *c = NULL;
	struct caller *caller;
	int fds[2];

	set_up();
	charge(QUOTA_CONNECTIONS, UID_CONNECTIONS_MAX);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	caller = new_caller(UID);
	ck_assert_int_eq(conn_new(event, fds[0], caller, quota, LONG, &events, NULL, &c), -EDQUOT);
	ck_assert_ptr_null(c);
	ck_assert(sees_end(&(struct peer){.fd = fds[1]}));
	(void)close(fds[1]);
	(void)caller_free(caller); /* still ours */
	quota_release(quota, UID, QUOTA_CONNECTIONS, UID_CONNECTIONS_MAX);
	tear_down();
}
END_TEST

START_TEST(what_cannot_be_watched_makes_no_connection)
{
	struct conn *c = NULL;
	struct caller *caller;
	int fd;

	set_up();
	fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC); /* epoll takes no regular files */
	ck_assert_int_ge(fd, 0);
	caller = new_caller(UID);
	ck_assert_int_lt(conn_new(event, fd, caller, quota, LONG, &events, NULL, &c), 0);
	ck_assert_ptr_null(c);
	while (fcntl(fd, F_GETFD) >= 0) /* by another thread, soon */
		(void)sched_yield();
	(void)caller_free(caller);
	tear_down();
}
END_TEST

START_TEST(a_large_frame_is_not_held_when_idle)
{
	struct peer p;

	set_up();
	open_peer(&p, LONG);
	put_frame(&p, 'a', FRAME_MAX);
	turn();
	reply(&p, 'A', 1);
	turn();
	ck_assert_uint_le(quota_total(quota, QUOTA_BYTES), UID_BYTES_MAX / UID_CONNECTIONS_MAX);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(all_connections_of_a_uid_can_be_idle_at_once)
{
	struct peer *peers = calloc(UID_CONNECTIONS_MAX, sizeof(*peers));

	ck_assert_ptr_nonnull(peers);
	set_up();
	for (unsigned i = 0; i < UID_CONNECTIONS_MAX; i++) {
		open_peer(&peers[i], LONG);
		peers[i].answers_at_once = true;
		put_frame(&peers[i], 'a', 6000);
		put(&peers[i], "\0\0", 2); /* and the next one is begun */
		turn();
		ck_assert_uint_eq(peers[i].n_frames, 1);
	}
	for (unsigned i = 0; i < UID_CONNECTIONS_MAX; i++) {
		ck_assert_uint_eq(peers[i].n_ends, 0);
		close_peer(&peers[i]);
	}
	free(peers);
	tear_down();
}
END_TEST

/* --- descriptors ------------------------------------------------------------------------------ */

START_TEST(a_descriptor_goes_to_the_frame_it_came_with)
{
	struct peer p;
	int reader, writer;

	set_up();
	open_peer(&p, LONG);
	p.takes_fds = true;
	open_pipe(&reader, &writer);
	put(&p, "\0\0\0\1a", 5);
	put_with_fds(&p, "\0\0\0\1b", 5, &writer, 1);
	put(&p, "\0\0\0\1c", 5);
	turn();
	ck_assert_int_eq(p.last_byte, 'a');
	ck_assert_int_lt(p.last_fd, 0);
	reply(&p, 'A', 1);
	turn();
	ck_assert_int_eq(p.last_byte, 'b');
	ck_assert_int_ge(p.last_fd, 0);
	ck_assert_int_eq(fcntl(p.last_fd, F_GETFD), FD_CLOEXEC);
	(void)close(p.last_fd);
	ck_assert(is_let_go(reader));
	reply(&p, 'B', 1);
	turn();
	ck_assert_int_eq(p.last_byte, 'c');
	ck_assert_int_lt(p.last_fd, 0);
	(void)close(reader);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(a_descriptor_that_comes_with_any_part_of_a_frame_is_its)
{
	static const char frame[] = "\0\0\0\3abc";

	set_up();
	for (size_t cut = 0; cut < 6; cut++) {
		struct peer p;
		int reader, writer;

		open_peer(&p, LONG);
		p.takes_fds = true;
		open_pipe(&reader, &writer);
		if (cut > 0)
			put(&p, frame, cut);
		turn();
		put_with_fds(&p, frame + cut, 1, &writer, 1);
		turn();
		put(&p, frame + cut + 1, 6 - cut);
		turn();
		ck_assert_uint_eq(p.n_frames, 1);
		ck_assert_int_ge(p.last_fd, 0);
		(void)close(p.last_fd);
		(void)close(reader);
		close_peer(&p);
	}
	tear_down();
}
END_TEST

START_TEST(a_descriptor_that_nobody_takes_is_closed)
{
	struct peer p;
	int reader, writer;

	set_up();
	open_peer(&p, LONG);
	open_pipe(&reader, &writer);
	put_with_fds(&p, "\0\0\0\1b", 5, &writer, 1);
	ck_assert(is_held(reader));
	turn();
	ck_assert_int_ge(p.last_fd, 0);
	ck_assert(is_let_go(reader));
	(void)close(reader);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(of_several_descriptors_none_is_passed)
{
	set_up();
	for (unsigned n = 2; n <= 8; n++) {
		struct peer p;
		int reader, writers[8];

		open_peer(&p, LONG);
		p.takes_fds = true;
		open_pipe(&reader, &writers[0]);
		for (unsigned i = 1; i < n; i++)
			writers[i] = fcntl(writers[0], F_DUPFD_CLOEXEC, 0);
		put_with_fds(&p, "\0\0\0\1b", 5, writers, n);
		turn();
		ck_assert_uint_eq(p.n_frames, 1);
		ck_assert_int_lt(p.last_fd, 0);
		ck_assert(is_let_go(reader));
		(void)close(reader);
		close_peer(&p);
	}
	tear_down();
}
END_TEST

START_TEST(of_several_that_come_one_by_one_none_is_passed_and_few_are_held)
{
	struct peer p;
	int reader, writer, copy;

	set_up();
	open_peer(&p, LONG);
	p.takes_fds = true;
	open_pipe(&reader, &writer);
	put(&p, "\0\0\0\12", 4);
	for (unsigned i = 0; i < 10; i++) {
		copy = fcntl(writer, F_DUPFD_CLOEXEC, 0);
		put_with_fds(&p, "x", 1, &copy, 1);
		turn();
	}
	(void)close(writer);
	ck_assert_uint_eq(p.n_frames, 1);
	ck_assert_int_lt(p.last_fd, 0);
	ck_assert(is_let_go(reader));
	(void)close(reader);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(too_many_for_one_frame_do_not_spoil_the_next)
{
	struct peer p;
	int reader, writer, copy;

	set_up();
	open_peer(&p, LONG);
	p.takes_fds = true;
	p.answers_at_once = true;
	open_pipe(&reader, &writer);
	put(&p, "\0\0\0\4", 4);
	for (unsigned i = 0; i < 3; i++) {
		copy = fcntl(writer, F_DUPFD_CLOEXEC, 0);
		put_with_fds(&p, "x", 1, &copy, 1);
		turn();
	}
	put_with_fds(&p, "x\0\0\0\1b", 6, &writer, 1); /* the last byte is the next frame's */
	turn();
	ck_assert_uint_eq(p.n_frames, 2);
	ck_assert_int_eq(p.last_byte, 'b');
	ck_assert_int_ge(p.last_fd, 0);
	ck_assert(is_held(reader));
	(void)close(p.last_fd);
	ck_assert(is_let_go(reader));
	(void)close(reader);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(a_descriptor_of_a_frame_that_is_never_complete_is_closed)
{
	struct peer p;
	int reader, writer;

	set_up();
	open_peer(&p, LONG);
	open_pipe(&reader, &writer);
	put_with_fds(&p, "\0\0\0\3b", 5, &writer, 1);
	turn();
	ck_assert(is_held(reader));
	p.fd = fd_close(p.fd);
	check_ended(&p, CONN_END_HANGUP);
	ck_assert(is_let_go(reader));
	(void)close(reader);
	close_peer(&p);
	tear_down();
}
END_TEST

/* --- descriptors that are bad to close --------------------------------------------------------- */

/* Half an hour of waiting in close(), for a peer that does not read. Returns that peer. */
static int open_lingerer(int *ret)
{
	const struct linger linger = {.l_onoff = 1, .l_linger = 1800};
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(address);
	static const char bytes[65536];
	int server, other;

	server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(server, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(listen(server, 1), 0);
	ck_assert_int_eq(getsockname(server, (struct sockaddr *)&address, &len), 0);
	*ret = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(*ret, (struct sockaddr *)&address, len), 0);
	other = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(other, 0);
	(void)close(server);
	ck_assert_int_eq(setsockopt(*ret, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	while (send(*ret, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	return other;
}

/* A frame is answered; within the time that Check gives, if nothing blocks. */
static void check_going_on(void)
{
	struct peer p;

	open_peer(&p, LONG);
	p.answers_at_once = true;
	put(&p, "\0\0\0\1a", 5);
	turn();
	ck_assert_uint_eq(take_all(&p), 5);
	close_peer(&p);
}

static void close_lingerer(int other)
{
	/* Nobody took in the meantime what was not sent: close() still waits for it. */
	struct tcp_info info;
	socklen_t len = sizeof(info);

	ck_assert_int_eq(getsockopt(other, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	ck_assert_int_eq(info.tcpi_state, TCP_ESTABLISHED);
	(void)close(other); /* resets it, as it has not read everything */
}

START_TEST(a_descriptor_that_cannot_be_closed_stops_nobody_else)
{
	struct peer p;
	int bad, other;

	set_up();
	open_peer(&p, LONG);
	p.answers_at_once = true;
	other = open_lingerer(&bad);
	put_with_fds(&p, "\0\0\0\1b", 5, &bad, 1);
	turn();
	ck_assert_uint_eq(take_all(&p), 5);
	check_going_on();
	close_lingerer(other);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(one_of_too_many_that_cannot_be_closed_stops_nobody_else)
{
	struct peer p;
	int fds[8], others[8];

	set_up();
	open_peer(&p, LONG);
	p.answers_at_once = true;
	for (unsigned i = 0; i < array_len(fds); i++)
		others[i] = open_lingerer(&fds[i]);
	put_with_fds(&p, "\0\0\0\1b", 5, fds, array_len(fds));
	turn();
	ck_assert_uint_eq(take_all(&p), 5);
	check_going_on();
	for (unsigned i = 0; i < array_len(fds); i++)
		close_lingerer(others[i]);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(one_that_was_never_read_and_cannot_be_closed_stops_nobody_else)
{
	struct peer p;
	int bad, other;

	set_up();
	open_peer(&p, LONG);
	put(&p, "\0\0\0\1a", 5);
	turn(); /* no answer: nothing more is read */
	other = open_lingerer(&bad);
	put_with_fds(&p, "\0\0\0\1b", 5, &bad, 1);
	p.fd = fd_close(p.fd);
	check_ended(&p, CONN_END_HANGUP);
	check_going_on();
	close_lingerer(other);
	close_peer(&p);
	tear_down();
}
END_TEST

START_TEST(one_of_a_connection_that_is_refused_and_cannot_be_closed_stops_nobody_else)
{
	struct caller *caller = new_caller(UID);
	struct conn *c = NULL;
	int fds[2], bad, other;

	set_up();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	other = open_lingerer(&bad);
	put_with_fds(&(struct peer){.fd = fds[1]}, "x", 1, &bad, 1);
	charge(QUOTA_CONNECTIONS, UID_CONNECTIONS_MAX);
	ck_assert_int_eq(conn_new(event, fds[0], caller, quota, LONG, &events, NULL, &c), -EDQUOT);
	quota_release(quota, UID, QUOTA_CONNECTIONS, UID_CONNECTIONS_MAX);
	check_going_on();
	close_lingerer(other);
	(void)close(fds[1]);
	(void)caller_free(caller);
	tear_down();
}
END_TEST

/* The kernel skips a byte that is out of band, and closes what came with it. */
START_TEST(one_that_is_out_of_band_comes_in_line)
{
	struct peer p;
	int bad, other;

	set_up();
	open_peer(&p, LONG);
	p.answers_at_once = true;
	other = open_lingerer(&bad);
	put(&p, "\0\0\0\1", 4);
	if (send_fds(&p, "b", 1, &bad, 1, MSG_OOB) == 0) { /* not every kernel has it */
		bad = fd_close(bad);
		turn();
		ck_assert_uint_eq(take_all(&p), 5);
		ck_assert_int_ge(p.last_fd, 0);
	}
	check_going_on();
	close_lingerer(other);
	(void)fd_close(bad);
	close_peer(&p);
	tear_down();
}
END_TEST

static unsigned count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n;
}

START_TEST(a_message_full_of_descriptors_is_closed_to_the_last)
{
	int reader, writer, fds[300];
	struct peer p;
	unsigned n;

	set_up();
	open_peer(&p, LONG);
	p.takes_fds = true;
	open_pipe(&reader, &writer);
	n = count_fds();
	for (unsigned i = 0; i < array_len(fds); i++)
		fds[i] = fcntl(writer, F_DUPFD_CLOEXEC, 0);
	/* More than PASSED_MAX in one message the kernel does not send. */
	ck_assert_int_eq(send_fds(&p, "x", 1, fds, PASSED_MAX + 1, 0), -EINVAL);
	put_with_fds(&p, "\0\0\0\2b", 5, fds, PASSED_MAX);
	put_with_fds(&p, "b", 1, fds + PASSED_MAX, array_len(fds) - PASSED_MAX);
	(void)close(writer);
	turn();
	ck_assert_uint_eq(p.n_frames, 1);
	ck_assert_int_lt(p.last_fd, 0);
	ck_assert(is_let_go(reader));
	while (count_fds() != n - 1)
		(void)sched_yield();
	(void)close(reader);
	close_peer(&p);
	tear_down();
}
END_TEST

/* Else the table of descriptors would be full, and the kernel would close the rest on our thread. */
START_TEST(while_too_many_wait_to_be_closed_none_is_received)
{
	struct rlimit limit;
	struct peer p, q;
	int reader, writer;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	set_up();
	open_peer(&p, LONG);
	open_peer(&q, LONG);
	q.answers_at_once = true;
	is_without_threads = true;
	for (unsigned i = 0; i < CLOSER_CROWDED; i++) {
		(void)closer_close(fcntl(p.fd, F_DUPFD_CLOEXEC, 0));
	}
	ck_assert(closer_is_crowded());
	open_pipe(&reader, &writer);
	put_with_fds(&p, "\0\0\0\1b", 5, &writer, 1);
	check_ended(&p, CONN_END_ERROR);
	ck_assert_uint_eq(p.n_frames, 0);
	ck_assert(is_held(reader));        /* in the socket, which waits as well */
	put(&q, "\0\0\0\1a\0\0\0\1b", 10); /* who sends none is served */
	turn();
	ck_assert_uint_eq(take_all(&q), 10);
	is_without_threads = false;
	close_peer(&p);
	close_peer(&q);
	(void)closer_close(fcntl(reader, F_DUPFD_CLOEXEC, 0));
	ck_assert(is_let_go(reader));
	(void)close(reader);
	tear_down();
}
END_TEST

START_TEST(a_connection_knows_its_caller_and_its_user)
{
	struct peer p;
	int something;

	set_up();
	open_peer(&p, LONG);
	ck_assert_uint_eq(conn_caller(p.conn)->uid, UID);
	ck_assert_ptr_null(conn_user(p.conn));
	conn_set_user(p.conn, &something);
	ck_assert_ptr_eq(conn_user(p.conn), &something);
	p.fd = fd_close(p.fd);
	check_ended(&p, CONN_END_HANGUP);
	ck_assert_uint_eq(conn_caller(p.conn)->uid, UID); /* as long as the conn is there */
	close_peer(&p);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_frame_is_handed_out_without_its_length_word,
		a_frame_that_comes_byte_by_byte_is_handed_out_once,
		the_largest_frame_fits,
		the_second_frame_waits_for_the_answer_to_the_first,
		the_second_frame_waits_until_the_first_answer_was_taken,
		a_flood_of_frames_leaves_others_their_turn,
		a_peer_that_closes_ends_it,
		a_peer_that_shuts_down_sending_while_idle_ends_it,
		a_peer_that_shuts_down_sending_still_gets_all_its_answers,
		a_peer_that_closes_while_its_frame_is_in_flight_ends_it,
		an_answer_to_nobody_ends_it_later,
		an_impossible_length_breaks_it,
		frames_before_a_broken_one_are_answered,
		a_freed_connection_reports_nothing,
		finishing_lets_the_answer_leave_first,
		finishing_does_not_wait_for_a_frame_in_flight,
		a_half_sent_frame_ends_it,
		a_frame_that_trickles_in_gets_no_more_time,
		an_answer_that_is_not_taken_ends_it,
		an_idle_connection_may_stay,
		a_frame_in_flight_is_not_timed_even_if_the_next_has_begun,
		a_frame_without_room_for_it_ends_it,
		an_answer_without_room_for_it_ends_it,
		one_connection_too_many_is_not_made,
		what_cannot_be_watched_makes_no_connection,
		a_large_frame_is_not_held_when_idle,
		all_connections_of_a_uid_can_be_idle_at_once,
		a_descriptor_goes_to_the_frame_it_came_with,
		a_descriptor_that_comes_with_any_part_of_a_frame_is_its,
		a_descriptor_that_nobody_takes_is_closed,
		of_several_descriptors_none_is_passed,
		of_several_that_come_one_by_one_none_is_passed_and_few_are_held,
		too_many_for_one_frame_do_not_spoil_the_next,
		a_descriptor_of_a_frame_that_is_never_complete_is_closed,
		a_descriptor_that_cannot_be_closed_stops_nobody_else,
		one_of_too_many_that_cannot_be_closed_stops_nobody_else,
		one_that_was_never_read_and_cannot_be_closed_stops_nobody_else,
		one_of_a_connection_that_is_refused_and_cannot_be_closed_stops_nobody_else,
		one_that_is_out_of_band_comes_in_line,
		a_message_full_of_descriptors_is_closed_to_the_last,
		while_too_many_wait_to_be_closed_none_is_received,
		a_connection_knows_its_caller_and_its_user,
	};

	return unit_run("conn", tests, array_len(tests));
}
