/*
 * bench/journal.c - see journal.h
 *
 * Reads as fast as it can: where the records go to is not what is measured.
 */
#include "tests/bench/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/fd.h"

/* One datagram of several records. */
#define DATAGRAM_MAX (1024u * 1024)

/* Agents that may have been there in one run. */
#define SENDERS_MAX 256u

/* Each counts its own records. */
struct sender {
	pid_t pid;
	uint64_t last; /* number of the last record */
};

struct tally {
	uint64_t records;
	uint64_t signings;
	uint64_t signatures;
	uint64_t missing;
	struct sender senders[SENDERS_MAX];
	size_t n_senders;
};

static volatile sig_atomic_t is_over;

static void on_signal(int number)
{
	(void)number; /* all of them mean the same */
	is_over = 1;
}

static int listen_on(const char *path)
{
	_cleanup_(fd_closep) int fd = -EBADF;
	const int size = 8 * 1024 * 1024, yes = 1;
	struct sockaddr_un address;
	unsigned address_size;
	int r;

	r = fd_unix_address(path, &address, &address_size);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)); /* as much as allowed */
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, address_size) < 0)
		return -errno;
	return take_fd(&fd);
}

/* What stands behind 'NAME=' if the line begins with it. */
static const char *value_of(const char *line, const char *name)
{
	size_t size = strlen(name);

	return strncmp(line, name, size) == 0 ? line + size : NULL;
}

/* Who sent a datagram; the last place is shared by those that are too many, who lose records. */
static struct sender *sender_of(struct tally *t, pid_t pid)
{
	for (size_t i = 0; i < t->n_senders; i++)
		if (t->senders[i].pid == pid)
			return &t->senders[i];
	if (t->n_senders < SENDERS_MAX)
		t->n_senders++;
	t->senders[t->n_senders - 1].pid = pid;
	return &t->senders[t->n_senders - 1];
}

static void count_line(struct tally *t, struct sender *s, const char *line, bool *is_signing,
		       uint64_t *n)
{
	const char *value;

	if ((value = value_of(line, "SIGNET_OPERATION=")))
		*is_signing = strcmp(value, "sign") == 0;
	else if ((value = value_of(line, "SIGNET_COUNT=")))
		*n = strtoull(value, NULL, 10);
	else if ((value = value_of(line, "SIGNET_SEQ="))) {
		uint64_t seq = strtoull(value, NULL, 10);

		t->records++;
		t->missing += seq - s->last - 1;
		s->last = seq;
		t->signings += *is_signing;
		t->signatures += *is_signing ? *n : 0;
		*is_signing = false;
		*n = 0;
	}
}

/* All fields we look at are in the form of a line; its number is a record's last. */
static void count(struct tally *t, struct sender *s, char *data)
{
	bool is_signing = false;
	uint64_t n = 0;
	char *line;

	while ((line = strsep(&data, "\n")))
		count_line(t, s, line, &is_signing, &n);
}

/* Its size, and the process that sent it; a negative errno if there is none. */
static ssize_t receive(int fd, char *data, pid_t *ret_pid)
{
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = {data, DATAGRAM_MAX};
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	const struct cmsghdr *c;
	struct ucred sender;
	ssize_t n;

	n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS)
		return -EBADMSG;
	memcpy(&sender, CMSG_DATA(c), sizeof(sender));
	*ret_pid = sender.pid;
	return n;
}

int journal_receive(const char *path)
{
	const struct sigaction action = {.sa_handler = on_signal}; /* without SA_RESTART */
	_cleanup_(freep) char *data = malloc(DATAGRAM_MAX + 1);
	_cleanup_(fd_closep) int fd = listen_on(path);
	struct tally t = {};

	if (!data || fd < 0 || sigaction(SIGTERM, &action, NULL) < 0) {
		fprintf(stderr, "bench: cannot listen on '%s'\n", path);
		return 1;
	}
	while (!is_over) {
		pid_t pid;
		ssize_t n = receive(fd, data, &pid);

		if (n < 0)
			continue;
		data[n] = '\0';
		count(&t, sender_of(&t, pid), data);
	}
	printf("records=%" PRIu64 " signings=%" PRIu64 " signatures=%" PRIu64 " missing=%" PRIu64
	       "\n",
	       t.records, t.signings, t.signatures, t.missing);
	return 0;
}
