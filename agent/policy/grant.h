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

/* A grant under one of its keys. */
struct grant_entry {
	const char *key;           /* borrowed from the grant */
	const struct grant *grant; /* borrowed */
};

/*
 * An entry for each key of each grant, sorted by key and then by id, so that a thousand grants for other
 * keys cost a decision nothing. 0 or -ENOMEM; freed with free().
 */
int grant_index(struct grant *const *grants, size_t n, struct grant_entry **ret, size_t *ret_n);

/*
 * The grants that let this caller sign with this key now, for whatever it is; is_forwarded: for
 * another host. Begin with *at 0; NULL behind the last. now_usec: CLOCK_REALTIME.
 */
const struct grant *grant_next(const struct grant_entry *entries, size_t n, const struct caller *c,
			       const char *key, bool is_forwarded, uint64_t now_usec, size_t *at);

/* The first of these that is for the purpose asked for; NULL if there is none. */
const struct grant *grant_find(const struct grant_entry *entries, size_t n, const struct caller *c,
			       const char *key, const struct ask *ask, uint64_t now_usec);

/* How many there are for a key, for whomever. */
size_t grant_count(const struct grant_entry *entries, size_t n, const char *key);

#endif
