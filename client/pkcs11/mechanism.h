/*
 * pkcs11/mechanism.h - the mechanisms that are offered, what they are for, and what they take
 *
 * A mechanism names what the agent is asked for: an algorithm, a hash, and how the input of C_Sign
 * becomes a digest. What the agent would not sign is not in the table: no raw RSA, no SHA-1, no MD5.
 */
#ifndef CLIENT_PKCS11_MECHANISM_H
#define CLIENT_PKCS11_MECHANISM_H

#include "client/include/signet.h"
#include "client/pkcs11/keypair.h"
#include "client/pkcs11/pkcs11.h"

/* What the input is. */
enum form {
	FORM_DIGEST_INFO = 1, /* DER of a hash's name and a digest, which says which hash */
	FORM_DIGEST,          /* a digest */
	FORM_HASHED,          /* a message that is hashed here */
	FORM_MESSAGE,         /* a message that the agent gets as it is */
	FORM_DIGESTED,        /* for C_DigestInit: nothing is signed */
};

struct mechanism {
	CK_MECHANISM_TYPE type;
	unsigned families; /* of keys; 0: none, it is a digest */
	enum form form;
	enum signet_algorithm algorithm;
	enum signet_hash hash; /* SIGNET_NO_HASH: the input or the parameter says */
};

/* One by one, from 0; NULL behind the last. */
const struct mechanism *mechanism_at(size_t i);
const struct mechanism *mechanism_find(CK_MECHANISM_TYPE type);

/* It is for a key of one of the families, or for none. */
bool mechanism_is_for(const struct mechanism *m, unsigned families);

void mechanism_info(const struct mechanism *m, CK_MECHANISM_INFO *ret);

/*
 * Checks the parameter that came with m. The hash is that of the mechanism or the parameter; where
 * neither says, it is SIGNET_NO_HASH. CKR_MECHANISM_PARAM_INVALID.
 */
CK_RV mechanism_check(const struct mechanism *m, const CK_MECHANISM *from, enum signet_hash *ret);

/* The most that C_Sign takes with a mechanism that hashes nothing. */
size_t mechanism_input_max(const struct mechanism *m);

/*
 * The input as a whole -> what the agent signs, with its hash; hash is what mechanism_check() said.
 * Not for FORM_HASHED. CKR_DATA_INVALID, CKR_DATA_LEN_RANGE.
 */
CK_RV mechanism_read_input(const struct mechanism *m, enum signet_hash hash, struct octets input,
			   struct octets *ret, enum signet_hash *ret_hash);

#endif
