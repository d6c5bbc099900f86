/*
 * worker/object.h - what a token says about its keys: attributes, read and checked, not yet believed
 *
 * One struct object is one key object, private or public. All sizes are bounded here; what a
 * module returns beyond them, or of the wrong size, is as if it were not there.
 */
#ifndef AGENT_WORKER_OBJECT_H
#define AGENT_WORKER_OBJECT_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/base/limits.h"

/* RSA-8192. */
#define OBJECT_MODULUS_MAX 1024
/* OpenSSL takes no larger ones for large moduli. */
#define OBJECT_EXPONENT_MAX 8
/* A named curve is an OID or a short string; explicit parameters are longer, and not served. */
#define OBJECT_PARAMS_MAX 32
/* An uncompressed point of P-521 in an OCTET STRING has 136 bytes. */
#define OBJECT_POINT_MAX 160
/* What can be read of a label; whether it is usable is for keys.c to say. */
#define OBJECT_LABEL_MAX 256

/* An attribute's value; size 0: not there. */
struct object {
	CK_OBJECT_HANDLE handle;
	CK_KEY_TYPE type; /* CKK_RSA, CKK_EC or CKK_EC_EDWARDS */
	bool may_sign;
	bool needs_pin_each_time; /* CKA_ALWAYS_AUTHENTICATE */
	size_t id_size, label_size, modulus_size, exponent_size, params_size, point_size;
	uint8_t id[CKA_ID_MAX];
	uint8_t label[OBJECT_LABEL_MAX];
	uint8_t modulus[OBJECT_MODULUS_MAX];
	uint8_t exponent[OBJECT_EXPONENT_MAX];
	uint8_t params[OBJECT_PARAMS_MAX];
	uint8_t point[OBJECT_POINT_MAX];
};

struct objects {
	struct object *list; /* owned */
	size_t n;
	size_t n_beyond; /* left out because there are more than TOKEN_KEYS_MAX */
};

/*
 * Reads all keys of a class (CKO_PRIVATE_KEY or CKO_PUBLIC_KEY) and of types that can sign.
 * ret_rv says what the token answered; objects that cannot be read are skipped, unless that is
 * because the token cannot be used at all. -ENOMEM.
 */
int objects_read(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
		 struct objects *ret, CK_RV *ret_rv);
void objects_done(struct objects *o);

#endif
