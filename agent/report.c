/*
 * report.c - see report.h
 */
#include "agent/report.h"

#include "agent/base/clock.h"
#include "agent/op.h"

/* As it is asked for, or as the request has it that this is about. */
const char *report_key(const struct request *q)
{
	bool has_key = q->op && (q->op->needs == OP_NEEDS_KEY || q->op->needs == OP_NEEDS_REQUEST);

	return q->key ? q->key->name : has_key ? q->ask.key : NULL;
}

static enum record_kind record_kind(const struct request *q)
{
	if (q->record_kind != RECORD_NONE)
		return q->record_kind;
	if (q->verdict.kind == VERDICT_ALLOW && q->verdict.authority == AUTHORITY_BREAK_GLASS)
		return RECORD_BREAK_GLASS;
	switch (q->outcome) {
	case OUTCOME_SIGNED:
		return RECORD_SIGNED;
	case OUTCOME_DONE:
		return RECORD_ANSWERED;
	case OUTCOME_DENIED:
		return RECORD_DENIED;
	case OUTCOME_FAILED:
	case OUTCOME_TIMEOUT:
	case OUTCOME_CANCELLED:
	case OUTCOME_UNKNOWN:
	case OUTCOME_PENDING:
	case OUTCOME_NONE:
		break;
	}
	return RECORD_FAILED;
}

/* Even of one that is used up: it is forgotten when the loop turns, and a signature is recorded before. */
static const struct parked *approved(const struct request *q)
{
	bool is_approved =
		q->verdict.kind == VERDICT_ALLOW && q->verdict.authority == AUTHORITY_QUORUM;

	return is_approved ? quorum_find(q->agent->quorum, q->appeal.id) : NULL;
}

int report_write(struct request *q, journal_callback callback)
{
	const struct record record = {
		.kind = record_kind(q),
		.request = q->id,
		.operation = q->op ? q->op->name : "unknown",
		.token = q->ask.token,
		.ask = &q->ask,
		.key_name = report_key(q),
		.parked = q->appeal.id,
		.person = q->appeal.signature ? q->appeal.person.name : NULL,
		.approved = approved(q),
		.key = q->key,
		.caller = request_caller(q),
		.n_signed = q->n_signed,
		.outcome = q->outcome,
		.authority = q->verdict.authority,
		.reason = q->reason[0] ? q->reason : q->verdict.reason,
		.policy = q->policy[0] ? q->policy : q->agent->rules->hash,
		.duration_usec = clock_boottime_usec() - q->started_usec,
	};

	return journal_write(q->agent->journal, &record, callback, q, &q->record);
}
