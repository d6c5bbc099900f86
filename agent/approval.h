/*
 * approval.h - requests that need the approval of other people, on their way through the agent
 *
 * The part of the story that connects a request with policy/quorum.h: where it stands, parking it,
 * taking what was approved, and telling those who wait. Decides nothing by itself.
 */
#ifndef AGENT_APPROVAL_H
#define AGENT_APPROVAL_H

#include "agent/policy/decide.h"
#include "agent/policy/polkit.h"
#include "agent/request.h"

/* Reads the requests that waited when the last agent ended. */
int approval_open(struct agent *a);

/* Time, a new policy or a person may have changed a request: it is looked at when the loop turns. */
void approval_changed(struct agent *a);
/* Part of agent_turn(): records what time and policy ended, and wakes those that wait for approvals. */
void approval_turn(struct agent *a);

/* DECIDE: where what q asks of the key stands. */
void approval_look(struct request *q, const struct key *key, struct situation *s);
/* DECIDE, allowed: takes what was approved, if it is allowed by that; the next state. */
enum request_state approval_take(struct request *q);
/* DECIDE, approvals are missing: stores the request, if it is new, and ends it as pending. */
enum request_state approval_wait(struct request *q, const struct key *key);
/* POLKIT: what somebody is about to say to a request, which a person who authenticates has to see. */
#define APPROVAL_WINDOW_MAX 64u
void approval_describe(const struct request *q, char window[static APPROVAL_WINDOW_MAX],
		       struct polkit_question *question);
/* AUDIT: gives back what was taken and certainly not used. */
void approval_settle(struct request *q);
void approval_done(struct request *q);

/* For op-request.c and op-approve.c: the request that q names, as it is now; NULL if there is none. */
struct parked *approval_find(struct request *q);
enum request_state approval_not_found(struct request *q);
/* Copies into q->ask what p is about. False with q ended. */
bool approval_copy(struct request *q, const struct parked *p, enum request_state *ret_next);
/* Ends q, because p still waits. */
enum request_state approval_pending(struct request *q, const struct parked *p);

#endif
