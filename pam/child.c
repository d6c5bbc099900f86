/*
 * pam/child.c - see child.h
 *
 * System calls, not libc's wrappers, where those would tell other threads by a signal (setresuid), run
 * what the host has registered (fork), or cannot be had without an exit signal.
 */
#include "pam/child.h"

#include <errno.h>
#include <limits.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"

/* --- in the child --------------------------------------------------------------------------------- */

static _Noreturn void leave(int status)
{
	for (;;)
		(void)syscall(SYS_exit_group, status); /* does not return */
}

/* Wholly, and without a way back. */
static int become(const struct child_identity *as)
{
	if (as && (syscall(SYS_setresgid, as->gid, as->gid, as->gid) < 0 ||
		   syscall(SYS_setresuid, as->uid, as->uid, as->uid) < 0))
		return -errno;
	return 0;
}

/* What the host has open is root's, perhaps, and its end of the pair would keep us from seeing it close. */
static int keep_only(int fd)
{
	const unsigned first = STDERR_FILENO + 1, own = (unsigned)fd; /* fd_above_stdio() */

	if ((own > first && syscall(SYS_close_range, first, own - 1, 0) < 0) ||
	    syscall(SYS_close_range, own + 1, ~0U, 0) < 0)
		return -errno;
	return 0;
}

static int seclude(void)
{
	static const struct rlimit no_core = {};

	if (setrlimit(RLIMIT_CORE, &no_core) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		return -errno;
	return 0;
}

void child_report(int fd, enum report_kind kind, const void *data, size_t size)
{
	uint8_t byte = (uint8_t)kind;
	struct iovec iov[] = {{&byte, 1}, {(void *)data, size}};
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = array_len(iov)};

	while (sendmsg(fd, &m, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

static _Noreturn void run(int fd, const struct child_identity *as,
			  void (*work)(int fd, void *userdata), void *userdata)
{
	if (keep_only(fd) < 0 || become(as) < 0 || seclude() < 0)
		leave(1);
	work(fd, userdata);
	child_report(fd, REPORT_DONE, NULL, 0);
	leave(0);
}

void child_say(int fd, enum report_kind kind, const char *format, ...)
{
	char text[SENTENCE_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments); /* what is too long is cut */
	va_end(arguments);
	child_report(fd, kind, text, strlen(text));
}

/* --- in the host ---------------------------------------------------------------------------------- */

/* Like fork(2), but that nobody is told. */
static pid_t divide(int *ret_pidfd)
{
	struct clone_args args = {.flags = CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)ret_pidfd};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static int make_pair(int ret[static 2])
{
	int fds[2], error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	ret[0] = fd_above_stdio(fds[0]);
	ret[1] = fd_above_stdio(fds[1]);
	if (ret[0] >= 0 && ret[1] >= 0)
		return 0;
	error = errno;
	ret[0] = fd_close(ret[0]);
	ret[1] = fd_close(ret[1]);
	return -error;
}

int child_start(struct child *ret, const struct child_identity *as,
		void (*work)(int fd, void *userdata), void *userdata)
{
	sigset_t all, before;
	int fds[2], pidfd = -EBADF, error = make_pair(fds);
	pid_t pid;

	if (error < 0)
		return error;
	(void)sigfillset(&all); /* fails for no valid set, as the next two */
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = divide(&pidfd);
	error = errno;
	if (pid == 0)
		run(fds[1], as, work, userdata);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)fd_close(fds[1]);
	if (pid < 0) {
		(void)fd_close(fds[0]);
		return -error;
	}
	*ret = (struct child){.pidfd = pidfd, .fd = fds[0], .signals_fd = -EBADF};
	return 0;
}

void child_heed_signals(struct child *c)
{
	sigset_t set;

	(void)sigemptyset(&set); /* fails for no valid set, as the next four for no valid signal */
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGQUIT);
	(void)sigaddset(&set, SIGTERM);
	c->signals_fd = fd_above_stdio(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

/* Whether something came before the deadline; -EINTR, also if a signal waits at signals_fd. */
static int wait_readable(int fd, int signals_fd, uint64_t deadline_usec)
{
	struct pollfd p[] = {{.fd = fd, .events = POLLIN}, {.fd = signals_fd, .events = POLLIN}};
	uint64_t now = clock_boottime_usec(), msec;
	int n;

	if (now >= deadline_usec)
		return 0;
	msec = (deadline_usec - now) / USEC_PER_MSEC + 1;
	n = poll(p, array_len(p), msec < INT_MAX ? (int)msec : INT_MAX);
	if (n > 0 && p[0].revents == 0)
		return -EINTR;
	return n < 0 ? -errno : n;
}

enum child_event child_wait(const struct child *c, uint64_t deadline_usec, struct report *ret)
{
	struct iovec iov[] = {{&ret->kind, 1}, {ret->data, sizeof(ret->data)}};
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = array_len(iov)};
	ssize_t n;
	int r = wait_readable(c->fd, c->signals_fd, deadline_usec);

	if (r == 0)
		return CHILD_LATE;
	if (r == -EINTR)
		return CHILD_INTERRUPTED;
	n = r < 0 ? -1 : recvmsg(c->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 1 || (m.msg_flags & MSG_TRUNC))
		return CHILD_DIED;
	ret->size = (size_t)n - 1;
	return ret->kind == REPORT_DONE ? CHILD_ENDED : CHILD_REPORTED;
}

const char *child_event_name(enum child_event e)
{
	switch (e) {
	case CHILD_ENDED:
		return "ended";
	case CHILD_REPORTED:
		return "reported";
	case CHILD_LATE:
		return "no answer in time";
	case CHILD_INTERRUPTED:
		return "interrupted by a signal";
	case CHILD_DIED:
		break;
	}
	return "the process that asks the agent has died";
}

/* __WALL: what has no exit signal is not waited for otherwise. */
static void reap(const struct child *c)
{
	siginfo_t info;

	while (waitid(P_PIDFD, (id_t)c->pidfd, &info, WEXITED | __WALL) < 0 && errno == EINTR)
		;
}

void child_end(struct child *c, uint64_t grace_usec)
{
	uint64_t deadline = clock_boottime_usec() + grace_usec;
	int r;

	/* Not closed yet: now the child sees a hang-up, and its reports still have room. */
	(void)shutdown(c->fd, SHUT_RDWR); /* fails if it has ended: so all of these */
	do
		r = wait_readable(c->pidfd, -EBADF, deadline);
	while (r == -EINTR);
	if (r <= 0)
		(void)syscall(SYS_pidfd_send_signal, c->pidfd, SIGKILL, NULL, 0U);
	reap(c);
	c->signals_fd = fd_close(c->signals_fd);
	c->pidfd = fd_close(c->pidfd);
	c->fd = fd_close(c->fd);
}
