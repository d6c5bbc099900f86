/*
 * peer/closer.c - see closer.h
 *
 * There is one closer in the process, hidden here: the table of descriptors is the process's too,
 * and a thread that hangs in close() outlives every object that could own it. For the same reason
 * nothing is ever taken down. Not to be used on both sides of a fork().
 *
 * A thread that takes a descriptor sees to it that another one is there for the next, before it
 * closes its own and is perhaps never seen again. So the loop starts a thread only if all hang.
 */
#include "agent/peer/closer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "agent/base/fd.h"
#include "agent/base/limits.h"

/* close() needs next to nothing; the rest is for the C library. */
#define STACK_SIZE (64u * 1024)

struct closers {
	pthread_mutex_t lock;            /* for all below; held for moments, never while closing */
	pthread_cond_t wake;             /* something waits */
	int waiting[CLOSER_WAITING_MAX]; /* owned; a ring */
	unsigned first;
	unsigned n_waiting;
	unsigned n_threads;
	unsigned n_idle;  /* of them, at wake or on their way from it */
	bool is_starting; /* one is counted that has not begun yet */
};

/* Whatever a client sent hangs in the one, and the others' sockets go through the other. */
static struct closers wary = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};
static struct closers calm = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

/* What waits in both. */
static atomic_uint n_all_waiting;

static void *run(void *userdata);

/* --- what waits; with the lock held ------------------------------------------------------------ */

/* A full ring means that LimitNOFILE= was raised beyond it: then fd stays open, for ever. */
static void put(struct closers *c, int fd)
{
	if (c->n_waiting == CLOSER_WAITING_MAX)
		return;
	c->waiting[(c->first + c->n_waiting) % CLOSER_WAITING_MAX] = fd;
	c->n_waiting++;
	atomic_fetch_add(&n_all_waiting, 1);
}

static int take(struct closers *c)
{
	int fd = c->waiting[c->first];

	c->n_waiting--;
	atomic_fetch_sub(&n_all_waiting, 1);
	/* An empty ring begins anew, so that its memory is used only if it must. */
	c->first = c->n_waiting == 0 ? 0 : (c->first + 1) % CLOSER_WAITING_MAX;
	return fd;
}

/* Whether one more thread is to be started; counts it, and the caller does it without the lock. */
static bool claim_start(struct closers *c)
{
	if (c->n_waiting == 0 || c->n_idle > 0 || c->is_starting || c->n_threads == CLOSERS_MAX)
		return false;
	c->n_threads++;
	c->is_starting = true;
	return true;
}

/* --- threads ----------------------------------------------------------------------------------- */

/* 0, or an errno; a new thread inherits that signals are blocked. */
static int create(struct closers *c)
{
	sigset_t all, old;
	pthread_attr_t attr;
	pthread_t thread;
	int e;

	e = pthread_attr_init(&attr);
	if (e != 0)
		return e;
	/* The rest of these fails for bad arguments alone. */
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	e = pthread_attr_setstacksize(&attr, STACK_SIZE);
	if (e == 0)
		e = pthread_create(&thread, &attr, run, c);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&attr);
	return e;
}

/* Without a new thread the others go on; if there are none, the next call tries again. */
static void start(struct closers *c)
{
	if (create(c) == 0)
		return;
	(void)pthread_mutex_lock(&c->lock); /* cannot fail, nor can its fellows below */
	c->n_threads--;
	c->is_starting = false;
	(void)pthread_mutex_unlock(&c->lock);
}

static int wait_for_one(struct closers *c, bool *ret_may_start)
{
	int fd;

	while (c->n_waiting == 0) {
		c->n_idle++;
		(void)pthread_cond_wait(&c->wake, &c->lock);
		c->n_idle--;
	}
	fd = take(c);
	*ret_may_start = claim_start(c);
	return fd;
}

static void *run(void *userdata)
{
	struct closers *c = userdata;
	bool may_start = false;
	int fd;

	(void)pthread_mutex_lock(&c->lock);
	c->is_starting = false;
	for (;;) {
		fd = wait_for_one(c, &may_start);
		(void)pthread_mutex_unlock(&c->lock);
		if (may_start)
			start(c);
		(void)fd_close(fd); /* may never come back */
		(void)pthread_mutex_lock(&c->lock);
	}
	return NULL; /* never, but it is a thread's main function */
}

/* --- for the loop ------------------------------------------------------------------------------ */

static int hand_over(struct closers *c, int fd)
{
	int saved = errno;
	bool may_start;

	(void)pthread_mutex_lock(&c->lock);
	put(c, fd);
	may_start = claim_start(c);
	if (c->n_idle > 0)
		(void)pthread_cond_signal(&c->wake);
	(void)pthread_mutex_unlock(&c->lock);
	if (may_start)
		start(c);
	errno = saved;
	return -EBADF;
}

int closer_close(int fd)
{
	return fd < 0 ? -EBADF : hand_over(&wary, fd);
}

int closer_hang_up(int fd)
{
	int saved = errno, unread = 0;
	bool is_empty;

	if (fd < 0)
		return -EBADF;
	(void)shutdown(fd, SHUT_RDWR); /* fails if the peer is gone; nothing is sent from here on */
	is_empty = ioctl(fd, FIONREAD, &unread) == 0 && unread == 0;
	errno = saved;
	return hand_over(is_empty ? &calm : &wary, fd);
}

void closer_hang_upp(int *fd)
{
	*fd = closer_hang_up(*fd);
}

bool closer_is_crowded(void)
{
	return atomic_load(&n_all_waiting) >= CLOSER_CROWDED;
}
