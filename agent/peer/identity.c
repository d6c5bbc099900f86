/*
 * peer/identity.c - see identity.h
 *
 * Two sources that must not be mixed up: what the socket says was fixed by the kernel when the
 * peer connected; what stands in /proc under its number belongs to whoever has that number now.
 * The second is kept only if the process was provably there the whole time: its pidfd says that
 * it still lives, or, on kernels without one, its start time and uid have not changed.
 */
#include "agent/peer/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"

/* Linux 6.5; the C library's headers may be older than the kernel. */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

#define UNITS_DIR "/run/systemd/units/"

#define PROC_FILE_MAX 4096u
#define COMM_MAX 64u /* 15 bytes for a process of its own, more for kernel threads */
#define UNIT_MAX 255u
#define INVOCATION_LEN 32u

/* Adds "what: why" to the list of what could not be found out. */
static int miss(struct caller *c, const char *what, const char *why)
{
	char *longer;

	if (c->missing)
		longer = text_format("%s; %s: %s", c->missing, what, why);
	else
		longer = text_format("%s: %s", what, why);
	if (!longer)
		return -ENOMEM;
	free(c->missing);
	c->missing = longer;
	return 0;
}

/* The same for what a call refused. That we ran out of something is no news about the caller. */
static int miss_error(struct caller *c, const char *what, int error)
{
	if (error == -ENOMEM || error == -EMFILE || error == -ENFILE)
		return error;
	return miss(c, what, strerror(-error));
}

/* --- what the socket says --------------------------------------------------------------------- */

static int read_credentials(int fd, struct caller *c)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	if (len != sizeof(cred) || cred.uid == (uid_t)-1)
		return -ENODATA; /* not connected, or no socket of this kind */
	c->uid = cred.uid;
	c->gid = cred.gid;
	c->pid = cred.pid;
	return 0;
}

/*
 * ret_has_process: whether the number may still belong to the peer. A kernel that knows the
 * option and gives no pidfd says that the process is gone: its number may be another's by now.
 */
static int read_pidfd(int fd, struct caller *c, bool *ret_has_process)
{
	int pidfd = -EBADF;
	socklen_t len = sizeof(pidfd);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) >= 0) {
		c->pidfd = pidfd;
		*ret_has_process = true;
		return 0;
	}
	*ret_has_process = errno == ENOPROTOOPT;
	if (errno == ENOPROTOOPT)
		return miss(c, "pidfd", "this kernel has no SO_PEERPIDFD");
	if (errno == EINVAL || errno == ESRCH)
		return miss(c, "pidfd", "the process is gone");
	return miss_error(c, "pidfd", -errno);
}

static int read_groups(int fd, struct caller *c)
{
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(groups);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0) {
		/* Some of the groups would be as misleading as none, and look complete. */
		if (errno == ERANGE)
			return miss(c, "groups", "there are too many");
		return miss_error(c, "groups", -errno);
	}
	if (len == 0)
		return 0;
	c->groups = malloc(len);
	if (!c->groups)
		return -ENOMEM;
	memcpy(c->groups, groups, len);
	c->n_groups = len / sizeof(*groups);
	return 0;
}

/* --- what /proc says -------------------------------------------------------------------------- */

static int read_proc(pid_t pid, const char *name, char **ret, size_t *ret_size)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name); /* always fits */
	return fd_read_file(AT_FDCWD, path, PROC_FILE_MAX, ret, ret_size);
}

/* Field 22 of stat; the second one is the comm in brackets, which may itself contain brackets. */
static int start_time_of(pid_t pid, uint64_t *ret)
{
	_cleanup_(freep) char *text = NULL;
	char *at, *field = NULL;
	size_t size;
	int r;

	r = read_proc(pid, "stat", &text, &size);
	if (r < 0)
		return r;
	at = memrchr(text, ')', size);
	if (!at || at[1] != ' ')
		return -EBADMSG;
	at += 2;
	for (unsigned i = 3; i <= 22; i++)
		field = strsep(&at, " ");
	if (!field)
		return -EBADMSG;
	return text_to_u64(field, UINT64_MAX, ret);
}

/* The effective uid: the second number of the line "Uid:" of status. */
static int uid_of(pid_t pid, uid_t *ret)
{
	_cleanup_(freep) char *text = NULL;
	char *at, *field = NULL;
	uint64_t uid;
	size_t size;
	int r;

	r = read_proc(pid, "status", &text, &size);
	if (r < 0)
		return r;
	at = strstr(text, "\nUid:\t");
	if (!at)
		return -EBADMSG;
	at += strlen("\nUid:\t");
	for (unsigned i = 0; i < 2; i++)
		field = strsep(&at, "\t");
	if (!field)
		return -EBADMSG;
	r = text_to_u64(field, UINT32_MAX, &uid);
	if (r < 0)
		return r;
	*ret = (uid_t)uid;
	return 0;
}

static int read_start_time(struct caller *c)
{
	int r;

	r = start_time_of(c->pid, &c->start_time);
	return r < 0 ? miss_error(c, "start time", r) : 0;
}

static int read_comm(struct caller *c)
{
	_cleanup_(freep) char *text = NULL;
	size_t size;
	int r;

	r = read_proc(c->pid, "comm", &text, &size);
	if (r < 0)
		return miss_error(c, "comm", r);
	if (size > 0 && text[size - 1] == '\n')
		size--;
	r = text_dup(text, size, COMM_MAX, &c->comm);
	return r == -EINVAL ? miss(c, "comm", "is not clean text") : r;
}

/* --- what systemd says ------------------------------------------------------------------------ */

static int read_name(struct caller *c, const char *what, int (*get)(pid_t pid, char **ret),
		     char **ret)
{
	_cleanup_(freep) char *name = NULL;
	int r;

	r = get(c->pid, &name);
	if (r == -ENODATA || r == -ENXIO)
		return 0; /* in none: nothing is missing */
	if (r < 0)
		return miss_error(c, what, r);
	r = text_dup(name, strlen(name), UNIT_MAX, ret);
	return r == -EINVAL ? miss(c, what, "is not clean text") : r;
}

/* systemd leaves a symlink for each running system unit that points to the invocation's id. */
static int read_invocation(struct caller *c)
{
	char path[sizeof(UNITS_DIR) + sizeof("invocation:") + UNIT_MAX], id[INVOCATION_LEN + 1];
	ssize_t n;

	if (!c->unit)
		return 0;
	if (strchr(c->unit, '/'))
		return miss(c, "invocation", "the unit has no file name");
	(void)snprintf(path, sizeof(path), UNITS_DIR "invocation:%s", c->unit); /* always fits */
	n = readlink(path, id, sizeof(id));
	if (n < 0 && errno == ENOENT)
		return 0; /* scopes and slices of old versions of systemd have none */
	if (n < 0)
		return miss_error(c, "invocation", -errno);
	if (n != INVOCATION_LEN)
		return miss(c, "invocation", "is not 32 digits");
	id[n] = '\0';
	if (strspn(id, "0123456789abcdef") != INVOCATION_LEN)
		return miss(c, "invocation", "is not 32 digits");
	return text_dup(id, INVOCATION_LEN, INVOCATION_LEN, &c->invocation);
}

static int read_units(struct caller *c)
{
	int r;

	r = read_name(c, "unit", sd_pid_get_unit, &c->unit);
	if (r < 0)
		return r;
	r = read_name(c, "user unit", sd_pid_get_user_unit, &c->user_unit);
	if (r < 0)
		return r;
	r = read_name(c, "slice", sd_pid_get_slice, &c->slice);
	if (r < 0)
		return r;
	r = read_name(c, "session", sd_pid_get_session, &c->session);
	if (r < 0)
		return r;
	return read_invocation(c);
}

/* --- whether it was the same process all the time --------------------------------------------- */

static bool lives(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	return poll(&p, 1, 0) == 0; /* readable: it has ended; an error: not known to live */
}

/*
 * Without a pidfd. The number may have passed to another process between connect() and now; then
 * it would have to be of the same uid to be taken for the peer.
 */
static bool looks_the_same(const struct caller *c)
{
	uint64_t start_time;
	uid_t uid;

	return c->start_time != 0 && start_time_of(c->pid, &start_time) >= 0 &&
	       start_time == c->start_time && uid_of(c->pid, &uid) >= 0 && uid == c->uid;
}

static int forget_process(struct caller *c)
{
	char **names[] = {&c->unit,    &c->user_unit,  &c->slice,
			  &c->session, &c->invocation, &c->comm};

	for (size_t i = 0; i < array_len(names); i++) {
		free(*names[i]);
		*names[i] = NULL;
	}
	c->start_time = 0;
	return miss(c, "process", "gone before it was looked at");
}

static int read_process(struct caller *c)
{
	int r;

	r = read_start_time(c);
	if (r < 0)
		return r;
	r = read_comm(c);
	if (r < 0)
		return r;
	r = read_units(c);
	if (r < 0)
		return r;
	if (c->pidfd >= 0 ? lives(c->pidfd) : looks_the_same(c))
		return 0;
	return forget_process(c);
}

int identity_of_peer(int fd, struct caller **ret)
{
	_cleanup_(caller_freep) struct caller *c = NULL;
	bool has_process;
	int r;

	c = caller_new();
	if (!c)
		return -ENOMEM;
	r = read_credentials(fd, c);
	if (r < 0)
		return r;
	r = read_pidfd(fd, c, &has_process);
	if (r < 0)
		return r;
	r = read_groups(fd, c);
	if (r < 0)
		return r;
	if (c->pid <= 0)
		r = miss(c, "process", "in another pid namespace");
	else if (has_process)
		r = read_process(c);
	if (r < 0)
		return r;
	*ret = take_ptr(c);
	return 0;
}
