/*
 * worker/channel.c - see channel.h
 */
#include "agent/worker/channel.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "agent/base/limits.h"

/* What may wait to be sent: an inventory of 4,096 keys with certificates, and answers beside it. */
#define OUT_MAX (128u * 1024 * 1024)
#define RECEIVE_SIZE (64u * 1024)

int channel_new(int *fd, int bell_fd, struct channel **ret)
{
	struct channel *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	if (pthread_mutex_init(&c->lock, NULL) != 0 || pthread_mutex_init(&c->reading, NULL) != 0) {
		free(c);
		return -ENOMEM;
	}
	c->n_refs = 1;
	c->fd = take_fd(fd);
	c->bell_fd = bell_fd;
	frames_init(&c->in);
	*ret = c;
	return 0;
}

struct channel *channel_ref(struct channel *c)
{
	pthread_mutex_lock(&c->lock);
	c->n_refs++;
	pthread_mutex_unlock(&c->lock);
	return c;
}

struct channel *channel_unref(struct channel *c)
{
	bool is_last;

	if (!c)
		return NULL;
	pthread_mutex_lock(&c->lock);
	is_last = --c->n_refs == 0;
	pthread_mutex_unlock(&c->lock);
	if (!is_last)
		return NULL;
	channel_close(c);
	frames_done(&c->in);
	free(c->out);
	(void)pthread_mutex_destroy(&c->lock); /* nobody can hold them any more */
	(void)pthread_mutex_destroy(&c->reading);
	free(c);
	return NULL;
}

bool channel_is_shared(struct channel *c)
{
	bool is_shared;

	pthread_mutex_lock(&c->lock);
	is_shared = c->n_refs > 1;
	pthread_mutex_unlock(&c->lock);
	return is_shared;
}

/* --- sending ------------------------------------------------------------------------------------- */

/* Sends as much as the socket takes. Returns how much; less than size if it would block. */
static size_t push(struct channel *c, const uint8_t *data, size_t size)
{
	size_t sent = 0;

	while (sent < size && !c->is_broken) {
		ssize_t n = send(c->fd, data + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0)
			sent += (size_t)n;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
		else if (errno != EINTR)
			c->is_broken = true; /* the main thread sees it as a hang-up */
	}
	return sent;
}

static bool keep(struct channel *c, const uint8_t *data, size_t size)
{
	uint8_t *out;

	if (size > OUT_MAX - c->out_size)
		return false;
	out = realloc(c->out, c->out_size + size);
	if (!out)
		return false;
	memcpy(out + c->out_size, data, size);
	c->out = out;
	c->out_size += size;
	return true;
}

/* Cuts the connection; the main thread finds out by reading. */
static void break_off(struct channel *c)
{
	c->is_broken = true;
	if (c->fd >= 0)
		(void)shutdown(c->fd, SHUT_RDWR); /* it may be gone already */
}

/* Called with the lock held, as the next ones. */
static void keep_or_break(struct channel *c, const uint8_t *data, size_t size)
{
	if (size > 0 && !c->is_broken && !keep(c, data, size))
		break_off(c);
}

/* Sends what was kept as far as the socket takes it. */
static void push_kept(struct channel *c)
{
	c->n_posted = 0;
	if (!c->out)
		return;
	c->out_sent += push(c, c->out + c->out_sent, c->out_size - c->out_sent);
	if (c->out_sent < c->out_size && !c->is_broken)
		return;
	free(c->out);
	c->out = NULL;
	c->out_size = 0;
	c->out_sent = 0;
}

void channel_send(struct channel *c, struct view frames)
{
	size_t sent = 0;
	bool must_ring = false;

	pthread_mutex_lock(&c->lock);
	if (c->fd >= 0 && !c->is_broken) {
		if (c->out_size == 0)
			sent = push(c, frames.data, frames.size);
		keep_or_break(c, frames.data + sent, frames.size - sent);
		if (c->out_size > 0)
			push_kept(c);
		must_ring = c->out_size > 0;
	}
	pthread_mutex_unlock(&c->lock);
	if (must_ring)
		fd_ring(c->bell_fd, 1);
}

void channel_post(struct channel *c, struct view frames)
{
	pthread_mutex_lock(&c->lock);
	if (c->fd >= 0 && !c->is_broken) {
		keep_or_break(c, frames.data, frames.size);
		if (++c->n_posted == CHANNEL_POSTED_MAX)
			push_kept(c);
	}
	pthread_mutex_unlock(&c->lock);
}

bool channel_is_waiting(struct channel *c)
{
	bool is_waiting;

	pthread_mutex_lock(&c->lock);
	is_waiting = c->out_size > 0;
	pthread_mutex_unlock(&c->lock);
	return is_waiting;
}

void channel_flush(struct channel *c)
{
	pthread_mutex_lock(&c->lock);
	push_kept(c);
	pthread_mutex_unlock(&c->lock);
}

/* --- receiving ----------------------------------------------------------------------------------- */

/* Takes the descriptors out of a message; false if it holds more than there is room for. */
static bool take_fds(struct channel *c, struct msghdr *m)
{
	bool has_room = !(m->msg_flags & MSG_CTRUNC);

	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		size_t n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(h) + i * sizeof(fd), sizeof(fd));
			if (c->n_fds < CHANNEL_FDS_MAX) {
				c->fds[c->n_fds++] = fd;
			} else {
				fd_close(fd);
				has_room = false;
			}
		}
	}
	return has_room;
}

int channel_receive(struct channel *c)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(CHANNEL_FDS_MAX * sizeof(int))];
	} control = {};
	struct iovec iov = {.iov_len = RECEIVE_SIZE};
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	iov.iov_base = frames_room(&c->in, RECEIVE_SIZE);
	if (!iov.iov_base)
		return -ENOMEM;
	n = recvmsg(c->fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (!take_fds(c, &m) || n == 0)
		return -ECONNRESET;
	frames_filled(&c->in, (size_t)n);
	return 0;
}

int channel_take_fd(struct channel *c)
{
	int fd;

	if (c->n_fds == 0)
		return -EBADF;
	fd = c->fds[0];
	c->n_fds--;
	memmove(&c->fds[0], &c->fds[1], c->n_fds * sizeof(c->fds[0]));
	return fd;
}

void channel_close(struct channel *c)
{
	pthread_mutex_lock(&c->lock);
	c->fd = fd_close(c->fd);
	c->is_broken = true;
	pthread_mutex_unlock(&c->lock);
	while (c->n_fds > 0)
		fd_close(c->fds[--c->n_fds]);
}
