/*
 * lib/connection.c - see connection.h
 */
#include "client/lib/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/include/signet.h"
#include "agent/base/clock.h"
#include "agent/base/fd.h"

#define READ_SIZE 65536u

struct connection *connection_new(void)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	if (pthread_mutex_init(&c->lock, NULL) != 0) {
		free(c);
		return NULL;
	}
	c->owner = getpid();
	c->fd = c->watch_fd = -EBADF;
	c->listener = -1;
	frames_init(&c->in);
	return c;
}

struct connection *connection_free(struct connection *c)
{
	if (!c)
		return NULL;
	connection_close(c);
	(void)connection_free_inherited(c->inherited); /* returns NULL */
	(void)pthread_mutex_destroy(&c->lock);         /* fails only while it is held */
	free(c);
	return NULL;
}

void connection_abandon(struct connection *c)
{
	c->fd = fd_close(c->fd);
}

struct connection *connection_free_inherited(struct connection *c)
{
	if (!c)
		return NULL;
	if (pthread_mutex_trylock(&c->lock) != 0) {
		connection_abandon(c);
		return NULL;
	}
	(void)pthread_mutex_unlock(&c->lock); /* just locked by us */
	return connection_free(c);
}

void connection_close(struct connection *c)
{
	c->fd = fd_close(c->fd);
	frames_done(&c->in);
}

/* Ends the connection and passes the error on; errno survives. */
static int fail(struct connection *c, int error)
{
	int saved = errno;

	connection_close(c);
	errno = saved;
	return error;
}

/* Microseconds left; 0 when the time is over. */
static uint64_t time_left(uint64_t deadline_usec)
{
	uint64_t now;

	if (deadline_usec == UINT64_MAX)
		return UINT64_MAX;
	now = clock_boottime_usec();
	return now < deadline_usec ? deadline_usec - now : 0;
}

static int wait_for(const struct connection *c, short events, uint64_t deadline_usec)
{
	/* No events: a hang-up comes all the same, and only when both directions have ended. */
	struct pollfd p[] = {{.fd = c->fd, .events = events}, {.fd = c->watch_fd}};

	for (;;) {
		uint64_t left = time_left(deadline_usec), msec = left / USEC_PER_MSEC + 1;
		int n;

		if (left == 0)
			return SIGNET_E_TIMEOUT;
		n = poll(p, 2, left == UINT64_MAX ? -1 : msec < INT_MAX ? (int)msec : INT_MAX);
		if (n > 0 && !p[0].revents)
			return SIGNET_E_WITHDRAWN;
		if (n > 0)
			return 0; /* an error shows itself in the call that follows */
		if (n < 0 && errno != EINTR)
			return SIGNET_E_IO;
	}
}

/* --- connecting ------------------------------------------------------------------------------- */

/*
 * A connect() to a full backlog cannot be polled for; a blocking one waits for its turn, for as
 * long as the send time-out says. So the socket becomes non-blocking only afterwards.
 */
static int limit_wait(int fd, uint64_t deadline_usec)
{
	uint64_t left = time_left(deadline_usec);
	struct timeval t = {};

	if (left == 0)
		return SIGNET_E_TIMEOUT;
	if (left != UINT64_MAX) {
		t.tv_sec = (time_t)(left / USEC_PER_SEC);
		t.tv_usec = (suseconds_t)(left % USEC_PER_SEC);
	}
	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)) < 0 ? SIGNET_E_CONNECT : 0;
}

static int connect_to(int fd, const struct sockaddr_un *address, socklen_t len,
		      uint64_t deadline_usec)
{
	for (;;) {
		int r = limit_wait(fd, deadline_usec);

		if (r < 0)
			return r;
		if (connect(fd, (const struct sockaddr *)address, len) == 0)
			break;
		if (errno == EAGAIN)
			return SIGNET_E_TIMEOUT;
		if (errno != EINTR)
			return SIGNET_E_CONNECT;
	}
	return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? SIGNET_E_CONNECT : 0;
}

/* True if the other end has hung up, or has sent what nobody asked for. */
static bool is_stale(const struct connection *c)
{
	uint8_t byte;
	ssize_t n;

	if (frames_pending(&c->in) > 0)
		return true;
	n = recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n >= 0 || (errno != EAGAIN && errno != EINTR);
}

static int dial(struct connection *c, const char *path, uint64_t deadline_usec)
{
	_cleanup_(fd_closep) int fd = -EBADF;
	struct sockaddr_un address;
	unsigned len;
	int r;

	if (fd_unix_address(path, &address, &len) < 0)
		return SIGNET_E_INVALID;
	fd = fd_above_stdio(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (fd < 0)
		return SIGNET_E_CONNECT;
	r = connect_to(fd, &address, len, deadline_usec);
	if (r < 0)
		return r;
	c->fd = take_fd(&fd);
	return 0;
}

/* Who listens is told by the kernel: the user that did when the connection was made. */
static int check_listener(const struct connection *c)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (c->listener < 0)
		return 0;
	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return SIGNET_E_IO;
	return peer.uid == 0 || peer.uid == c->listener ? 0 : SIGNET_E_LISTENER;
}

int connection_open(struct connection *c, const char *path, uint64_t deadline_usec)
{
	int r = 0;

	if (c->fd >= 0 && is_stale(c))
		connection_close(c);
	if (c->fd < 0)
		r = dial(c, path, deadline_usec);
	if (r < 0)
		return r;
	r = check_listener(c);
	return r < 0 ? fail(c, r) : 0;
}

/* --- sending ---------------------------------------------------------------------------------- */

/* One sendmsg(); the descriptor, if there is one, rides on the first byte. */
static ssize_t send_some(int socket_fd, struct view data, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {};
	struct iovec iov = {.iov_base = (void *)data.data, .iov_len = data.size};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control.room);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	return sendmsg(socket_fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool is_hang_up(int error)
{
	return error == EPIPE || error == ECONNRESET || error == ENOTCONN;
}

/* ret_sent says how much has left, also when this fails. */
static int send_all(const struct connection *c, struct view data, int fd, uint64_t deadline_usec,
		    size_t *ret_sent)
{
	*ret_sent = 0;
	while (data.size > 0) {
		ssize_t n = send_some(c->fd, data, *ret_sent == 0 ? fd : -EBADF);
		int r;

		if (n > 0) {
			*ret_sent += (size_t)n;
			data.data += n;
			data.size -= (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return is_hang_up(errno) ? SIGNET_E_CLOSED : SIGNET_E_IO;
		r = wait_for(c, POLLOUT, deadline_usec);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- receiving -------------------------------------------------------------------------------- */

static int receive_some(struct connection *c)
{
	uint8_t *room = frames_room(&c->in, READ_SIZE);
	ssize_t n;

	if (!room)
		return SIGNET_E_MEMORY;
	n = recv(c->fd, room, READ_SIZE, MSG_DONTWAIT);
	if (n > 0) {
		frames_filled(&c->in, (size_t)n);
		return 0;
	}
	if (n == 0 || is_hang_up(errno))
		return SIGNET_E_CLOSED;
	return errno == EAGAIN || errno == EINTR ? 0 : SIGNET_E_IO;
}

static int receive_frame(struct connection *c, uint64_t deadline_usec, struct view *ret)
{
	for (;;) {
		enum frames_state state = frames_next(&c->in, ret);
		int r;

		if (state == FRAMES_BROKEN)
			return SIGNET_E_PROTOCOL;
		if (state == FRAMES_COMPLETE)
			break;
		r = wait_for(c, POLLIN, deadline_usec);
		if (r == 0)
			r = receive_some(c);
		if (r < 0)
			return r;
	}
	frames_drop(&c->in); /* the bytes stay where they are until more are read */
	return 0;
}

/* Sends the request on this connection, or on a new one if this one took nothing of it. */
static int send_request(struct connection *c, const char *path, uint64_t deadline_usec,
			struct view request, int fd)
{
	size_t sent = 0;
	int r = 0;

	for (unsigned tries = 0; tries < 2; tries++) {
		r = connection_open(c, path, deadline_usec);
		if (r < 0)
			return r;
		r = send_all(c, request, fd, deadline_usec, &sent);
		if (r == 0)
			return 0;
		(void)fail(c, r); /* r is looked at below */
		if (r != SIGNET_E_CLOSED || sent > 0)
			return r;
	}
	return SIGNET_E_CONNECT;
}

int connection_exchange(struct connection *c, const char *path, uint64_t deadline_usec,
			struct view request, int fd, struct view *ret)
{
	struct view frame;
	int r;

	r = send_request(c, path, deadline_usec, request, fd);
	if (r < 0)
		return r;
	r = receive_frame(c, deadline_usec, &frame);
	if (r < 0)
		return fail(c, r);
	*ret = frame;
	return 0;
}
