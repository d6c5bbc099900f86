/*
 * worker/queue.h - signatures that wait for a session
 *
 * First come, first served: fairness between callers is the business of signetd, which knows them
 * and keeps its own queue; here wait only the few that keep the sessions busy. Bounded all the
 * same. While the queue is paused nothing is taken out of it: that is how the manager thread gets
 * the token for itself.
 */
#ifndef AGENT_WORKER_QUEUE_H
#define AGENT_WORKER_QUEUE_H

#include <pthread.h>
#include <stdbool.h>

#include "agent/base/list.h"
#include "agent/worker/task.h"

/* Bytes of all tasks that wait. */
#define QUEUE_BYTES_MAX (32u * 1024 * 1024)

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t may_take; /* for threads that sign */
	pthread_cond_t is_idle;  /* for the one that waits in queue_drain() */
	struct list tasks;       /* owned */
	size_t n_tasks;
	size_t n_bytes;
	unsigned n_running;
	unsigned limit; /* how many may run at once */
	bool is_paused;
};

int queue_init(struct queue *q);

/* Takes *task on success; false if the queue is full. */
bool queue_put(struct queue *q, struct task **task);

/* Waits for a task; it counts as running until queue_finish() or queue_return(). */
struct task *queue_take(struct queue *q);
void queue_finish(struct queue *q, struct task *task); /* frees it */
void queue_return(struct queue *q, struct task *task); /* puts it back in front of all others */

/* From now on nothing is taken; queue_drain() waits until nothing is running any more. */
void queue_pause(struct queue *q);
void queue_drain(struct queue *q);
/* Goes on, with so many at once. */
void queue_resume(struct queue *q, unsigned limit);

/* Drops what waits for this channel; what is running is not touched. */
void queue_cancel(struct queue *q, const struct channel *c);

/* Whether nothing waits and nothing runs. */
bool queue_is_empty(struct queue *q);

#endif
