/*
 * worker/allow.c - see allow.h
 */
#include "agent/worker/allow.h"

#include <string.h>

#include "agent/base/text.h"

static bool is_key(const char *word, const struct key *key)
{
	char id[2 * JOB_KEY_ID_SIZE + 1];

	text_hex(key->id, sizeof(key->id), id);
	return strcmp(word, key->label) == 0 || strcmp(word, id) == 0;
}

bool allow_key(const struct tokenfile *c, const struct key *key)
{
	if (!c->keys || !c->keys[0])
		return true;
	for (size_t i = 0; c->keys[i]; i++)
		if (is_key(c->keys[i], key))
			return true;
	return false;
}

/* Ed25519 brings its own hash, which is SHA-512. */
static bool has_hash(const struct tokenfile *c, enum algorithm algorithm, enum hash hash)
{
	enum hash h = algorithm == ALGORITHM_EDDSA ? HASH_SHA512 : hash;

	return c->hashes == 0 || (hash_size(h) > 0 && (c->hashes & 1u << h));
}

bool allow_signature(const struct tokenfile *c, enum algorithm algorithm, enum hash hash,
		     struct answer *a)
{
	const char *name = algorithm_name(algorithm);

	if (c->algorithms != 0 && (!name || !(c->algorithms & 1u << algorithm))) {
		answer_set(a, JOB_RESULT_REFUSED, 0,
			   "refused because Algorithms= of this token in tokens.d does not have "
			   "%s",
			   name ? name : "an algorithm that is not known");
		return false;
	}
	if (has_hash(c, algorithm, hash))
		return true;
	name = hash_size(hash) > 0 ? hash_name(hash) : NULL;
	answer_set(a, JOB_RESULT_REFUSED, 0,
		   "refused because Hashes= of this token in tokens.d does not have %s",
		   algorithm == ALGORITHM_EDDSA ? "sha512, which Ed25519 uses"
		   : name                       ? name
						: "a hash that is not known");
	return false;
}

static bool is_there(const char *word, const struct keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		if (is_key(word, &keys->list[i]))
			return true;
	return false;
}

void allow_limit(const struct tokenfile *c, bool is_whole, struct keys *keys)
{
	for (size_t i = 0; is_whole && c->keys && c->keys[i]; i++)
		if (!is_there(c->keys[i], keys))
			keys_note_missing(keys, c->keys[i]);
	for (size_t i = keys->n; i > 0; i--)
		if (!allow_key(c, &keys->list[i - 1]))
			keys_drop(keys, i - 1);
}
