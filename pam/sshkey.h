/*
 * pam/sshkey.h - public keys as ssh writes them, and whether they made a signature
 *
 * Pure: bytes in, a yes or no out. By nettle, which keeps no state of its own in the process that
 * loaded us; every number is bounded before GMP sees it. Owns nothing: a key points into the bytes it
 * was read from. Never reads private keys, never takes SHA-1.
 */
#ifndef PAM_SSHKEY_H
#define PAM_SSHKEY_H

#include <stdbool.h>

#include "agent/base/code.h"
#include "agent/wire/reader.h"

struct sshkey {
	enum key_type type;
	struct view
		modulus; /* RSA: as an mpint and as a DER INTEGER have it, with a zero in front */
	struct view exponent; /* RSA: the same */
	struct view point;    /* ECDSA: 4, x, y. Ed25519: its 32 bytes */
};

/*
 * Reads a public key blob: RSA of 2,048 to 8,192 bits with an odd exponent of 3 to 64 bits, ECDSA with
 * a point on its curve, Ed25519. False for everything else: other types, keys in FIDO tokens,
 * certificates.
 */
bool sshkey_read(struct view blob, struct sshkey *ret);

/* The type of key that ssh calls so; KEY_TYPE_NONE if it is not understood. */
enum key_type sshkey_type(struct view name);

/* Reads what follows the name of the type, and no more; makes r fail if it is no such key. */
void sshkey_read_fields(struct reader *r, enum key_type type, struct sshkey *ret);

/* Whether the DER SubjectPublicKeyInfo is of this very key. */
bool sshkey_is_spki(const struct sshkey *k, struct view spki);

/* The hash that a challenge for this key is signed with; HASH_NONE for Ed25519. */
enum hash sshkey_hash(const struct sshkey *k);

/*
 * Whether the key signed the message, with a signature as libsignet gives it: RSA PKCS#1 v1.5 as long
 * as the modulus (SHA-256, SHA-512), ECDSA as DER (SHA-256, SHA-384, SHA-512), Ed25519 (HASH_NONE). Any
 * other hash is a no.
 */
bool sshkey_verifies(const struct sshkey *k, enum hash hash, struct view message,
		     struct view signature);

/*
 * The same with a signature as ssh writes it, which names its algorithm: rsa-sha2-256, rsa-sha2-512 or
 * that of the curve.
 */
bool sshkey_verifies_ssh(const struct sshkey *k, struct view message, struct view signature);

#endif
