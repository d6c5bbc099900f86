/*
 * request.c - one request, from its frame to its recorded answer
 *
 * Each state has one function. It does its work and returns the next state, or REQUEST_PARKED after
 * arming exactly one wake-up. A wake-up clears what it was armed with and calls request_run() with
 * the state to go on with. Nothing else changes q->state.
 *
 * may_follow[] is the whole machine. Read there: REPLY is reached only from AUDIT, and RUN only from
 * DECIDE. What had to wait goes back to DECIDE, never straight on, so that what was true when we
 * asked is checked again when the answer comes. That holds for the token's answer too: what it signed
 * is only released if the caller may still have it.
 */
#include "agent/request.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/approval.h"
#include "agent/op.h"
#include "agent/peer/closer.h"
#include "agent/report.h"
#include "agent/resolve.h"

#define STATE(s) (1u << (s))

static const unsigned may_follow[_REQUEST_STATE_MAX] = {
	[REQUEST_NEW] = STATE(REQUEST_DECODE),
	[REQUEST_DECODE] = STATE(REQUEST_RESOLVE) | STATE(REQUEST_AUDIT),
	[REQUEST_RESOLVE] = STATE(REQUEST_RESOLVE) | STATE(REQUEST_DECIDE) | STATE(REQUEST_AUDIT),
	[REQUEST_DECIDE] = STATE(REQUEST_POLKIT) | STATE(REQUEST_COUNT) | STATE(REQUEST_RUN) |
			   STATE(REQUEST_AUDIT),
	[REQUEST_POLKIT] = STATE(REQUEST_DECIDE) | STATE(REQUEST_AUDIT),
	[REQUEST_COUNT] = STATE(REQUEST_DECIDE) | STATE(REQUEST_AUDIT),
	[REQUEST_RUN] = STATE(REQUEST_DECIDE) | STATE(REQUEST_AUDIT),
	[REQUEST_AUDIT] = STATE(REQUEST_AUDIT) | STATE(REQUEST_REPLY),
	[REQUEST_REPLY] = STATE(REQUEST_CLOSED),
};

static void request_run(struct request *q, enum request_state next);

enum request_state request_end(struct request *q, enum outcome outcome, enum status status,
			       const char *format, ...)
{
	char raw[sizeof(q->reason)];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(raw, sizeof(raw), format, ap); /* a cut reason is still one */
	va_end(ap);
	text_sanitise(raw, q->reason, sizeof(q->reason));
	q->outcome = outcome;
	q->status = status;
	return REQUEST_AUDIT;
}

const struct caller *request_caller(const struct request *q)
{
	return conn_caller(q->conn);
}

struct situation request_situation(const struct request *q)
{
	const struct rules *rules = q->agent->rules;

	return (struct situation){
		.settings = &rules->settings,
		.caller = request_caller(q),
		.agent_uid = q->agent->uid,
		.now_usec = clock_realtime_usec(),
		.grants = rules->grants,
		.n_grants = rules->n_grants,
	};
}

/* What was counted is right from now on: n of the items have certainly not been signed. */
static void settle_count(struct request *q, size_t n)
{
	if (q->n_counted > 0)
		uses_settle(q->agent->uses, &q->key->info, q->n_counted, n);
	q->n_counted = 0;
}

void request_resolve(struct request *q)
{
	request_run(q, REQUEST_RESOLVE);
}

bool request_charge(struct request *q, size_t bytes)
{
	bool is_granted;

	if (quota_charge(q->agent->quota, q->uid, QUOTA_BYTES, bytes, &is_granted) < 0 ||
	    !is_granted)
		return false;
	q->charged += bytes;
	return true;
}

void request_ran(struct request *q)
{
	size_t n = 0;

	for (size_t i = 0; i < q->results.n; i++)
		n += q->results.items[i].result != JOB_RESULT_OK &&
		     q->results.items[i].result != JOB_RESULT_UNKNOWN;
	settle_count(q, n);
	q->has_run = q->n_signed > 0;
	request_run(q, q->has_run ? REQUEST_DECIDE : REQUEST_AUDIT);
}

/* --- DECODE ----------------------------------------------------------------------------------------- */

static enum request_state step_decode(struct request *q)
{
	struct reader r;
	uint8_t type;
	int e;

	reader_init(&r, q->frame.data, q->frame.size);
	type = reader_u8(&r);
	q->op = op_find(type, &r);
	if (!q->op && type == MESSAGE_EXTENSION)
		return request_end(q, OUTCOME_DONE, STATUS_USAGE,
				   "the extension is not known here");
	if (!q->op)
		return request_end(q, OUTCOME_FAILED, STATUS_USAGE,
				   "messages of type %u are not served here", type);
	q->action = q->op->action;
	e = q->op->decode(q, &r);
	q->is_malformed = e == -EBADMSG;
	if (q->is_malformed)
		return request_end(q, OUTCOME_FAILED, STATUS_DATA, "the request is malformed");
	if (e < 0)
		return request_end(q, OUTCOME_FAILED, STATUS_AGAIN, "signetd is short of memory");
	return REQUEST_RESOLVE;
}

/* --- RESOLVE ---------------------------------------------------------------------------------------- */

void requests_wake(struct agent *agent)
{
	struct list *at, *next;

	/* A request that runs on may end, but it leaves the list only when it is reaped. */
	for (at = agent->requests.next; at != &agent->requests; at = next) {
		struct request *q = container_of(at, struct request, link);

		next = at->next;
		if (q->state == REQUEST_RESOLVE)
			request_run(q, REQUEST_RESOLVE);
	}
}

/* --- DECIDE ----------------------------------------------------------------------------------------- */

static enum request_state denied(struct request *q)
{
	bool is_silent = q->answer == POLKIT_ANSWER_SILENCE;

	return request_end(q, is_silent ? OUTCOME_TIMEOUT : OUTCOME_DENIED, STATUS_DENIED, "%s%s",
			   q->verdict.reason,
			   q->has_run ? "; what the token had signed by then is not released" : "");
}

static void on_counted(int result, void *userdata);

/*
 * It is allowed. What signs is counted first: if that has to wait, all is decided once more. What others
 * have approved is taken last.
 */
static enum request_state go_on(struct request *q, const struct key *key)
{
	int r;

	if (q->has_run)
		return REQUEST_AUDIT;
	if (!q->op->is_counted || q->n_counted > 0)
		return approval_take(q);
	r = uses_take(q->agent->uses, key, q->ask.n_items, on_counted, q, &q->counting);
	if (r < 0)
		return request_end(q, OUTCOME_FAILED, STATUS_AGAIN, "signetd is short of memory");
	q->n_counted = q->ask.n_items;
	return q->counting ? REQUEST_COUNT : approval_take(q);
}

static enum request_state decide_now(struct request *q)
{
	struct situation s = request_situation(q);

	s.ask = &q->ask;
	s.action = q->action;
	s.polkit = q->answer;
	if (!caller_is_alive(s.caller))
		return request_end(q, OUTCOME_DENIED, STATUS_DENIED,
				   "refused because the process that asked has ended");
	if (q->key) {
		s.key = resolve_again(q);
		if (!s.key)
			return request_end(q, OUTCOME_FAILED, STATUS_AGAIN,
					   "key '%s' was taken away meanwhile", q->key->name);
		uses_look(q->agent->uses, s.key, &s.use);
		s.use.is_counted = q->has_run || q->n_counted > 0;
		approval_look(q, s.key, &s);
	}
	decide(&s, &q->verdict);
	memcpy(q->policy, q->agent->rules->hash, sizeof(q->policy));
	switch (q->verdict.kind) {
	case VERDICT_ALLOW:
		return go_on(q, s.key);
	case VERDICT_ASK:
		return REQUEST_POLKIT;
	case VERDICT_QUORUM:
		return approval_wait(q, s.key);
	case VERDICT_DENY:
		break;
	}
	return denied(q);
}

static enum request_state step_decide(struct request *q)
{
	if (q->generation != polkit_generation(q->agent->polkit))
		q->answer = POLKIT_ANSWER_NONE; /* it was given under other rules */
	return decide_now(q);
}

/* --- POLKIT ----------------------------------------------------------------------------------------- */

static void on_polkit(enum polkit_answer answer, void *userdata)
{
	struct request *q = userdata;

	q->polkit = NULL;
	q->answer = answer;
	q->generation = polkit_generation(q->agent->polkit);
	request_run(q, REQUEST_DECIDE);
}

static enum request_state step_polkit(struct request *q)
{
	struct polkit_question question = {
		.caller = request_caller(q),
		.action = q->action,
		.key = report_key(q),
		.token = q->key ? q->key->token : q->ask.token,
		.purpose = q->ask.purpose[0] ? q->ask.purpose : NULL,
		.algorithm = algorithm_name(q->ask.algorithm),
		.hash = hash_name(q->ask.hash),
		.count = q->ask.n_items > 0 ? q->ask.n_items : q->appeal.window.signatures,
		.request = q->op->needs == OP_NEEDS_REQUEST ? q->appeal.id : NULL,
		.requester = q->appeal.requester,
		.may_interact = q->ask.may_interact,
		.is_forwarded = q->ask.is_forwarded,
		.consent = &q->consent,
	};
	char window[APPROVAL_WINDOW_MAX];
	int r;

	approval_describe(q, window, &question);
	q->generation = polkit_generation(q->agent->polkit);
	q->answer = polkit_kept(q->agent->polkit, &question);
	if (q->answer != POLKIT_ANSWER_NONE)
		return REQUEST_DECIDE;
	r = polkit_ask(q->agent->polkit, &question, on_polkit, q, &q->polkit);
	if (r < 0)
		return request_end(q, OUTCOME_FAILED, STATUS_AGAIN,
				   "polkit cannot be asked now: too many questions are waiting");
	return REQUEST_PARKED;
}

/* --- COUNT ------------------------------------------------------------------------------------------ */

static void on_counted(int result, void *userdata)
{
	struct request *q = userdata;

	q->counting = NULL;
	if (result == 0) {
		request_run(q, REQUEST_DECIDE);
		return;
	}
	settle_count(q, q->n_counted);
	q->verdict.authority = AUTHORITY_KEY_FILE;
	request_run(q, request_end(q, OUTCOME_DENIED, STATUS_DENIED,
				   "refused because it cannot be written down how often key '%s' "
				   "signs, which its file limits: %s",
				   q->key->name, strerror(-result)));
}

/* Parks until the count is on the disk. */
static enum request_state step_count(struct request *q)
{
	(void)q; /* on_counted() */
	return REQUEST_PARKED;
}

/* --- RUN -------------------------------------------------------------------------------------------- */

static enum request_state step_run(struct request *q)
{
	enum request_state next = q->op->run(q);

	if (next != REQUEST_PARKED)
		settle_count(q, q->n_counted);
	return next;
}

/* --- AUDIT ------------------------------------------------------------------------------------------ */

static void drop_signatures(struct request *q)
{
	pool_results_done(&q->results);
	q->n_signed = 0;
}

/* No record, no signature. */
static void withhold(struct request *q, int error)
{
	drop_signatures(q);
	(void)request_end(q, OUTCOME_FAILED, STATUS_IO,
			  "nothing is released because the audit record could not be written (%s)",
			  strerror(-error));
}

static void on_recorded(int result, void *userdata)
{
	struct request *q = userdata;

	q->record = NULL;
	if (result < 0)
		withhold(q, result);
	request_run(q, REQUEST_REPLY);
}

static int on_braked(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct request *q = userdata;

	(void)s;
	(void)usec;
	q->brake = sd_event_source_disable_unref(q->brake);
	request_run(q, REQUEST_AUDIT);
	return 0;
}

/*
 * What signs nothing costs the one who asks nothing, and a record each. Whoever asks for more than
 * his share of records waits: else he could fill the journal until its history is gone.
 */
static bool brake(struct request *q)
{
	uint64_t usec;

	if (q->has_braked || q->outcome == OUTCOME_SIGNED)
		return false;
	q->has_braked = true;
	usec = quota_delay(q->agent->quota, q->uid, clock_boottime_usec());
	return usec > 0 && sd_event_add_time_relative(q->agent->event, &q->brake, CLOCK_BOOTTIME,
						      usec, 0, on_braked, q) >= 0;
}

static enum request_state step_audit(struct request *q)
{
	int r;

	assert(q->outcome != OUTCOME_NONE); /* every way here names what became of it */
	settle_count(q, q->n_counted);      /* RUN never came */
	approval_settle(q);
	if (q->outcome != OUTCOME_SIGNED)
		drop_signatures(q);
	if (brake(q))
		return REQUEST_PARKED;
	r = report_write(q, on_recorded);
	if (r >= 0)
		return REQUEST_PARKED;
	withhold(q, r);
	return REQUEST_REPLY;
}

/* --- REPLY and CLOSED ------------------------------------------------------------------------------- */

static enum request_state step_reply(struct request *q)
{
	struct writer w;

	if (q->peer_gone)
		return REQUEST_CLOSED;
	agent_conn_of(q->conn)->request = NULL;
	writer_init(&w, FRAME_MAX + 4);
	op_reply(q, &w);
	if (writer_end(&w) < 0) { /* out of memory: the shortest answer there is needs none */
		static const uint8_t failure[] = {0, 0, 0, 1, MESSAGE_FAILURE};

		conn_reply(q->conn, failure, sizeof(failure));
	} else {
		conn_reply(q->conn, writer_view(&w).data, writer_view(&w).size);
	}
	writer_done(&w);
	return REQUEST_CLOSED;
}

static enum request_state step_closed(struct request *q)
{
	list_remove(&q->link);
	list_append(&q->agent->dead, &q->link);
	return REQUEST_PARKED;
}

/* --- the machine ------------------------------------------------------------------------------------ */

static enum request_state (*const steps[_REQUEST_STATE_MAX])(struct request *q) = {
	[REQUEST_DECODE] = step_decode, [REQUEST_RESOLVE] = resolve_step,
	[REQUEST_DECIDE] = step_decide, [REQUEST_POLKIT] = step_polkit,
	[REQUEST_COUNT] = step_count,   [REQUEST_RUN] = step_run,
	[REQUEST_AUDIT] = step_audit,   [REQUEST_REPLY] = step_reply,
	[REQUEST_CLOSED] = step_closed,
};

/* The only place that writes q->state. */
static void request_run(struct request *q, enum request_state next)
{
	while (next != REQUEST_PARKED) {
		assert(may_follow[q->state] & STATE(next));
		q->state = next;
		next = steps[next](q);
	}
}

/* Random numbers come many at a time: a system call for each would cost more than the number. */
static int new_id(char id[17])
{
	static uint8_t numbers[32][8];
	static size_t n_left;

	if (n_left == 0) {
		if (getrandom(numbers, sizeof(numbers), GRND_NONBLOCK) != sizeof(numbers))
			return -EAGAIN;
		n_left = array_len(numbers);
	}
	text_hex(numbers[--n_left], sizeof(numbers[0]), id);
	return 0;
}

static struct request *request_free(struct request *q)
{
	struct agent *a = q->agent;

	quota_release(a->quota, q->uid, QUOTA_BYTES, q->charged);
	quota_release(a->quota, q->uid, QUOTA_PARKED, 1);
	(void)closer_close(q->fd); /* whatever the caller passed: closing it may take for ever */
	(void)sd_event_source_disable_unref(q->brake);
	approval_done(q);
	(void)key_free(q->key);
	(void)sift_free(q->sift);
	(void)explanation_free(q->explanation);
	pool_results_done(&q->results);
	ask_done(&q->ask);
	if (q->peer_gone)
		(void)conn_free(q->conn);
	a->n_requests--;
	free(q);
	return NULL;
}

/* Charges what a request makes us hold; false if its uid has no room left. */
static bool charge(struct request *q, size_t bytes)
{
	struct quota *quota = q->agent->quota;
	bool is_granted;

	if (quota_charge(quota, q->uid, QUOTA_PARKED, 1, &is_granted) < 0 || !is_granted)
		return false;
	if (request_charge(q, bytes))
		return true;
	quota_release(quota, q->uid, QUOTA_PARKED, 1);
	return false;
}

static void turn_away(struct request *q)
{
	const struct record record = {
		.kind = RECORD_TURNED_AWAY,
		.caller = request_caller(q),
		.outcome = OUTCOME_DENIED,
		.reason = "this user has as many requests under way as one user may have",
		.policy = q->agent->rules->hash,
		.count = 1,
	};

	(void)journal_note(q->agent->journal, &record); /* nothing was done, nothing is released */
	conn_finish(q->conn);
}

void request_start(struct agent *agent, struct conn *conn, struct view frame, int *fd)
{
	struct request *q;

	q = calloc(1, sizeof(*q));
	if (!q) {
		conn_finish(conn);
		return;
	}
	q->agent = agent;
	q->conn = conn;
	q->uid = conn_caller(conn)->uid;
	ask_init(&q->ask);
	if (new_id(q->id) < 0 || !charge(q, frame.size)) {
		turn_away(q);
		free(q);
		return;
	}
	q->fd = take_fd(fd);
	q->started_usec = clock_boottime_usec();
	q->frame = frame;
	list_append(&agent->requests, &q->link);
	agent->n_requests++;
	agent_conn_of(conn)->request = q;
	q->ask.is_forwarded = agent_conn_of(conn)->binding.is_forwarded;
	request_run(q, REQUEST_DECODE);
	q->frame = (struct view){}; /* q is there until the loop turns */
}

/* Takes back what was armed to wait for; what a token has already may be signed all the same. */
static void withdraw(struct request *q)
{
	bool has_begun = q->job && pool_has_begun(q->job);

	polkit_cancel(take_ptr(q->polkit));
	journal_cancel(take_ptr(q->record));
	uses_cancel(take_ptr(q->counting));
	if (q->state == REQUEST_RUN)
		q->op->stop(q);
	settle_count(q, has_begun ? 0 : q->n_counted);
}

void request_hang_up(struct request *q)
{
	/* What a token has already may be signed all the same. */
	bool may_be_signed = q->has_run || (q->job && pool_has_begun(q->job));

	q->peer_gone = true;
	if (q->state == REQUEST_AUDIT)
		return; /* it is on its way out, and finds nobody to answer */
	assert(STATE(q->state) & (STATE(REQUEST_RESOLVE) | STATE(REQUEST_POLKIT) |
				  STATE(REQUEST_COUNT) | STATE(REQUEST_RUN)));
	withdraw(q);
	request_run(q, request_end(q, may_be_signed ? OUTCOME_UNKNOWN : OUTCOME_CANCELLED,
				   STATUS_AGAIN,
				   may_be_signed ? "the caller hung up while the token was at work"
						 : "the caller hung up"));
}

void requests_reap(struct agent *agent)
{
	if (list_is_empty(&agent->dead))
		return;
	while (!list_is_empty(&agent->dead)) {
		struct request *q = container_of(agent->dead.next, struct request, link);

		list_remove(&q->link);
		(void)request_free(q);
	}
	agent_consider_idle(agent);
}

/* At the very end: whoever is still parked is dropped without a word. */
void requests_done(struct agent *agent)
{
	struct list *lists[] = {&agent->requests, &agent->dead};

	for (size_t i = 0; i < array_len(lists); i++) {
		while (lists[i]->next && !list_is_empty(lists[i])) {
			struct request *q = container_of(lists[i]->next, struct request, link);

			withdraw(q);
			list_remove(&q->link);
			(void)request_free(q);
		}
	}
}
