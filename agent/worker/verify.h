/*
 * worker/verify.h - is what the token returned a signature by that key over that input?
 *
 * Asked before anything leaves: it finds corrupt and short signatures, faults of the device (one
 * faulty RSA signature gives the key away), and a private key under the wrong name.
 *
 * A verifier belongs to one thread. It keeps OpenSSL's contexts for the keys last used, because
 * making one costs as much as half a check.
 */
#ifndef AGENT_WORKER_VERIFY_H
#define AGENT_WORKER_VERIFY_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/worker/sign.h"

/* Keys times algorithms that one thread meets again and again. */
#define VERIFY_CONTEXTS_MAX 16

struct verify_context {
	EVP_PKEY *key; /* owned reference, so that its address stays its own; NULL: free */
	enum algorithm algorithm;
	enum hash hash;
	EVP_PKEY_CTX *ctx; /* owned */
};

struct verifier {
	struct verify_context contexts[VERIFY_CONTEXTS_MAX];
	size_t next; /* which one makes room */
};

void verifier_done(struct verifier *v);

/* signature is as the token returns it: ECDSA as r and s side by side. False in doubt. */
bool verifier_check(struct verifier *v, const struct sign_task *task,
		    const struct sign_input *input, const uint8_t *signature, size_t size);

#endif
