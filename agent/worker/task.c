/*
 * worker/task.c - see task.h
 */
#include "agent/worker/task.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/limits.h"

int task_new_sign(struct channel *c, const struct job_sign *job, struct task **ret)
{
	struct task *t = calloc(1, sizeof(*t) + job->data.size);

	if (!t)
		return -ENOMEM;
	list_init(&t->link);
	t->channel = channel_ref(c);
	t->type = JOB_SIGN;
	t->id = job->id;
	memcpy(t->key_id, job->key_id.data, sizeof(t->key_id)); /* the reader saw to the size */
	t->algorithm = job->algorithm;
	t->hash = job->hash;
	t->input = job->input;
	t->size = job->data.size;
	if (t->size > 0)
		memcpy(t->data, job->data.data, t->size);
	*ret = t;
	return 0;
}

int task_new_order(struct channel *c, enum job_type type, uint64_t id, struct secret **pin,
		   struct task **ret)
{
	struct task *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	list_init(&t->link);
	t->channel = channel_ref(c);
	t->type = type;
	t->id = id;
	if (pin)
		t->pin = take_ptr(*pin);
	*ret = t;
	return 0;
}

struct task *task_free(struct task *t)
{
	if (!t)
		return NULL;
	list_remove(&t->link);
	secret_free(t->pin);
	channel_unref(t->channel);
	free(t);
	return NULL;
}

size_t task_held(const struct task *t)
{
	return sizeof(*t) + t->size;
}

void task_answer(const struct task *t, const struct answer *a, struct view signature, bool may_wait)
{
	struct job_answer m = {
		.id = t->id,
		.result = a->result,
		.ckr = a->ckr,
		.sentence = {(const uint8_t *)a->sentence, strlen(a->sentence)},
	};
	struct writer w;

	if (a->result == JOB_RESULT_OK)
		m.signature = signature;
	writer_init(&w, FRAME_MAX);
	if (t->type == JOB_SIGN)
		job_write_signed(&w, &m);
	else
		job_write_done(&w, &m);
	/* Without memory for an answer there is none; signetd's deadline notices. */
	if (writer_end(&w) == 0 && may_wait)
		channel_post(t->channel, writer_view(&w));
	else if (writer_end(&w) == 0)
		channel_send(t->channel, writer_view(&w));
	writer_done(&w);
}
