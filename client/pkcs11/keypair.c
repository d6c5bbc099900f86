/*
 * pkcs11/keypair.c - see keypair.h
 */
#include "client/pkcs11/keypair.h"

#include <sodium.h>
#include <string.h>

#include "client/pkcs11/der.h"

/* Bytes of a modulus: what is shorter than 1,024 bits no token makes, what is longer no agent. */
#define MODULUS_MIN 128u
#define MODULUS_MAX 2048u

/* --- what the types look like ------------------------------------------------------------------ */

#define OID(...)                                                                       \
	{                                                                              \
		(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}) \
	}

static const struct octets oid_rsa = OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01);
static const struct octets oid_ec = OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01);
static const struct octets oid_ed25519 = OID(0x2b, 0x65, 0x70);

/* params: as EC_PARAMS has it. That of Ed25519 is the name which all consumers know. */
static const struct type {
	enum signet_key_type type;
	enum family family;
	struct octets params;
	size_t half;
} types[] = {
	{SIGNET_KEY_RSA, FAMILY_RSA, {}, 0},
	{SIGNET_KEY_P256, FAMILY_EC, OID(6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7), 32},
	{SIGNET_KEY_P384, FAMILY_EC, OID(6, 5, 0x2b, 0x81, 4, 0, 0x22), 48},
	{SIGNET_KEY_P521, FAMILY_EC, OID(6, 5, 0x2b, 0x81, 4, 0, 0x23), 66},
	{SIGNET_KEY_ED25519, FAMILY_EDWARDS,
	 OID(0x13, 12, 'e', 'd', 'w', 'a', 'r', 'd', 's', '2', '5', '5', '1', '9'), 32},
};

static bool is_same(struct octets a, struct octets b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* --- the public key ----------------------------------------------------------------------------- */

static bool read_rsa(struct keypair *k, struct octets parameters, struct octets bits)
{
	struct octets pair, null;

	if (!der_next(&parameters, DER_NULL, &null) || null.size > 0 || parameters.size > 0)
		return false;
	if (!der_next(&bits, DER_SEQUENCE, &pair) || bits.size > 0)
		return false;
	if (!der_next_positive(&pair, &k->modulus) || !der_next_positive(&pair, &k->exponent))
		return false;
	return pair.size == 0 && k->modulus.size >= MODULUS_MIN && k->modulus.size <= MODULUS_MAX;
}

/* The OCTET STRING around a point; its length takes one byte, or two. */
static void wrap_point(struct keypair *k, struct octets point)
{
	size_t n = 0;

	k->point[n++] = DER_OCTET_STRING;
	if (point.size > 127)
		k->point[n++] = 0x81;
	k->point[n++] = (uint8_t)point.size; /* 133 at most */
	memcpy(k->point + n, point.data, point.size);
	k->point_size = n + point.size;
}

static bool read_ec(struct keypair *k, const struct type *type, struct octets parameters,
		    struct octets bits)
{
	if (!is_same(parameters, type->params) || bits.size != 1 + 2 * type->half)
		return false;
	if (bits.data[0] != 0x04)
		return false; /* not both coordinates as they are */
	k->curve = type->params;
	k->half = type->half;
	wrap_point(k, bits);
	return true;
}

static bool read_edwards(struct keypair *k, const struct type *type, struct octets parameters,
			 struct octets bits)
{
	if (parameters.size > 0 || bits.size != type->half)
		return false;
	k->curve = type->params;
	k->half = type->half;
	wrap_point(k, bits);
	return true;
}

static bool read_spki(struct keypair *k, const struct type *type)
{
	struct octets der = k->spki, body, algorithm, oid, bits;

	if (!der_next(&der, DER_SEQUENCE, &body) || der.size > 0)
		return false;
	if (!der_next(&body, DER_SEQUENCE, &algorithm) || !der_next(&algorithm, DER_OID, &oid))
		return false;
	if (!der_next_bits(&body, &bits) || body.size > 0)
		return false;
	switch (type->family) {
	case FAMILY_RSA:
		return is_same(oid, oid_rsa) && read_rsa(k, algorithm, bits);
	case FAMILY_EC:
		return is_same(oid, oid_ec) && read_ec(k, type, algorithm, bits);
	case FAMILY_EDWARDS:
		return is_same(oid, oid_ed25519) && read_edwards(k, type, algorithm, bits);
	}
	return false;
}

/* --- the certificate ---------------------------------------------------------------------------- */

/* No more than its frame, and what finds it: who relies on a certificate reads it himself. */
static bool read_certificate(struct keypair *k)
{
	struct octets der = k->certificate, body, tbs, other;

	if (!der_next(&der, DER_SEQUENCE, &body) || der.size > 0)
		return false;
	if (!der_next(&body, DER_SEQUENCE, &tbs) || !der_next(&body, DER_SEQUENCE, &other) ||
	    !der_next_bits(&body, &other) || body.size > 0)
		return false;
	(void)der_next(&tbs, DER_VERSION, &other); /* version 1 has none */
	return der_next_whole(&tbs, DER_INTEGER, &k->serial) &&
	       der_next(&tbs, DER_SEQUENCE, &other) &&
	       der_next_whole(&tbs, DER_SEQUENCE, &k->issuer) &&
	       der_next(&tbs, DER_SEQUENCE, &other) &&
	       der_next_whole(&tbs, DER_SEQUENCE, &k->subject) &&
	       der_next(&tbs, DER_SEQUENCE, &other);
}

static void forget_certificate(struct keypair *k)
{
	k->certificate = k->serial = k->issuer = k->subject = (struct octets){};
}

/* --- life --------------------------------------------------------------------------------------- */

static const struct type *find_type(enum signet_key_type type)
{
	for (size_t i = 0; i < array_len(types); i++)
		if (types[i].type == type)
			return &types[i];
	return NULL;
}

static int copy(const uint8_t *data, size_t size, uint8_t **ret, struct octets *ret_octets)
{
	if (size == 0)
		return 0;
	*ret = malloc(size);
	if (!*ret)
		return SIGNET_E_MEMORY;
	memcpy(*ret, data, size);
	*ret_octets = (struct octets){*ret, size};
	return 0;
}

static int copy_all(struct keypair *k, const struct signet_key *from)
{
	size_t spki_size, certificate_size;
	const uint8_t *spki = signet_key_spki(from, &spki_size);
	const uint8_t *certificate = signet_key_certificate(from, &certificate_size);
	int r;

	k->name = strdup(signet_key_name(from));
	if (!k->name)
		return SIGNET_E_MEMORY;
	r = copy(spki, spki_size, &k->spki_copy, &k->spki);
	if (r < 0)
		return r;
	return copy(certificate, certificate_size, &k->certificate_copy, &k->certificate);
}

int keypair_new(const struct signet_key *from, struct keypair **ret)
{
	_cleanup_(keypair_unrefp) struct keypair *k = calloc(1, sizeof(*k));
	const struct type *type = find_type(signet_key_type(from));

	if (!k)
		return SIGNET_E_MEMORY;
	atomic_init(&k->n_refs, 1);
	if (copy_all(k, from) < 0)
		return SIGNET_E_MEMORY;
	*ret = NULL;
	if (!type || !read_spki(k, type))
		return 0;
	k->family = type->family;
	k->type_name = signet_key_type_name(type->type);
	(void)crypto_hash_sha256(k->id, k->spki.data, k->spki.size); /* always 0 */
	if (!read_certificate(k))
		forget_certificate(k);
	*ret = keypair_ref(k);
	return 0;
}

struct keypair *keypair_ref(struct keypair *k)
{
	atomic_fetch_add(&k->n_refs, 1);
	return k;
}

struct keypair *keypair_unref(struct keypair *k)
{
	if (!k || atomic_fetch_sub(&k->n_refs, 1) > 1)
		return NULL;
	free(k->name);
	free(k->spki_copy);
	free(k->certificate_copy);
	free(k);
	return NULL;
}

/* --- questions ---------------------------------------------------------------------------------- */

bool keypair_is_same(const struct keypair *a, const struct keypair *b)
{
	return memcmp(a->id, b->id, sizeof(a->id)) == 0 && strcmp(a->name, b->name) == 0;
}

size_t keypair_signature_size(const struct keypair *k)
{
	return k->family == FAMILY_RSA ? k->modulus.size : 2 * k->half;
}

CK_ULONG keypair_bits(const struct keypair *k)
{
	return 8 * k->modulus.size - (CK_ULONG)(__builtin_clz(k->modulus.data[0]) - 24);
}
