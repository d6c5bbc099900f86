/*
 * approval.c - see approval.h
 */
#include "agent/approval.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-id128.h>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/op.h"
#include "agent/policy/quorum-text.h"

#define APPROVE_ACTION "org.signetd.approve"
/* Of units, sessions and names of programs that are kept and shown. */
#define SHOWN_MAX 256u

/* --- coming back, and the turn of the loop ------------------------------------------------------ */

static int on_expiry(sd_event_source *s, uint64_t usec, void *userdata)
{
	(void)s;
	(void)usec;
	approval_changed(userdata);
	return 0;
}

int approval_open(struct agent *a)
{
	char host[SD_ID128_STRING_MAX] = "-";
	_cleanup_(freep) char *dir = NULL;
	_cleanup_(freep) char *broken = NULL;
	size_t n_broken = 0;
	sd_id128_t id;
	int r;

	if (sd_id128_get_machine(&id) >= 0)
		(void)sd_id128_to_string(id, host); /* returns host */
	if (a->paths.state) {
		dir = text_format("%s/agent/requests", a->paths.state);
		if (!dir)
			return -ENOMEM;
	}
	r = quorum_new(dir, host, &a->quorum, &broken, &n_broken);
	if (r < 0)
		return r;
	if (n_broken > 0)
		log_warning(
			"%zu requests of '%s' are not what we stored and do not count: '%s' ...",
			n_broken, dir, broken ? broken : "?");
	r = sd_event_add_time(a->event, &a->expiry, CLOCK_REALTIME, UINT64_MAX, 0, on_expiry, a);
	if (r < 0)
		return r;
	approval_changed(a);
	return 0;
}

void approval_changed(struct agent *a)
{
	a->has_appeals_changed = true;
}

static void note_change(struct agent *a, const struct parked *p, enum quorum_change change)
{
	static const struct {
		enum record_kind kind;
		const char *reason;
	} changes[] = {
		[QUORUM_CHANGE_EXPIRED] = {RECORD_EXPIRED,
					   "it was not approved and signed in time"},
		[QUORUM_CHANGE_VOIDED] = {RECORD_VOIDED,
					  "the configuration has changed since it was made"},
		[QUORUM_CHANGE_CLOSED] = {RECORD_EXPIRED, "its window is over"},
	};
	struct record record = {.parked = p->id, .ask = &p->ask, .key_name = p->key};

	assert(change > QUORUM_CHANGE_NONE && (size_t)change < array_len(changes));
	record.kind = changes[change].kind;
	record.reason = changes[change].reason;
	agent_note(a, &record);
}

static void sweep(struct agent *a)
{
	const struct parked *p;
	enum quorum_change change;

	while ((p = quorum_overdue(a->quorum, clock_realtime_usec(), a->rules->hash, &change)))
		note_change(a, p, change);
}

void approval_turn(struct agent *a)
{
	uint64_t due;

	if (!a->has_appeals_changed)
		return;
	a->has_appeals_changed = false;
	sweep(a);
	requests_wake(a);
	due = quorum_due_usec(a->quorum);
	(void)sd_event_source_set_time(a->expiry, due); /* exists: neither can fail */
	(void)sd_event_source_set_enabled(a->expiry,
					  due == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

/* --- where a signature stands ------------------------------------------------------------------- */

static void copy_id(char to[PARKED_ID_LEN + 1], const char *from)
{
	memcpy(to, from, PARKED_ID_LEN + 1);
}

/* It was taken before the token was asked; what the people and the policy said since then counts. */
static enum quorum_standing standing_of_pass(const struct request *q)
{
	const struct pass *pass = &q->appeal.pass;
	const struct parked *p = quorum_find(q->agent->quorum, pass->id);

	if (strcmp(pass->policy, q->agent->rules->hash) != 0)
		return QUORUM_STANDING_NONE;
	return p && p->state == PARKED_VETOED ? QUORUM_STANDING_VETOED : pass->standing;
}

void approval_look(struct request *q, const struct key *key, struct situation *s)
{
	const struct petition petition = {
		.caller = request_caller(q),
		.is_forwarded = q->ask.is_forwarded,
		.key_id = key->info.id,
		.ask = &q->ask,
		.asked = q->appeal.window,
		.policy = q->agent->rules->hash,
	};
	struct parked *p;

	if (!key->rule || key->rule->quorum == 0)
		return;
	if (q->appeal.pass.id[0] != '\0') {
		s->quorum = standing_of_pass(q);
		s->quorum_request = q->appeal.pass.id;
		return;
	}
	s->quorum = quorum_standing(q->agent->quorum, &petition, s->now_usec, &p);
	q->appeal.standing = s->quorum;
	if (p) {
		copy_id(q->appeal.id, p->id);
		s->quorum_request = q->appeal.id;
	} else if (q->op->needs != OP_NEEDS_REQUEST) {
		q->appeal.id[0] = '\0'; /* it may have been there before the last wait */
	}
}

static enum request_state not_stored(struct request *q, int error)
{
	return request_end(q, OUTCOME_FAILED, STATUS_IO,
			   "request %s cannot be stored (%s), so nothing was done", q->appeal.id,
			   strerror(-error));
}

enum request_state approval_take(struct request *q)
{
	struct parked *p;
	int r;

	if (q->verdict.authority != AUTHORITY_QUORUM || q->ask.n_items == 0)
		return REQUEST_RUN;
	p = quorum_find(q->agent->quorum, q->appeal.id);
	assert(p); /* approval_look() has just found it */
	r = quorum_take(q->agent->quorum, p, q->appeal.standing, q->ask.n_items, &q->appeal.pass);
	return r < 0 ? not_stored(q, r) : REQUEST_RUN;
}

void approval_settle(struct request *q)
{
	struct pass *pass = &q->appeal.pass;
	bool is_unused = !q->has_run && q->n_signed == 0 &&
			 (q->outcome == OUTCOME_FAILED || q->outcome == OUTCOME_CANCELLED);

	q->appeal.timer = sd_event_source_disable_unref(q->appeal.timer);
	if (pass->id[0] == '\0')
		return;
	quorum_settle(q->agent->quorum, pass, is_unused);
	pass->id[0] = '\0';
	approval_changed(q->agent);
}

void approval_done(struct request *q)
{
	struct appeal *a = &q->appeal;

	a->timer = sd_event_source_disable_unref(a->timer);
	free(a->reason);
	free(a->signature);
	free(a->text);
	*a = (struct appeal){};
}

/* --- waiting for approvals ---------------------------------------------------------------------- */

/* What is shown to approvers must be one line, whatever a process calls itself. */
static int copy_shown(const char *text, char **ret)
{
	char clean[SHOWN_MAX];

	if (!text || text[0] == '\0')
		return 0;
	text_sanitise(text, clean, sizeof(clean));
	*ret = strdup(clean);
	return *ret ? 0 : -ENOMEM;
}

static int copy_requester(const struct request *q, struct parked *p)
{
	const struct caller *c = request_caller(q);
	int r;

	p->uid = c->uid;
	p->is_forwarded = q->ask.is_forwarded;
	r = copy_shown(c->unit, &p->unit);
	if (r == 0)
		r = copy_shown(c->session, &p->session);
	return r == 0 ? copy_shown(c->comm, &p->comm) : r;
}

static int parked_new(const struct request *q, const struct key *key, struct parked **ret)
{
	_cleanup_(parked_freep) struct parked *p = calloc(1, sizeof(*p));
	const struct rules *rules = q->agent->rules;

	if (!p)
		return -ENOMEM;
	list_init(&p->link);
	ask_init(&p->ask);
	copy_id(p->id, q->id);
	p->state = PARKED_PENDING;
	p->key = strdup(key->name);
	p->token = strdup(key->token);
	if (!p->key || !p->token || copy_requester(q, p) < 0 ||
	    ask_copy_items(&q->ask, &p->ask) < 0)
		return -ENOMEM;
	memcpy(p->key_id, key->info.id, KEY_ID_SIZE);
	memcpy(p->policy, rules->hash, sizeof(p->policy));
	p->asked = q->appeal.window;
	p->is_used = p->ask.n_items == 0;
	p->needed = key->rule->quorum;
	p->created_usec = clock_realtime_usec();
	p->expires_usec = p->created_usec + rules->settings.approval_usec;
	*ret = take_ptr(p);
	return 0;
}

enum request_state approval_pending(struct request *q, const struct parked *p)
{
	copy_id(q->appeal.id, p->id);
	q->appeal.n_approvals = p->n_approvals;
	q->appeal.needed = p->needed;
	if (q->record_kind == RECORD_NONE)
		q->record_kind = RECORD_ANSWERED;
	return request_end(
		q, OUTCOME_PENDING, STATUS_AGAIN,
		"request %s waits for approvals of key '%s', %zu of %u are there; approvers: 'signet "
		"approve %s'; what was asked for is had by 'signet fetch %s' then",
		p->id, p->key, p->n_approvals, p->needed, p->id, p->id);
}

static enum request_state park(struct request *q, const struct key *key)
{
	_cleanup_(parked_freep) struct parked *p = NULL;
	bool has_room;
	int r;

	copy_id(q->appeal.id, q->id);
	r = parked_new(q, key, &p);
	if (r == 0)
		r = quorum_park(q->agent->quorum, p, &has_room);
	if (r < 0)
		return not_stored(q, r);
	if (!has_room)
		return request_end(
			q, OUTCOME_FAILED, STATUS_AGAIN,
			"too many requests wait for approvals, or have ended a short while "
			"ago; 'signet requests' shows them");
	q->record_kind = RECORD_REQUESTED;
	approval_changed(q->agent); /* there is a time at which it ends */
	return approval_pending(q, take_ptr(p));
}

enum request_state approval_wait(struct request *q, const struct key *key)
{
	const struct parked *p = quorum_find(q->agent->quorum, q->appeal.id);

	if (q->has_run)
		return request_end(
			q, OUTCOME_DENIED, STATUS_DENIED,
			"refused because the approval of key '%s' does not hold any more; "
			"what the token had signed by then is not released",
			key->name);
	if (p && p->state == PARKED_PENDING)
		return approval_pending(q, p);
	if (q->op->needs == OP_NEEDS_REQUEST)
		return request_end(
			q, OUTCOME_DENIED, STATUS_DENIED,
			"refused because request %s was signed already, and is signed once",
			q->appeal.id);
	return park(q, key);
}

/* --- what polkit is told -------------------------------------------------------------------------- */

void approval_describe(const struct request *q, char window[static APPROVAL_WINDOW_MAX],
		       struct polkit_question *question)
{
	const struct parked *p = quorum_find(q->agent->quorum, q->appeal.id);
	struct window w = q->appeal.window;

	if (strcmp(q->action, APPROVE_ACTION) != 0)
		return;
	if (p)
		w = window_narrow(&p->asked, &w);
	if (window_is_set(&w))
		(void)snprintf(window, APPROVAL_WINDOW_MAX, "%llu signatures in %llu s", /* fits */
			       (unsigned long long)w.signatures,
			       (unsigned long long)(w.usec / USEC_PER_SEC));
	else
		(void)snprintf(window, APPROVAL_WINDOW_MAX, "none"); /* fits */
	question->window = window;
	question->verdict = q->appeal.is_denied ? "deny" : "approve";
}

/* --- for operations on requests ----------------------------------------------------------------- */

struct parked *approval_find(struct request *q)
{
	struct parked *p;

	sweep(q->agent);
	p = quorum_find(q->agent->quorum, q->appeal.id);
	if (p)
		q->appeal.requester = p->uid;
	return p;
}

enum request_state approval_not_found(struct request *q)
{
	return request_end(q, OUTCOME_FAILED, STATUS_UNAVAILABLE,
			   "there is no request %s of yours, or for you to approve", q->appeal.id);
}

bool approval_copy(struct request *q, const struct parked *p, enum request_state *ret_next)
{
	struct ask *ask = &q->ask;

	*ret_next = REQUEST_AUDIT;
	if (!request_charge(q, parked_size(p))) {
		(void)request_end(q, OUTCOME_FAILED, STATUS_AGAIN,
				  "this user holds as much memory as one user may hold");
		return false;
	}
	ask->key = strdup(p->key);
	ask->token = strdup(p->token);
	if (ask->key && ask->token && ask_copy_items(&p->ask, ask) == 0)
		return true;
	(void)request_end(q, OUTCOME_FAILED, STATUS_AGAIN, "signetd is short of memory");
	return false;
}
