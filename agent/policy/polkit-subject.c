/*
 * policy/polkit-subject.c - see polkit-subject.h
 */
#include "agent/policy/polkit-subject.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/fd.h"
#include "agent/base/text.h"

/* More than the longest line of /proc/PID/stat: 52 numbers and a name. */
#define STAT_MAX 2048u
/* Fields of that line, counted behind the name, which is the second. */
#define STAT_STATE 0u
#define STAT_START 19u

static struct polkit_subject *subject_free(struct polkit_subject *s)
{
	if (!s)
		return NULL;
	list_remove(&s->link);
	s->caller = caller_free(s->caller);
	free(s);
	return NULL;
}
DEFINE_FREEP(struct polkit_subject, subject_free)

/* Without a start time a pid alone does not say whether it is the same process. */
static bool is_same(const struct caller *a, const struct caller *b)
{
	return a->pid == b->pid && a->uid == b->uid && a->start_time == b->start_time &&
	       a->start_time != 0;
}

static int subject_new(const struct caller *c, struct polkit_subject **ret)
{
	_cleanup_(subject_freep) struct polkit_subject *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	list_init(&s->link);
	s->caller = caller_new();
	if (!s->caller)
		return -ENOMEM;
	s->caller->uid = c->uid;
	s->caller->gid = c->gid;
	s->caller->pid = c->pid;
	s->caller->start_time = c->start_time;
	if (c->pidfd >= 0) {
		s->caller->pidfd = fcntl(c->pidfd, F_DUPFD_CLOEXEC, 3);
		if (s->caller->pidfd < 0)
			return -errno;
	}
	*ret = take_ptr(s);
	return 0;
}

int polkit_subject_enter(struct list *subjects, const struct caller *c, struct polkit_subject **ret)
{
	struct polkit_subject *s = NULL;
	struct list *l;
	int r;

	list_for_each(l, subjects) {
		s = container_of(l, struct polkit_subject, link);
		if (is_same(s->caller, c)) {
			s->n_users++;
			*ret = s;
			return 0;
		}
	}
	r = subject_new(c, &s);
	if (r < 0)
		return r;
	s->n_users = 1;
	list_append(subjects, &s->link);
	*ret = s;
	return 0;
}

void polkit_subject_leave(struct polkit_subject *s)
{
	if (--s->n_users == 0)
		(void)subject_free(s); /* returns NULL by convention */
}

/* Cuts the next field off *text, at spaces; NULL if there is none. */
static const char *next_field(char **text)
{
	char *field = *text + strspn(*text, " \n");
	size_t len = strcspn(field, " \n");

	if (len == 0)
		return NULL;
	*text = field + len;
	if (**text != '\0')
		*(*text)++ = '\0';
	return field;
}

/* The name may hold spaces and parentheses, so what counts is the last one that closes. */
static bool has_start_time(char *stat, uint64_t start_time)
{
	char *rest = strrchr(stat, ')');
	const char *field;
	uint64_t value;

	if (!rest)
		return false;
	rest++;
	for (unsigned i = 0; (field = next_field(&rest)); i++) {
		if (i == STAT_STATE && strpbrk(field, "ZXx"))
			return false;
		if (i == STAT_START)
			return text_to_u64(field, UINT64_MAX, &value) == 0 && value == start_time;
	}
	return false;
}

static bool is_started_at(pid_t pid, uint64_t start_time)
{
	_cleanup_(freep) char *stat = NULL;
	char path[48];
	size_t size;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	return fd_read_file(AT_FDCWD, path, STAT_MAX, &stat, &size) == 0 &&
	       has_start_time(stat, start_time);
}

/* A pidfd becomes readable when its process ends. */
static bool is_running(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	int r;

	do
		r = poll(&p, 1, 0);
	while (r < 0 && errno == EINTR);
	return r == 0;
}

bool polkit_subject_is_alive(const struct caller *c)
{
	if (c->pid <= 0 || c->uid == (uid_t)-1)
		return false;
	if (c->pidfd >= 0)
		return is_running(c->pidfd);
	return c->start_time != 0 && is_started_at(c->pid, c->start_time);
}
