/*
 * fake-journal.h - a journald for tests, in the same loop as the one who is tested
 *
 * Takes datagrams in journald's native format from a socket, or leaves them there, and keeps the
 * records.
 */
#ifndef TESTS_LIB_FAKE_JOURNAL_H
#define TESTS_LIB_FAKE_JOURNAL_H

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/fd.h"

struct fake_journal {
	sd_event *event; /* borrowed */
	char path[108];
	int fd;
	sd_event_source *io;
	char **records; /* owned; lines 'FIELD=value\n', with one in front of each field */
	size_t n_records;
};

static inline void fake_journal_add(struct fake_journal *j, const char *data, size_t size)
{
	char *record = malloc(size + 3);

	j->records = reallocarray(j->records, j->n_records + 1, sizeof(*j->records));
	assert(record && j->records);
	record[0] = '\n';
	memcpy(record + 1, data, size);
	(void)strcpy(record + 1 + size, "\n");
	j->records[j->n_records++] = record;
}

/* Reads what is there; also without the loop. */
static inline void fake_journal_read(struct fake_journal *j)
{
	static char data[1 << 20];
	char *at, *end;
	ssize_t n;

	while ((n = recv(j->fd, data, sizeof(data) - 1, MSG_DONTWAIT)) > 0) {
		data[n] = '\0';
		for (at = data; *at; at = end) {
			end = strstr(at, "\n\n");
			fake_journal_add(j, at, end ? (size_t)(end - at) : strlen(at));
			end = end ? end + 2 : at + strlen(at);
		}
	}
}

static inline int fake_journal_on_io(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	(void)s;
	(void)fd;
	(void)revents;
	fake_journal_read(userdata);
	return 0;
}

/* A journald that hangs does not read. */
static inline void fake_journal_set_reading(struct fake_journal *j, bool is_reading)
{
	int r = sd_event_source_set_enabled(j->io, is_reading ? SD_EVENT_ON : SD_EVENT_OFF);

	assert(r >= 0);
}

/* Whether something waits to be read. */
static inline bool fake_journal_has_mail(const struct fake_journal *j)
{
	int size = 0;

	return ioctl(j->fd, FIONREAD, &size) == 0 && size > 0;
}

/* How many records have a field of this value, 'FIELD=value'. */
static inline size_t fake_journal_count(const struct fake_journal *j, const char *field)
{
	char line[512];
	size_t n = 0;

	(void)snprintf(line, sizeof(line), "\n%s\n", field);
	for (size_t i = 0; i < j->n_records; i++)
		n += strstr(j->records[i], line) != NULL;
	return n;
}

/* Records of requests: all but those of events. */
static inline size_t fake_journal_requests(const struct fake_journal *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n_records; i++)
		n += strstr(j->records[i], "\nSIGNET_REQUEST=") != NULL;
	return n;
}

/* The value of a field of the last record that is a request's; "" if there is none. */
static inline const char *fake_journal_last(const struct fake_journal *j, const char *field)
{
	static char value[8192];
	char line[64];
	const char *at = NULL;

	(void)snprintf(line, sizeof(line), "\n%s=", field);
	for (size_t i = j->n_records; i-- > 0 && !at;)
		if (strstr(j->records[i], "\nSIGNET_REQUEST=")) {
			at = strstr(j->records[i], line);
			break;
		}
	if (!at)
		return "";
	at += strlen(line);
	(void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\n"), at);
	return value;
}

static inline void fake_journal_forget(struct fake_journal *j)
{
	while (j->n_records > 0)
		free(j->records[--j->n_records]);
}

/* Nobody reads any more; what was read stays. */
static inline void fake_journal_close(struct fake_journal *j)
{
	j->io = sd_event_source_disable_unref(j->io);
	j->fd = fd_close(j->fd);
	(void)unlink(j->path); /* it may be gone */
}

/* Listens (again). */
static inline void fake_journal_open(struct fake_journal *j)
{
	struct sockaddr_un address;
	unsigned length;
	int r;

	r = fd_unix_address(j->path, &address, &length);
	assert(r >= 0);
	j->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	r = bind(j->fd, (struct sockaddr *)&address, length);
	assert(r >= 0);
	r = sd_event_add_io(j->event, &j->io, j->fd, EPOLLIN, fake_journal_on_io, j);
	assert(r >= 0);
}

static inline void fake_journal_done(struct fake_journal *j)
{
	fake_journal_close(j);
	fake_journal_forget(j);
	free(j->records);
	j->records = NULL;
}

static inline void fake_journal_init(struct fake_journal *j, sd_event *event, const char *path)
{
	*j = (struct fake_journal){.event = event};
	(void)snprintf(j->path, sizeof(j->path), "%s", path);
	fake_journal_open(j);
}

#endif
