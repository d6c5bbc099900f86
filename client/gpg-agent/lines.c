/*
 * gpg-agent/lines.c - see lines.h
 */
#include "client/gpg-agent/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

bool lines_are_mine(int fd)
{
	struct ucred cred;
	socklen_t size = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) == 0 && cred.uid == getuid();
}

void lines_init(struct lines *l, int fd)
{
	l->fd = fd;
	l->begin = l->end = 0;
}

void lines_done(struct lines *l)
{
	if (l->fd >= 0)
		(void)close(l->fd); /* nothing is pending on a socket */
	lines_init(l, -EBADF);
}

static int64_t now_msec(void)
{
	struct timespec t = {};

	(void)clock_gettime(CLOCK_BOOTTIME, &t); /* exists everywhere that systemd runs */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until the socket is ready for events; deadline_msec below 0: none. */
static int wait_for(const struct lines *l, short events, int watch_fd, int64_t deadline_msec)
{
	/* No events: a hang-up comes all the same, and only when both directions have ended. */
	struct pollfd fds[] = {{.fd = l->fd, .events = events}, {.fd = watch_fd}};

	for (;;) {
		int64_t left = deadline_msec < 0 ? -1 : deadline_msec - now_msec();
		int n;

		if (deadline_msec >= 0 && left <= 0)
			return -ETIMEDOUT;
		n = poll(fds, 2, (int)left);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		if (fds[0].revents)
			return 0;
		return -ECONNRESET;
	}
}

/* Moves half a line to the front. */
static int make_room(struct lines *l)
{
	memmove(l->buf, l->buf + l->begin, l->end - l->begin);
	l->end -= l->begin;
	l->begin = 0;
	return l->end < sizeof(l->buf) ? 0 : -EMSGSIZE;
}

static int receive(struct lines *l)
{
	ssize_t n = recv(l->fd, l->buf + l->end, sizeof(l->buf) - l->end, MSG_DONTWAIT);

	if (n == 0)
		return -EPIPE;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
	l->end += (size_t)n;
	return 0;
}

/* False: there is no whole line yet. */
static bool take_line(struct lines *l, const char **ret, size_t *ret_size)
{
	const char *line = l->buf + l->begin;
	const char *end = memchr(line, '\n', l->end - l->begin);
	size_t size;

	if (!end)
		return false;
	size = (size_t)(end - line);
	l->begin += size + 1;
	if (size > 0 && line[size - 1] == '\r')
		size--;
	*ret = line;
	*ret_size = size;
	return true;
}

int lines_read(struct lines *l, int watch_fd, int timeout_msec, const char **ret, size_t *ret_size)
{
	int64_t deadline_msec = timeout_msec < 0 ? -1 : now_msec() + timeout_msec;
	int r;

	while (!take_line(l, ret, ret_size)) {
		r = make_room(l);
		if (r == 0)
			r = wait_for(l, POLLIN, watch_fd, deadline_msec);
		if (r == 0)
			r = receive(l);
		if (r < 0)
			return r;
	}
	return 0;
}

bool lines_are_pending(const struct lines *l)
{
	struct pollfd fd = {.fd = l->fd, .events = POLLIN};

	return l->begin < l->end || poll(&fd, 1, 0) != 0;
}

int lines_write(struct lines *l, const char *line, size_t size)
{
	int64_t deadline_msec = now_msec() + LINES_WRITE_MSEC;
	char buf[ASSUAN_LINE_MAX];
	size_t sent = 0;
	int r;

	if (size >= sizeof(buf))
		return -EMSGSIZE;
	memcpy(buf, line, size);
	buf[size++] = '\n';
	while (sent < size) {
		ssize_t n = send(l->fd, buf + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0)
			sent += (size_t)n;
		else if (errno != EAGAIN && errno != EINTR)
			return -EPIPE;
		else if ((r = wait_for(l, POLLOUT, -1, deadline_msec)) < 0)
			return r;
	}
	return 0;
}
