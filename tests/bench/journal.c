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

struct tally {
	uint64_t records;
	uint64_t signings;
	uint64_t signatures;
	uint64_t missing;
	uint64_t last; /* number of the last record */
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
	const int size = 8 * 1024 * 1024;
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
	if (bind(fd, (const struct sockaddr *)&address, address_size) < 0)
		return -errno;
	return take_fd(&fd);
}

/* What stands behind 'NAME=' if the line begins with it. */
static const char *value_of(const char *line, const char *name)
{
	size_t size = strlen(name);

	return strncmp(line, name, size) == 0 ? line + size : NULL;
}

static void count_line(struct tally *t, const char *line, bool *is_signing, uint64_t *n)
{
	const char *value;

	if ((value = value_of(line, "SIGNET_OPERATION=")))
		*is_signing = strcmp(value, "sign") == 0;
	else if ((value = value_of(line, "SIGNET_COUNT=")))
		*n = strtoull(value, NULL, 10);
	else if ((value = value_of(line, "SIGNET_SEQ="))) {
		uint64_t seq = strtoull(value, NULL, 10);

		t->records++;
		if (t->last > 0)
			t->missing += seq - t->last - 1;
		t->last = seq;
		t->signings += *is_signing;
		t->signatures += *is_signing ? *n : 0;
		*is_signing = false;
		*n = 0;
	}
}

/* All fields we look at are in the form of a line; its number is a record's last. */
static void count(struct tally *t, char *data)
{
	bool is_signing = false;
	uint64_t n = 0;
	char *line;

	while ((line = strsep(&data, "\n")))
		count_line(t, line, &is_signing, &n);
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
		ssize_t n = recv(fd, data, DATAGRAM_MAX, 0);

		if (n < 0)
			continue;
		data[n] = '\0';
		count(&t, data);
	}
	printf("records=%" PRIu64 " signings=%" PRIu64 " signatures=%" PRIu64 " missing=%" PRIu64
	       "\n",
	       t.records, t.signings, t.signatures, t.missing);
	return 0;
}
