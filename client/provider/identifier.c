/*
 * provider/identifier.c - see identifier.h
 *
 * A table, since there are ten of them: RFC 8017 (RSA), RFC 5758 (ECDSA), RFC 8410 (Ed25519).
 */
#include "client/provider/identifier.h"

/* clang-format off */
/* SEQUENCE of the OID of a hash (id-sha256 is 1, and so on) and NULL: 15 bytes */
#define SHA2(n) 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, n, 0x05, 0x00

#define RSA_PKCS1(n) {15, {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, n, 0x05, 0x00}}

/* hash [0], mask generation with the same hash [1], length of the salt [2] */
#define RSA_PSS(n, salt) {67, {                                                          \
	0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a,     \
	0x30, 0x34, 0xa0, 0x0f, SHA2(n),                                                  \
	0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, SHA2(n), \
	0xa2, 0x03, 0x02, 0x01, salt}}

#define ECDSA(n) {12, {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, n}}

struct identifier {
	size_t size;
	uint8_t der[67];
};

static const struct identifier pkcs1[] = {
	[SIGNET_SHA256] = RSA_PKCS1(11), [SIGNET_SHA384] = RSA_PKCS1(12), [SIGNET_SHA512] = RSA_PKCS1(13),
};
static const struct identifier pss[] = {
	[SIGNET_SHA256] = RSA_PSS(1, 32), [SIGNET_SHA384] = RSA_PSS(2, 48), [SIGNET_SHA512] = RSA_PSS(3, 64),
};
static const struct identifier ecdsa[] = {
	[SIGNET_SHA256] = ECDSA(2), [SIGNET_SHA384] = ECDSA(3), [SIGNET_SHA512] = ECDSA(4),
};
static const struct identifier ed25519 = {7, {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70}};
/* clang-format on */

const uint8_t *identifier_of(const struct scheme *s, size_t *ret_size)
{
	const struct identifier *table = s->is_pss ? pss : pkcs1, *i;

	if (s->key->type == SIGNET_KEY_ED25519) {
		i = &ed25519;
	} else {
		if (!s->hash)
			return NULL;
		if (s->key->type != SIGNET_KEY_RSA)
			table = ecdsa;
		i = &table[s->hash->number];
	}
	*ret_size = i->size;
	return i->der;
}
