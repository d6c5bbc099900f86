/*
 * policy/polkit-grants.h - for what a person authenticated when polkit keeps that for a while
 *
 * polkit keeps a temporary authorization for a process and an action, whatever the details were;
 * in each yes that is due to it stands its id. Here it stands for what that id was given. Bounded:
 * the oldest makes room for a new one, and an id that is not here is good for nothing.
 */
#ifndef AGENT_POLICY_POLKIT_GRANTS_H
#define AGENT_POLICY_POLKIT_GRANTS_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/cleanup.h"
#include "agent/policy/polkit-matter.h"

#define POLKIT_GRANT_ID_MAX 63u /* bytes; polkit's own are "tmpauthz" and a number */

struct polkit_grants;

/* max is at least 1; nothing is allocated after this. */
int polkit_grants_new(size_t max, struct polkit_grants **ret);
struct polkit_grants *polkit_grants_free(struct polkit_grants *g);
DEFINE_FREEP(struct polkit_grants, polkit_grants_free)

/*
 * A person was asked about m and the yes came with this id, of 1 to POLKIT_GRANT_ID_MAX bytes. An
 * id that is known already goes on standing for what it was given for first.
 */
void polkit_grants_put(struct polkit_grants *g, const char *id, const struct polkit_matter *m);

/* Whether id was given for this process, action, key, token and purpose. */
bool polkit_grants_has(const struct polkit_grants *g, const char *id,
		       const struct polkit_matter *m);

void polkit_grants_forget_all(struct polkit_grants *g);

#endif
