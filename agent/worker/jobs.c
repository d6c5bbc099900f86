/*
 * worker/jobs.c - see jobs.h
 */
#include "agent/worker/jobs.h"

#include <errno.h>
#include <string.h>

#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/worker/task.h"

static void refuse_busy(struct task *t)
{
	struct answer a;

	answer_set(&a, JOB_RESULT_BUSY, 0, "too many jobs wait for this token");
	task_answer(t, &a, (struct view){}, false);
}

static bool on_sign(const struct jobs *j, struct channel *c, struct reader *r)
{
	_cleanup_(task_freep) struct task *t = NULL;
	struct job_sign job;

	if (!job_read_sign(r, &job))
		return false;
	if (task_new_sign(c, &job, &t) < 0)
		return false;
	if (!queue_put(j->queue, &t))
		refuse_busy(t);
	return true;
}

/* The PIN from the descriptor; -EBADMSG if that is not what it must be. */
static int read_pin(struct channel *c, struct secret **ret)
{
	_cleanup_(fd_closep) int fd = channel_take_fd(c);
	bool is_sealed = false;
	int r;

	if (fd < 0)
		return -EBADMSG;
	/* One byte more for a newline. */
	r = fd_is_sealed_memfd(fd, PIN_MAX + 1, &is_sealed);
	if (r < 0)
		return r;
	return is_sealed ? secret_read(fd, PIN_MAX, ret) : -EBADMSG;
}

static void refuse_pin(struct task *t, int error)
{
	struct answer a;

	if (error == -EBADMSG)
		answer_set(&a, JOB_RESULT_REFUSED, 0,
			   "refused because the PIN did not come in a sealed memfd of at most %u "
			   "bytes",
			   PIN_MAX + 1);
	else
		answer_set(&a, JOB_RESULT_REFUSED, 0,
			   "refused because a PIN has 1 to %u bytes and no NUL among them: %s",
			   PIN_MAX, strerror(-error));
	task_answer(t, &a, (struct view){}, false);
}

static bool on_unlock(const struct jobs *j, struct channel *c, struct reader *r)
{
	_cleanup_(secret_freep) struct secret *pin = NULL;
	_cleanup_(task_freep) struct task *t = NULL;
	struct job_unlock job;
	int error;

	if (!job_read_unlock(r, &job))
		return false;
	error = read_pin(c, &pin);
	if (task_new_order(c, JOB_UNLOCK, job.id, &pin, &t) < 0)
		return false;
	t->is_person = !job.is_stored;
	if (error < 0)
		refuse_pin(t, error);
	else if (!manager_put(j->manager, &t))
		refuse_busy(t);
	return true;
}

static bool on_lock(const struct jobs *j, struct channel *c, struct reader *r)
{
	_cleanup_(task_freep) struct task *t = NULL;
	uint64_t id;

	if (!job_read_lock(r, &id) || task_new_order(c, JOB_LOCK, id, NULL, &t) < 0)
		return false;
	if (!manager_put(j->manager, &t))
		refuse_busy(t);
	return true;
}

static bool on_hello(const struct jobs *j, struct channel *c, struct reader *r)
{
	uint32_t version;

	if (!job_read_hello(r, &version) || version != JOB_VERSION)
		return false;
	hub_greet(j->hub, c);
	return true;
}

enum jobs_verdict jobs_take(const struct jobs *j, struct channel *c, struct view frame)
{
	struct reader r;
	bool is_fine;
	uint8_t type;

	reader_init(&r, frame.data, frame.size);
	type = reader_u8(&r);
	/* One hello, before anything else. */
	if (c->is_greeted == (type == JOB_HELLO))
		return JOBS_MALFORMED;
	switch (type) {
	case JOB_HELLO:
		is_fine = on_hello(j, c, &r);
		break;
	case JOB_SIGN:
		is_fine = on_sign(j, c, &r);
		break;
	case JOB_UNLOCK:
		is_fine = on_unlock(j, c, &r);
		break;
	case JOB_LOCK:
		is_fine = on_lock(j, c, &r);
		break;
	case JOB_END:
		return reader_end(&r) ? JOBS_END : JOBS_MALFORMED;
	default:
		is_fine = false;
		break;
	}
	return is_fine ? JOBS_TAKEN : JOBS_MALFORMED;
}
