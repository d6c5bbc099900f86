/*
 * policy/polkit-turns.h - whose turn it is: a bounded number at once, in turn over the uids
 *
 * Each uid that waits has a lane. Lanes are served one after the other, so that a thousand who
 * wait in one lane delay the one in another by a single turn.
 */
#ifndef AGENT_POLICY_POLKIT_TURNS_H
#define AGENT_POLICY_POLKIT_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "agent/base/list.h"

struct polkit_lane;

struct polkit_turns {
	struct list lanes; /* the next one in front */
	unsigned n_taken;  /* turns that are used at the moment */
	unsigned max;      /* of them, over all lanes */
	unsigned lane_max; /* of them, in one lane */
	size_t lane_waiting_max;
};

/* Embedded in whatever waits. */
struct polkit_turn {
	struct list link;
	struct polkit_lane *lane; /* borrowed; NULL: neither waits nor has its turn */
	bool is_taken;
};

void polkit_turns_init(struct polkit_turns *t, unsigned max, unsigned lane_max,
		       size_t lane_waiting_max);

/* Waits at the end of the lane of uid. 0; -EBUSY if too many do; -ENOMEM. */
int polkit_turns_wait(struct polkit_turns *t, uid_t uid, struct polkit_turn *e);

/* Who has its turn now; NULL if nobody waits or no turn is free. */
struct polkit_turn *polkit_turns_next(struct polkit_turns *t);

/* Waits no more, or gives its turn back. May be called at any time once e is zeroed, and twice. */
void polkit_turns_leave(struct polkit_turns *t, struct polkit_turn *e);

#endif
