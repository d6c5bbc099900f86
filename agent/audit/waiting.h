/*
 * audit/waiting.h - records that wait to be sent, by the uid they are about
 *
 * Each uid has a line of its own, with a bound on its bytes, and the lines are served in turns: a
 * uid that floods us is refused alone, and delays no other uid by more than a record of each turn.
 * What is about nobody (tokens, configuration) has a line like a uid. A uid that has nothing here
 * costs nothing. The records themselves are the caller's.
 */
#ifndef AGENT_AUDIT_WAITING_H
#define AGENT_AUDIT_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "agent/base/list.h"

/* One uid: all its requests under way (UID_PARKED_MAX) with records of 16 KiB. */
#define UID_WAITING_MAX (4u * 1024 * 1024)
/* All of them: 16 uids with their full share. Then journald is gone, and so is what to wait for. */
#define WAITING_MAX (64u * 1024 * 1024)

#define WAITING_CHAINS 256u

/* Of what is about nobody; no user has this number. */
#define WAITING_NOBODY ((uid_t)-1)

struct waiting_user;

/* Part of what waits. */
struct waiting_item {
	struct list link;
	struct waiting_user *user; /* borrowed; NULL: it does not wait */
	size_t size;
};

struct waiting {
	struct list ring; /* users, the one whose turn it is first */
	struct list chains[WAITING_CHAINS];
	size_t size; /* bytes of all */
};

void waiting_init(struct waiting *w);

/* Whether one more record of this uid is taken. It may be any size: the last one may stick out. */
bool waiting_has_room(const struct waiting *w, uid_t uid);

/* Puts an item that does not wait at the end of the uid's line. 0 or -ENOMEM. */
int waiting_add(struct waiting *w, uid_t uid, size_t size, struct waiting_item *item);

/* The item whose turn it is; it stays where it is. NULL: none waits. */
struct waiting_item *waiting_front(const struct waiting *w);

/* Takes that item out: it is the next uid's turn. */
void waiting_take(struct waiting *w, struct waiting_item *item);

/* Takes out any item, without changing whose turn it is. Does nothing if it does not wait. */
void waiting_remove(struct waiting *w, struct waiting_item *item);

#endif
