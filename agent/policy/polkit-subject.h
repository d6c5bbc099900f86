/*
 * policy/polkit-subject.h - a process about which polkit is asked, once for all its questions
 *
 * A list of a thousand keys is a thousand questions of one process: they share one copy of its
 * pidfd.
 */
#ifndef AGENT_POLICY_POLKIT_SUBJECT_H
#define AGENT_POLICY_POLKIT_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/list.h"
#include "agent/model/caller.h"

struct polkit_subject {
	struct list link;
	struct caller *caller; /* owned; only what says which process it is */
	size_t n_users;        /* questions that borrow it */
};

/*
 * Finds the subject in the list that is this caller's process, or adds it. Each call is undone
 * with polkit_subject_leave(). 0, -ENOMEM, or what the kernel says when there are no descriptors.
 */
int polkit_subject_enter(struct list *subjects, const struct caller *c,
			 struct polkit_subject **ret);
void polkit_subject_leave(struct polkit_subject *s);

/*
 * Whether the very process that connected still runs: by its pidfd, else by the start time of
 * whoever has its pid now. False for a caller of whom neither is known: it could be anybody.
 */
bool polkit_subject_is_alive(const struct caller *c);

#endif
