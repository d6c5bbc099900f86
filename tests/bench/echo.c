/*
 * bench/echo.c - a message to another process and back: the least that anybody's answer can take
 *
 * Most of it is the time until a processor has been woken, which depends on the machine and its
 * mood more than on anything that is measured beside it.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "tests/bench/load.h"

/* About the size of a request and its answer. */
#define MESSAGE_SIZE 128

static int prepare(struct load *l, struct worker *w)
{
	(void)l;
	(void)w;
	return 0;
}

/* Until the other side has gone. */
static void answer_all(int fd)
{
	char message[MESSAGE_SIZE];
	ssize_t n;

	while ((n = recv(fd, message, sizeof(message), 0)) > 0)
		if (send(fd, message, (size_t)n, MSG_NOSIGNAL) != n)
			break;
}

static int ask_all(int fd, const struct load *l, struct worker *w, struct gate *g)
{
	char message[MESSAGE_SIZE] = {};
	uint64_t end_nsec = gate_pass(g, l, w), sent_nsec;

	while ((sent_nsec = load_now_nsec()) < end_nsec) {
		if (send(fd, message, sizeof(message), MSG_NOSIGNAL) != sizeof(message) ||
		    recv(fd, message, sizeof(message), MSG_WAITALL) != sizeof(message)) {
			worker_complain(w, "the other process has gone");
			return -EPIPE;
		}
		worker_answered(w, sent_nsec, 1);
	}
	return 0;
}

static int run(const struct load *l, struct worker *w, struct gate *g)
{
	int fds[2], r;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	child = fork();
	if (child == 0) {
		fd_close(fds[0]);
		answer_all(fds[1]);
		_exit(0);
	}
	fd_close(fds[1]);
	r = child < 0 ? -errno : ask_all(fds[0], l, w, g);
	fd_close(fds[0]); /* ends the child; nobody waits for it: so does this process, soon */
	return r;
}

const struct kind kind_echo = {"echo", prepare, run};
