/*
 * policy/polkit-tickets.c - see polkit-tickets.h
 */
#include "agent/policy/polkit-tickets.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* What callbacks ask and have answered at once must not keep the loop here. */
static int on_deliver(sd_event_source *source, void *userdata)
{
	struct polkit_tickets *tickets = userdata;
	size_t n = tickets->n_answered;

	while (n-- > 0 && !list_is_empty(&tickets->answered)) {
		struct polkit_ticket *t =
			container_of(tickets->answered.next, struct polkit_ticket, link);
		polkit_callback callback = t->callback;
		enum polkit_answer answer = t->answer;
		void *callback_userdata = t->userdata;

		(void)polkit_ticket_free(t); /* returns NULL by convention */
		callback(answer, callback_userdata);
	}
	if (list_is_empty(&tickets->answered))
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

int polkit_tickets_init(struct polkit_tickets *t, sd_event *event, size_t max)
{
	int r;

	list_init(&t->answered);
	t->max = max;
	r = sd_event_add_defer(event, &t->deliver, on_deliver, t);
	return r < 0 ? r : sd_event_source_set_enabled(t->deliver, SD_EVENT_OFF);
}

void polkit_tickets_done(struct polkit_tickets *t)
{
	assert(t->n == 0);
	t->deliver = sd_event_source_disable_unref(t->deliver);
}

int polkit_ticket_new(struct polkit_tickets *tickets, polkit_callback callback, void *userdata,
		      struct polkit_ticket **ret)
{
	struct polkit_ticket *t;

	if (tickets->n >= tickets->max)
		return -EBUSY;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	list_init(&t->link);
	t->tickets = tickets;
	t->callback = callback;
	t->userdata = userdata;
	tickets->n++;
	*ret = t;
	return 0;
}

struct polkit_ticket *polkit_ticket_free(struct polkit_ticket *t)
{
	if (!t)
		return NULL;
	list_remove(&t->link);
	t->tickets->n--;
	if (t->answer != POLKIT_ANSWER_NONE)
		t->tickets->n_answered--;
	free(t);
	return NULL;
}

void polkit_ticket_answer(struct polkit_ticket *t, enum polkit_answer answer)
{
	struct polkit_tickets *tickets = t->tickets;
	int r;

	assert(t->answer == POLKIT_ANSWER_NONE && answer != POLKIT_ANSWER_NONE);
	list_remove(&t->link);
	t->question = NULL;
	t->answer = answer;
	list_append(&tickets->answered, &t->link);
	tickets->n_answered++;
	r = sd_event_source_set_enabled(tickets->deliver, SD_EVENT_ON);
	assert(r >= 0); /* fails only for a source that is none */
}
