/*
 * cli/textagent.c - see textagent.h
 */
#include "client/cli/textagent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "/usr/bin/pkttyagent"
/* It is there in some milliseconds; a polkit that hangs must not keep us. */
#define START_USEC (5u * 1000 * 1000)

static bool is_wanted(const struct args *args)
{
	return !args->is_ask_off && geteuid() != 0 && isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/*
 * The child. It talks to the terminal by itself; what else it has to say (that there is no polkit)
 * would only stand between our own messages. notify stays open in it, and is closed by it.
 */
__attribute__((noreturn)) static void become_agent(pid_t parent, int notify)
{
	char process[16], fd[16];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	(void)sigemptyset(&none); /* cannot fail, nor can the next with this */
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* If the parent is gone already, nobody else would end it. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent || null < 0)
		_exit(1);
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (dup2(null, i) < 0)
			_exit(1);
	if (fcntl(notify, F_SETFD, 0) < 0)
		_exit(1);
	(void)snprintf(process, sizeof(process), "%ld", (long)parent); /* fits */
	(void)snprintf(fd, sizeof(fd), "%d", notify);                  /* the same */
	(void)execl(PROGRAM, PROGRAM, "--notify-fd", fd, "--fallback", "--process", process,
		    NULL); /* returns only if it failed */
	_exit(1);
}

/* Its end of the pipe is closed when polkit knows it, and when it has ended. */
static void wait_until_there(int notify)
{
	struct pollfd p = {.fd = notify};
	uint64_t end = now_usec() + START_USEC;

	for (uint64_t now = now_usec(); now < end; now = now_usec())
		if (poll(&p, 1, (int)((end - now + 999) / 1000)) >= 0 || errno != EINTR)
			return;
}

void textagent_start(struct textagent *t, const struct args *args)
{
	pid_t self = getpid();
	int notify[2];

	*t = (struct textagent){};
	if (!is_wanted(args) || pipe2(notify, O_CLOEXEC) < 0)
		return;
	t->pid = fork();
	if (t->pid == 0)
		become_agent(self, notify[1]);
	(void)close(notify[1]); /* nothing was written */
	if (t->pid > 0)
		wait_until_there(notify[0]);
	else
		t->pid = 0;
	(void)close(notify[0]); /* the same */
}

void textagent_stop(struct textagent *t)
{
	if (t->pid == 0)
		return;
	/* It may have ended, and it may have been stopped from the terminal. */
	(void)kill(t->pid, SIGTERM);
	(void)kill(t->pid, SIGCONT);
	while (waitpid(t->pid, NULL, 0) < 0 && errno == EINTR)
		;
	t->pid = 0;
}
