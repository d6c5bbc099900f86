/*
 * model/caller.c - see caller.h
 */
#include "agent/model/caller.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "agent/base/fd.h"

struct caller *caller_new(void)
{
	struct caller *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->uid = (uid_t)-1;
	c->gid = (gid_t)-1;
	c->pidfd = -EBADF;
	return c;
}

bool caller_is_alive(const struct caller *c)
{
	struct pollfd p = {.fd = c->pidfd, .events = POLLIN};

	return c->pidfd < 0 || poll(&p, 1, 0) == 0;
}

struct caller *caller_free(struct caller *c)
{
	if (!c)
		return NULL;
	(void)fd_close(c->pidfd);
	free(c->groups);
	free(c->unit);
	free(c->user_unit);
	free(c->slice);
	free(c->session);
	free(c->invocation);
	free(c->comm);
	free(c->missing);
	free(c);
	return NULL;
}
