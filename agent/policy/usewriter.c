/*
 * policy/usewriter.c - see usewriter.h
 */
#include "agent/policy/usewriter.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent/base/fd.h"

struct usewriter {
	pthread_mutex_t lock; /* for the next three; held for moments, never while writing */
	struct list todo;     /* struct usewrite, owned, as those that are done */
	struct list done;
	bool is_ending;
	pthread_cond_t wake; /* todo or is_ending has changed */
	pthread_t thread;
	bool has_thread;
	int dir_fd; /* owned */
	int bell;   /* owned eventfd: something is done */
	sd_event_source *source;
	usewriter_callback callback;
	void *userdata;
};

/* --- the thread ------------------------------------------------------------------------------- */

/* The lock is held. NULL: there is nothing more, and nothing more will come. */
static struct usewrite *wait_for_one(struct usewriter *u)
{
	struct usewrite *w;

	while (list_is_empty(&u->todo) && !u->is_ending)
		(void)pthread_cond_wait(&u->wake, &u->lock); /* with what is ours it cannot fail */
	if (list_is_empty(&u->todo))
		return NULL;
	w = container_of(u->todo.next, struct usewrite, link);
	list_remove(&w->link);
	return w;
}

static void *run(void *userdata)
{
	struct usewriter *u = userdata;
	struct usewrite *w;

	(void)pthread_mutex_lock(&u->lock); /* cannot fail, nor can its fellows below */
	while ((w = wait_for_one(u))) {
		(void)pthread_mutex_unlock(&u->lock);
		w->result = usefile_write(u->dir_fd, w->name, w->text);
		(void)pthread_mutex_lock(&u->lock);
		list_append(&u->done, &w->link);
		fd_ring(u->bell, 1);
	}
	(void)pthread_mutex_unlock(&u->lock);
	return NULL;
}

/* Signals are the loop's. */
static int start(struct usewriter *u)
{
	sigset_t all, old;
	int e;

	(void)sigfillset(&all); /* cannot fail */
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	e = pthread_create(&u->thread, NULL, run, u);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	u->has_thread = e == 0;
	return -e;
}

/* --- for the loop ----------------------------------------------------------------------------- */

static struct usewrite *take_done(struct usewriter *u)
{
	struct usewrite *w = NULL;

	(void)pthread_mutex_lock(&u->lock);
	if (!list_is_empty(&u->done)) {
		w = container_of(u->done.next, struct usewrite, link);
		list_remove(&w->link);
	}
	(void)pthread_mutex_unlock(&u->lock);
	return w;
}

static int on_bell(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct usewriter *u = userdata;
	struct usewrite *w;
	uint64_t n;

	(void)s;
	(void)revents;
	if (read(fd, &n, sizeof(n)) < 0)
		return 0; /* it did not ring */
	while ((w = take_done(u)))
		u->callback(w, u->userdata);
	return 0;
}

int usewriter_new(sd_event *event, int dir_fd, usewriter_callback callback, void *userdata,
		  struct usewriter **ret)
{
	_cleanup_(usewriter_freep) struct usewriter *u = calloc(1, sizeof(*u));
	int r;

	if (!u) {
		(void)fd_close(dir_fd);
		return -ENOMEM;
	}
	u->dir_fd = dir_fd;
	u->callback = callback;
	u->userdata = userdata;
	list_init(&u->todo);
	list_init(&u->done);
	(void)pthread_mutex_init(&u->lock, NULL); /* cannot fail, as the next */
	(void)pthread_cond_init(&u->wake, NULL);
	u->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (u->bell < 0)
		return -errno;
	r = sd_event_add_io(event, &u->source, u->bell, EPOLLIN, on_bell, u);
	if (r >= 0)
		r = start(u);
	if (r < 0)
		return r;
	*ret = take_ptr(u);
	return 0;
}

static void end_thread(struct usewriter *u)
{
	(void)pthread_mutex_lock(&u->lock);
	u->is_ending = true;
	(void)pthread_cond_signal(&u->wake);
	(void)pthread_mutex_unlock(&u->lock);
	(void)pthread_join(u->thread, NULL); /* ours, and joined once */
}

struct usewriter *usewriter_free(struct usewriter *u)
{
	struct usewrite *w;

	if (!u)
		return NULL;
	if (u->has_thread)
		end_thread(u);
	while ((w = take_done(u)))
		free(w);
	(void)sd_event_source_disable_unref(u->source);
	(void)pthread_cond_destroy(&u->wake); /* nobody waits: the thread is gone */
	(void)pthread_mutex_destroy(&u->lock);
	(void)fd_close(u->bell);
	(void)fd_close(u->dir_fd);
	free(u);
	return NULL;
}

void usewriter_put(struct usewriter *u, struct usewrite *w)
{
	(void)pthread_mutex_lock(&u->lock);
	list_append(&u->todo, &w->link);
	(void)pthread_cond_signal(&u->wake);
	(void)pthread_mutex_unlock(&u->lock);
}
