/*
 * op.c - the table of operations, how a frame finds its own, and how every answer is framed
 */
#include "agent/op.h"

#include <errno.h>
#include <string.h>

#include "agent/base/clock.h"

/* clang-format off */
static const struct op ops[] = {
	{
		.name = "list", .message = MESSAGE_REQUEST_IDENTITIES, .needs = OP_NEEDS_TOKENS,
		.decode = op_decode_nothing, .run = op_run_list, .stop = op_stop_list, .reply = op_reply_ssh_list,
	},
	{
		.name = "sign", .message = MESSAGE_SIGN_REQUEST, .needs = OP_NEEDS_KEY, .action = "org.signetd.sign",
		.is_counted = true,
		.decode = op_decode_ssh_sign, .run = op_run_sign, .stop = op_stop_job, .reply = op_reply_ssh_sign,
	},
	{
		.name = "query", .message = MESSAGE_EXTENSION, .extension = "query",
		.decode = op_decode_nothing, .run = op_run_query, .reply = op_reply_query,
	},
	{
		.name = "session-bind", .message = MESSAGE_EXTENSION, .extension = "session-bind@openssh.com",
		.decode = op_decode_bind, .run = op_run_bind, .reply = op_reply_bind,
	},
	{
		.name = "list", .message = MESSAGE_EXTENSION, .extension = "list" MESSAGE_DOMAIN, .needs = OP_NEEDS_TOKENS,
		.decode = op_decode_list, .run = op_run_list, .stop = op_stop_list, .reply = op_reply_list,
	},
	{
		.name = "sign", .message = MESSAGE_EXTENSION, .extension = "sign" MESSAGE_DOMAIN, .needs = OP_NEEDS_KEY,
		.action = "org.signetd.sign", .is_counted = true,
		.decode = op_decode_sign, .run = op_run_sign, .stop = op_stop_job, .reply = op_reply_sign,
	},
	{
		.name = "unlock", .message = MESSAGE_EXTENSION, .extension = "unlock" MESSAGE_DOMAIN,
		.needs = OP_NEEDS_TOKEN, .action = "org.signetd.unlock",
		.decode = op_decode_unlock, .run = op_run_unlock, .stop = op_stop_job, .reply = op_reply_nothing,
	},
	{
		.name = "lock", .message = MESSAGE_EXTENSION, .extension = "lock" MESSAGE_DOMAIN,
		.needs = OP_NEEDS_TOKEN, .action = "org.signetd.lock",
		.decode = op_decode_lock, .run = op_run_lock, .stop = op_stop_job, .reply = op_reply_nothing,
	},
	{
		.name = "status", .message = MESSAGE_EXTENSION, .extension = "status" MESSAGE_DOMAIN, .needs = OP_NEEDS_TOKENS,
		.decode = op_decode_nothing, .run = op_run_status, .reply = op_reply_status,
	},
	{
		.name = "reload", .message = MESSAGE_EXTENSION, .extension = "reload" MESSAGE_DOMAIN,
		.action = "org.signetd.manage",
		.decode = op_decode_flags, .run = op_run_reload, .reply = op_reply_nothing,
	},
	{
		/* About others than the caller it takes org.signetd.manage, see op-explain.c. */
		.name = "explain", .message = MESSAGE_EXTENSION, .extension = "explain" MESSAGE_DOMAIN,
		.needs = OP_NEEDS_TOKENS,
		.decode = op_decode_explain, .run = op_run_explain, .stop = op_stop_explain, .reply = op_reply_explain,
	},
	{
		.name = "requests", .message = MESSAGE_EXTENSION, .extension = "request" MESSAGE_DOMAIN,
		.kind = MESSAGE_REQUEST_LIST,
		.decode = op_decode_request, .run = op_run_requests, .reply = op_reply_requests,
	},
	{
		.name = "show", .message = MESSAGE_EXTENSION, .extension = "request" MESSAGE_DOMAIN,
		.kind = MESSAGE_REQUEST_SHOW, .needs = OP_NEEDS_REQUEST,
		.decode = op_decode_request, .resolve = op_resolve_show, .run = op_run_show, .reply = op_reply_show,
	},
	{
		.name = "fetch", .message = MESSAGE_EXTENSION, .extension = "request" MESSAGE_DOMAIN,
		.kind = MESSAGE_REQUEST_FETCH, .needs = OP_NEEDS_REQUEST, .action = "org.signetd.sign", .is_counted = true,
		.decode = op_decode_request, .resolve = op_resolve_fetch, .run = op_run_sign, .stop = op_stop_job,
		.reply = op_reply_sign,
	},
	{
		.name = "withdraw", .message = MESSAGE_EXTENSION, .extension = "request" MESSAGE_DOMAIN,
		.kind = MESSAGE_REQUEST_WITHDRAW, .needs = OP_NEEDS_REQUEST,
		.decode = op_decode_request, .resolve = op_resolve_own, .run = op_run_withdraw, .reply = op_reply_nothing,
	},
	{
		.name = "window", .message = MESSAGE_EXTENSION, .extension = "request" MESSAGE_DOMAIN,
		.kind = MESSAGE_REQUEST_WINDOW, .needs = OP_NEEDS_KEY, .action = "org.signetd.sign",
		.decode = op_decode_request, .run = op_run_window, .reply = op_reply_nothing,
	},
	{
		.name = "approve", .message = MESSAGE_EXTENSION, .extension = "approve" MESSAGE_DOMAIN,
		.needs = OP_NEEDS_REQUEST, .action = "org.signetd.approve",
		.decode = op_decode_approve, .resolve = op_resolve_approve, .run = op_run_approve,
		.reply = op_reply_nothing,
	},
};
/* clang-format on */

/* The first of an extension whose first byte says what is asked -> the one that is meant. */
static const struct op *of_kind(const struct op *first, struct reader *r)
{
	const struct op *op = first;
	uint8_t kind;

	if (first->kind == 0)
		return first;
	kind = reader_u8(r);
	for (; op < ops + array_len(ops) && op->kind != 0; op++)
		if (op->kind == kind)
			return op;
	reader_fail(r); /* decoding will find it malformed */
	return first;
}

const struct op *op_find(uint8_t type, struct reader *r)
{
	struct view name = {};

	if (type == MESSAGE_EXTENSION)
		name = reader_text(r, 1, MESSAGE_EXTENSION_NAME_MAX);
	for (size_t i = 0; i < array_len(ops); i++) {
		if (ops[i].message != type)
			continue;
		if (!ops[i].extension || view_is(name, ops[i].extension))
			return of_kind(&ops[i], r);
	}
	return NULL;
}

/* Our own operations say why they failed. */
static bool is_own(const struct op *op)
{
	return op->extension && strstr(op->extension, MESSAGE_DOMAIN);
}

/* What waits for approvals is asked for by its own id, and says how far it is. */
static void reply_refusal(struct request *q, struct writer *w)
{
	bool is_pending = q->outcome == OUTCOME_PENDING;
	size_t mark = message_open_answer(w, view_of(q->op->extension), q->status, q->reason,
					  is_pending ? q->appeal.id : q->id);
	const struct message_advance m = {
		.approvals = (uint32_t)q->appeal.n_approvals,
		.needed = (uint32_t)q->appeal.needed,
	};

	if (is_pending)
		message_write_advance(w, &m);
	message_close(w, mark);
}

/* A request that went wrong, in the words that its kind of message has for it. */
static void reply_failure(struct request *q, struct writer *w)
{
	if (!q->op || !q->op->extension)
		message_write_bare(w, MESSAGE_FAILURE);
	else if (q->is_malformed || !is_own(q->op))
		message_write_bare(w, MESSAGE_EXTENSION_FAILURE);
	else
		reply_refusal(q, w);
}

void op_reply(struct request *q, struct writer *w)
{
	size_t mark;

	if (!q->op || q->status != STATUS_OK) {
		reply_failure(q, w);
		return;
	}
	if (!is_own(q->op)) {
		q->op->reply(q, w);
		return;
	}
	mark = message_open_answer(w, view_of(q->op->extension), STATUS_OK, "", q->id);
	q->op->reply(q, w);
	message_close(w, mark);
}

/* --- what needs no more than a few lines ------------------------------------------------------------ */

int op_decode_nothing(struct request *q, struct reader *r)
{
	(void)q;
	return reader_end(r) ? 0 : -EBADMSG;
}

int op_decode_flags(struct request *q, struct reader *r)
{
	uint8_t flags;

	if (!message_read_flags(r, &flags))
		return -EBADMSG;
	q->ask.may_interact = flags & MESSAGE_INTERACTIVE;
	return 0;
}

void op_reply_nothing(struct request *q, struct writer *w)
{
	(void)q;
	(void)w;
}

enum request_state op_run_query(struct request *q)
{
	return request_end(q, OUTCOME_DONE, STATUS_OK, "%s", "");
}

void op_reply_query(struct request *q, struct writer *w)
{
	size_t mark = message_open(w, MESSAGE_EXTENSION_RESPONSE);

	(void)q;
	writer_text(w, "query");
	for (size_t i = 0; i < array_len(ops); i++)
		if (ops[i].extension && ops[i].kind <= 1) /* each once */
			writer_text(w, ops[i].extension);
	message_close(w, mark);
}

enum request_state op_run_reload(struct request *q)
{
	if (!agent_reload(q->agent))
		return request_end(q, OUTCOME_FAILED, STATUS_CONFIG, "%s", q->agent->refusal);
	return request_end(q, OUTCOME_DONE, STATUS_OK, "%s", "");
}

enum request_state op_run_status(struct request *q)
{
	return request_end(q, OUTCOME_DONE, STATUS_OK, "%s", "");
}

void op_reply_status(struct request *q, struct writer *w)
{
	const struct agent *a = q->agent;
	const struct message_status front = {
		.version = view_of(SIGNET_VERSION),
		.uptime_usec = clock_boottime_usec() - a->started_usec,
		.connections = (uint32_t)a->n_conns,
		.requests = (uint32_t)a->n_requests,
		.records = journal_sequence(a->journal),
		.authorization = view_of(authorization_name(a->rules->settings.authorization)),
	};

	message_write_status_front(w, &front);
	writer_u32(w, (uint32_t)pool_count(a->pool));
	for (size_t i = 0; i < pool_count(a->pool); i++) {
		struct token_info t = pool_at(a->pool, i);
		const struct message_status_token m = {
			.name = view_of(t.name),
			.state = t.state,
			.sentence = view_of(t.sentence),
			.keys = (uint32_t)t.inventory->n_keys,
			.sessions = t.inventory->sessions,
			.queued = (uint32_t)t.n_queued,
		};

		message_write_status_token(w, &m);
	}
}
