/*
 * model/people.h - users and groups that a file names, by the kernel's numbers
 *
 * Names become numbers when the rules are loaded; afterwards nobody is looked up any more. Empty
 * means nobody.
 */
#ifndef AGENT_MODEL_PEOPLE_H
#define AGENT_MODEL_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "agent/model/caller.h"

struct people {
	uid_t *uids; /* owned */
	size_t n_uids;
	gid_t *gids; /* owned */
	size_t n_gids;
};

/*
 * Adds "alice", "1001" or "@group". 0; -ENOENT if there is no such user or group; -E2BIG; -ENOMEM;
 * another negative errno if it could not be found out.
 */
int people_add(struct people *p, const char *name);
/* The user of that name or number alone. As people_add(). */
int people_find_user(const char *name, uid_t *ret);
void people_done(struct people *p);

bool people_is_empty(const struct people *p);

/* Whether the caller is one of them: its user, or one of its groups, is named. */
bool people_has(const struct people *p, const struct caller *c);

#endif
