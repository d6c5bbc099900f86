/*
 * provider/scheme.h - how the agent is to sign: hash, padding and salt, as parameters set them
 *
 * It makes PSS with a salt as long as the hash and MGF1 with the same hash, and nothing else.
 */
#ifndef CLIENT_PROVIDER_SCHEME_H
#define CLIENT_PROVIDER_SCHEME_H

#include "client/provider/key.h"

struct hash {
	enum signet_hash number;
	const char *name; /* that libcrypto knows it by */
	size_t size;
};

struct scheme {
	const struct key *key; /* borrowed */
	bool is_pss;
	const struct hash *hash; /* NULL: none was named */
	const struct hash *mgf1; /* NULL: the same as hash */
	int salt;                /* bytes, or RSA_PSS_SALTLEN_* */
};

void scheme_init(struct scheme *s, const struct key *k);

/* All of these leave an error in the queue when they return false. */

/* name may be NULL or empty: none. */
bool scheme_set_hash(struct scheme *s, const char *name);
/* Parameters of OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS. */
bool scheme_set(struct scheme *s, const OSSL_PARAM params[]);
/* Parameters of OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS. */
bool scheme_get(const struct scheme *s, OSSL_PARAM params[]);
/*
 * Whether all is set that is needed, and fits together, for a digest of that size. Without a hash
 * ECDSA takes the one of that size.
 */
bool scheme_check(struct scheme *s, size_t digest_size);

/* The same as the agent wants to hear it. */
struct signet_request scheme_request(const struct scheme *s);

const OSSL_PARAM *scheme_settable(enum signet_key_type type);
const OSSL_PARAM *scheme_gettable(enum signet_key_type type);

#endif
