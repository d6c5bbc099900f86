/*
 * op-request.c - request@: the requests that wait for approvals, as those see them who made them or
 * may approve them
 *
 * What becomes of them by approvals is in op-approve.c.
 */
#include "agent/op.h"

#include <errno.h>
#include <string.h>

#include "agent/approval.h"
#include "agent/base/clock.h"
#include "agent/resolve.h"

/* One entry of a list, at most: its texts, their lengths and the numbers. */
#define ENTRY_ROOM (SENTENCE_MAX + NAME_MAX_LEN + PURPOSE_MAX + LABEL_MAX + 128u)

static int decode_window(struct request *q, const struct message_request_ask *m)
{
	struct ask *ask = &q->ask;

	ask->key = view_strdup(m->key);
	if (!ask->key)
		return -ENOMEM;
	memcpy(ask->purpose, m->purpose.data, m->purpose.size); /* fits: it was read as such */
	return 0;
}

int op_decode_request(struct request *q, struct reader *r)
{
	struct appeal *a = &q->appeal;
	struct message_request_ask m;

	if (!message_read_request(r, (enum message_request)q->op->kind, &m))
		return -EBADMSG;
	if (m.id.size > 0)
		memcpy(a->id, m.id.data, PARKED_ID_LEN);
	a->first = m.first;
	a->is_denied = m.verdict == MESSAGE_DENY;
	a->window = (struct window){m.window.seconds * USEC_PER_SEC, m.window.signatures};
	a->wait_sec = m.wait_sec;
	a->known = m.known;
	q->ask.may_interact = m.flags & MESSAGE_INTERACTIVE;
	q->ask.is_all = m.flags & MESSAGE_ALL;
	if (q->ask.is_all)
		q->action = "org.signetd.manage";
	return q->op->kind == MESSAGE_REQUEST_WINDOW ? decode_window(q, &m) : 0;
}

/* --- which are shown ---------------------------------------------------------------------------- */

static bool may_approve(const struct request *q, const struct parked *p)
{
	const struct key_rule *rule = rules_find_key(q->agent->rules, p->key);

	return rule && p->uid != q->uid && people_has(&rule->approvers, request_caller(q));
}

static bool is_shown(const struct request *q, const struct parked *p)
{
	return q->ask.is_all || p->uid == q->uid || may_approve(q, p);
}

enum request_state op_run_requests(struct request *q)
{
	return request_end(q, OUTCOME_DONE, STATUS_OK, "%s", "");
}

static struct message_window window_of(const struct parked *p)
{
	uint64_t now = clock_realtime_usec();

	if (p->open_until_usec == 0)
		return (struct message_window){p->asked.usec / USEC_PER_SEC, p->asked.signatures};
	return (struct message_window){p->open_until_usec > now
					       ? (p->open_until_usec - now) / USEC_PER_SEC
					       : 0,
				       p->n_left};
}

static struct view known(const char *s)
{
	return view_of(s ? s : "");
}

static void write_entry(const struct request *q, const struct parked *p, struct writer *w)
{
	const struct message_parked m = {
		.id = view_of(p->id),
		.state = (uint8_t)p->state,
		.relation = (uint8_t)((p->uid == q->uid ? MESSAGE_RELATION_OWN : 0) |
				      (may_approve(q, p) ? MESSAGE_RELATION_MAY_APPROVE : 0)),
		.uid = p->uid,
		.unit = known(p->unit),
		.key = view_of(p->key),
		.purpose = view_of(p->ask.purpose),
		.items = (uint32_t)p->ask.n_items,
		.label = known(p->ask.n_items > 0 ? p->ask.items[0].label : NULL),
		.approvals = (uint32_t)p->n_approvals,
		.needed = p->needed,
		.window = window_of(p),
		.created_usec = p->created_usec,
		.expires_usec = p->expires_usec,
	};

	message_write_parked(w, &m);
}

/* As list@ does it: the index to go on with, and the number of those in between. */
void op_reply_requests(struct request *q, struct writer *w)
{
	const struct parked *p = NULL;
	uint32_t i = 0, n = 0, next = 0;
	struct writer list;

	writer_init(&list, FRAME_MAX - 4096);
	for (; (p = quorum_next(q->agent->quorum, p)); i++) {
		if (i < q->appeal.first || !is_shown(q, p))
			continue;
		if (list.max - list.size < ENTRY_ROOM) {
			next = i;
			break;
		}
		write_entry(q, p, &list);
		n++;
	}
	writer_u32(w, next);
	writer_u32(w, n);
	writer_bytes(w, list.data, list.size);
	writer_inherit(w, &list);
}

/* --- one of them, as text ----------------------------------------------------------------------- */

enum request_state op_resolve_show(struct request *q)
{
	struct parked *p = approval_find(q);

	return p && is_shown(q, p) ? REQUEST_DECIDE : approval_not_found(q);
}

enum request_state op_run_show(struct request *q)
{
	struct parked *p = approval_find(q);

	if (!p || !is_shown(q, p))
		return approval_not_found(q);
	q->appeal.text =
		quorum_text_of(q->agent->quorum, p, q->appeal.is_denied, &q->appeal.window);
	if (!q->appeal.text)
		return request_end(q, OUTCOME_FAILED, STATUS_AGAIN, "signetd is short of memory");
	return request_end(q, OUTCOME_DONE, STATUS_OK, "%s", "");
}

void op_reply_show(struct request *q, struct writer *w)
{
	writer_string(w, q->appeal.text, strlen(q->appeal.text)); /* has lines, so it is no text */
}

/* --- fetching what was approved ----------------------------------------------------------------- */

static int on_waited(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct request *q = userdata;

	(void)s;
	(void)usec;
	q->appeal.timer = sd_event_source_disable_unref(q->appeal.timer);
	q->appeal.is_wait_over = true;
	request_resolve(q);
	return 0;
}

/* Parks until somebody approves or the time is over; approval_turn() wakes it. */
static enum request_state wait_for_people(struct request *q, const struct parked *p)
{
	struct appeal *a = &q->appeal;

	if (a->is_wait_over || a->wait_sec == 0 || p->n_approvals != a->known)
		return approval_pending(q, p);
	if (!a->timer &&
	    sd_event_add_time_relative(q->agent->event, &a->timer, CLOCK_BOOTTIME,
				       a->wait_sec * USEC_PER_SEC, 0, on_waited, q) < 0)
		return approval_pending(q, p);
	return REQUEST_PARKED;
}

static enum request_state fetch_items(struct request *q, const struct parked *p)
{
	enum request_state next;

	if (!approval_copy(q, p, &next))
		return next;
	q->ask.has_key_id = true;
	memcpy(q->ask.key_id, p->key_id, KEY_ID_SIZE);
	return resolve_key(q);
}

/* A window may have been opened by another request. */
static bool is_covered(const struct request *q, const struct parked *p)
{
	const struct petition petition = {
		.caller = request_caller(q),
		.is_forwarded = p->is_forwarded,
		.key_id = p->key_id,
		.ask = &p->ask,
		.asked = p->asked,
		.policy = q->agent->rules->hash,
	};
	struct parked *by;

	return quorum_standing(q->agent->quorum, &petition, clock_realtime_usec(), &by) ==
	       QUORUM_STANDING_WINDOW;
}

static enum request_state has_ended(struct request *q, const struct parked *p)
{
	static const char *const why[_PARKED_STATE_MAX] = {
		[PARKED_VETOED] = "an approver denied it",
		[PARKED_EXPIRED] = "its time is over",
		[PARKED_VOIDED] = "the configuration has changed since it was made; ask again",
		[PARKED_WITHDRAWN] = "it was withdrawn",
	};

	return request_end(q, OUTCOME_DENIED, STATUS_DENIED,
			   "refused because request %s for key '%s' has ended: %s", p->id, p->key,
			   why[p->state] ? why[p->state] : "nothing is known about it");
}

enum request_state op_resolve_fetch(struct request *q)
{
	struct parked *p;

	if (q->ask.key)
		return resolve_key(q); /* its token was waited for */
	p = approval_find(q);
	if (!p || !parked_is_of(p, request_caller(q), q->ask.is_forwarded))
		return approval_not_found(q);
	if (p->state == PARKED_PENDING && !is_covered(q, p))
		return wait_for_people(q, p);
	q->appeal.timer = sd_event_source_disable_unref(q->appeal.timer);
	if (p->state != PARKED_PENDING && p->state != PARKED_APPROVED)
		return has_ended(q, p);
	if (p->ask.n_items == 0) /* the window that was asked for is open */
		return request_end(q, OUTCOME_DONE, STATUS_OK, "%s", "");
	return fetch_items(q, p);
}

/* --- taking one back, and asking for a window --------------------------------------------------- */

enum request_state op_resolve_own(struct request *q)
{
	struct parked *p = approval_find(q);

	if (!p || p->uid != q->uid)
		return approval_not_found(q);
	if (p->state != PARKED_PENDING && p->state != PARKED_APPROVED)
		return has_ended(q, p);
	return REQUEST_DECIDE;
}

enum request_state op_run_withdraw(struct request *q)
{
	struct parked *p = approval_find(q);
	int r;

	if (!p)
		return approval_not_found(q);
	r = quorum_withdraw(q->agent->quorum, p, clock_realtime_usec());
	if (r < 0)
		return request_end(
			q, OUTCOME_FAILED, STATUS_IO,
			"request %s cannot be withdrawn because that cannot be stored (%s)", p->id,
			strerror(-r));
	approval_changed(q->agent);
	return request_end(q, OUTCOME_DONE, STATUS_OK, "%s", "");
}

/* Reached when it is open already, or when the key needs no approvals. */
enum request_state op_run_window(struct request *q)
{
	if (q->verdict.authority == AUTHORITY_QUORUM)
		return request_end(q, OUTCOME_DONE, STATUS_OK, "%s", "");
	return request_end(q, OUTCOME_DONE, STATUS_USAGE,
			   "key '%s' needs no approvals, so there is no window to ask for",
			   q->key->name);
}
