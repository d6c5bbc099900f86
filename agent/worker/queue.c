/*
 * worker/queue.c - see queue.h
 */
#include "agent/worker/queue.h"

#include <errno.h>

#include "agent/base/cleanup.h"
#include "agent/base/limits.h"

int queue_init(struct queue *q)
{
	*q = (struct queue){.limit = 1, .is_paused = true};
	list_init(&q->tasks);
	if (pthread_mutex_init(&q->lock, NULL) != 0 || pthread_cond_init(&q->may_take, NULL) != 0 ||
	    pthread_cond_init(&q->is_idle, NULL) != 0)
		return -ENOMEM;
	return 0;
}

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
		pthread_cond_signal(&q->may_take);
	}
	pthread_mutex_unlock(&q->lock);
	return has_room;
}

static struct task *take_first(struct queue *q)
{
	struct task *t = container_of(q->tasks.next, struct task, link);

	list_remove(&t->link);
	account(q, t, false);
	return t;
}

struct task *queue_take(struct queue *q)
{
	struct task *t;

	pthread_mutex_lock(&q->lock);
	while (q->is_paused || q->n_running >= q->limit || list_is_empty(&q->tasks))
		pthread_cond_wait(&q->may_take, &q->lock);
	t = take_first(q);
	q->n_running++;
	pthread_mutex_unlock(&q->lock);
	return t;
}

/* Called with the lock held. */
static void stop_running(struct queue *q)
{
	q->n_running--;
	if (q->n_running == 0)
		pthread_cond_signal(&q->is_idle);
	pthread_cond_signal(&q->may_take);
}

void queue_finish(struct queue *q, struct task *task)
{
	/* Freed first: who sees an empty queue may rely on the channel's being let go. */
	task_free(task);
	pthread_mutex_lock(&q->lock);
	stop_running(q);
	pthread_mutex_unlock(&q->lock);
}

void queue_return(struct queue *q, struct task *task)
{
	pthread_mutex_lock(&q->lock);
	list_append(q->tasks.next, &task->link); /* before the first one */
	account(q, task, true);
	stop_running(q);
	pthread_mutex_unlock(&q->lock);
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
	pthread_cond_broadcast(&q->may_take);
	pthread_mutex_unlock(&q->lock);
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
