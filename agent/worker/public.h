/*
 * worker/public.h - public keys: from a token's attributes to OpenSSL, SubjectPublicKeyInfo, ssh
 *
 * What a token says is checked by building a key from it: a modulus of a length that is served, a
 * point on its curve.
 */
#ifndef AGENT_WORKER_PUBLIC_H
#define AGENT_WORKER_PUBLIC_H

#include <openssl/evp.h>
#include <stdint.h>

#include "agent/base/code.h"
#include "agent/worker/object.h"

struct public
{
	enum key_type type;
	unsigned bits;
	EVP_PKEY *key; /* owned */
	uint8_t *spki; /* owned */
	size_t spki_size;
	uint8_t *ssh; /* owned */
	size_t ssh_size;
};

/*
 * Builds the public key that the attributes of o describe: modulus and exponent, or parameters and
 * point. *ret_why is NULL, and ret filled in, if there is one; otherwise a static string says why
 * not ("has ..."). -ENOMEM.
 */
int public_of_object(const struct object *o, struct public *ret, const char **ret_why);

/* The same from a certificate's key; takes a reference of its own. */
int public_of_key(EVP_PKEY *key, struct public *ret, const char **ret_why);

void public_done(struct public *p);

#endif
