/*
 * policy/polkit-turns.c - see polkit-turns.h
 */
#include "agent/policy/polkit-turns.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/base/cleanup.h"

/* Lives while somebody in it waits or has a turn. */
struct polkit_lane {
	struct list link;
	struct list waiting;
	uid_t uid;
	unsigned n_taken;
	size_t n_waiting;
};

void polkit_turns_init(struct polkit_turns *t, unsigned max, unsigned lane_max,
		       size_t lane_waiting_max)
{
	*t = (struct polkit_turns){
		.max = max,
		.lane_max = lane_max,
		.lane_waiting_max = lane_waiting_max,
	};
	list_init(&t->lanes);
}

static struct polkit_lane *lane_get(struct polkit_turns *t, uid_t uid)
{
	struct polkit_lane *lane;
	struct list *l;

	list_for_each(l, &t->lanes) {
		lane = container_of(l, struct polkit_lane, link);
		if (lane->uid == uid)
			return lane;
	}
	lane = calloc(1, sizeof(*lane));
	if (!lane)
		return NULL;
	lane->uid = uid;
	list_init(&lane->waiting);
	list_append(&t->lanes, &lane->link);
	return lane;
}

int polkit_turns_wait(struct polkit_turns *t, uid_t uid, struct polkit_turn *e)
{
	struct polkit_lane *lane = lane_get(t, uid);

	if (!lane)
		return -ENOMEM;
	if (lane->n_waiting >= t->lane_waiting_max)
		return -EBUSY;
	lane->n_waiting++;
	e->lane = lane;
	e->is_taken = false;
	list_init(&e->link);
	list_append(&lane->waiting, &e->link);
	return 0;
}

struct polkit_turn *polkit_turns_next(struct polkit_turns *t)
{
	struct list *l;

	if (t->n_taken >= t->max)
		return NULL;
	list_for_each(l, &t->lanes) {
		struct polkit_lane *lane = container_of(l, struct polkit_lane, link);
		struct polkit_turn *e;

		if (list_is_empty(&lane->waiting) || lane->n_taken >= t->lane_max)
			continue;
		e = container_of(lane->waiting.next, struct polkit_turn, link);
		list_remove(&e->link);
		e->is_taken = true;
		lane->n_waiting--;
		lane->n_taken++;
		t->n_taken++;
		/* Its lane is the last one now; the loop ends here. */
		list_remove(&lane->link);
		list_append(&t->lanes, &lane->link);
		return e;
	}
	return NULL;
}

void polkit_turns_leave(struct polkit_turns *t, struct polkit_turn *e)
{
	struct polkit_lane *lane = e->lane;

	if (!lane)
		return;
	if (e->is_taken) {
		lane->n_taken--;
		t->n_taken--;
	} else {
		list_remove(&e->link);
		lane->n_waiting--;
	}
	*e = (struct polkit_turn){};
	if (lane->n_taken == 0 && lane->n_waiting == 0) {
		list_remove(&lane->link);
		free(lane);
	}
}
