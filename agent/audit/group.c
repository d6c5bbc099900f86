/*
 * audit/group.c - see group.h
 *
 * Records are separated by empty lines.
 */
#include "agent/audit/group.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

void group_init(struct group *g)
{
	g->n_parts = 0;
	g->n_records = 0;
	g->size = 0;
}

bool group_has_room(const struct group *g, size_t size)
{
	return g->n_records < GROUP_RECORDS_MAX &&
	       g->size + 1 + size + GROUP_SEQ_SIZE <= GROUP_SIZE_MAX;
}

static void add_part(struct group *g, const void *data, size_t size)
{
	g->parts[g->n_parts++] = (struct iovec){.iov_base = (void *)data, .iov_len = size};
	g->size += size;
}

void group_add(struct group *g, const void *record, size_t size, uint64_t number,
	       char seq[static GROUP_SEQ_SIZE])
{
	assert(group_has_room(g, size));
	(void)snprintf(seq, GROUP_SEQ_SIZE, "SIGNET_SEQ=%" PRIu64 "\n", number); /* always fits */
	if (g->n_records > 0)
		add_part(g, "\n", 1);
	add_part(g, record, size);
	add_part(g, seq, strlen(seq));
	g->n_records++;
}

int group_send(const struct group *g, int fd)
{
	const struct msghdr msg = {.msg_iov = (struct iovec *)g->parts, .msg_iovlen = g->n_parts};

	if (sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	return 0;
}
