/*
 * worker/queue.h - signatures that wait for a session, and the threads that wait for signatures
 *
 * First come, first served: fairness between callers is the business of signetd, which knows them
 * and keeps its own queue; here wait only the few that keep the sessions busy. Bounded all the
 * same. While the queue is paused nothing is taken out of it: that is how the manager thread gets
 * the token for itself.
 *
 * Who has nothing to do listens to signetd: a thread that waits in queue_take() is woken by the
 * connection itself, reads the job and goes on with it, without a second thread to hand it over.
 * When all threads are busy nobody listens; the main thread looks after the connections then, at
 * least every QUEUE_WATCH_USEC.
 */
#ifndef AGENT_WORKER_QUEUE_H
#define AGENT_WORKER_QUEUE_H

#include <pthread.h>
#include <stdbool.h>

#include "agent/base/clock.h"
#include "agent/base/list.h"
#include "agent/worker/task.h"

/* Bytes of all tasks that wait. */
#define QUEUE_BYTES_MAX (32u * 1024 * 1024)
#define QUEUE_WATCH_USEC (100 * USEC_PER_MSEC)

/* Called by a thread that waits for a task, without the lock: there is something to be read. */
typedef void (*queue_readable)(unsigned source, void *userdata);

struct queue {
	queue_readable readable; /* NULL: nothing is listened to */
	void *userdata;
	int watch_fd; /* borrowed eventfd: wakes the main thread to watch; -EBADF none */
	int epoll_fd; /* owned; what waiting threads wait for */
	int wake_fd;  /* owned; eventfd, a semaphore: wakes as many of them as it counts */

	pthread_mutex_t lock;   /* for all that follows */
	pthread_cond_t is_idle; /* for the one that waits in queue_drain() */
	struct list tasks;      /* owned */
	size_t n_tasks;
	size_t n_bytes;
	unsigned n_running;
	uint32_t lanes;     /* of those that run: a bit for each */
	unsigned n_waiting; /* threads in queue_take() without a task */
	unsigned limit;     /* how many may run at once */
	bool is_paused;
	bool is_watched; /* the main thread looks regularly */
};

/* watch_fd and readable may be -EBADF and NULL. */
int queue_init(struct queue *q, int watch_fd, queue_readable readable, void *userdata);
void queue_done(struct queue *q); /* for tests: nobody waits in it */

/*
 * Has waiting threads called with source when fd can be read, one of them at a time: after each
 * call it must be said anew that fd is listened to.
 */
int queue_listen(struct queue *q, int fd, unsigned source);
void queue_listen_again(struct queue *q, int fd, unsigned source);
void queue_ignore(struct queue *q, int fd);

/*
 * Takes *task on success; false if the queue is full. Wakes nobody: a thread that has put tasks in
 * while it waited for one takes the first itself; others call queue_wake().
 */
bool queue_put(struct queue *q, struct task **task);
void queue_wake(struct queue *q);

/*
 * Waits for a task; it counts as running until queue_finish() or queue_return(). Its lane is a
 * number below the limit that no other running task has.
 */
struct task *queue_take(struct queue *q);
void queue_finish(struct queue *q, struct task *task); /* frees it */
void queue_return(struct queue *q, struct task *task); /* puts it back in front of all others */

/* Whether another task could be taken right now. */
bool queue_has_more(struct queue *q);

/* From now on nothing is taken; queue_drain() waits until nothing is running any more. */
void queue_pause(struct queue *q);
void queue_drain(struct queue *q);
/* Goes on, with so many at once, 1 to 31. */
void queue_resume(struct queue *q, unsigned limit);

/* Drops what waits for this channel; what is running is not touched. */
void queue_cancel(struct queue *q, const struct channel *c);

/* Whether nothing waits and nothing runs. */
bool queue_is_empty(struct queue *q);

/*
 * Main thread: whether it must look again after QUEUE_WATCH_USEC, because something runs. It is
 * woken by watch_fd when that begins. *ret_is_deaf: no thread listens now.
 */
bool queue_watch(struct queue *q, bool *ret_is_deaf);

#endif
