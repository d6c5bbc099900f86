/*
 * provider/key.h - a key as libcrypto has it from us: one of the agent's, or one of another provider
 *
 * Of the agent's there is the name, and the public half, which another provider keeps. It never
 * changes, so that threads may share it. Any other key is whatever that provider makes of it.
 */
#ifndef CLIENT_PROVIDER_KEY_H
#define CLIENT_PROVIDER_KEY_H

#include "client/provider/other.h"

struct key {
	struct provider *provider; /* borrowed; outlives its keys */
	struct other other;        /* whose the data is */
	void *data;                /* owned; the key there, which of the agent's is public */
	atomic_uint n_references;

	/* Of the agent's alone. */
	char name[SIGNET_NAME_MAX + 1]; /* empty: it is none of the agent's */
	enum signet_key_type type;
	uint8_t id[SIGNET_KEY_ID_SIZE]; /* so that no key signs that took over the name */
	EVP_PKEY *public;               /* owned; the same public half, to be written */
	uint8_t *certificate;           /* owned; X.509 in DER, or NULL */
	size_t certificate_size;
	size_t signature_max; /* bytes of the longest signature */
};

/* An empty key of the type, none of the agent's. One reference; NULL, and an error: it cannot be had. */
struct key *key_new(struct provider *p, const char *type);
/* A key that o has made, none of the agent's. Takes data over, also when it fails. */
struct key *key_wrap(struct provider *p, const struct other *o, void *data);
/* The key as the agent lists it. NULL, and an error, if it does not hold what it claims. */
struct key *key_load(struct provider *p, const struct signet_key *listed);

struct key *key_ref(struct key *k);
/* Gives a reference up; NULL is allowed. Returns NULL. */
struct key *key_free(struct key *k);

/* Whether only the agent can sign with it. */
bool key_is_agents(const struct key *k);

/* What another provider has given out; never into a key of the agent's. */
bool key_import(struct key *k, int selection, const OSSL_PARAM params[]);

/* Whether the agent's key makes signatures that look like this. */
bool key_makes(const struct key *k, const uint8_t *signature, size_t size);

/* The name of the type in libcrypto: "RSA", "EC", "ED25519". */
const char *key_algorithm(enum signet_key_type type);

#endif
