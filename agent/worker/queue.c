/*
 * worker/queue.c - see queue.h
 */
#include "agent/worker/queue.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"

/* What waits for a wake-up and not for a connection; sources are counted from 1. */
#define SOURCE_WAKE 0
/* One thread is told, and nobody again until it says so. */
#define LISTEN_EVENTS (EPOLLIN | EPOLLRDHUP | EPOLLONESHOT)

static int watch_source(struct queue *q, int op, int fd, uint32_t events, uint32_t source)
{
	struct epoll_event e = {.events = events, .data.u32 = source};

	return epoll_ctl(q->epoll_fd, op, fd, &e) < 0 ? -errno : 0;
}

int queue_init(struct queue *q, int watch_fd, queue_readable readable, void *userdata)
{
	*q = (struct queue){
		.readable = readable,
		.userdata = userdata,
		.watch_fd = watch_fd,
		.limit = 1,
		.is_paused = true,
	};
	list_init(&q->tasks);
	if (pthread_mutex_init(&q->lock, NULL) != 0 || pthread_cond_init(&q->is_idle, NULL) != 0)
		return -ENOMEM;
	q->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	q->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	if (q->epoll_fd < 0 || q->wake_fd < 0)
		return -errno;
	return watch_source(q, EPOLL_CTL_ADD, q->wake_fd, EPOLLIN, SOURCE_WAKE);
}

void queue_done(struct queue *q)
{
	q->epoll_fd = fd_close(q->epoll_fd);
	q->wake_fd = fd_close(q->wake_fd);
}

/* --- listening -------------------------------------------------------------------------------------- */

int queue_listen(struct queue *q, int fd, unsigned source)
{
	return watch_source(q, EPOLL_CTL_ADD, fd, LISTEN_EVENTS, source + 1);
}

void queue_listen_again(struct queue *q, int fd, unsigned source)
{
	/* Fails only if it is ignored meanwhile. */
	(void)watch_source(q, EPOLL_CTL_MOD, fd, LISTEN_EVENTS, source + 1);
}

void queue_ignore(struct queue *q, int fd)
{
	(void)watch_source(q, EPOLL_CTL_DEL, fd, 0, 0); /* it may be ignored already */
}

/* Sleeps until there may be a task; reads what signetd sends. */
static void listen_once(struct queue *q)
{
	struct epoll_event e;
	uint64_t one;

	if (epoll_wait(q->epoll_fd, &e, 1, -1) < 1)
		return; /* a signal */
	if (e.data.u32 != SOURCE_WAKE)
		q->readable(e.data.u32 - 1, q->userdata);
	else if (read(q->wake_fd, &one, sizeof(one)) < 0)
		return; /* another thread was faster */
}

/* --- tasks ------------------------------------------------------------------------------------------ */

static void account(struct queue *q, const struct task *t, bool is_in)
{
	q->n_tasks = is_in ? q->n_tasks + 1 : q->n_tasks - 1;
	q->n_bytes = is_in ? q->n_bytes + task_held(t) : q->n_bytes - task_held(t);
}

bool queue_put(struct queue *q, struct task **task)
{
	bool has_room;

	pthread_mutex_lock(&q->lock);
	has_room = q->n_tasks < TOKEN_QUEUE_MAX && q->n_bytes < QUEUE_BYTES_MAX;
	if (has_room) {
		struct task *t = take_ptr(*task);

		list_append(&q->tasks, &t->link);
		account(q, t, true);
	}
	pthread_mutex_unlock(&q->lock);
	return has_room;
}

/* Called with the lock held, as the next ones. */
static bool may_take(const struct queue *q)
{
	return !q->is_paused && q->n_running < q->limit && !list_is_empty(&q->tasks);
}

/* How many waiting threads have something to do now. */
static uint64_t count_wanted(const struct queue *q)
{
	uint64_t n = q->limit - q->n_running;

	if (!may_take(q))
		return 0;
	n = n < q->n_tasks ? n : q->n_tasks;
	return n < q->n_waiting ? n : q->n_waiting;
}

static void wake(struct queue *q, uint64_t n)
{
	if (n > 0)
		fd_ring(q->wake_fd, n);
}

void queue_wake(struct queue *q)
{
	uint64_t n;

	pthread_mutex_lock(&q->lock);
	n = count_wanted(q);
	pthread_mutex_unlock(&q->lock);
	wake(q, n);
}

static struct task *take_first(struct queue *q)
{
	struct task *t = container_of(q->tasks.next, struct task, link);

	list_remove(&t->link);
	account(q, t, false);
	return t;
}

/* Somebody must see to it that what runs comes back. True if he must be woken for that. */
static bool begin_watch(struct queue *q)
{
	bool is_new = !q->is_watched;

	q->is_watched = true;
	return is_new;
}

/* There is one: fewer run than may. */
static void enter_lane(struct queue *q, struct task *t)
{
	t->lane = (unsigned)__builtin_ctz(~q->lanes);
	q->lanes |= 1u << t->lane;
	q->n_running++;
}

struct task *queue_take(struct queue *q)
{
	bool must_watch;
	struct task *t;
	uint64_t n;

	pthread_mutex_lock(&q->lock);
	while (!may_take(q)) {
		q->n_waiting++;
		pthread_mutex_unlock(&q->lock);
		listen_once(q);
		pthread_mutex_lock(&q->lock);
		q->n_waiting--;
	}
	t = take_first(q);
	enter_lane(q, t);
	must_watch = begin_watch(q);
	n = count_wanted(q);
	pthread_mutex_unlock(&q->lock);
	wake(q, n);
	if (must_watch && q->watch_fd >= 0)
		fd_ring(q->watch_fd, 1);
	return t;
}

/* Called with the lock held. */
static void leave_lane(struct queue *q, unsigned lane)
{
	q->lanes &= ~(1u << lane);
	q->n_running--;
	if (q->n_running == 0)
		pthread_cond_signal(&q->is_idle);
}

void queue_finish(struct queue *q, struct task *task)
{
	unsigned lane = task->lane;

	/* Freed first: who sees an empty queue may rely on the channel's being let go. */
	task_free(task);
	pthread_mutex_lock(&q->lock);
	leave_lane(q, lane);
	pthread_mutex_unlock(&q->lock);
}

void queue_return(struct queue *q, struct task *task)
{
	pthread_mutex_lock(&q->lock);
	list_append(q->tasks.next, &task->link); /* before the first one */
	account(q, task, true);
	leave_lane(q, task->lane);
	pthread_mutex_unlock(&q->lock);
}

bool queue_has_more(struct queue *q)
{
	bool has_more;

	pthread_mutex_lock(&q->lock);
	has_more = !q->is_paused && !list_is_empty(&q->tasks);
	pthread_mutex_unlock(&q->lock);
	return has_more;
}

void queue_pause(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->is_paused = true;
	pthread_mutex_unlock(&q->lock);
}

void queue_drain(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	while (q->n_running > 0)
		pthread_cond_wait(&q->is_idle, &q->lock);
	pthread_mutex_unlock(&q->lock);
}

void queue_resume(struct queue *q, unsigned limit)
{
	pthread_mutex_lock(&q->lock);
	q->is_paused = false;
	q->limit = limit;
	pthread_mutex_unlock(&q->lock);
	queue_wake(q);
}

void queue_cancel(struct queue *q, const struct channel *c)
{
	struct list dropped, *at, *next;

	list_init(&dropped);
	pthread_mutex_lock(&q->lock);
	for (at = q->tasks.next; at != &q->tasks; at = next) {
		struct task *t = container_of(at, struct task, link);

		next = at->next;
		if (t->channel != c)
			continue;
		list_remove(at);
		account(q, t, false);
		list_append(&dropped, at);
	}
	pthread_mutex_unlock(&q->lock);
	while (!list_is_empty(&dropped))
		task_free(container_of(dropped.next, struct task, link));
}

bool queue_is_empty(struct queue *q)
{
	bool is_empty;

	pthread_mutex_lock(&q->lock);
	is_empty = q->n_running == 0 && list_is_empty(&q->tasks);
	pthread_mutex_unlock(&q->lock);
	return is_empty;
}

bool queue_watch(struct queue *q, bool *ret_is_deaf)
{
	bool must_watch;

	pthread_mutex_lock(&q->lock);
	must_watch = q->n_running > 0 || !list_is_empty(&q->tasks);
	q->is_watched = must_watch;
	*ret_is_deaf = q->n_waiting == 0;
	pthread_mutex_unlock(&q->lock);
	return must_watch;
}
