/*
 * audit/journal.c - see journal.h
 *
 * Group commit. Records wait in a line for each uid; when the loop turns as many as fit are taken
 * from all lines in turns and leave as one datagram, and the next one leaves when that has been
 * taken. So the groups grow as journald gets slower, and one number from the kernel says all:
 * what is left unread of what we sent.
 *
 * A queue that journald closed is empty too. Therefore an empty queue counts only if the path
 * still leads to the very socket that the datagram went to.
 */
#include "agent/audit/journal.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "agent/audit/group.h"
#include "agent/audit/waiting.h"
#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/list.h"

#define JOURNAL_PATH "/run/systemd/journal/socket"

/* Asked of the kernel, which gives what it allows; a group must fit. */
#define SEND_BUFFER (8 * 1024 * 1024)
/* A record: 256 digests in hex and all texts at their longest are about 60 KiB. */
#define RECORD_MAX (GROUP_SIZE_MAX - 1024u)
static_assert(1 + RECORD_MAX + GROUP_SEQ_SIZE <= GROUP_SIZE_MAX, "each record fits a datagram");
/*
 * What the kernel still charges for a datagram that was read, while it wakes us because of that: its
 * last byte is taken off afterwards. A datagram that was not read is charged with hundreds.
 */
#define UNREAD_NONE 1

struct journal_ticket {
	struct waiting_item waiting;
	struct list link;          /* in no list while it waits, then in one of journal's */
	struct list awaited;       /* in no list without a callback */
	journal_callback callback; /* NULL: nobody waits (any more) */
	void *userdata;
	uint64_t deadline_usec; /* CLOCK_BOOTTIME */
	uint8_t *data;          /* owned; NULL once it is sent */
	size_t size;
	char seq[GROUP_SEQ_SIZE]; /* the line with its number, set when it is sent */
};

struct journal {
	sd_event *event; /* owned (a reference) */
	struct sockaddr_un address;
	socklen_t address_len;
	uint64_t timeout_usec;
	uint64_t seq;
	int fd;                 /* owned; -EBADF if not connected */
	int probe_fd;           /* owned; sends nothing; see check_peer() */
	struct stat peer;       /* the socket's file when we connected */
	sd_event_source *io;    /* owned, as all sources; NULL if not connected */
	sd_event_source *timer; /* fires at a deadline, or earlier */
	bool is_timer_set;
	struct waiting waiting; /* tickets that nothing was done for yet */
	struct list chosen;     /* those for the next group, in its order */
	struct list sent;       /* the group under way */
	struct list settled;    /* tickets whose callbacks are due */
	struct list awaited;    /* tickets with callbacks, the first to expire first */
	unsigned group_records_max;
	bool is_new; /* something was written since it was last tried to send */
};

/* --- tickets ---------------------------------------------------------------------------------- */

static struct journal_ticket *ticket_of(struct list *link)
{
	return container_of(link, struct journal_ticket, link);
}

static struct journal_ticket *ticket_of_awaited(struct list *link)
{
	return container_of(link, struct journal_ticket, awaited);
}

static bool is_anything_unsent(const struct journal *j)
{
	return !list_is_empty(&j->chosen) || waiting_front(&j->waiting);
}

static void ticket_free(struct journal *j, struct journal_ticket *t)
{
	waiting_remove(&j->waiting, &t->waiting);
	list_remove(&t->link);
	list_remove(&t->awaited);
	free(t->data);
	free(t);
}

/* Nobody waits for it any more; returns whom to call. */
static journal_callback ticket_forget(struct journal_ticket *t)
{
	list_remove(&t->awaited);
	return take_ptr(t->callback);
}

/* Calls back with the result and forgets the ticket. Callbacks may write and cancel others. */
static void settle(struct journal *j, struct journal_ticket *t, int result)
{
	journal_callback callback = t->callback;
	void *userdata = t->userdata;

	ticket_free(j, t);
	if (callback)
		callback(result, userdata);
}

/* All of them at once, so that what callbacks write is not taken for part of the list. */
static void settle_all(struct journal *j, struct list *tickets, int result)
{
	while (!list_is_empty(tickets)) {
		struct list *link = tickets->next;

		list_remove(link);
		list_append(&j->settled, link);
	}
	while (!list_is_empty(&j->settled))
		settle(j, ticket_of(j->settled.next), result);
}

/* Records that somebody waits for have failed; those that nobody waits for are tried again. */
static void fail_waiting(struct journal *j, int error)
{
	struct list failed, *link;

	list_init(&failed);
	list_for_each(link, &j->awaited) {
		struct journal_ticket *t = ticket_of_awaited(link);

		if (!t->data)
			continue;
		waiting_remove(&j->waiting, &t->waiting);
		list_remove(&t->link);
		list_append(&failed, &t->link);
	}
	settle_all(j, &failed, error);
}

/* --- the socket ------------------------------------------------------------------------------- */

static void disconnect(struct journal *j)
{
	j->io = sd_event_source_disable_unref(j->io);
	j->fd = fd_close(j->fd);
	j->probe_fd = fd_close(j->probe_fd);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata);

static int connect_path(struct journal *j, int fd)
{
	if (connect(fd, (const struct sockaddr *)&j->address, j->address_len) < 0)
		return -errno;
	return 0;
}

static int open_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

static int ensure_connected(struct journal *j)
{
	_cleanup_(fd_closep) int fd = -EBADF, probe_fd = -EBADF;
	const int size = SEND_BUFFER;
	int r;

	if (j->fd >= 0)
		return 0;
	fd = open_socket();
	if (fd < 0)
		return fd;
	probe_fd = open_socket();
	if (probe_fd < 0)
		return probe_fd;
	/* Without privileges the kernel gives less, and that is enough. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	/* Looked at before connecting: if it is replaced in between, a record is doubted in vain.
	 */
	if (stat(j->address.sun_path, &j->peer) < 0)
		return -errno;
	r = connect_path(j, fd);
	if (r < 0)
		return r;
	r = sd_event_add_io(j->event, &j->io, fd, EPOLLOUT | EPOLLET, on_io, j);
	if (r < 0)
		return r;
	j->fd = take_fd(&fd);
	j->probe_fd = take_fd(&probe_fd);
	return 0;
}

/*
 * Whether the path leads to the socket that we are connected to, and it is open: a closed one
 * refuses. Another socket tries that, because the first would be reported as ready to send again.
 */
static int check_peer(struct journal *j)
{
	struct stat now;
	int r;

	r = connect_path(j, j->probe_fd);
	if (r < 0)
		return r;
	if (stat(j->address.sun_path, &now) < 0)
		return -errno;
	if (now.st_dev != j->peer.st_dev || now.st_ino != j->peer.st_ino ||
	    now.st_ctim.tv_sec != j->peer.st_ctim.tv_sec ||
	    now.st_ctim.tv_nsec != j->peer.st_ctim.tv_nsec)
		return -ECONNREFUSED;
	return 0;
}

/* --- sending ---------------------------------------------------------------------------------- */

static bool is_fitting(const struct journal *j, const struct group *g,
		       const struct journal_ticket *t)
{
	return g->n_records < j->group_records_max && group_has_room(g, t->size);
}

/* Its number is for good when the group is sent. */
static void add_record(struct journal *j, struct group *g, struct journal_ticket *t)
{
	group_add(g, t->data, t->size, j->seq + g->n_records + 1, t->seq);
}

/*
 * As many records as fit one datagram, with their numbers and empty lines between: those that were
 * chosen when it could not be sent before, and then from the lines in turns.
 */
static void make_group(struct journal *j, struct group *ret)
{
	struct waiting_item *item;
	struct list *link;

	group_init(ret);
	list_for_each(link, &j->chosen) {
		if (!is_fitting(j, ret, ticket_of(link)))
			return;
		add_record(j, ret, ticket_of(link));
	}
	while ((item = waiting_front(&j->waiting))) {
		struct journal_ticket *t = container_of(item, struct journal_ticket, waiting);

		if (!is_fitting(j, ret, t))
			return;
		waiting_take(&j->waiting, item);
		list_append(&j->chosen, &t->link);
		add_record(j, ret, t);
	}
}

/* The kernel has the datagram: its records are under way and have their numbers for good. */
static void mark_sent(struct journal *j, unsigned n_records)
{
	j->seq += n_records;
	for (unsigned i = 0; i < n_records; i++) {
		struct list *link = j->chosen.next;

		list_remove(link);
		list_append(&j->sent, link);
		free(take_ptr(ticket_of(link)->data));
	}
}

/* Too large for the kernel: one by one from now on, and one that still is fails alone. */
static void on_too_large(struct journal *j, unsigned n_records)
{
	j->group_records_max = 1;
	if (n_records == 1)
		settle(j, ticket_of(j->chosen.next), -EMSGSIZE);
}

/* Makes a group of what waits and sends it; 0 also if it cannot be sent now. */
static int send_group(struct journal *j)
{
	struct group group;
	int r;

	r = ensure_connected(j);
	if (r < 0)
		return r;
	make_group(j, &group);
	r = group_send(&group, j->fd);
	if (r >= 0) {
		mark_sent(j, group.n_records);
		return 0;
	}
	if (r == -EMSGSIZE) {
		on_too_large(j, group.n_records);
		return r;
	}
	/* Setting the events again makes the kernel look again, and wake us when there is room. */
	if (r == -EAGAIN)
		return sd_event_source_set_io_events(j->io, EPOLLOUT | EPOLLET);
	disconnect(j);
	return r;
}

static int send_waiting(struct journal *j)
{
	int r;

	do
		r = is_anything_unsent(j) ? send_group(j) : 0;
	while (r == -EMSGSIZE); /* with fewer at once, or without the one that failed */
	return r;
}

static void advance(struct journal *j)
{
	int r;

	if (!list_is_empty(&j->sent) || !is_anything_unsent(j))
		return;
	r = send_waiting(j);
	if (r < 0) /* the socket may just have been replaced: a new one is tried once */
		r = send_waiting(j);
	if (r < 0)
		fail_waiting(j, r);
}

/* --- what became of it ------------------------------------------------------------------------ */

/* Settles the group under way if journald has taken it, or can no longer take it. */
static void look(struct journal *j)
{
	int unread, r;

	if (list_is_empty(&j->sent))
		return;
	if (ioctl(j->fd, SIOCOUTQ, &unread) < 0)
		r = -errno;
	else if (unread > UNREAD_NONE)
		return;
	else
		r = check_peer(j);
	if (r < 0)
		disconnect(j);
	settle_all(j, &j->sent, r);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct journal *j = userdata;

	(void)source;  /* it is j->io */
	(void)fd;      /* it is j->fd */
	(void)revents; /* the queue says more */
	look(j);
	advance(j);
	return 0;
}

/* --- deadlines -------------------------------------------------------------------------------- */

/* All wait equally long, so the first of them is the first to expire. */
static struct journal_ticket *next_to_expire(struct journal *j)
{
	return list_is_empty(&j->awaited) ? NULL : ticket_of_awaited(j->awaited.next);
}

/* What is in the socket cannot be taken back: only the one who waits for it is let go. */
static void expire(struct journal *j, struct journal_ticket *t)
{
	if (t->data)
		settle(j, t, -ETIMEDOUT);
	else
		ticket_forget(t)(-ETIMEDOUT, t->userdata);
}

/* An armed timer is left as it is: it fires early, and looks for the next deadline then. */
static int set_timer(struct journal *j, uint64_t usec)
{
	int r;

	if (j->is_timer_set)
		return 0;
	r = sd_event_source_set_time(j->timer, usec);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(j->timer, SD_EVENT_ONESHOT);
	if (r < 0)
		return r;
	j->is_timer_set = true;
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct journal *j = userdata;
	struct journal_ticket *t;
	uint64_t now_usec = clock_boottime_usec();

	(void)source; /* it is j->timer */
	(void)usec;   /* the time it was set for */
	look(j);      /* what is written in time is written, even if we come late */
	while ((t = next_to_expire(j)) && t->deadline_usec <= now_usec)
		expire(j, t);
	advance(j);
	/* Not before: what callbacks write must not set it for later than what is there already. */
	j->is_timer_set = false;
	t = next_to_expire(j);
	return t ? set_timer(j, t->deadline_usec) : 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

static uid_t uid_of(const struct record *r)
{
	return r->caller ? r->caller->uid : WAITING_NOBODY;
}

/* Encodes the record into a ticket, which is in no list. */
static int ticket_new(const struct record *r, struct journal_ticket **ret)
{
	struct journal_ticket *t;
	struct writer w;
	int error;

	writer_init(&w, RECORD_MAX);
	record_encode(r, 0, &w);
	error = writer_end(&w);
	if (error >= 0) {
		t = calloc(1, sizeof(*t));
		error = t ? 0 : -ENOMEM;
	}
	if (error < 0) {
		writer_done(&w);
		return error;
	}
	list_init(&t->link);
	list_init(&t->awaited);
	t->data = take_ptr(w.data);
	t->size = w.size;
	*ret = t;
	return 0;
}

static int enqueue(struct journal *j, const struct record *r, struct journal_ticket **ret)
{
	struct journal_ticket *t;
	int error;

	j->is_new = true; /* also if there is no room: this may be when it can be sent again */
	if (!waiting_has_room(&j->waiting, uid_of(r)))
		return -ENOBUFS;
	error = ticket_new(r, &t);
	if (error < 0)
		return error;
	error = waiting_add(&j->waiting, uid_of(r), t->size, &t->waiting);
	if (error < 0) {
		ticket_free(j, t);
		return error;
	}
	*ret = t;
	return 0;
}

int journal_write(struct journal *j, const struct record *r, journal_callback callback,
		  void *userdata, struct journal_ticket **ret)
{
	uint64_t deadline_usec = clock_boottime_usec() + j->timeout_usec;
	struct journal_ticket *t;
	int error;

	error = set_timer(j, deadline_usec);
	if (error < 0)
		return error;
	error = enqueue(j, r, &t);
	if (error < 0)
		return error;
	t->callback = callback;
	t->userdata = userdata;
	t->deadline_usec = deadline_usec;
	list_append(&j->awaited, &t->awaited);
	*ret = t;
	return 0;
}

int journal_note(struct journal *j, const struct record *r)
{
	struct journal_ticket *t;

	return enqueue(j, r, &t);
}

void journal_cancel(struct journal_ticket *t)
{
	if (t)
		(void)ticket_forget(t); /* it is not called */
}

void journal_turn(struct journal *j)
{
	if (j->is_new)
		advance(j);
	j->is_new = false;
}

uint64_t journal_sequence(const struct journal *j)
{
	return j->seq;
}

/* --- life ------------------------------------------------------------------------------------- */

static int add_sources(struct journal *j)
{
	int r;

	r = sd_event_add_time(j->event, &j->timer, CLOCK_BOOTTIME, 0, 0, on_timer, j);
	if (r < 0)
		return r;
	return sd_event_source_set_enabled(j->timer, SD_EVENT_OFF);
}

int journal_new(sd_event *event, const char *path, uint64_t timeout_usec, struct journal **ret)
{
	_cleanup_(journal_freep) struct journal *j = NULL;
	int r;

	j = calloc(1, sizeof(*j));
	if (!j)
		return -ENOMEM;
	j->fd = j->probe_fd = -EBADF;
	waiting_init(&j->waiting);
	list_init(&j->chosen);
	list_init(&j->sent);
	list_init(&j->settled);
	list_init(&j->awaited);
	j->event = sd_event_ref(event);
	j->timeout_usec = timeout_usec;
	j->group_records_max = GROUP_RECORDS_MAX;
	r = fd_unix_address(path ? path : JOURNAL_PATH, &j->address, &j->address_len);
	if (r < 0)
		return r;
	r = add_sources(j);
	if (r < 0)
		return r;
	*ret = take_ptr(j);
	return 0;
}

static void drop_all(struct journal *j, struct list *tickets)
{
	while (!list_is_empty(tickets))
		ticket_free(j, ticket_of(tickets->next));
}

static void drop_waiting(struct journal *j)
{
	struct waiting_item *item;

	while ((item = waiting_front(&j->waiting)))
		ticket_free(j, container_of(item, struct journal_ticket, waiting));
}

struct journal *journal_free(struct journal *j)
{
	if (!j)
		return NULL;
	assert(list_is_empty(&j->settled)); /* not called from a callback */
	assert(list_is_empty(&j->awaited)); /* whoever waits has cancelled */
	drop_all(j, &j->sent);
	/* The last words of an agent that stops: sent if there is room, but not waited for. */
	if (is_anything_unsent(j))
		(void)send_waiting(j);
	drop_all(j, &j->sent);
	drop_all(j, &j->chosen);
	drop_waiting(j);
	disconnect(j);
	j->timer = sd_event_source_disable_unref(j->timer);
	j->event = sd_event_unref(j->event);
	free(j);
	return NULL;
}
