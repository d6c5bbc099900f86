/*
 * pkcs11/sign.h - a signature under way: from C_SignInit to what the agent is asked for
 *
 * Owns what has come in so far, which is a running hash or, where the mechanism hashes nothing, the
 * bytes themselves. Knows nothing of sessions and of the rules for output buffers.
 */
#ifndef CLIENT_PKCS11_SIGN_H
#define CLIENT_PKCS11_SIGN_H

#include "client/include/signet.h"
#include "client/pkcs11/digest.h"
#include "client/pkcs11/keypair.h"
#include "client/pkcs11/mechanism.h"
#include "client/pkcs11/pkcs11.h"

struct signing {
	const struct mechanism *mechanism; /* NULL: nothing is under way, and all else is empty */
	struct keypair *key;               /* owned */
	enum signet_hash hash;
	bool is_begun; /* by C_SignUpdate */
	struct digest digest;
	uint8_t *data; /* owned */
	size_t size;
	size_t room;
};

/*
 * Nothing may be under way. Takes key over, if this succeeds. CKR_MECHANISM_INVALID,
 * CKR_MECHANISM_PARAM_INVALID, CKR_KEY_TYPE_INCONSISTENT.
 */
CK_RV signing_begin(struct signing *s, const CK_MECHANISM *m, struct keypair *key);

/* CKR_DATA_LEN_RANGE, CKR_HOST_MEMORY. */
CK_RV signing_update(struct signing *s, struct octets part);

/* Signs what has come in, or what comes in now as a whole; see agent_sign(). */
CK_RV signing_finish(struct signing *s, struct signet **agent, uint8_t *ret);
CK_RV signing_finish_whole(struct signing *s, struct octets whole, struct signet **agent,
			   uint8_t *ret);

/* Drops what is under way, if anything is. */
void signing_end(struct signing *s);

#endif
