/*
 * pkcs11/keypair.h - a key of the agent, read and checked: what its objects are made of
 *
 * Made from one entry of signet_list() and never changed afterwards, so that any thread may read
 * it; who holds a reference keeps it. Holds public data only.
 */
#ifndef CLIENT_PKCS11_KEYPAIR_H
#define CLIENT_PKCS11_KEYPAIR_H

#include <stdatomic.h>

#include "client/include/signet.h"
#include "client/pkcs11/pkcs11.h"

/* As bits, so that a mechanism can name those that it is for. */
enum family {
	FAMILY_RSA = 1,
	FAMILY_EC = 2,
	FAMILY_EDWARDS = 4,
};

#define KEYPAIR_ID_SIZE 32u

/* A DER OCTET STRING of a point of P-521. */
#define POINT_MAX 136u

struct keypair {
	atomic_uint n_refs;
	char *name;
	uint8_t *spki_copy;        /* owned; what is below points into it */
	uint8_t *certificate_copy; /* owned; likewise */
	enum family family;
	const char *type_name;       /* as signet(1) shows it; static */
	uint8_t id[KEYPAIR_ID_SIZE]; /* SHA-256 of the SPKI */
	struct octets spki;
	struct octets modulus;    /* RSA */
	struct octets exponent;   /* RSA */
	struct octets curve;      /* EC_PARAMS of the others */
	uint8_t point[POINT_MAX]; /* EC_POINT of the others */
	size_t point_size;
	size_t half;               /* ECDSA: bytes of r, and of s */
	struct octets certificate; /* X.509; NULL if there is none */
	struct octets issuer;
	struct octets subject;
	struct octets serial;
};

/*
 * A key whose public half is not what its type says gives NULL: nobody could use it. A certificate
 * that is not X.509 is left out. SIGNET_E_MEMORY.
 */
int keypair_new(const struct signet_key *k, struct keypair **ret);
struct keypair *keypair_ref(struct keypair *k);
struct keypair *keypair_unref(struct keypair *k);

static inline void keypair_unrefp(struct keypair **k)
{
	*k = keypair_unref(*k);
}

/* One key under one name; the certificate may be another one. */
bool keypair_is_same(const struct keypair *a, const struct keypair *b);

/* How long a signature is as PKCS#11 has it. */
size_t keypair_signature_size(const struct keypair *k);

CK_ULONG keypair_bits(const struct keypair *k);

#endif
