/*
 * token/token.c - see token.h
 *
 * Users stand in a ring, each user's tickets in another; each turn takes one item of the ticket in
 * front and moves both to the end of their lines.
 */
#include "agent/token/token.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/bytes.h"
#include "agent/base/clock.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"

/* After a failed attempt the next one waits this long, doubling up to the maximum. */
#define BACKOFF_MIN_USEC USEC_PER_SEC
#define BACKOFF_MAX_USEC (30 * USEC_PER_SEC)
/* One that has not come up by then keeps nobody waiting but those who want that very token. */
#define LATE_USEC (3 * USEC_PER_SEC)

/* A token that answers within this time has enough to do only with more jobs at hand. */
#define QUICK_USEC (2 * USEC_PER_MSEC)

/* One uid with something queued here. */
struct user {
	struct list link; /* in token.users */
	struct list tickets;
	uid_t uid;
	size_t n_queued; /* items */
};

/* --- tickets -------------------------------------------------------------------------------------- */

struct pool_ticket *ticket_free(struct pool_ticket *t)
{
	if (!t)
		return NULL;
	pool_results_done(&t->results);
	free(t);
	return NULL;
}

/* Takes a ticket out of its user's queue, and the user out of the ring if that was the last. */
static void ticket_unqueue(struct pool_ticket *t)
{
	struct user *u = t->user;

	if (!u)
		return;
	t->token->n_queued -= t->results.n - t->next;
	u->n_queued -= t->results.n - t->next;
	t->user = NULL;
	list_remove(&t->link);
	if (list_is_empty(&u->tickets)) {
		list_remove(&u->link);
		free(u);
	}
}

/* Writes down one item's end; the last one finishes the ticket. */
static void ticket_result(struct pool_ticket *t, size_t item, enum job_result result, uint64_t ckr,
			  struct view sentence)
{
	struct pool_result *r = &t->results.items[item];
	struct token *token = t->token;

	assert(t->open > 0 && r->result == JOB_RESULT_NONE); /* each item ends once */
	r->result = result;
	r->ckr = ckr;
	if (sentence.size > 0) /* if memory is short there is less to read, no more */
		r->sentence = view_strdup(sentence);
	if (--t->open > 0)
		return;
	ticket_unqueue(t);
	t->token = NULL;
	token->events->finished(t, token->userdata);
}

/* All items that were not handed out end alike. */
static void ticket_drop_rest(struct pool_ticket *t, enum job_result result, const char *why)
{
	struct view sentence = {(const uint8_t *)why, strlen(why)};
	size_t first = t->next, n = t->results.n;

	ticket_unqueue(t);
	t->next = n;
	for (size_t i = first; i < n; i++)
		ticket_result(t, i, result, 0, sentence);
}

void ticket_refuse(struct pool_ticket *ticket, struct token *t, enum job_result result,
		   const char *why)
{
	ticket->token = t;
	ticket_drop_rest(ticket, result, why);
}

void token_forget(struct pool_ticket *ticket)
{
	struct token *t = ticket->token;

	ticket_unqueue(ticket);
	for (size_t i = 0; i < array_len(t->jobs); i++)
		if (t->jobs[i].ticket == ticket)
			t->jobs[i].ticket = NULL;
}

/* --- state ------------------------------------------------------------------------------------------ */

struct token_info token_info(const struct token *t)
{
	bool is_there = t->channel && t->has_state;

	return (struct token_info){
		.name = t->name,
		.inventory = &t->inventory,
		.state = is_there ? t->inventory.state : TOKEN_STATE_LOST,
		.sentence = is_there ? t->inventory.sentence : t->why_lost,
		.n_queued = t->n_queued,
		.is_settled = t->is_settled,
	};
}

static void fail_queued(struct token *t, enum job_result result, const char *why)
{
	while (!list_is_empty(&t->users)) {
		struct user *u = container_of(t->users.next, struct user, link);

		/* Takes the ticket out, and with the last one the user. */
		ticket_drop_rest(container_of(u->tickets.next, struct pool_ticket, link), result,
				 why);
	}
}

static void fail_under_way(struct token *t)
{
	static const char why[] = "the token process went away while it had this job: "
				  "the token may have signed";

	for (size_t i = 0; i < array_len(t->jobs); i++) {
		struct job job = t->jobs[i];

		t->jobs[i] = (struct job){};
		if (job.ticket)
			ticket_result(job.ticket, job.item, JOB_RESULT_UNKNOWN, 0,
				      (struct view){(const uint8_t *)why, sizeof(why) - 1});
	}
}

/* A process that had worked may be replaced at once; one that does not start may not. */
static void back_off(struct token *t, bool has_worked)
{
	if (has_worked) {
		t->backoff_usec = 0;
		t->retry_usec = 0;
		return;
	}
	t->backoff_usec = t->backoff_usec ? 2 * t->backoff_usec : BACKOFF_MIN_USEC;
	if (t->backoff_usec > BACKOFF_MAX_USEC)
		t->backoff_usec = BACKOFF_MAX_USEC;
	t->retry_usec = clock_boottime_usec() + t->backoff_usec;
}

void token_lose(struct token *t, const char *why)
{
	enum token_state before = token_info(t).state;
	bool has_worked = t->has_state;

	t->channel = channel_free(t->channel);
	t->has_state = false;
	t->is_settled = true;
	(void)sd_event_source_set_enabled(t->deadline, SD_EVENT_OFF); /* exists: cannot fail */
	text_sanitise(why, t->why_lost, sizeof(t->why_lost));
	back_off(t, has_worked);
	fail_under_way(t);
	fail_queued(t, has_worked ? JOB_RESULT_BUSY : JOB_RESULT_LOST,
		    "the token process went away before it had this job");
	t->events->changed(t, before, t->userdata);
}

static enum job_result result_of_state(enum token_state s)
{
	switch (s) {
	case TOKEN_STATE_LOCKED:
	case TOKEN_STATE_REFUSED_PIN:
	case TOKEN_STATE_BLOCKED:
		return JOB_RESULT_LOCKED;
	case TOKEN_STATE_READY:
	case TOKEN_STATE_LOST:
	case TOKEN_STATE_NONE:
	case _TOKEN_STATE_MAX:
		break;
	}
	return JOB_RESULT_LOST;
}

/* --- handing out ------------------------------------------------------------------------------------ */

/* One timer for what has to come first: the first state, or the answer awaited longest. */
static void arm_deadline(struct token *t)
{
	uint64_t first = UINT64_MAX;

	if (t->channel && !t->has_state)
		first = t->opened_usec + t->timeout_usec;
	if (t->channel && !t->has_state && !t->is_late && t->timeout_usec > LATE_USEC)
		first = t->opened_usec + LATE_USEC;
	for (size_t i = 0; i < array_len(t->jobs); i++)
		if (t->jobs[i].id != 0 && t->jobs[i].deadline_usec < first)
			first = t->jobs[i].deadline_usec;
	if (first != UINT64_MAX)
		(void)sd_event_source_set_time(t->deadline, first); /* exists: cannot fail */
	(void)sd_event_source_set_enabled(t->deadline,
					  first != UINT64_MAX ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static struct job *free_job(struct token *t, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		if (t->jobs[i].id == 0)
			return &t->jobs[i];
	return NULL;
}

static void start_job(struct token *t, struct job *job, struct pool_ticket *ticket, size_t item)
{
	uint64_t now = clock_boottime_usec();

	*job = (struct job){
		.id = ++t->last_id,
		.ticket = ticket,
		.item = item,
		.started_usec = now,
		.deadline_usec = now + t->timeout_usec,
	};
}

/* The ticket whose turn it is; it and its user go to the end of their lines. */
static struct pool_ticket *next_ticket(struct token *t)
{
	struct pool_ticket *ticket;
	struct user *u;

	if (list_is_empty(&t->users))
		return NULL;
	u = container_of(t->users.next, struct user, link);
	ticket = container_of(u->tickets.next, struct pool_ticket, link);
	list_remove(&u->link);
	list_append(&t->users, &u->link);
	list_remove(&ticket->link);
	list_append(&u->tickets, &ticket->link);
	return ticket;
}

static void hand_out(struct token *t, struct job *job, struct pool_ticket *ticket)
{
	const struct ask *ask = ticket->ask;
	const struct ask_item *item = &ask->items[ticket->next];
	struct job_sign message = {
		.key_id = {ticket->key_id, sizeof(ticket->key_id)},
		.algorithm = ask->algorithm,
		.hash = ask->hash,
		.input = ask->input,
		.data = {item->data, item->size},
	};

	start_job(t, job, ticket, ticket->next);
	message.id = job->id;
	channel_sign(t->channel, &message);
	t->n_queued--;
	ticket->user->n_queued--;
	ticket->next++;
	if (ticket->next == ticket->results.n)
		ticket_unqueue(ticket);
}

/* How many more jobs the token is to get now. */
static size_t room_of(const struct token *t)
{
	size_t n = t->inventory.sessions, n_busy = 0;

	if (n == 0 || n > TOKEN_SESSIONS_MAX)
		n = TOKEN_SESSIONS_MAX;
	for (size_t i = 0; i < JOBS_SIGN_MAX; i++)
		n_busy += t->jobs[i].id != 0;
	n *= t->is_quick ? JOBS_QUICK_MAX : JOBS_SLOW_MAX;
	return n > n_busy ? n - n_busy : 0;
}

/* Hands out as much as there is room for; it is sent when the loop turns. */
static void pump(struct token *t)
{
	struct pool_ticket *ticket;

	if (t->channel && t->has_state && t->inventory.state == TOKEN_STATE_READY)
		for (size_t room = room_of(t); room > 0 && (ticket = next_ticket(t)); room--)
			hand_out(t, free_job(t, 0, JOBS_SIGN_MAX), ticket);
	arm_deadline(t);
}

void token_send(struct token *t)
{
	if (t->channel)
		channel_flush(t->channel);
}

int token_queue(struct token *t, struct pool_ticket *ticket, uid_t uid)
{
	struct user *u = NULL;
	struct list *at;

	if (ticket->results.n > TOKEN_QUEUE_MAX - t->n_queued)
		return -EBUSY;
	list_for_each(at, &t->users)
		if (container_of(at, struct user, link)->uid == uid)
			u = container_of(at, struct user, link);
	if (u && ticket->results.n > TOKEN_QUEUE_UID_MAX - u->n_queued)
		return -EBUSY;
	if (!u) {
		u = calloc(1, sizeof(*u));
		if (!u)
			return -ENOMEM;
		u->uid = uid;
		list_init(&u->tickets);
		list_append(&t->users, &u->link);
	}
	ticket->token = t;
	ticket->user = u;
	list_append(&u->tickets, &ticket->link);
	t->n_queued += ticket->results.n;
	u->n_queued += ticket->results.n;
	if (t->channel && t->has_state && t->inventory.state != TOKEN_STATE_READY)
		fail_queued(t, result_of_state(t->inventory.state), t->inventory.sentence);
	else if (!t->channel)
		fail_queued(t, JOB_RESULT_LOST, t->why_lost);
	else
		pump(t);
	return 0;
}

int token_control(struct token *t, struct pool_ticket *ticket, int *pin_fd, bool is_stored)
{
	struct job *job = free_job(t, JOBS_SIGN_MAX, JOBS_MAX);
	int r;

	if (!job)
		return -EBUSY;
	start_job(t, job, ticket, 0);
	ticket->token = t;
	ticket->next = 1;
	if (pin_fd) {
		r = channel_unlock(t->channel,
				   &(struct job_unlock){.id = job->id, .is_stored = is_stored},
				   pin_fd);
		if (r < 0) {
			*job = (struct job){};
			return r;
		}
	} else {
		channel_lock(t->channel, job->id);
	}
	token_send(t); /* only one unlock is carried at a time */
	arm_deadline(t);
	return 0;
}

/* --- what the channel says ---------------------------------------------------------------------------- */

/*
 * A token that is gone shows no keys: they are unavailable, not deleted. With them stays what the
 * files of keys.d know their token by.
 */
static void keep_keys(struct inventory *i, struct inventory *old)
{
	char *label = i->label, *serial = i->serial;

	i->keys = take_ptr(old->keys);
	i->n_keys = old->n_keys;
	old->n_keys = 0;
	if (!old->label)
		return; /* nothing was known yet */
	i->label = old->label;
	i->serial = old->serial;
	old->label = label;
	old->serial = serial;
}

static void on_inventory(struct inventory *i, void *userdata)
{
	struct token *t = userdata;
	enum token_state before = token_info(t).state;
	struct inventory old = t->inventory;

	if (i->state == TOKEN_STATE_LOST && i->n_keys == 0)
		keep_keys(i, &old);
	inventory_done(&old);
	t->inventory = *i;
	*i = (struct inventory){};
	t->has_state = true;
	t->is_settled = true;
	t->is_late = false;
	t->backoff_usec = 0;
	if (t->inventory.state != TOKEN_STATE_READY)
		fail_queued(t, result_of_state(t->inventory.state), t->inventory.sentence);
	t->events->changed(t, before, t->userdata);
	pump(t);
}

static struct job *find_job(struct token *t, uint64_t id)
{
	for (size_t i = 0; i < array_len(t->jobs); i++)
		if (t->jobs[i].id != 0 && t->jobs[i].id == id)
			return &t->jobs[i];
	return NULL;
}

static int keep_signature(struct pool_result *r, struct view signature)
{
	if (signature.size == 0)
		return 0;
	r->signature = bytes_dup(signature.data, signature.size);
	r->signature_size = signature.size;
	return r->signature ? 0 : -ENOMEM;
}

static const char *on_answer(const struct job_answer *a, void *userdata)
{
	struct token *t = userdata;
	struct pool_ticket *ticket;
	struct job *job, done;

	job = find_job(t, a->id);
	if (!job)
		return "it answered a job that it does not have";
	ticket = job->ticket;
	if (ticket && a->result == JOB_RESULT_OK && a->signature.size != ticket->signature_size)
		return "it sent a signature of the wrong length";
	if (ticket && keep_signature(&ticket->results.items[job->item], a->signature) < 0)
		return "out of memory";
	done = *job;
	*job = (struct job){};
	if (a->result == JOB_RESULT_OK && a->signature.size > 0)
		t->is_quick = clock_boottime_usec() - done.started_usec < QUICK_USEC;
	if (ticket)
		ticket_result(ticket, done.item, a->result, a->ckr, a->sentence);
	pump(t);
	return NULL;
}

static void on_closed(const char *why, void *userdata)
{
	token_lose(userdata, why);
}

static const struct channel_events channel_events = {
	.inventory = on_inventory,
	.answer = on_answer,
	.closed = on_closed,
};

/* --- life ----------------------------------------------------------------------------------------------- */

static void be_late(struct token *t)
{
	t->is_late = true;
	arm_deadline(t);
	t->events->changed(t, token_info(t).state, t->userdata);
}

static int on_deadline(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct token *t = userdata;

	(void)s;
	(void)usec;
	if (!t->channel) {
		token_lose(t, t->why_lost); /* token_wake() could not even connect */
		return 0;
	}
	if (!t->has_state && clock_boottime_usec() < t->opened_usec + t->timeout_usec) {
		be_late(t);
		return 0;
	}
	channel_end(t->channel);
	token_lose(t, "it did not answer in time");
	return 0;
}

void token_wake(struct token *t)
{
	char why[sizeof(t->why_lost)];
	int r;

	if (t->channel || !t->is_settled || clock_boottime_usec() < t->retry_usec)
		return;
	t->is_settled = false;
	t->is_late = t->backoff_usec > 0; /* last time it did not come up at all */
	t->opened_usec = clock_boottime_usec();
	r = channel_new(t->event, t->path, &channel_events, t, &t->channel);
	if (r >= 0) {
		arm_deadline(t);
		return;
	}
	(void)snprintf(why, sizeof(why),
		       "its socket cannot be reached (%s): "
		       "systemctl enable --now signet-token@%s.socket",
		       strerror(-r), t->name);
	text_sanitise(why, t->why_lost, sizeof(t->why_lost));
	(void)sd_event_source_set_time(t->deadline, 0); /* at once, but from the loop */
	(void)sd_event_source_set_enabled(t->deadline, SD_EVENT_ONESHOT);
}

struct token *token_free(struct token *t)
{
	if (!t)
		return NULL;
	t->channel = channel_free(t->channel);
	(void)sd_event_source_disable_unref(t->deadline);
	(void)sd_event_unref(t->event);
	inventory_done(&t->inventory);
	free(t->name);
	free(t->path);
	free(t);
	return NULL;
}

int token_new(sd_event *event, const char *runtime_dir, const char *name,
	      const struct token_events *events, void *userdata, struct token **ret)
{
	_cleanup_(token_freep) struct token *t = NULL;
	int r;

	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->event = sd_event_ref(event);
	t->events = events;
	t->userdata = userdata;
	t->is_settled = true; /* until the first attempt there is nothing to wait for */
	t->inventory.state = TOKEN_STATE_LOST;
	list_init(&t->users);
	text_sanitise("nobody has needed it yet", t->why_lost, sizeof(t->why_lost));
	t->name = strdup(name);
	t->path = text_format("%s/token/%s.sock", runtime_dir, name);
	if (!t->name || !t->path)
		return -ENOMEM;
	r = sd_event_add_time(event, &t->deadline, CLOCK_BOOTTIME, UINT64_MAX, 1, on_deadline, t);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(t->deadline, SD_EVENT_OFF);
	if (r < 0)
		return r;
	*ret = take_ptr(t);
	return 0;
}
