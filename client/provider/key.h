/*
 * provider/key.h - a key of the agent's: its name, and its public half in libcrypto's hands
 *
 * Never changes once it is there, so that threads may share it.
 */
#ifndef CLIENT_PROVIDER_KEY_H
#define CLIENT_PROVIDER_KEY_H

#include <openssl/evp.h>

#include "client/provider/provider.h"

struct key {
	struct provider *provider;      /* borrowed; outlives its keys */
	char name[SIGNET_NAME_MAX + 1]; /* empty: no key of the agent's, but a public one */
	enum signet_key_type type;      /* 0 while there is no public half */
	EVP_PKEY *public;               /* owned; NULL while it was not imported */
	uint8_t *certificate;           /* owned; X.509 in DER, or NULL */
	size_t certificate_size;
	size_t signature_max; /* bytes of the longest signature */
	atomic_uint n_references;
};

/* One reference; nothing in it yet. NULL: out of memory. */
struct key *key_new(struct provider *p);
struct key *key_ref(struct key *k);
/* Gives a reference up; NULL is allowed. Returns NULL. */
struct key *key_free(struct key *k);

/* The key as the agent lists it. NULL, and an error, if it does not hold what it claims. */
struct key *key_load(struct provider *p, const struct signet_key *listed);

/* Takes public over. False, without an error: of no type that signet knows. */
bool key_set_public(struct key *k, EVP_PKEY *public);

/* Whether the key makes signatures that look like this. */
bool key_makes(const struct key *k, const uint8_t *signature, size_t size);

/* The name of the type in libcrypto: "RSA", "EC", "ED25519". */
const char *key_algorithm(enum signet_key_type type);

#endif
