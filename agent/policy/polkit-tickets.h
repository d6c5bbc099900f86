/*
 * policy/polkit-tickets.h - who waits for what polkit says, and is told when the loop turns
 */
#ifndef AGENT_POLICY_POLKIT_TICKETS_H
#define AGENT_POLICY_POLKIT_TICKETS_H

#include <stddef.h>
#include <systemd/sd-event.h>

#include "agent/base/cleanup.h"
#include "agent/base/list.h"
#include "agent/policy/decide.h"
#include "agent/policy/polkit.h"

struct polkit_tickets {
	struct list answered;
	size_t n_answered;
	size_t n; /* of all */
	size_t max;
	sd_event_source *deliver; /* owned; on while somebody is to be told */
};

struct question;

struct polkit_ticket {
	struct list link; /* in its question's list, or among the answered */
	struct polkit_tickets *tickets;
	struct question *question; /* whose answer is waited for; NULL: it is there */
	enum polkit_answer answer;
	struct polkit_consent *consent; /* borrowed; may be NULL */
	polkit_callback callback;
	void *userdata;
};

/* 0 or a negative errno. */
int polkit_tickets_init(struct polkit_tickets *t, sd_event *event, size_t max);

/* There must be no ticket any more. Takes zeroes, which were never initialised. */
void polkit_tickets_done(struct polkit_tickets *t);

/* 0; -EBUSY if too many wait; -ENOMEM. */
int polkit_ticket_new(struct polkit_tickets *t, polkit_callback callback, void *userdata,
		      struct polkit_ticket **ret);

/* Whoever waits is told nothing. */
struct polkit_ticket *polkit_ticket_free(struct polkit_ticket *t);
DEFINE_FREEP(struct polkit_ticket, polkit_ticket_free)

/* The ticket ends and is called back when the loop turns, never from inside of this. */
void polkit_ticket_answer(struct polkit_ticket *t, enum polkit_answer answer);

#endif
