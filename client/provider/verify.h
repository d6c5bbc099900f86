/*
 * provider/verify.h - verification, by other providers, with the public half of a key
 */
#ifndef CLIENT_PROVIDER_VERIFY_H
#define CLIENT_PROVIDER_VERIFY_H

#include "client/provider/scheme.h"

bool verify_digest(const struct scheme *s, const uint8_t *digest, size_t digest_size,
		   const uint8_t *signature, size_t size);

/* With Ed25519. */
bool verify_message(const struct key *k, const uint8_t *message, size_t message_size,
		    const uint8_t *signature, size_t size);

#endif
