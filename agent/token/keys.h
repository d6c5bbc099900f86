/*
 * token/keys.h - the keys that are offered, by name and by public key
 *
 * Made anew whenever a token's keys or the rules change: what the tokens have, named by the files
 * of keys.d. A key without a file is offered under its label; labels that are not unique become
 * TOKEN/LABEL. What cannot be named without doubt is not offered, and said so in problems.
 */
#ifndef AGENT_TOKEN_KEYS_H
#define AGENT_TOKEN_KEYS_H

#include "agent/base/cleanup.h"
#include "agent/model/key.h"
#include "agent/token/pool.h"

struct keys {
	struct key **items; /* owned, sorted by name */
	size_t n_items;
	char **problems; /* owned sentences */
	size_t n_problems;
};

/* rules (n_rules of them) are borrowed by the keys: make new keys before the rules go. */
int keys_new(const struct pool *pool, struct key_rule *const *rules, size_t n_rules,
	     struct keys **ret);
struct keys *keys_free(struct keys *k);
DEFINE_FREEP(struct keys, keys_free)

/* NULL if there is none. Borrowed until the keys are freed. */
const struct key *keys_by_name(const struct keys *k, const char *name);
/* By its public key, or its certificate, as ssh names them. */
const struct key *keys_by_blob(const struct keys *k, const uint8_t *blob, size_t size);

#endif
