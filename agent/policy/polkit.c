/*
 * policy/polkit.c - see polkit.h
 *
 * A question is what polkit is asked, a ticket is one who waits for its answer. The life of a
 * question:
 *
 *   it waits for its turn, is asked without a person (quick), and is answered; or
 *   polkit would need a person and one may be asked: it waits for its turn among those that keep
 *   a person busy (slow), is asked once more, and is answered.
 *
 * polkit says Changed when rules change, and when anybody logs in, and as often as somebody likes. What it
 * says afterwards without a person counts: it works that out when it says it. A person's no counts, too.
 * A person's yes may be to a prompt that rules would not have led to any more: polkit is asked anew without
 * a person, and if it still wants the same authentication, the yes counts. So it goes with each yes that
 * polkit keeps, since Changed precedes it. What polkit fails to answer is asked anew a few times: it may
 * have been started anew. Tickets get answers when the loop turns, never from inside a call.
 */
#include "agent/policy/polkit.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/base/clock.h"
#include "agent/base/limits.h"
#include "agent/base/list.h"
#include "agent/policy/polkit-bus.h"
#include "agent/policy/polkit-grants.h"
#include "agent/policy/polkit-internal.h"
#include "agent/policy/polkit-matter.h"
#include "agent/policy/polkit-memory.h"
#include "agent/policy/polkit-subject.h"
#include "agent/policy/polkit-tickets.h"
#include "agent/policy/polkit-turns.h"

/* Prompts open at once: more than people sit at one host; and as many as one of them can follow. */
#define SLOW_MAX 64u
#define SLOW_UID_MAX 4u
/* Half of the queue: one uid alone cannot fill it. */
#define WAITING_UID_MAX (POLKIT_QUEUE_MAX / 2)
/* How often a question is asked anew that polkit did not answer, and how often a person is asked. */
#define ASKED_ANEW_MAX 3u
#define PROMPTS_MAX 4u
/* polkit keeps each for five minutes: more than people authenticate in that time. */
#define GRANTS_MAX 1024u

#define BUCKETS 1024u
/* Our deadline comes first; sd-bus then only cleans up what we should have forgotten. */
#define BUS_SLACK (1 * USEC_PER_SEC)
#define DEADLINE_SLACK (10 * USEC_PER_MSEC)

struct polkit {
	sd_event *event;              /* owned reference */
	struct polkit_bus *bus;       /* owned */
	struct polkit_memory *memory; /* owned */
	struct polkit_grants *grants; /* owned */
	uint8_t hash_key[crypto_shorthash_KEYBYTES];
	struct list subjects;
	struct list questions;        /* all of them */
	struct list buckets[BUCKETS]; /* the same, by hash of the matter */
	struct polkit_turns quick;
	struct polkit_turns slow;
	struct polkit_tickets tickets;
	uint64_t generation; /* goes up when what polkit said before may be wrong */
	uint64_t answer_usec;
	uint64_t interactive_usec;
	uint64_t keep_usec;
};

struct question {
	struct list link;
	struct list bucket;
	struct polkit *p;
	struct polkit_matter matter;
	struct polkit_subject *subject; /* borrowed from p->subjects; entered */
	struct list tickets;            /* never empty, or the question ends */
	struct polkit_turn turn;
	struct polkit_turns *turns; /* where turn is: p->quick or p->slow */
	struct polkit_bus_call call;
	sd_event_source *deadline; /* owned */
	uint64_t generation;       /* when it was asked */
	bool may_interact;
	bool has_identity; /* no other process's question can have this matter by chance */
	struct polkit_consent consent;
	unsigned n_asked_anew;
	unsigned n_prompts;
};

/* --- questions --------------------------------------------------------------------------------- */

static struct question *question_free(struct question *q)
{
	if (!q)
		return NULL;
	assert(list_is_empty(&q->tickets));
	list_remove(&q->link);
	list_remove(&q->bucket);
	polkit_bus_withdraw(q->p->bus, &q->call);
	if (q->turns)
		polkit_turns_leave(q->turns, &q->turn);
	sd_event_source_disable_unref(q->deadline);
	if (q->subject)
		polkit_subject_leave(q->subject);
	polkit_matter_done(&q->matter);
	free(q);
	return NULL;
}
DEFINE_FREEP(struct question, question_free)

/* Ends the question. */
static void question_answer(struct question *q, enum polkit_answer answer)
{
	while (!list_is_empty(&q->tickets)) {
		struct polkit_ticket *t = container_of(q->tickets.next, struct polkit_ticket, link);

		if (t->consent)
			*t->consent = q->consent;
		polkit_ticket_answer(t, answer);
	}
	(void)question_free(q); /* returns NULL by convention */
}

static bool is_slow(const struct question *q)
{
	return q->turns == &q->p->slow;
}

static void question_send(struct question *q)
{
	struct polkit *p = q->p;
	uint64_t usec = is_slow(q) ? p->interactive_usec : p->answer_usec;
	int r;

	if (!polkit_subject_is_alive(q->subject->caller)) {
		question_answer(q, POLKIT_ANSWER_SILENCE);
		return;
	}
	q->generation = p->generation;
	r = polkit_bus_ask(p->bus, q->subject->caller, &q->matter, is_slow(q), usec + BUS_SLACK,
			   &q->call);
	if (r < 0)
		question_answer(q, POLKIT_ANSWER_SILENCE);
}

/* Asks as many as may be asked. */
static void send_all(struct polkit *p)
{
	while (polkit_bus_is_ready(p->bus)) {
		struct polkit_turn *turn = polkit_turns_next(&p->quick);

		if (!turn)
			turn = polkit_turns_next(&p->slow);
		if (!turn)
			return;
		question_send(container_of(turn, struct question, turn));
	}
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct question *q = userdata;
	struct polkit *p = q->p;

	(void)source;
	(void)usec;
	question_answer(q, POLKIT_ANSWER_SILENCE);
	send_all(p);
	return 0;
}

static int set_deadline(struct question *q, uint64_t usec)
{
	q->deadline = sd_event_source_disable_unref(q->deadline);
	return sd_event_add_time_relative(q->p->event, &q->deadline, CLOCK_BOOTTIME, usec,
					  DEADLINE_SLACK, on_deadline, q);
}

/* Waits for a turn among the quick or the slow ones. A deadline of 0 leaves the old one armed. */
static int question_wait(struct question *q, struct polkit_turns *turns, uint64_t deadline_usec)
{
	int r = 0;

	if (q->turns)
		polkit_turns_leave(q->turns, &q->turn);
	if (deadline_usec > 0)
		r = set_deadline(q, deadline_usec);
	if (r < 0)
		return r;
	q->turns = turns;
	return polkit_turns_wait(turns, q->subject->caller->uid, &q->turn);
}

static void question_ask_anew(struct question *q)
{
	struct polkit *p = q->p;

	q->n_asked_anew++;
	if (question_wait(q, &p->quick, is_slow(q) ? p->answer_usec : 0) < 0)
		question_answer(q, POLKIT_ANSWER_SILENCE);
}

static void question_ask_person(struct question *q)
{
	if (q->n_prompts++ >= PROMPTS_MAX ||
	    question_wait(q, &q->p->slow, q->p->interactive_usec) < 0)
		question_answer(q, POLKIT_ANSWER_SILENCE);
}

/* Takes the matter from the question, which ends after this. */
static void question_keep(struct question *q, enum polkit_answer answer)
{
	struct polkit *p = q->p;

	if (p->keep_usec == 0 || !q->has_identity)
		return;
	polkit_memory_put(p->memory, &q->matter, answer, clock_boottime_usec() + p->keep_usec);
}

/*
 * polkit says yes to every question of this process and action once it keeps one yes of a person's.
 * What it was not given for needs a person; and to ask one would not help, because polkit would say
 * that same yes without a prompt.
 */
static enum polkit_answer question_judge(const struct question *q, const struct polkit_said *said)
{
	if (said->answer != POLKIT_ANSWER_YES || !said->grant ||
	    polkit_grants_has(q->p->grants, said->grant, &q->matter))
		return said->answer;
	return q->may_interact ? POLKIT_ANSWER_DISMISSED : POLKIT_ANSWER_CHALLENGE;
}

/* Since 127 the yes of a rule, for which nobody was asked, has another result than a challenge. */
static void question_note_consent(struct question *q, const struct polkit_said *said)
{
	q->consent.is_given = said->answer == POLKIT_ANSWER_YES && !said->grant;
	q->consent.matter = q->matter.hash;
	(void)snprintf(q->consent.result, sizeof(q->consent.result), "%s", /* cut: no known one */
		       said->result ? said->result : "");
}

/* A yes that polkit keeps is no consent, so what it would keep is not what was consented to. */
static bool question_has_consent(const struct question *q, const struct polkit_said *said)
{
	return q->consent.is_given && !said->is_retained &&
	       strcmp(q->consent.result, said->result ? said->result : "") == 0;
}

/* An answer to a question asked without a person. */
static void question_hear_quick(struct question *q, const struct polkit_said *said,
				enum polkit_answer answer)
{
	if (answer == POLKIT_ANSWER_CHALLENGE && q->may_interact) {
		if (question_has_consent(q, said))
			question_answer(q, POLKIT_ANSWER_YES);
		else
			question_ask_person(q);
		return;
	}
	/* Dismissed is not for those who ask the same and want no person to be asked. */
	if (answer != POLKIT_ANSWER_DISMISSED && q->generation == q->p->generation)
		question_keep(q, answer);
	question_answer(q, answer);
}

/*
 * The same after a person was to be asked. Never kept; what was kept is not true any more. Still a
 * challenge means that no agent was found to ask with, so nobody was asked.
 */
static void question_hear_slow(struct question *q, enum polkit_answer answer)
{
	polkit_memory_forget(q->p->memory, &q->matter);
	question_answer(q, answer == POLKIT_ANSWER_NO ? POLKIT_ANSWER_DISMISSED : answer);
}

static bool is_to_be_asked_anew(const struct question *q, enum polkit_answer answer)
{
	if (q->generation == q->p->generation)
		return false;
	if (answer == POLKIT_ANSWER_SILENCE)
		return q->n_asked_anew < ASKED_ANEW_MAX;
	return is_slow(q) && answer == POLKIT_ANSWER_YES;
}

static void question_hear(struct question *q, const struct polkit_said *said)
{
	enum polkit_answer answer;

	/* Before all else: polkit says Changed when it adds one, so such an answer is outdated. */
	if (is_slow(q) && said->answer == POLKIT_ANSWER_YES && said->grant && said->is_retained)
		polkit_grants_put(q->p->grants, said->grant, &q->matter);
	if (is_slow(q))
		question_note_consent(q, said);
	answer = question_judge(q, said);
	if (is_to_be_asked_anew(q, answer))
		question_ask_anew(q);
	else if (answer == POLKIT_ANSWER_SILENCE || !polkit_subject_is_alive(q->subject->caller))
		question_answer(q, POLKIT_ANSWER_SILENCE);
	else if (is_slow(q))
		question_hear_slow(q, answer);
	else
		question_hear_quick(q, said, answer);
}

static void on_answered(const struct polkit_said *said, void *userdata)
{
	struct question *q = userdata;
	struct polkit *p = q->p;

	question_hear(q, said);
	send_all(p);
}

/* Without a start time two processes may look the same. */
static bool has_identity(const struct polkit_question *question)
{
	return question->is_for_list || question->caller->start_time != 0;
}

static bool has_consent(const struct polkit_question *question, const struct polkit_matter *m)
{
	const struct polkit_consent *c = question->consent;

	return c && c->is_given && c->matter == m->hash;
}

static int question_new(struct polkit *p, const struct polkit_question *question,
			struct polkit_matter *matter, struct question **ret)
{
	_cleanup_(question_freep) struct question *q = calloc(1, sizeof(*q));
	int r;

	if (!q)
		return -ENOMEM;
	list_init(&q->link);
	list_init(&q->bucket);
	list_init(&q->tickets);
	q->p = p;
	q->may_interact = question->may_interact;
	q->has_identity = has_identity(question);
	q->call.answered = on_answered;
	q->call.userdata = q;
	r = polkit_subject_enter(&p->subjects, question->caller, &q->subject);
	if (r == 0)
		r = question_wait(q, &p->quick, p->answer_usec);
	if (r < 0)
		return r;
	q->matter = *matter;
	*matter = (struct polkit_matter){};
	if (has_consent(question, &q->matter))
		q->consent = *question->consent;
	list_append(&p->questions, &q->link);
	list_append(&p->buckets[q->matter.hash % BUCKETS], &q->bucket);
	*ret = take_ptr(q);
	return 0;
}

/*
 * Whether who asks now may share the answer: neither one that a person has given already, nor one that
 * polkit may have worked out before it said Changed.
 */
static bool is_fresh(const struct question *q)
{
	return !q->consent.is_given &&
	       (!q->turn.is_taken || is_slow(q) || q->generation == q->p->generation);
}

static struct question *find_question(struct polkit *p, const struct polkit_question *question,
				      const struct polkit_matter *m)
{
	struct list *l;

	if (!has_identity(question) || has_consent(question, m))
		return NULL;
	list_for_each(l, &p->buckets[m->hash % BUCKETS]) {
		struct question *q = container_of(l, struct question, bucket);

		if (q->may_interact == question->may_interact && is_fresh(q) &&
		    polkit_matter_is_equal(&q->matter, m))
			return q;
	}
	return NULL;
}

static int find_or_add_question(struct polkit *p, const struct polkit_question *question,
				struct question **ret)
{
	_cleanup_(polkit_matter_done) struct polkit_matter m = {};
	int r;

	r = polkit_matter_init(&m, question, p->hash_key);
	if (r < 0)
		return r;
	*ret = find_question(p, question, &m);
	return *ret ? 0 : question_new(p, question, &m, ret);
}

/* --- the bus ----------------------------------------------------------------------------------- */

static void on_connected(void *userdata)
{
	send_all(userdata);
}

static void on_changed(void *userdata)
{
	struct polkit *p = userdata;

	p->generation++;
	polkit_memory_forget_all(p->memory);
}

/* The next polkitd numbers its temporary authorizations from the beginning. */
static void on_renewed(void *userdata)
{
	struct polkit *p = userdata;

	on_changed(p);
	polkit_grants_forget_all(p->grants);
}

static void on_lost(void *userdata)
{
	struct polkit *p = userdata;

	on_renewed(p);
	while (!list_is_empty(&p->questions))
		question_answer(container_of(p->questions.next, struct question, link),
				POLKIT_ANSWER_SILENCE);
}

static const struct polkit_bus_handlers handlers = {
	.connected = on_connected,
	.lost = on_lost,
	.changed = on_changed,
	.renewed = on_renewed,
};

/* --- for others -------------------------------------------------------------------------------- */

struct polkit *polkit_free(struct polkit *p)
{
	if (!p)
		return NULL;
	polkit_tickets_done(&p->tickets);
	(void)polkit_bus_free(p->bus); /* all return NULL by convention */
	(void)polkit_memory_free(p->memory);
	(void)polkit_grants_free(p->grants);
	sd_event_unref(p->event);
	free(p);
	return NULL;
}

int polkit_new_on(sd_event *event, polkit_bus_open open_bus, void *userdata, struct polkit **ret)
{
	_cleanup_(polkit_freep) struct polkit *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->event = sd_event_ref(event);
	list_init(&p->subjects);
	list_init(&p->questions);
	for (size_t i = 0; i < BUCKETS; i++)
		list_init(&p->buckets[i]);
	polkit_turns_init(&p->quick, POLKIT_INFLIGHT_MAX, POLKIT_INFLIGHT_MAX, WAITING_UID_MAX);
	polkit_turns_init(&p->slow, SLOW_MAX, SLOW_UID_MAX, WAITING_UID_MAX);
	polkit_set_times(p, 5 * USEC_PER_SEC, 120 * USEC_PER_SEC, 0);
	if (sodium_init() < 0)
		return -EIO;
	crypto_shorthash_keygen(p->hash_key);
	r = polkit_memory_new(POLKIT_KEPT_MAX, &p->memory);
	if (r == 0)
		r = polkit_grants_new(GRANTS_MAX, &p->grants);
	if (r == 0)
		r = polkit_tickets_init(&p->tickets, event, POLKIT_QUEUE_MAX);
	if (r >= 0)
		r = polkit_bus_new(event, open_bus, userdata, &handlers, p, &p->bus);
	if (r < 0)
		return r;
	*ret = take_ptr(p);
	return 0;
}

int polkit_new(sd_event *event, struct polkit **ret)
{
	return polkit_new_on(event, polkit_bus_open_system, NULL, ret);
}

void polkit_set_times(struct polkit *p, uint64_t answer_usec, uint64_t interactive_usec,
		      uint64_t keep_usec)
{
	p->answer_usec = answer_usec;
	p->interactive_usec = interactive_usec;
	p->keep_usec = keep_usec;
	if (p->memory)
		polkit_memory_forget_all(p->memory);
}

uint64_t polkit_generation(const struct polkit *p)
{
	return p->generation;
}

enum polkit_answer polkit_kept(struct polkit *p, const struct polkit_question *q)
{
	_cleanup_(polkit_matter_done) struct polkit_matter m = {};
	enum polkit_answer answer;

	if (polkit_matter_init(&m, q, p->hash_key) < 0)
		return POLKIT_ANSWER_NONE;
	answer = polkit_memory_get(p->memory, &m, clock_boottime_usec());
	/* Who may be asked now has not been asked yet. */
	if (answer == POLKIT_ANSWER_CHALLENGE && q->may_interact)
		return POLKIT_ANSWER_NONE;
	if (answer != POLKIT_ANSWER_NONE && !polkit_subject_is_alive(q->caller))
		return POLKIT_ANSWER_NONE;
	return answer;
}

int polkit_ask(struct polkit *p, const struct polkit_question *q, polkit_callback callback,
	       void *userdata, struct polkit_ticket **ret)
{
	_cleanup_(polkit_ticket_freep) struct polkit_ticket *t = NULL;
	struct question *question;
	int r;

	r = polkit_ticket_new(&p->tickets, callback, userdata, &t);
	if (r < 0)
		return r;
	if (!polkit_bus_is_hopeful(p->bus) || !polkit_subject_is_alive(q->caller)) {
		polkit_ticket_answer(t, POLKIT_ANSWER_SILENCE);
		*ret = take_ptr(t);
		return 0;
	}
	r = find_or_add_question(p, q, &question);
	if (r < 0)
		return r;
	t->question = question;
	t->consent = q->consent;
	list_append(&question->tickets, &t->link);
	*ret = take_ptr(t);
	send_all(p);
	return 0;
}

void polkit_cancel(struct polkit_ticket *t)
{
	struct question *q = t ? t->question : NULL;
	struct polkit *p;

	(void)polkit_ticket_free(t); /* returns NULL by convention */
	if (!q || !list_is_empty(&q->tickets))
		return;
	p = q->p;
	(void)question_free(q); /* the same */
	send_all(p);
}
