/*
 * audit/group.h - records that leave together, in one datagram of journald's native protocol
 *
 * It borrows the records, and copies nothing.
 */
#ifndef AGENT_AUDIT_GROUP_H
#define AGENT_AUDIT_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* One datagram: below what the kernel's default buffer takes, above the largest record. */
#define GROUP_SIZE_MAX (128u * 1024)
/* Records in it, each of three parts: sendmsg() takes at most 1,024. */
#define GROUP_RECORDS_MAX 256u
/* The line with the number of a record. */
#define GROUP_SEQ_SIZE 40u

struct group {
	struct iovec parts[3 * GROUP_RECORDS_MAX];
	unsigned n_parts;
	unsigned n_records;
	size_t size;
};

void group_init(struct group *g);

/* Whether one more record of this size fits. */
bool group_has_room(const struct group *g, size_t size);

/* Adds a record that fits, with its number, whose line is written to seq and borrowed as well. */
void group_add(struct group *g, const void *record, size_t size, uint64_t number,
	       char seq[static GROUP_SEQ_SIZE]);

/* 0 or a negative errno; never waits. */
int group_send(const struct group *g, int fd);

#endif
