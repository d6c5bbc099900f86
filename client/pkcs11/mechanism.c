/*
 * pkcs11/mechanism.c - see mechanism.h
 */
#include "client/pkcs11/mechanism.h"

#include <string.h>

#include "client/pkcs11/digest.h"

/* What keys are there with: the mechanisms do not say what an agent's token makes. */
#define RSA_BITS_MIN 1024u
#define RSA_BITS_MAX 16384u

/* clang-format off */
static const struct mechanism mechanisms[] = {
	{CKM_RSA_PKCS,            FAMILY_RSA,     FORM_DIGEST_INFO, SIGNET_RSA_PKCS1, SIGNET_NO_HASH},
	{CKM_SHA256_RSA_PKCS,     FAMILY_RSA,     FORM_HASHED,      SIGNET_RSA_PKCS1, SIGNET_SHA256},
	{CKM_SHA384_RSA_PKCS,     FAMILY_RSA,     FORM_HASHED,      SIGNET_RSA_PKCS1, SIGNET_SHA384},
	{CKM_SHA512_RSA_PKCS,     FAMILY_RSA,     FORM_HASHED,      SIGNET_RSA_PKCS1, SIGNET_SHA512},
	{CKM_RSA_PKCS_PSS,        FAMILY_RSA,     FORM_DIGEST,      SIGNET_RSA_PSS,   SIGNET_NO_HASH},
	{CKM_SHA256_RSA_PKCS_PSS, FAMILY_RSA,     FORM_HASHED,      SIGNET_RSA_PSS,   SIGNET_SHA256},
	{CKM_SHA384_RSA_PKCS_PSS, FAMILY_RSA,     FORM_HASHED,      SIGNET_RSA_PSS,   SIGNET_SHA384},
	{CKM_SHA512_RSA_PKCS_PSS, FAMILY_RSA,     FORM_HASHED,      SIGNET_RSA_PSS,   SIGNET_SHA512},
	{CKM_ECDSA,               FAMILY_EC,      FORM_DIGEST,      SIGNET_ECDSA,     SIGNET_NO_HASH},
	{CKM_ECDSA_SHA256,        FAMILY_EC,      FORM_HASHED,      SIGNET_ECDSA,     SIGNET_SHA256},
	{CKM_ECDSA_SHA384,        FAMILY_EC,      FORM_HASHED,      SIGNET_ECDSA,     SIGNET_SHA384},
	{CKM_ECDSA_SHA512,        FAMILY_EC,      FORM_HASHED,      SIGNET_ECDSA,     SIGNET_SHA512},
	{CKM_EDDSA,               FAMILY_EDWARDS, FORM_MESSAGE,     SIGNET_EDDSA,     SIGNET_NO_HASH},
	{CKM_SHA256,              0,              FORM_DIGESTED,    0,                SIGNET_SHA256},
	{CKM_SHA384,              0,              FORM_DIGESTED,    0,                SIGNET_SHA384},
	{CKM_SHA512,              0,              FORM_DIGESTED,    0,                SIGNET_SHA512},
};

static const struct {
	enum family family;
	CK_MECHANISM_INFO info;
} infos[] = {
	{FAMILY_RSA,     {RSA_BITS_MIN, RSA_BITS_MAX, CKF_HW | CKF_SIGN}},
	{FAMILY_EC,      {256, 521, CKF_HW | CKF_SIGN | CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS}},
	{FAMILY_EDWARDS, {255, 256, CKF_HW | CKF_SIGN | CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS}},
};
/* clang-format on */

const struct mechanism *mechanism_at(size_t i)
{
	return i < array_len(mechanisms) ? &mechanisms[i] : NULL;
}

const struct mechanism *mechanism_find(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < array_len(mechanisms); i++)
		if (mechanisms[i].type == type)
			return &mechanisms[i];
	return NULL;
}

bool mechanism_is_for(const struct mechanism *m, unsigned families)
{
	return m->families == 0 || (m->families & families) != 0;
}

void mechanism_info(const struct mechanism *m, CK_MECHANISM_INFO *ret)
{
	*ret = (CK_MECHANISM_INFO){.flags = CKF_DIGEST};
	for (size_t i = 0; i < array_len(infos); i++)
		if (m->families == infos[i].family)
			*ret = infos[i].info;
}

/* --- parameters --------------------------------------------------------------------------------- */

static const struct {
	enum signet_hash hash;
	CK_MECHANISM_TYPE type;
	CK_RSA_PKCS_MGF_TYPE mgf;
} pss_hashes[] = {
	{SIGNET_SHA256, CKM_SHA256, CKG_MGF1_SHA256},
	{SIGNET_SHA384, CKM_SHA384, CKG_MGF1_SHA384},
	{SIGNET_SHA512, CKM_SHA512, CKG_MGF1_SHA512},
};

/* The agent knows one kind of PSS: MGF1 with the same hash, and a salt as long as the hash. */
static CK_RV check_pss(const struct mechanism *m, const CK_MECHANISM *from, enum signet_hash *ret)
{
	CK_RSA_PKCS_PSS_PARAMS p;

	if (!from->pParameter || from->ulParameterLen != sizeof(p))
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&p, from->pParameter, sizeof(p)); /* wherever it lies */
	for (size_t i = 0; i < array_len(pss_hashes); i++) {
		enum signet_hash hash = pss_hashes[i].hash;

		if (p.hashAlg != pss_hashes[i].type || p.mgf != pss_hashes[i].mgf)
			continue;
		if (p.sLen != digest_size(hash) || (m->hash && m->hash != hash))
			break;
		*ret = hash;
		return CKR_OK;
	}
	return CKR_MECHANISM_PARAM_INVALID;
}

/* Ed25519 as it is: nothing hashed before, no context. */
static CK_RV check_eddsa(const CK_MECHANISM *from)
{
	struct eddsa_params p;

	if (from->ulParameterLen == 0)
		return CKR_OK;
	if (!from->pParameter || from->ulParameterLen != sizeof(p))
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&p, from->pParameter, sizeof(p));
	return p.is_prehashed || p.context_size > 0 ? CKR_MECHANISM_PARAM_INVALID : CKR_OK;
}

CK_RV mechanism_check(const struct mechanism *m, const CK_MECHANISM *from, enum signet_hash *ret)
{
	CK_RV rv;

	if (m->algorithm == SIGNET_RSA_PSS)
		return check_pss(m, from, ret);
	if (m->algorithm == SIGNET_EDDSA)
		rv = check_eddsa(from);
	else
		rv = from->ulParameterLen == 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
	if (rv == CKR_OK)
		*ret = m->hash;
	return rv;
}

/* --- input -------------------------------------------------------------------------------------- */

#define INFO_FRONT 19u

/* What stands before the digest in a DigestInfo of each size (RFC 8017, 9.2). */
static const struct {
	enum signet_hash hash;
	uint8_t front[INFO_FRONT];
} infos_of_hashes[] = {
	{SIGNET_SHA256,
	 {0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 32}},
	{SIGNET_SHA384,
	 {0x30, 0x41, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0, 4, 48}},
	{SIGNET_SHA512,
	 {0x30, 0x51, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3, 5, 0, 4, 64}},
};

/* The agent builds it again from hash and digest: so nothing but the very bytes is taken. */
static CK_RV read_digest_info(struct octets input, struct octets *ret, enum signet_hash *ret_hash)
{
	for (size_t i = 0; i < array_len(infos_of_hashes); i++) {
		enum signet_hash hash = infos_of_hashes[i].hash;

		if (input.size != INFO_FRONT + digest_size(hash))
			continue;
		if (memcmp(input.data, infos_of_hashes[i].front, INFO_FRONT) != 0)
			return CKR_DATA_INVALID;
		*ret = (struct octets){input.data + INFO_FRONT, digest_size(hash)};
		*ret_hash = hash;
		return CKR_OK;
	}
	return CKR_DATA_LEN_RANGE;
}

/* A digest tells by its size what made it. That of SHA-1 is refused like any other odd size. */
static CK_RV read_digest(enum signet_hash hash, struct octets input, struct octets *ret,
			 enum signet_hash *ret_hash)
{
	enum signet_hash of_size = digest_of_size(input.size);

	if (of_size == SIGNET_NO_HASH || (hash != SIGNET_NO_HASH && hash != of_size))
		return CKR_DATA_LEN_RANGE;
	*ret = input;
	*ret_hash = of_size;
	return CKR_OK;
}

size_t mechanism_input_max(const struct mechanism *m)
{
	return m->form == FORM_MESSAGE ? SIGNET_MESSAGE_MAX : INFO_FRONT + DIGEST_SIZE_MAX;
}

CK_RV mechanism_read_input(const struct mechanism *m, enum signet_hash hash, struct octets input,
			   struct octets *ret, enum signet_hash *ret_hash)
{
	switch (m->form) {
	case FORM_DIGEST_INFO:
		return read_digest_info(input, ret, ret_hash);
	case FORM_DIGEST:
		return read_digest(hash, input, ret, ret_hash);
	case FORM_MESSAGE:
		if (input.size > SIGNET_MESSAGE_MAX)
			return CKR_DATA_LEN_RANGE;
		*ret = input;
		*ret_hash = SIGNET_NO_HASH;
		return CKR_OK;
	case FORM_HASHED:
	case FORM_DIGESTED:
		break;
	}
	return CKR_FUNCTION_FAILED;
}
