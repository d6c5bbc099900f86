/*
 * worker/manager.h - the one thread that manages the token
 *
 * It alone calls libp11, logs in and out, reads keys, and mends what is broken; it may hang in the
 * module as long as it likes without the main thread's noticing. Before it touches the token it
 * has the queue to itself. A token that cannot be brought up is tried again after 1 s, 2 s, 4 s
 * ... to 60 s, or after 5 s at the latest if a job asks for it.
 */
#ifndef AGENT_WORKER_MANAGER_H
#define AGENT_WORKER_MANAGER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/base/list.h"
#include "agent/worker/hub.h"
#include "agent/worker/queue.h"
#include "agent/worker/recovery.h"
#include "agent/worker/task.h"
#include "agent/worker/token.h"

/* Unlocks and locks that wait; people type slower than this. */
#define MANAGER_ORDERS_MAX 64

struct manager {
	struct token *token; /* borrowed, as the next two */
	struct queue *queue;
	struct hub *hub;
	pthread_t thread;

	pthread_mutex_t lock; /* for all up to the next comment */
	pthread_cond_t wake;
	struct list orders; /* tasks, owned */
	size_t n_orders;
	bool is_busy; /* works on an order */
	bool must_refresh;
	enum recovery wanted; /* what a thread that signs has asked for */

	/* Written while the queue is drained, read by threads that sign. */
	uint64_t next_try_usec; /* not before; 0: at once */
	uint64_t last_try_usec;
	unsigned n_failures;    /* activations in a row after which nothing could be signed */
	atomic_bool has_signed; /* since the last activation */
};

/* Starts the thread, which activates the token first; the queue is resumed after that. */
int manager_start(struct manager *m, struct token *token, struct queue *queue, struct hub *hub);

/* Any thread. False if too many orders wait; *task is taken otherwise. */
bool manager_put(struct manager *m, struct task **task);
void manager_refresh(struct manager *m);
void manager_cancel(struct manager *m, const struct channel *c);
bool manager_is_idle(struct manager *m);

/*
 * Threads that sign, with a task running: something is to be mended. Nothing more is taken from
 * the queue until it is. What several threads see broken at the same time is mended once.
 */
void manager_recover(struct manager *m, enum recovery action);

/* Whether a lost token may be tried again now, because a job asks for it. */
bool manager_may_try(const struct manager *m);

#endif
