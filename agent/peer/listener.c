/*
 * peer/listener.c - see listener.h
 *
 * Whoever floods the socket must cost little: a uid that has its full share is turned away before
 * anything is read about it, and is reported once a second with a number.
 */
#include "agent/peer/listener.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/peer/closer.h"
#include "agent/peer/identity.h"

/* Connections accepted before the others have their turn. */
#define ACCEPTS_PER_TURN 64u
/* How long nothing is accepted when there are no descriptors left. */
#define PAUSE_USEC (100 * USEC_PER_MSEC)
/* How often a uid is reported. */
#define REPORT_USEC USEC_PER_SEC
/* Uids whose refusals are counted apart; those beyond share the last entry. */
#define REFUSALS_MAX 64u

/* Nobody has this uid: stands for peers without identity, and for all that have no entry. */
#define UID_NONE ((uid_t)-1)

struct refusal {
	uid_t uid;
	struct caller *caller;  /* owned; the first one turned away; NULL for UID_NONE */
	int error;              /* of the last one */
	unsigned count;         /* since reported_usec */
	uint64_t reported_usec; /* CLOCK_BOOTTIME */
};

struct listener {
	int fd;              /* owned */
	struct quota *quota; /* borrowed, like events and userdata */
	const struct listener_events *events;
	void *userdata;
	sd_event *event;        /* owned (a reference), for the connections */
	uint64_t timeout_usec;  /* theirs */
	sd_event_source *io;    /* owned, as all sources */
	sd_event_source *pause; /* ends a pause */
	sd_event_source *tick;  /* reports refusals; runs while there are some */
	struct refusal refusals[REFUSALS_MAX];
	unsigned n_refusals;
};

/* --- reports ---------------------------------------------------------------------------------- */

static void report(struct listener *l, struct refusal *f, uint64_t now_usec)
{
	unsigned count = f->count;

	f->count = 0;
	f->reported_usec = now_usec;
	l->events->refused(f->caller, f->error, count, l->userdata);
}

static struct refusal *find_refusal(struct listener *l, uid_t uid)
{
	for (unsigned i = 0; i < l->n_refusals; i++)
		if (l->refusals[i].uid == uid)
			return &l->refusals[i];
	return NULL;
}

/* Starts the clock that reports what is counted from now on. */
static void start_tick(struct listener *l)
{
	/* Without a clock refusals are still counted, and reported with the next one. */
	(void)sd_event_source_set_time(l->tick, clock_boottime_usec() + REPORT_USEC);
	(void)sd_event_source_set_enabled(l->tick, SD_EVENT_ONESHOT);
}

/* Takes over caller, which may be NULL. */
static struct refusal *add_refusal(struct listener *l, uid_t uid, struct caller *caller)
{
	struct refusal *f = &l->refusals[l->n_refusals++];

	assert(l->n_refusals <= REFUSALS_MAX); /* see entry_for() */
	*f = (struct refusal){.uid = uid, .caller = caller};
	if (l->n_refusals == 1)
		start_tick(l);
	return f;
}

/* Who was turned away, as far as it can be told: identity costs more than a connection. */
static struct caller *identify(int fd)
{
	struct caller *caller = NULL;

	if (fd < 0 || identity_of_peer(fd, &caller) < 0)
		return NULL;
	return caller;
}

/* The entry that counts for uid; the last free one is kept for everybody else. */
static struct refusal *entry_for(struct listener *l, uid_t uid, int fd)
{
	struct refusal *f = find_refusal(l, uid);

	if (f)
		return f;
	if (uid != UID_NONE && l->n_refusals < REFUSALS_MAX - 1)
		return add_refusal(l, uid, identify(fd));
	f = find_refusal(l, UID_NONE);
	return f ? f : add_refusal(l, UID_NONE, NULL);
}

/* fd: of the connection, -EBADF if there is none. */
static void refuse(struct listener *l, uid_t uid, int fd, int error)
{
	uint64_t now_usec = clock_boottime_usec();
	struct refusal *f = entry_for(l, uid, fd);

	f->error = error;
	f->count++;
	if (f->reported_usec == 0 || now_usec - f->reported_usec >= REPORT_USEC)
		report(l, f, now_usec);
}

static void remove_refusal(struct listener *l, unsigned i)
{
	l->refusals[i].caller = caller_free(l->refusals[i].caller);
	l->refusals[i] = l->refusals[--l->n_refusals];
}

/* Reports what was counted, and forgets who was quiet for a whole interval. */
static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct listener *l = userdata;
	uint64_t now_usec = clock_boottime_usec();

	(void)source; /* it is l->tick */
	(void)usec;   /* the time it was set for */
	for (unsigned i = l->n_refusals; i-- > 0;) {
		struct refusal *f = &l->refusals[i];

		if (now_usec - f->reported_usec < REPORT_USEC)
			continue;
		if (f->count > 0)
			report(l, f, now_usec);
		else
			remove_refusal(l, i);
	}
	if (l->n_refusals > 0)
		start_tick(l);
	return 0;
}

/* --- accepting -------------------------------------------------------------------------------- */

/* 0 if one more connection fits, or why not. The connection charges for itself. */
static int check_room(struct listener *l, uid_t uid)
{
	bool is_granted;
	int r;

	if (quota_total(l->quota, QUOTA_CONNECTIONS) >= CONNECTIONS_MAX)
		return -EMFILE;
	r = quota_charge(l->quota, uid, QUOTA_CONNECTIONS, 1, &is_granted);
	if (r < 0)
		return r;
	if (!is_granted)
		return -EDQUOT;
	quota_release(l->quota, uid, QUOTA_CONNECTIONS, 1);
	return 0;
}

static int uid_of_peer(int fd, uid_t *ret)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	*ret = cred.uid;
	return 0;
}

/* Takes over fd. */
static int make_conn(struct listener *l, int fd, struct conn **ret)
{
	_cleanup_(caller_freep) struct caller *caller = NULL;
	_cleanup_(closer_hang_upp) int owned = fd;
	int r;

	r = identity_of_peer(owned, &caller);
	if (r < 0)
		return r;
	r = conn_new(l->event, take_fd(&owned), caller, l->quota, l->timeout_usec,
		     &l->events->conn_events, l->userdata, ret);
	if (r < 0)
		return r;
	(void)take_ptr(caller); /* the connection has it */
	return 0;
}

/* Takes over fd. */
static void admit(struct listener *l, int fd)
{
	_cleanup_(closer_hang_upp) int owned = fd;
	struct conn *c;
	uid_t uid = UID_NONE;
	int r;

	r = uid_of_peer(owned, &uid);
	if (r < 0) {
		refuse(l, UID_NONE, -EBADF, r);
		return;
	}
	r = check_room(l, uid);
	if (r < 0) {
		refuse(l, uid, owned, r);
		return;
	}
	r = make_conn(l, take_fd(&owned), &c);
	if (r < 0) {
		refuse(l, UID_NONE, -EBADF, r);
		return;
	}
	l->events->conn(c, l->userdata);
}

static int pause_for_a_moment(struct listener *l)
{
	int r;

	r = sd_event_source_set_time(l->pause, clock_boottime_usec() + PAUSE_USEC);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(l->pause, SD_EVENT_ONESHOT);
	if (r < 0)
		return r;
	return sd_event_source_set_enabled(l->io, SD_EVENT_OFF);
}

static int on_pause_over(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct listener *l = userdata;

	(void)source; /* it is l->pause */
	(void)usec;   /* the time it was set for */
	return sd_event_source_set_enabled(l->io, SD_EVENT_ON);
}

/* What accept4() says of one connection, which was gone before we came. */
static bool is_of_the_peer(int error)
{
	return error == -ECONNABORTED || error == -EINTR || error == -EPROTO || error == -EPERM;
}

static int on_io(sd_event_source *source, int listen_fd, uint32_t revents, void *userdata)
{
	struct listener *l = userdata;

	(void)source;  /* it is l->io */
	(void)revents; /* accept4() says it better */
	for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++) {
		int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		int r = fd < 0 ? -errno : 0;

		if (r == -EAGAIN)
			return 0;
		if (r < 0 && !is_of_the_peer(r)) {
			/* No descriptors or memory: the connection stays in the queue and we wait.
			 */
			refuse(l, UID_NONE, -EBADF, r == -ENFILE ? -EMFILE : r);
			return pause_for_a_moment(l);
		}
		if (r == 0)
			admit(l, fd);
	}
	return 0;
}

/* --- life ------------------------------------------------------------------------------------- */

static int add_timer(sd_event *event, sd_event_time_handler_t handler, struct listener *l,
		     sd_event_source **ret)
{
	int r;

	r = sd_event_add_time(event, ret, CLOCK_BOOTTIME, 0, 0, handler, l);
	if (r < 0)
		return r;
	return sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

/* What we did not open ourselves may block. */
static int make_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

int listener_new(sd_event *event, int fd, struct quota *quota, uint64_t frame_timeout_usec,
		 const struct listener_events *events, void *userdata, struct listener **ret)
{
	_cleanup_(listener_freep) struct listener *l = NULL;
	_cleanup_(fd_closep) int owned = fd;
	int r;

	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->fd = take_fd(&owned);
	l->event = sd_event_ref(event);
	l->quota = quota;
	l->timeout_usec = frame_timeout_usec;
	l->events = events;
	l->userdata = userdata;
	r = make_nonblocking(l->fd);
	if (r < 0)
		return r;
	r = add_timer(event, on_pause_over, l, &l->pause);
	if (r < 0)
		return r;
	r = add_timer(event, on_tick, l, &l->tick);
	if (r < 0)
		return r;
	r = sd_event_add_io(event, &l->io, l->fd, EPOLLIN, on_io, l);
	if (r < 0)
		return r;
	*ret = take_ptr(l);
	return 0;
}

struct listener *listener_free(struct listener *l)
{
	if (!l)
		return NULL;
	l->io = sd_event_source_disable_unref(l->io);
	l->pause = sd_event_source_disable_unref(l->pause);
	l->tick = sd_event_source_disable_unref(l->tick);
	while (l->n_refusals > 0)
		remove_refusal(l, l->n_refusals - 1);
	(void)fd_close(l->fd); /* l is gone in a moment */
	l->event = sd_event_unref(l->event);
	free(l);
	return NULL;
}

/* --- binding ---------------------------------------------------------------------------------- */

/* Whether path is a socket that nobody listens on any more. */
static int is_left_over(const struct sockaddr_un *address, socklen_t len, bool *ret)
{
	_cleanup_(fd_closep) int fd = -EBADF;
	struct stat st;

	if (lstat(address->sun_path, &st) < 0)
		return -errno;
	*ret = false;
	if (!S_ISSOCK(st.st_mode))
		return 0;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	*ret = connect(fd, (const struct sockaddr *)address, len) < 0 && errno == ECONNREFUSED;
	return 0;
}

static int bind_open(int fd, const struct sockaddr_un *address, socklen_t len)
{
	mode_t old = umask(0111); /* the mode is right from birth, with no chmod() */
	int r = bind(fd, (const struct sockaddr *)address, len) < 0 ? -errno : 0;

	(void)umask(old); /* returns what was just set */
	return r;
}

static int bind_or_replace(int fd, const struct sockaddr_un *address, socklen_t len)
{
	bool may_replace = false;
	int r;

	r = bind_open(fd, address, len);
	if (r != -EADDRINUSE)
		return r;
	r = is_left_over(address, len, &may_replace);
	if (r < 0)
		return r;
	if (!may_replace)
		return -EADDRINUSE;
	if (unlink(address->sun_path) < 0)
		return -errno;
	return bind_open(fd, address, len);
}

int listener_bind(const char *path, int *ret_fd)
{
	_cleanup_(fd_closep) int fd = -EBADF;
	struct sockaddr_un address;
	unsigned len;
	int r;

	r = fd_unix_address(path, &address, &len);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = bind_or_replace(fd, &address, len);
	if (r < 0)
		return r;
	if (listen(fd, CONNECTIONS_MAX) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}
