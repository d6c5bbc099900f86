/*
 * policy/polkit-matter.h - everything that polkit is told in one question, as one string
 *
 * Two questions are the same if and only if their matters are: so an answer that is kept or shared
 * can never be given to a question of which polkit was told anything else.
 */
#ifndef AGENT_POLICY_POLKIT_MATTER_H
#define AGENT_POLICY_POLKIT_MATTER_H

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/policy/polkit.h"

struct polkit_matter {
	char *bytes; /* owned; strings with their NULs: process or "list", action, then names and values */
	size_t size;
	size_t action;  /* where the action begins */
	size_t details; /* where the first name begins */
	uint64_t hash;  /* keyed, so that callers cannot choose what falls together */
};

/*
 * What a person authenticates for: the process, the action, the key, the token, the purpose, and
 * whether it is for another host.
 */
struct polkit_scope {
	uint8_t digest[crypto_hash_sha256_BYTES];
};

/* 0; -EINVAL if there is no caller or no action; -ENOMEM. */
int polkit_matter_init(struct polkit_matter *m, const struct polkit_question *q,
		       const uint8_t hash_key[crypto_shorthash_KEYBYTES]);
void polkit_matter_done(struct polkit_matter *m);

bool polkit_matter_is_equal(const struct polkit_matter *a, const struct polkit_matter *b);

const char *polkit_matter_action(const struct polkit_matter *m);

void polkit_matter_scope(const struct polkit_matter *m, struct polkit_scope *ret);

/*
 * The details one by one: *at starts as 0 and is moved on. False when there are no more; the
 * strings live as long as m.
 */
bool polkit_matter_next(const struct polkit_matter *m, size_t *at, const char **ret_name,
			const char **ret_value);

#endif
