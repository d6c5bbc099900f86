/*
 * worker/sign.c - see sign.h
 */
#include "agent/worker/sign.h"

#include <openssl/evp.h>
#include <string.h>

#include "agent/base/cleanup.h"

/* clang-format off */
static const struct {
	const EVP_MD *(*md)(void);
	CK_MECHANISM_TYPE mechanism;
	CK_RSA_PKCS_MGF_TYPE mgf;
	const char *prefix; /* DigestInfo up to the digest; RFC 8017, 9.2 */
} hashes[_HASH_MAX] = {
	[HASH_SHA256] = {EVP_sha256, CKM_SHA256, CKG_MGF1_SHA256,
		"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"},
	[HASH_SHA384] = {EVP_sha384, CKM_SHA384, CKG_MGF1_SHA384,
		"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"},
	[HASH_SHA512] = {EVP_sha512, CKM_SHA512, CKG_MGF1_SHA512,
		"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"},
};
/* clang-format on */

/* Bytes of the group order: of a longer digest only the front is signed (FIPS 186-5, 6.4). */
static size_t order_size(enum key_type type)
{
	return code_signature_size(type, 0) / 2;
}

static bool fill_digest(const struct sign_task *task, struct sign_input *ret, struct answer *a)
{
	size_t size = hash_size(task->hash);
	unsigned n;

	if (task->input == INPUT_DIGEST && task->data.size != size) {
		answer_set(a, JOB_RESULT_REFUSED, 0,
			   "refused because a digest of %s has %zu bytes, not %zu",
			   hash_name(task->hash), size, task->data.size);
		return false;
	}
	ret->digest_size = size;
	if (task->input == INPUT_DIGEST) {
		memcpy(ret->digest, task->data.data, size);
		return true;
	}
	if (EVP_Digest(task->data.data, task->data.size, ret->digest, &n, hashes[task->hash].md(),
		       NULL) > 0)
		return true;
	answer_set(a, JOB_RESULT_FAILED, 0, "the message could not be hashed");
	return false;
}

static void prepare_pkcs1(const struct sign_task *task, struct sign_input *ret)
{
	memcpy(ret->block, hashes[task->hash].prefix, SIGN_PREFIX_SIZE);
	memcpy(ret->block + SIGN_PREFIX_SIZE, ret->digest, ret->digest_size);
	ret->data = (struct view){ret->block, SIGN_PREFIX_SIZE + ret->digest_size};
	ret->mechanism.mechanism = CKM_RSA_PKCS;
}

static void prepare_pss(const struct sign_task *task, struct sign_input *ret)
{
	ret->pss.hashAlg = hashes[task->hash].mechanism;
	ret->pss.mgf = hashes[task->hash].mgf;
	ret->pss.sLen = ret->digest_size;
	ret->data = (struct view){ret->digest, ret->digest_size};
	ret->mechanism.mechanism = CKM_RSA_PKCS_PSS;
	ret->mechanism.pParameter = &ret->pss;
	ret->mechanism.ulParameterLen = sizeof(ret->pss);
}

static void prepare_ecdsa(const struct sign_task *task, struct sign_input *ret)
{
	size_t max = order_size(task->public->type);

	ret->data = (struct view){ret->digest, ret->digest_size < max ? ret->digest_size : max};
	ret->mechanism.mechanism = CKM_ECDSA;
}

void sign_prepare(const struct sign_task *task, struct sign_input *ret, struct answer *ret_answer)
{
	memset(ret, 0, sizeof(*ret));
	if (!code_is_signable(task->public->type, task->algorithm, task->hash, task->input)) {
		answer_set(ret_answer, JOB_RESULT_REFUSED, 0,
			   "refused because a key of type %s cannot sign this way",
			   key_type_name(task->public->type));
		return;
	}
	if (task->hash != HASH_NONE && !fill_digest(task, ret, ret_answer))
		return;
	answer_ok(ret_answer);
	switch (task->algorithm) {
	case ALGORITHM_RSA_PKCS1:
		prepare_pkcs1(task, ret);
		return;
	case ALGORITHM_RSA_PSS:
		prepare_pss(task, ret);
		return;
	case ALGORITHM_ECDSA:
		prepare_ecdsa(task, ret);
		return;
	case ALGORITHM_EDDSA:
		ret->data = task->data;
		if (ret->data.size == 0)
			ret->data.data = ret->block; /* modules take no NULL for an empty message */
		ret->mechanism.mechanism = CKM_EDDSA;
		return;
	case ALGORITHM_NONE:
	case _ALGORITHM_MAX:
		break;
	}
	answer_set(ret_answer, JOB_RESULT_REFUSED, 0, "refused because the algorithm is not known");
}

CK_RV sign_run(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
	       const struct sign_input *input, uint8_t *ret_signature, size_t *ret_size,
	       enum sign_stage *ret_stage)
{
	/* PKCS#11 has no const; neither is written to. */
	CK_MECHANISM *mechanism = (CK_MECHANISM *)&input->mechanism;
	CK_BYTE *data = (CK_BYTE *)input->data.data;
	CK_ULONG size = SIGNATURE_MAX;
	CK_RV rv;

	*ret_stage = SIGN_STAGE_INIT;
	rv = p11->C_SignInit(session, mechanism, key);
	if (rv != CKR_OK)
		return rv;
	*ret_stage = SIGN_STAGE_SIGN;
	rv = p11->C_Sign(session, data, input->data.size, ret_signature, &size);
	if (rv == CKR_OK)
		*ret_size = size;
	return rv;
}
