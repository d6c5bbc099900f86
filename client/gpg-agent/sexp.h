/*
 * gpg-agent/sexp.h - public keys and signatures as the S-expressions of GnuPG, and keygrips
 *
 * Pure: bytes in, bytes out. The bytes come from signetd and are not trusted; what has not the
 * one form that it must have is refused.
 */
#ifndef CLIENT_GPG_AGENT_SEXP_H
#define CLIENT_GPG_AGENT_SEXP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/include/signet.h"

/* Length of a keygrip, by which GnuPG names a key: a hash of its public parameters. */
#define GRIP_SIZE 20

/* Sets libgcrypt up. To be called once, before anything else here and before the first thread. */
bool sexp_init(void);

/* The keygrip of a public key (DER SubjectPublicKeyInfo). False: it has none. */
bool sexp_grip(enum signet_key_type type, const uint8_t *spki, size_t size, uint8_t ret[GRIP_SIZE]);

/* What signetd calls the key, whatever its name is. */
void sexp_key_id(const uint8_t *spki, size_t size, uint8_t ret[SIGNET_KEY_ID_SIZE]);

/* The public key, in canonical form; to be freed by the caller. */
bool sexp_public_key(enum signet_key_type type, const uint8_t *spki, size_t size, char **ret,
		     size_t *ret_size);

/* A signature as signet_signature_data() gives it, in canonical form; to be freed by the caller. */
bool sexp_signature(enum signet_key_type type, const uint8_t *data, size_t size, char **ret,
		    size_t *ret_size);

#endif
