/*
 * policy/polkit.h - questions to polkitd over the system bus, never blocking
 *
 * Equal questions under way are asked once. An answer that needed no person is kept for the time
 * given, for the same process, action and details (all of them). When polkit says Changed or its owner
 * on the bus changes, all that is kept is dropped, and the answer to a question under way is not kept.
 * Whoever has said yes to a prompt meanwhile gets another one only if polkit wants another authentication
 * now.
 *
 * What decides about a list is shared and kept for all processes of which polkit is told the same, but
 * for their number: a build of a hundred jobs, each of which lists the keys, is one to polkit. Whoever
 * gets silence in such a company asks once more, alone: the process that was asked about may have
 * ended. A signature is never decided on by that.
 *
 * polkit itself keeps what a person authenticated under *_KEEP, for a process and an action and
 * whatever the details are. Here that counts only for the key, token and purpose that the person was
 * asked about. For others it is a CHALLENGE, or DISMISSED if a person may be asked: polkit would not
 * ask one.
 *
 * Each question has our own deadline and is withdrawn with a cancellation id.
 * POLKIT_ANSWER_SILENCE: no bus, no polkitd, an error, no answer in time, a caller that has ended or
 * of whom neither a pidfd nor a start time is known.
 */
#ifndef AGENT_POLICY_POLKIT_H
#define AGENT_POLICY_POLKIT_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "agent/base/cleanup.h"
#include "agent/model/caller.h"
#include "agent/policy/decide.h"

struct polkit;
struct polkit_ticket;

/*
 * That a person has authenticated, and for what. A request that polkit is asked about again, because it
 * said Changed, brings it along, so that the person is not: it counts for the very same question alone,
 * and as long as polkit wants what it was given for.
 */
#define POLKIT_RESULT_SIZE 32u
struct polkit_consent {
	bool is_given;
	uint64_t matter;
	char result[POLKIT_RESULT_SIZE]; /* "auth_self" and the like; empty before polkit 127 */
};

/* What a rule can read with action.lookup(); borrowed, NULL where it does not apply. */
struct polkit_question {
	const struct caller *caller;
	const char *action;
	const char *key;
	const char *token;
	const char *purpose;
	const char *algorithm;
	const char *hash;
	size_t count;
	const char *request; /* that is to be approved; requester asked for it */
	uid_t requester;
	const char *verdict; /* what is said to it: "approve" or "deny" */
	const char *window;  /* that is approved with it; "none" */
	bool is_forwarded;
	bool may_interact;
	bool is_for_list; /* only what is shown depends on the answer: see below */
	/* Read, and written with the answer: it must live as long as the ticket. NULL for a list. */
	struct polkit_consent *consent;
};

typedef void (*polkit_callback)(enum polkit_answer answer, void *userdata);

/* Connects to the system bus in the background; with no bus every answer is silence. */
int polkit_new(sd_event *event, struct polkit **ret);
struct polkit *polkit_free(struct polkit *p); /* no tickets may be left */
DEFINE_FREEP(struct polkit, polkit_free)

/* Times of the settings in force; also called after a reload, which drops what is kept. */
void polkit_set_times(struct polkit *p, uint64_t answer_usec, uint64_t interactive_usec,
		      uint64_t keep_usec);

/*
 * Grows whenever what polkit said before may not hold any more: it said Changed, its owner on the
 * bus changed, the bus was lost or is back. Only ever compared with an earlier one.
 */
uint64_t polkit_generation(const struct polkit *p);

/*
 * The answer if it is kept, POLKIT_ANSWER_NONE if polkit has to be asked. A CHALLENGE is not told to
 * a question that may interact.
 */
enum polkit_answer polkit_kept(struct polkit *p, const struct polkit_question *q);

/*
 * Asks; everything but the consent is copied. The callback comes exactly once, from the loop. At most
 * POLKIT_INFLIGHT_MAX questions are under way, taken in turn from the uids that have some
 * waiting, so that one uid's thousand do not delay another's one. Of those that keep a person busy
 * at most four are under way for one uid. -EBUSY above POLKIT_QUEUE_MAX, half of it for one uid;
 * -ENOMEM, -EMFILE and the like: it could not be asked.
 * The ticket is void once called back or cancelled.
 */
int polkit_ask(struct polkit *p, const struct polkit_question *q, polkit_callback callback,
	       void *userdata, struct polkit_ticket **ret);

/* Withdraws: the last one who waits for a question withdraws it at polkitd. Takes NULL. */
void polkit_cancel(struct polkit_ticket *t);

#endif
