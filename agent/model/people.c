/*
 * model/people.c - see people.h
 */
#include "agent/model/people.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

#include "agent/base/cleanup.h"
#include "agent/base/text.h"

/* More than anybody writes into one line. */
#define PEOPLE_MAX 256u
/* What one user or group may take: a group with thousands of members does. */
#define ENTRY_MAX (1024u * 1024)

/* (uid_t)-1 and (gid_t)-1 mean nobody to the kernel. */
static int number_of(const char *name, uint32_t *ret)
{
	uint64_t n;

	if (text_to_u64(name, UINT32_MAX - 1, &n) < 0)
		return -EINVAL;
	*ret = (uint32_t)n;
	return 0;
}

static int ask_user(const char *name, char *buf, uint32_t *ret)
{
	struct passwd entry, *found = NULL;
	int r = getpwnam_r(name, &entry, buf, ENTRY_MAX, &found);

	if (found)
		*ret = found->pw_uid;
	return found ? 0 : r != 0 ? -r : -ENOENT;
}

static int ask_group(const char *name, char *buf, uint32_t *ret)
{
	struct group entry, *found = NULL;
	int r = getgrnam_r(name, &entry, buf, ENTRY_MAX, &found);

	if (found)
		*ret = found->gr_gid;
	return found ? 0 : r != 0 ? -r : -ENOENT;
}

static int find(const char *name, int (*ask)(const char *name, char *buf, uint32_t *ret),
		uint32_t *ret)
{
	_cleanup_(freep) char *buf = NULL;

	if (number_of(name, ret) == 0)
		return 0;
	buf = malloc(ENTRY_MAX);
	return buf ? ask(name, buf, ret) : -ENOMEM;
}

int people_find_user(const char *name, uid_t *ret)
{
	return find(name, ask_user, ret);
}

static int add_number(uint32_t **list, size_t *n, uint32_t number)
{
	uint32_t *more;

	if (*n >= PEOPLE_MAX)
		return -E2BIG;
	more = reallocarray(*list, *n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	more[(*n)++] = number;
	*list = more;
	return 0;
}

int people_add(struct people *p, const char *name)
{
	uint32_t number;
	int r;

	if (name[0] == '@') {
		r = find(name + 1, ask_group, &number);
		return r < 0 ? r : add_number(&p->gids, &p->n_gids, number);
	}
	r = people_find_user(name, &number);
	return r < 0 ? r : add_number(&p->uids, &p->n_uids, number);
}

void people_done(struct people *p)
{
	free(p->uids);
	free(p->gids);
	*p = (struct people){};
}

bool people_is_empty(const struct people *p)
{
	return p->n_uids == 0 && p->n_gids == 0;
}

static bool has_group(const struct people *p, gid_t gid)
{
	for (size_t i = 0; i < p->n_gids; i++)
		if (p->gids[i] == gid)
			return true;
	return false;
}

bool people_has(const struct people *p, const struct caller *c)
{
	for (size_t i = 0; i < p->n_uids; i++)
		if (p->uids[i] == c->uid)
			return true;
	if (has_group(p, c->gid))
		return true;
	for (size_t i = 0; i < c->n_groups; i++)
		if (has_group(p, c->groups[i]))
			return true;
	return false;
}
