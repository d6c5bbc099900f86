/*
 * model/caller.h - who asks, in the kernel's words
 *
 * Filled once, when a connection is accepted, by peer/identity.c. What is NULL or 0 was not to be
 * had; less known always means less trust. Nothing in here was said by the caller itself, except
 * comm, which a process can choose and which is for people only.
 */
#ifndef AGENT_MODEL_CALLER_H
#define AGENT_MODEL_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/base/cleanup.h"

struct caller {
	uid_t uid;
	gid_t gid;
	pid_t pid;
	int pidfd;           /* owned; -EBADF if the kernel gives none */
	uint64_t start_time; /* field 22 of /proc/PID/stat, in clock ticks; 0 unknown */
	gid_t *groups;       /* owned; supplementary groups */
	size_t n_groups;
	char *unit; /* owned, as all strings below; system unit, NULL if in none */
	char *user_unit;
	char *slice;
	char *session;    /* logind's id */
	char *invocation; /* 32 hex digits, of the unit */
	char *comm;
	char *missing; /* what could not be found out and why, for the record; NULL if nothing */
};

/* An empty caller, uid and gid -1 (nobody has them). NULL when out of memory. */
struct caller *caller_new(void);
/*
 * False once the process has ended: it cannot want anything any more, and its number may be somebody
 * else's. True if there is no descriptor to tell by.
 */
bool caller_is_alive(const struct caller *c);

struct caller *caller_free(struct caller *c);
DEFINE_FREEP(struct caller, caller_free)

#endif
