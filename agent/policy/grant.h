/*
 * policy/grant.h - which grant, if any, lets a caller sign; pure
 */
#ifndef AGENT_POLICY_GRANT_H
#define AGENT_POLICY_GRANT_H

#include <stddef.h>
#include <stdint.h>

#include "agent/model/ask.h"
#include "agent/model/caller.h"
#include "agent/model/grant.h"

/* The first that fits, in their order; NULL if none does. now_usec: CLOCK_REALTIME. */
const struct grant *grant_find(struct grant *const *grants, size_t n, const struct caller *c,
			       const char *key, const struct ask *ask, uint64_t now_usec);

#endif
