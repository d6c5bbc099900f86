/*
 * worker/manager.c - see manager.h
 */
#include "agent/worker/manager.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/base/clock.h"
#include "agent/base/text.h"
#include "agent/worker/announce.h"

#define BACKOFF_MAX_USEC (60 * USEC_PER_SEC)
/* Somebody waits: sooner than by the clock alone. */
#define PATIENCE_USEC (5 * USEC_PER_SEC)

/* --- back-off ------------------------------------------------------------------------------------- */

/* 1 s, 2 s, 4 s ... 60 s, give or take a quarter: not all hosts at the same moment. */
static uint64_t delay(unsigned n_failures)
{
	uint64_t usec = BACKOFF_MAX_USEC;

	if (n_failures < 7)
		usec = USEC_PER_SEC << (n_failures > 0 ? n_failures - 1 : 0);
	if (usec > BACKOFF_MAX_USEC)
		usec = BACKOFF_MAX_USEC;
	return usec * 3 / 4 + randombytes_uniform((uint32_t)(usec / 2));
}

bool manager_may_try(const struct manager *m)
{
	uint64_t now = clock_boottime_usec();

	return now >= m->next_try_usec || now - m->last_try_usec >= PATIENCE_USEC;
}

static void activate(struct manager *m, enum recovery depth)
{
	struct token *t = m->token;

	m->last_try_usec = clock_boottime_usec();
	token_activate(t, depth);
	if (t->state == TOKEN_STATE_LOST)
		m->n_failures++;
	m->next_try_usec = clock_boottime_usec() + delay(m->n_failures);
	atomic_store(&m->has_signed, false);
}

/*
 * A token that comes up and fails at the next signature again is not brought up in a tight loop:
 * without a signature in between, each round counts as one more failure.
 */
static void recover(struct manager *m, enum recovery action)
{
	bool was_useful = atomic_load(&m->has_signed);

	if (m->token->state == TOKEN_STATE_LOST) {
		activate(m, RECOVERY_RELOAD);
		return;
	}
	m->n_failures = was_useful ? 0 : m->n_failures + 1;
	if (m->n_failures > 0 && clock_boottime_usec() < m->next_try_usec) {
		token_give_up(m->token, "the token fails again and again; it is left alone for a "
					"while");
		m->next_try_usec = clock_boottime_usec() + delay(m->n_failures);
		return;
	}
	activate(m, action);
}

/* --- orders --------------------------------------------------------------------------------------- */

static void run_order(struct manager *m, struct task *task)
{
	struct answer answer;

	if (task->type == JOB_UNLOCK)
		token_unlock(m->token, &task->pin, task->is_person, &answer);
	else
		token_lock(m->token, &answer);
	/* Whoever did this is there, and is told what happens: begin anew. */
	m->n_failures = m->token->state == TOKEN_STATE_LOST ? 1 : 0;
	m->next_try_usec = clock_boottime_usec() + delay(m->n_failures);
	atomic_store(&m->has_signed, true);
	/* The state first: who hears that the token is unlocked may use it at once. */
	announce(m->token, m->hub);
	task_answer(task, &answer, (struct view){}, false);
}

/* --- the thread ------------------------------------------------------------------------------------ */

struct errand {
	struct task *order; /* owned; NULL: none */
	bool must_refresh;
	bool is_due; /* a lost token's time has come */
};

static bool has_errand(const struct manager *m)
{
	return m->n_orders > 0 || m->must_refresh || m->wanted != RECOVERY_NONE;
}

/* Sleeps until there is something to do, or a lost token is to be tried again. */
static void sleep_until(struct manager *m, uint64_t deadline_usec, bool *ret_is_due)
{
	struct timespec ts = {
		.tv_sec = (time_t)(deadline_usec / USEC_PER_SEC),
		.tv_nsec = (long)(deadline_usec % USEC_PER_SEC * 1000),
	};
	int r = 0;

	while (!has_errand(m) && r == 0) {
		if (deadline_usec == 0)
			r = pthread_cond_wait(&m->wake, &m->lock);
		else
			r = pthread_cond_timedwait(&m->wake, &m->lock, &ts);
	}
	*ret_is_due = r == ETIMEDOUT;
}

/* The condition's clock is MONOTONIC, which stands still in suspend: a token may wait that long. */
static uint64_t deadline(const struct manager *m)
{
	uint64_t now = clock_boottime_usec(), wait;
	struct timespec ts;

	if (m->token->state != TOKEN_STATE_LOST)
		return 0;
	wait = m->next_try_usec > now ? m->next_try_usec - now : 0;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* always there */
	return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000 + wait;
}

static void next_errand(struct manager *m, struct errand *ret)
{
	uint64_t until = deadline(m);

	*ret = (struct errand){};
	pthread_mutex_lock(&m->lock);
	m->is_busy = false;
	sleep_until(m, until, &ret->is_due);
	m->is_busy = true;
	if (m->n_orders > 0) {
		ret->order = container_of(m->orders.next, struct task, link);
		list_remove(&ret->order->link);
		m->n_orders--;
	}
	ret->must_refresh = m->must_refresh;
	m->must_refresh = false;
	pthread_mutex_unlock(&m->lock);
}

/*
 * What threads that sign have asked for, collected when none of them runs any more: whoever asks
 * later has seen what comes now.
 */
static enum recovery take_wanted(struct manager *m)
{
	enum recovery wanted;

	pthread_mutex_lock(&m->lock);
	wanted = m->wanted;
	m->wanted = RECOVERY_NONE;
	pthread_mutex_unlock(&m->lock);
	return wanted;
}

static void run_errand(struct manager *m, struct errand *e)
{
	enum recovery wanted;

	queue_pause(m->queue);
	queue_drain(m->queue);
	wanted = take_wanted(m);
	if (wanted != RECOVERY_NONE)
		recover(m, wanted);
	else if (e->is_due)
		activate(m, RECOVERY_RELOAD);
	if (e->must_refresh)
		token_refresh(m->token);
	if (e->order)
		run_order(m, e->order);
	else
		announce(m->token, m->hub);
	task_free(e->order);
	queue_resume(m->queue, m->token->sessions);
}

static void *run(void *userdata)
{
	struct manager *m = userdata;
	struct errand e;

	activate(m, RECOVERY_LOGIN);
	/* The first failure to sign is not yet a failure in a row. */
	atomic_store(&m->has_signed, true);
	announce(m->token, m->hub);
	queue_resume(m->queue, m->token->sessions);
	for (;;) {
		next_errand(m, &e);
		run_errand(m, &e);
	}
	return NULL;
}

static int init_wake(pthread_cond_t *cond)
{
	pthread_condattr_t attr;
	int r;

	if (pthread_condattr_init(&attr) != 0)
		return -ENOMEM;
	r = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	if (r == 0)
		r = pthread_cond_init(cond, &attr);
	(void)pthread_condattr_destroy(&attr); /* holds nothing */
	return -r;
}

int manager_start(struct manager *m, struct token *token, struct queue *queue, struct hub *hub)
{
	int r;

	*m = (struct manager){.token = token, .queue = queue, .hub = hub, .is_busy = true};
	list_init(&m->orders);
	if (pthread_mutex_init(&m->lock, NULL) != 0)
		return -ENOMEM;
	r = init_wake(&m->wake);
	if (r < 0)
		return r;
	return -pthread_create(&m->thread, NULL, run, m);
}

/* --- for other threads ------------------------------------------------------------------------------ */

bool manager_put(struct manager *m, struct task **task)
{
	bool has_room;

	pthread_mutex_lock(&m->lock);
	has_room = m->n_orders < MANAGER_ORDERS_MAX;
	if (has_room) {
		struct task *t = take_ptr(*task);

		list_append(&m->orders, &t->link);
		m->n_orders++;
		pthread_cond_signal(&m->wake);
	}
	pthread_mutex_unlock(&m->lock);
	return has_room;
}

void manager_refresh(struct manager *m)
{
	pthread_mutex_lock(&m->lock);
	m->must_refresh = true;
	pthread_cond_signal(&m->wake);
	pthread_mutex_unlock(&m->lock);
}

void manager_cancel(struct manager *m, const struct channel *c)
{
	struct list *at, *next;

	pthread_mutex_lock(&m->lock);
	for (at = m->orders.next; at != &m->orders; at = next) {
		struct task *t = container_of(at, struct task, link);

		next = at->next;
		/* A lock holds whoever asked for it; a PIN is only tried while somebody waits. */
		if (t->channel != c || t->type == JOB_LOCK)
			continue;
		m->n_orders--;
		task_free(t);
	}
	pthread_mutex_unlock(&m->lock);
}

bool manager_is_idle(struct manager *m)
{
	bool is_idle;

	pthread_mutex_lock(&m->lock);
	is_idle = !m->is_busy && !has_errand(m);
	pthread_mutex_unlock(&m->lock);
	return is_idle;
}

void manager_recover(struct manager *m, enum recovery action)
{
	if (action == RECOVERY_LEAVE) {
		hub_leave(m->hub, "the module is beyond repair");
		return;
	}
	queue_pause(m->queue);
	pthread_mutex_lock(&m->lock);
	if (action > m->wanted)
		m->wanted = action;
	pthread_cond_signal(&m->wake);
	pthread_mutex_unlock(&m->lock);
}
