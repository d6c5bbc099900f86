/*
 * pkcs11/der.h - reads DER: one element after the other, from front to back
 *
 * Everything that is read came from the agent and is taken for hostile. Only what DER allows is
 * let through: definite lengths in their shortest form, low tags. Nothing recurses and nothing is
 * copied; what is returned points into what was handed in.
 */
#ifndef CLIENT_PKCS11_DER_H
#define CLIENT_PKCS11_DER_H

#include "client/pkcs11/pkcs11.h"

enum der_tag {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_SEQUENCE = 0x30,
	DER_VERSION = 0xa0, /* [0] of a certificate */
};

/* Takes the next element off *der, if its tag is this one: its content. */
bool der_next(struct octets *der, enum der_tag tag, struct octets *ret);

/* The same, but with its tag and length. */
bool der_next_whole(struct octets *der, enum der_tag tag, struct octets *ret);

/* An INTEGER above 0, without the zero that keeps it positive. */
bool der_next_positive(struct octets *der, struct octets *ret);

/* A BIT STRING of whole bytes. */
bool der_next_bits(struct octets *der, struct octets *ret);

/*
 * The SEQUENCE of r and s that an ECDSA signature is -> both with zeroes in front, half bytes
 * each. False if it is something else or does not fit.
 */
bool der_read_ecdsa(struct octets der, uint8_t *ret, size_t half);

#endif
