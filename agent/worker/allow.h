/*
 * worker/allow.h - what tokens.d lets this process sign with, whoever asks; pure
 *
 * signetd decides for whom something is signed. This is what not even signetd can have signed.
 */
#ifndef AGENT_WORKER_ALLOW_H
#define AGENT_WORKER_ALLOW_H

#include <stdbool.h>

#include "agent/model/tokenfile.h"
#include "agent/worker/answer.h"
#include "agent/worker/keys.h"

/* Whether Keys= has the key, by its label or its id. */
bool allow_key(const struct tokenfile *c, const struct key *key);

/* Whether Algorithms= and Hashes= have these; answer is filled in if they do not. */
bool allow_signature(const struct tokenfile *c, enum algorithm algorithm, enum hash hash,
		     struct answer *a);

/*
 * Forgets the keys that Keys= does not have. With is_whole, that there is no key that it names is
 * noted.
 */
void allow_limit(const struct tokenfile *c, bool is_whole, struct keys *keys);

#endif
