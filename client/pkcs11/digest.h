/*
 * pkcs11/digest.h - SHA-256, SHA-384 and SHA-512, in as many parts as it takes
 *
 * By libsodium: this module is loaded into processes that may have any libcrypto, in any state.
 */
#ifndef CLIENT_PKCS11_DIGEST_H
#define CLIENT_PKCS11_DIGEST_H

#include <sodium.h>

#include "client/include/signet.h"
#include "client/pkcs11/pkcs11.h"

#define DIGEST_SIZE_MAX 64u

struct digest {
	enum signet_hash hash;
	union {
		crypto_hash_sha256_state sha256;
		crypto_hash_sha512_state sha512; /* of SHA-384 too */
	} state;
};

/* Bytes of a digest; 0 for SIGNET_NO_HASH. */
size_t digest_size(enum signet_hash hash);

/* The hash whose digests have this size; SIGNET_NO_HASH if there is none. */
enum signet_hash digest_of_size(size_t size);

/* hash is not SIGNET_NO_HASH. */
void digest_init(struct digest *d, enum signet_hash hash);
void digest_update(struct digest *d, const void *data, size_t size);
/* The first digest_size() bytes of ret are the digest. */
void digest_final(struct digest *d, uint8_t ret[DIGEST_SIZE_MAX]);

#endif
