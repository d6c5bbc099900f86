/*
 * worker/loop.c - see loop.h
 */
#include "agent/worker/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/log.h"
#include "agent/worker/service.h"

/* A job whose connection is gone: longer than this it hangs. */
#define ORPHAN_USEC (30 * USEC_PER_SEC)
/* What is under way when systemd wants us to go. */
#define STOP_USEC (5 * USEC_PER_SEC)
/* Connections that are gone while their jobs run; more means that something is wrong. */
#define ORPHANS_MAX 64

struct orphan {
	struct channel *channel; /* owned reference; NULL: free */
	uint64_t deadline_usec;
};

struct state {
	const struct loop *loop;
	struct orphan orphans[ORPHANS_MAX];
	uint64_t stop_usec;     /* 0: not stopping */
	uint64_t watchdog_usec; /* 0: nobody watches */
	uint64_t next_bark_usec;
	bool is_over;
	enum loop_exit exit;
};

static void leave(struct state *s, enum loop_exit how)
{
	s->is_over = true;
	s->exit = how;
}

/* --- connections ------------------------------------------------------------------------------------ */

/* Keeps an eye on jobs that run for a connection that is gone. */
static void adopt(struct state *s, struct channel *c)
{
	for (size_t i = 0; i < ORPHANS_MAX; i++) {
		if (s->orphans[i].channel)
			continue;
		s->orphans[i].channel = c;
		s->orphans[i].deadline_usec = clock_boottime_usec() + ORPHAN_USEC;
		return;
	}
	log_error("token '%s': too many jobs hang; this process ends", s->loop->name);
	leave(s, LOOP_EXIT_HUNG);
}

static void hang_up_those_over(struct state *s)
{
	struct inlet *inlet = s->loop->inlet;
	struct channel *orphaned;
	const char *why;

	for (size_t i = 0; i < HUB_CHANNELS_MAX; i++) {
		why = inlet_at(inlet, i) ? inlet_why_over(inlet, i) : NULL;
		if (!why)
			continue;
		if (*why)
			log_warning("token '%s': the connection is closed because %s",
				    s->loop->name, why);
		orphaned = inlet_remove(inlet, i);
		if (orphaned)
			adopt(s, orphaned);
	}
}

/* Root, our own user, or whoever the socket was made for: signetd's user. */
static bool is_welcome(int fd)
{
	struct ucred peer;
	struct sockaddr_un address = {};
	socklen_t size = sizeof(peer);
	struct stat st;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	size = sizeof(address) - 1;
	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0 || address.sun_path[0] != '/')
		return false;
	return stat(address.sun_path, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_uid == peer.uid;
}

static void welcome(struct state *s, int *fd)
{
	int r;

	r = inlet_add(s->loop->inlet, fd);
	if (r == -ENOSPC)
		log_warning("token '%s': a connection is refused because there are %d already",
			    s->loop->name, HUB_CHANNELS_MAX);
	else if (r < 0)
		log_warning("token '%s': a connection is refused: %s", s->loop->name, strerror(-r));
}

/*
 * A connection that was given up while the process before us was stuck. What it still holds are
 * jobs that nobody waits for, and perhaps an end that was meant for that process.
 */
static bool has_hung_up(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLRDHUP};

	return poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLRDHUP | POLLERR);
}

static void on_connection(struct state *s)
{
	_cleanup_(fd_closep) int fd = -EBADF;

	fd = accept4(s->loop->listener_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			log_warning("token '%s': a connection cannot be accepted: %s",
				    s->loop->name, strerror(errno));
		return;
	}
	if (has_hung_up(fd))
		return;
	if (is_welcome(fd))
		welcome(s, &fd);
	else
		log_warning("token '%s': a connection is refused because it is not signetd's",
			    s->loop->name);
}

/* --- news, signals, deadlines ------------------------------------------------------------------------- */

static void log_lines(const struct loop *l, char *lines)
{
	char *rest, *line;

	for (line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		log_notice("token '%s': %s", l->name, line);
}

static void on_bell(struct state *s)
{
	_cleanup_(freep) char *status = NULL, *notices = NULL;
	const char *why_leave;

	why_leave = hub_collect(s->loop->hub, &status, &notices);
	if (status) {
		log_info("token '%s': %s", s->loop->name, status);
		service_notify("STATUS=%s", status);
	}
	if (notices)
		log_lines(s->loop, notices);
	hang_up_those_over(s);
	if (why_leave) {
		log_error("token '%s': %s; this process ends", s->loop->name, why_leave);
		leave(s, LOOP_EXIT_HUNG);
	}
}

static void on_signal(struct state *s)
{
	struct signalfd_siginfo info;

	if (read(s->loop->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP) {
		manager_refresh(s->loop->manager);
		return;
	}
	service_notify("STOPPING=1");
	inlet_stop(s->loop->inlet);
	s->stop_usec = clock_boottime_usec() + STOP_USEC;
}

static void check_orphans(struct state *s, uint64_t now)
{
	for (size_t i = 0; i < ORPHANS_MAX; i++) {
		struct orphan *o = &s->orphans[i];

		if (!o->channel)
			continue;
		if (!channel_is_shared(o->channel)) {
			o->channel = channel_unref(o->channel);
		} else if (now >= o->deadline_usec) {
			log_error("token '%s': a job hangs that nobody waits for; this process "
				  "ends",
				  s->loop->name);
			leave(s, LOOP_EXIT_HUNG);
		}
	}
}

static void check_stop(struct state *s, uint64_t now)
{
	bool is_idle = queue_is_empty(s->loop->queue) && manager_is_idle(s->loop->manager);

	if (s->stop_usec != 0 && (is_idle || now >= s->stop_usec))
		leave(s, LOOP_EXIT_ASKED);
}

static void bark(struct state *s, uint64_t now)
{
	if (s->watchdog_usec == 0 || now < s->next_bark_usec)
		return;
	service_notify("WATCHDOG=1");
	s->next_bark_usec = now + s->watchdog_usec / 2;
}

static void check_time(struct state *s)
{
	uint64_t now = clock_boottime_usec();

	check_orphans(s, now);
	check_stop(s, now);
	bark(s, now);
}

/* How long poll() may sleep, in its milliseconds. */
static int patience(const struct state *s)
{
	uint64_t now = clock_boottime_usec(), wait = 60 * USEC_PER_SEC;
	bool is_deaf;

	if (queue_watch(s->loop->queue, &is_deaf))
		wait = QUEUE_WATCH_USEC;
	if (s->watchdog_usec != 0 && s->next_bark_usec < now + wait)
		wait = s->next_bark_usec > now ? s->next_bark_usec - now : 0;
	for (size_t i = 0; i < ORPHANS_MAX; i++)
		if (s->orphans[i].channel && wait > USEC_PER_SEC)
			wait = USEC_PER_SEC;
	if (s->stop_usec != 0 && wait > 20 * USEC_PER_MSEC)
		wait = 20 * USEC_PER_MSEC;
	return (int)(wait / USEC_PER_MSEC) + 1;
}

/* --- the loop ------------------------------------------------------------------------------------------ */

enum {
	POLL_LISTENER,
	POLL_SIGNAL,
	POLL_BELL,
	POLL_CHANNELS,
	POLL_MAX = POLL_CHANNELS + HUB_CHANNELS_MAX,
};

static void prepare(const struct state *s, struct pollfd fds[static POLL_MAX])
{
	bool is_stopping = s->stop_usec != 0;

	/* Who is about to go takes nothing new; a negative descriptor is left out. */
	fds[POLL_LISTENER] =
		(struct pollfd){.fd = is_stopping ? -1 : s->loop->listener_fd, .events = POLLIN};
	fds[POLL_SIGNAL] = (struct pollfd){.fd = s->loop->signal_fd, .events = POLLIN};
	fds[POLL_BELL] = (struct pollfd){.fd = s->loop->hub->bell_fd, .events = POLLIN};
	for (size_t i = 0; i < HUB_CHANNELS_MAX; i++) {
		const struct channel *c = inlet_at(s->loop->inlet, i);

		/* An end is always told. */
		fds[POLL_CHANNELS + i] = (struct pollfd){.fd = c ? c->fd : -1};
		if (c && channel_is_waiting(inlet_at(s->loop->inlet, i)))
			fds[POLL_CHANNELS + i].events = POLLOUT;
	}
}

static void dispatch(struct state *s, const struct pollfd fds[static POLL_MAX])
{
	struct inlet *inlet = s->loop->inlet;
	bool is_deaf;

	(void)queue_watch(s->loop->queue, &is_deaf);
	for (unsigned i = 0; i < HUB_CHANNELS_MAX; i++) {
		short events = fds[POLL_CHANNELS + i].revents;

		if (events & POLLOUT)
			channel_flush(inlet_at(inlet, i));
		/* Who else would see what comes? After we were told to go only an end matters. */
		if (events & (POLLHUP | POLLERR) || (is_deaf && s->stop_usec == 0))
			inlet_readable(i, inlet);
	}
	/* A thread may have begun to wait while we read: what we took is no event for it any more. */
	queue_wake(s->loop->queue);
	if (fds[POLL_BELL].revents)
		on_bell(s);
	if (fds[POLL_LISTENER].revents)
		on_connection(s);
	if (fds[POLL_SIGNAL].revents)
		on_signal(s);
}

enum loop_exit loop_run(const struct loop *l)
{
	struct state s = {.loop = l, .watchdog_usec = service_watchdog_usec()};
	struct pollfd fds[POLL_MAX];
	int wait;

	while (!s.is_over) {
		/* First: whoever posts an answer after prepare() runs, and so was seen or will ring. */
		wait = patience(&s);
		prepare(&s, fds);
		if (poll(fds, POLL_MAX, wait) >= 0) {
			dispatch(&s, fds);
		} else if (errno != EINTR) {
			log_error("token '%s': the loop cannot go on: %s", l->name,
				  strerror(errno));
			leave(&s, LOOP_EXIT_FAILED);
		}
		if (!s.is_over)
			check_time(&s);
	}
	inlet_flush(l->inlet);
	return s.exit;
}
