/*
 * op-token.c - unlocking and locking a token
 *
 * The PIN comes as a descriptor and leaves as one. It is looked at from outside (sealed? how
 * large?) and never read here.
 */
#include "agent/op.h"

#include <errno.h>

#include "agent/base/fd.h"

static int take_token(struct request *q, const struct message_token *m)
{
	q->ask.may_interact = m->flags & MESSAGE_INTERACTIVE;
	q->ask.token = view_strdup(m->token);
	return q->ask.token ? 0 : -ENOMEM;
}

int op_decode_unlock(struct request *q, struct reader *r)
{
	struct message_token m;
	bool is_sealed;

	if (q->fd < 0 || fd_is_sealed_memfd(q->fd, PIN_MAX + 1, &is_sealed) < 0 || !is_sealed)
		return -EBADMSG;
	q->ask.pin_fd = take_fd(&q->fd);
	if (!message_read_unlock(r, &m))
		return -EBADMSG;
	q->ask.is_stored_pin = m.flags & MESSAGE_STORED_PIN;
	return take_token(q, &m);
}

int op_decode_lock(struct request *q, struct reader *r)
{
	struct message_token m;

	return message_read_lock(r, &m) ? take_token(q, &m) : -EBADMSG;
}

/* What the token process answered, in the words of a request. */
static void end_control(struct request *q, const struct pool_result *r, enum record_kind done)
{
	const char *token = q->ask.token;
	const char *why = r->sentence ? r->sentence : job_result_name(r->result);

	/* Also if it was the last try. Without a code the token was blocked before, and not asked. */
	if (r->result == JOB_RESULT_PIN_REFUSED ||
	    (r->result == JOB_RESULT_PIN_BLOCKED && r->ckr != 0))
		q->record_kind = RECORD_PIN_REFUSED;
	switch (r->result) {
	case JOB_RESULT_OK:
		q->record_kind = done;
		(void)request_end(q, OUTCOME_DONE, STATUS_OK, "%s", "");
		return;
	case JOB_RESULT_PIN_REFUSED:
		(void)request_end(q, OUTCOME_FAILED, STATUS_DENIED,
				  "token '%s' refused the PIN: %s", token, why);
		return;
	case JOB_RESULT_PIN_BLOCKED:
	case JOB_RESULT_LOST:
	case JOB_RESULT_LOCKED:
		(void)request_end(q, OUTCOME_FAILED, STATUS_UNAVAILABLE, "token '%s': %s", token,
				  why);
		return;
	case JOB_RESULT_BUSY:
	case JOB_RESULT_UNKNOWN:
		(void)request_end(q, OUTCOME_UNKNOWN, STATUS_AGAIN, "token '%s': %s", token, why);
		return;
	case JOB_RESULT_REFUSED:
		(void)request_end(q, OUTCOME_FAILED, STATUS_DATA, "token '%s': %s", token, why);
		return;
	case JOB_RESULT_NONE:
	case JOB_RESULT_NO_KEY:
	case JOB_RESULT_FAILED:
	case _JOB_RESULT_MAX:
		break;
	}
	(void)request_end(q, OUTCOME_FAILED, STATUS_IO, "token '%s': %s", token, why);
}

static void on_unlocked(struct pool_results *results, void *userdata)
{
	struct request *q = userdata;

	q->job = NULL;
	end_control(q, &results->items[0], RECORD_UNLOCKED);
	request_ran(q);
}

static void on_locked(struct pool_results *results, void *userdata)
{
	struct request *q = userdata;

	q->job = NULL;
	end_control(q, &results->items[0], RECORD_LOCKED);
	request_ran(q);
}

/* Whether a job could be handed on; if not, q has ended. */
static enum request_state started(struct request *q, int r)
{
	if (r == -ENOENT)
		return request_end(q, OUTCOME_FAILED, STATUS_UNAVAILABLE,
				   "token '%s' is not configured any more", q->ask.token);
	if (r < 0)
		return request_end(q, OUTCOME_FAILED, STATUS_AGAIN,
				   "token '%s' is being unlocked or locked by somebody else",
				   q->ask.token);
	return REQUEST_PARKED;
}

enum request_state op_run_unlock(struct request *q)
{
	return started(q, pool_unlock(q->agent->pool, q->ask.token, &q->ask.pin_fd,
				      q->ask.is_stored_pin, on_unlocked, q, &q->job));
}

enum request_state op_run_lock(struct request *q)
{
	return started(q, pool_lock(q->agent->pool, q->ask.token, on_locked, q, &q->job));
}
