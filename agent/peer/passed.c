/*
 * peer/passed.c - see passed.h
 */
#include "agent/peer/passed.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/base/cleanup.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/peer/closer.h"

void passed_init(struct passed *p)
{
	*p = (struct passed){};
}

void passed_done(struct passed *p)
{
	for (unsigned i = 0; i < p->n; i++)
		p->ones[i].fd = closer_close(p->ones[i].fd);
	p->n = 0;
}

static void remember(struct passed *p, int fd)
{
	/* Nothing is read while a frame is complete, so both came with the one that is not. */
	if (p->n == array_len(p->ones)) {
		passed_done(p);
		p->n = 1; /* it keeps its place, without a descriptor */
	}
	p->ones[p->n++] = (struct passed_one){.fd = fd, .at = p->received};
}

/* All descriptors of a message: one is remembered; of several, only that there were some. */
static void collect(struct passed *p, struct msghdr *msg)
{
	bool is_truncated = msg->msg_flags & MSG_CTRUNC;
	unsigned n = 0;
	int first = -EBADF, fd;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h; h = CMSG_NXTHDR(msg, h)) {
		size_t size = h->cmsg_len - CMSG_LEN(0);

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(fd) <= size; at += sizeof(fd)) {
			memcpy(&fd, CMSG_DATA(h) + at, sizeof(fd));
			if (n++ == 0)
				first = fd;
			else
				(void)closer_close(fd); /* one too many */
		}
	}
	if (n > 1 || is_truncated)
		first = closer_close(first);
	if (n > 0 || is_truncated)
		remember(p, first);
}

/*
 * How many bytes can be read that no descriptors come with; 0 or a negative errno like recvmsg(),
 * -EMFILE if there are descriptors. None is received, so none is ours to close.
 */
static ssize_t look_ahead(int fd, void *data, size_t size)
{
	struct iovec iov = {.iov_base = data, .iov_len = size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	n = recvmsg(fd, &msg, MSG_PEEK | MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	return msg.msg_flags & MSG_CTRUNC ? -EMFILE : n;
}

ssize_t passed_receive(struct passed *p, int fd, void *data, size_t size)
{
	/* Room for all: the kernel would close what does not fit right here, and may block in it. */
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(PASSED_MAX * sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = data, .iov_len = size};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	if (closer_is_crowded()) {
		n = look_ahead(fd, data, size);
		if (n <= 0)
			return n;
		iov.iov_len = (size_t)n; /* what comes behind it was not looked at */
	}
	n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	p->received += (uint64_t)n;
	collect(p, &msg);
	return n;
}

int passed_take(struct passed *p, uint64_t end)
{
	unsigned n = 0;
	int fd = -EBADF;

	while (n < p->n && p->ones[n].at <= end)
		n++;
	if (n == 1)
		fd = take_fd(&p->ones[0].fd);
	for (unsigned i = 0; i < n; i++)
		(void)closer_close(p->ones[i].fd); /* it leaves the array */
	p->n -= n;
	memmove(p->ones, p->ones + n, p->n * sizeof(*p->ones));
	return fd;
}
