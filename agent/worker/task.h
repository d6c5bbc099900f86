/*
 * worker/task.h - one job of signetd, from its frame to its answer
 *
 * Owned by one place at a time: the thread that reads it, a queue, or the thread that works on it.
 */
#ifndef AGENT_WORKER_TASK_H
#define AGENT_WORKER_TASK_H

#include "agent/base/list.h"
#include "agent/base/secret.h"
#include "agent/wire/job.h"
#include "agent/worker/answer.h"
#include "agent/worker/channel.h"

struct task {
	struct list link;        /* in a queue, or in none */
	struct channel *channel; /* owned reference; where the answer goes */
	enum job_type type;      /* JOB_SIGN, JOB_UNLOCK or JOB_LOCK */
	uint64_t id;
	bool was_recovered; /* the token was mended once for this task, and is not again */

	struct secret *pin; /* owned; JOB_UNLOCK */
	bool is_person;     /* JOB_UNLOCK: somebody has typed it just now */

	unsigned lane; /* from here on: JOB_SIGN; which of those that run at once, 0 first */
	uint8_t key_id[JOB_KEY_ID_SIZE];
	enum algorithm algorithm;
	enum hash hash;
	enum input input;
	size_t size;
	uint8_t data[];
};

int task_new_sign(struct channel *c, const struct job_sign *job, struct task **ret);
/* pin is NULL for JOB_LOCK; it is taken on success. */
int task_new_order(struct channel *c, enum job_type type, uint64_t id, struct secret **pin,
		   struct task **ret);
struct task *task_free(struct task *t);
DEFINE_FREEP(struct task, task_free)

/* Memory that it holds, for limits. */
size_t task_held(const struct task *t);

/*
 * Sends signed or done; signature counts only when the answer is OK. may_wait: another answer
 * follows soon, and takes this one along.
 */
void task_answer(const struct task *t, const struct answer *a, struct view signature,
		 bool may_wait);

#endif
