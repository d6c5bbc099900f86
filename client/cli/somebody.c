/*
 * cli/somebody.c - see somebody.h
 */
#include "client/cli/somebody.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

void somebody_done(struct somebody *s)
{
	free(s->groups);
	*s = (struct somebody){};
}

/* Users and groups may have no name. */
static bool parse_number(const char *text, unsigned *ret)
{
	const char *digit = text;
	uint64_t n = 0;

	while (*digit >= '0' && *digit <= '9' && n < UINT32_MAX)
		n = 10 * n + (unsigned)(*digit++ - '0');
	*ret = (unsigned)n;
	return digit > text && *digit == '\0' && n < UINT32_MAX;
}

static enum exit_code find_user(const char *name, struct somebody *s)
{
	const struct passwd *p = getpwnam(name);
	int n = SIGNET_GROUPS_MAX;
	unsigned uid;

	if (!p && parse_number(name, &uid)) {
		s->caller.uid = uid;
		s->caller.gid = (gid_t)-1;
		p = getpwuid(uid);
		if (!p)
			return EXIT_DONE;
	}
	if (!p) {
		complain("there is no user '%s'", name);
		return EXIT_USAGE;
	}
	s->caller.uid = p->pw_uid;
	s->caller.gid = p->pw_gid;
	if (getgrouplist(p->pw_name, p->pw_gid, s->groups, &n) < 0) {
		complain("user '%s' is in more than %u groups", name, SIGNET_GROUPS_MAX);
		return EXIT_USAGE;
	}
	s->caller.n_groups = (size_t)n;
	return EXIT_DONE;
}

static enum exit_code find_ourselves(struct somebody *s)
{
	int n = getgroups(SIGNET_GROUPS_MAX, s->groups);

	s->caller.uid = getuid();
	s->caller.gid = getgid();
	s->caller.n_groups = n > 0 ? (size_t)n : 0;
	return EXIT_DONE;
}

static enum exit_code add_group(const char *name, struct somebody *s)
{
	const struct group *g = getgrnam(name);
	unsigned gid;

	if (g)
		gid = g->gr_gid;
	else if (!parse_number(name, &gid)) {
		complain("there is no group '%s'", name);
		return EXIT_USAGE;
	}
	if (s->caller.n_groups == SIGNET_GROUPS_MAX) {
		complain("that is more than %u groups", SIGNET_GROUPS_MAX);
		return EXIT_USAGE;
	}
	s->groups[s->caller.n_groups++] = gid;
	return EXIT_DONE;
}

enum exit_code somebody_find(const struct args *args, struct somebody *ret)
{
	enum exit_code e;

	*ret = (struct somebody){};
	if (!args->uid && args->groups.n + args->units.n + args->slices.n == 0)
		return EXIT_DONE;
	ret->is_set = true;
	ret->groups = calloc(SIGNET_GROUPS_MAX, sizeof(*ret->groups));
	if (!ret->groups) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	e = args->uid ? find_user(args->uid, ret) : find_ourselves(ret);
	for (size_t i = 0; i < args->groups.n && e == EXIT_DONE; i++)
		e = add_group(args->groups.items[i], ret);
	ret->caller.groups = ret->groups;
	ret->caller.unit = args->units.n > 0 ? args->units.items[0] : NULL;
	ret->caller.slice = args->slices.n > 0 ? args->slices.items[0] : NULL;
	return e;
}
