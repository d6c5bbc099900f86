/*
 * test-mechanism.c - what the mechanisms of the PKCS#11 module take, and what they do not
 */
#include "client/pkcs11/mechanism.h"

#include "client/pkcs11/digest.h"
#include "tests/unit/unit.h"

static CK_RV check(CK_MECHANISM_TYPE type, void *parameter, CK_ULONG size, enum signet_hash *ret)
{
	const CK_MECHANISM m = {type, parameter, size};

	ck_assert_ptr_nonnull(mechanism_find(type));
	return mechanism_check(mechanism_find(type), &m, ret);
}

static CK_RV check_pss(CK_MECHANISM_TYPE type, CK_MECHANISM_TYPE hash, CK_ULONG mgf, CK_ULONG salt)
{
	CK_RSA_PKCS_PSS_PARAMS p = {hash, mgf, salt};
	enum signet_hash got = SIGNET_NO_HASH;
	CK_RV rv = check(type, &p, sizeof(p), &got);

	ck_assert((rv == CKR_OK) == (got != SIGNET_NO_HASH));
	return rv;
}

START_TEST(nothing_weak_is_listed)
{
	static const CK_MECHANISM_TYPE weak[] = {
		CKM_RSA_X_509,
		CKM_MD5_RSA_PKCS,
		CKM_SHA1_RSA_PKCS,
		CKM_SHA1_RSA_PKCS_PSS,
		CKM_SHA224_RSA_PKCS,
		CKM_RSA_9796,
		CKM_RSA_PKCS_OAEP,
		CKM_ECDSA_SHA1,
		CKM_ECDH1_DERIVE,
		CKM_SHA_1,
		CKM_MD5,
		CKM_RSA_PKCS_KEY_PAIR_GEN,
		CKM_SHA256_RSA_PKCS + 0x1000000,
	};

	for (size_t i = 0; i < array_len(weak); i++)
		ck_assert_msg(!mechanism_find(weak[i]), "0x%lx is there", weak[i]);
}
END_TEST

START_TEST(every_mechanism_is_there_once_and_says_what_it_is_for)
{
	const struct mechanism *m;
	CK_MECHANISM_INFO info;
	size_t i;

	for (i = 0; (m = mechanism_at(i)); i++) {
		ck_assert_ptr_eq(mechanism_find(m->type), m);
		mechanism_info(m, &info);
		ck_assert_uint_eq(info.flags & (CKF_HW | CKF_SIGN),
				  m->families ? CKF_HW | CKF_SIGN : 0);
		ck_assert((info.flags & CKF_DIGEST) == (m->families ? 0 : CKF_DIGEST));
		ck_assert(info.ulMinKeySize <= info.ulMaxKeySize);
		ck_assert((m->families == 0) == (m->form == FORM_DIGESTED));
	}
	ck_assert_uint_eq(i, 16);
	ck_assert_ptr_null(mechanism_at(i + 1));
}
END_TEST

START_TEST(pss_parameters_must_agree_with_each_other)
{
	ck_assert_uint_eq(check_pss(CKM_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256, 32), CKR_OK);
	ck_assert_uint_eq(check_pss(CKM_RSA_PKCS_PSS, CKM_SHA384, CKG_MGF1_SHA384, 48), CKR_OK);
	ck_assert_uint_eq(check_pss(CKM_SHA512_RSA_PKCS_PSS, CKM_SHA512, CKG_MGF1_SHA512, 64),
			  CKR_OK);
	ck_assert_uint_eq(check_pss(CKM_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA384, 32),
			  CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(check_pss(CKM_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256, 20),
			  CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(check_pss(CKM_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256, 0),
			  CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(check_pss(CKM_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256, (CK_ULONG)-1),
			  CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(check_pss(CKM_RSA_PKCS_PSS, CKM_SHA_1, CKG_MGF1_SHA1, 20),
			  CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(check_pss(CKM_SHA256_RSA_PKCS_PSS, CKM_SHA512, CKG_MGF1_SHA512, 64),
			  CKR_MECHANISM_PARAM_INVALID);
}
END_TEST

START_TEST(parameters_of_the_wrong_size_are_not_looked_at)
{
	CK_RSA_PKCS_PSS_PARAMS p = {CKM_SHA256, CKG_MGF1_SHA256, 32};
	struct eddsa_params e = {};
	enum signet_hash hash;

	ck_assert_uint_eq(check(CKM_RSA_PKCS_PSS, &p, sizeof(p) - 1, &hash),
			  CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(check(CKM_RSA_PKCS_PSS, &p, sizeof(p) + 1, &hash),
			  CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(check(CKM_RSA_PKCS_PSS, NULL, sizeof(p), &hash),
			  CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(check(CKM_RSA_PKCS_PSS, NULL, 0, &hash), CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(check(CKM_RSA_PKCS, &p, sizeof(p), &hash), CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(check(CKM_SHA256, NULL, 1, &hash), CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(check(CKM_EDDSA, NULL, sizeof(e), &hash), CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(check(CKM_EDDSA, &e, 1, &hash), CKR_MECHANISM_PARAM_INVALID);
}
END_TEST

START_TEST(eddsa_is_pure_and_without_a_context)
{
	struct eddsa_params plain = {}, prehashed = {.is_prehashed = CK_TRUE};
	struct eddsa_params context = {.context_size = 1, .context = (CK_BYTE *)"c"};
	enum signet_hash hash = SIGNET_SHA512;

	ck_assert_uint_eq(check(CKM_EDDSA, NULL, 0, &hash), CKR_OK);
	ck_assert_uint_eq(hash, SIGNET_NO_HASH);
	ck_assert_uint_eq(check(CKM_EDDSA, &plain, sizeof(plain), &hash), CKR_OK);
	ck_assert_uint_eq(check(CKM_EDDSA, &prehashed, sizeof(prehashed), &hash),
			  CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(check(CKM_EDDSA, &context, sizeof(context), &hash),
			  CKR_MECHANISM_PARAM_INVALID);
}
END_TEST

/* The input of 'type' with a hash that was said by the parameter, or by none. */
static CK_RV read_input(CK_MECHANISM_TYPE type, enum signet_hash said, const void *data,
			size_t size, struct octets *ret, enum signet_hash *ret_hash)
{
	return mechanism_read_input(mechanism_find(type), said, (struct octets){data, size}, ret,
				    ret_hash);
}

static const char sha256_info[] =
	"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
	"0123456789abcdef0123456789abcdef";

START_TEST(a_digest_info_gives_its_hash_and_its_digest)
{
	enum signet_hash hash;
	struct octets digest;

	ck_assert_uint_eq(read_input(CKM_RSA_PKCS, 0, sha256_info, 51, &digest, &hash), CKR_OK);
	ck_assert_uint_eq(hash, SIGNET_SHA256);
	unit_check_text((struct view){digest.data, digest.size}, sha256_info + 19);
}
END_TEST

START_TEST(a_digest_info_is_taken_to_the_letter)
{
	static const uint8_t sha1_info[35] = {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
					      0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14};
	enum signet_hash hash;
	struct octets digest;
	char changed[128];

	for (size_t i = 0; i < 19; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(changed, sha256_info, 51);
			changed[i] = (char)(changed[i] ^ (1 << bit));
			ck_assert_uint_eq(read_input(CKM_RSA_PKCS, 0, changed, 51, &digest, &hash),
					  CKR_DATA_INVALID);
		}
	for (size_t size = 0; size < 128; size++) {
		memset(changed, 'x', sizeof(changed));
		memcpy(changed, sha256_info, size < 51 ? size : 51);
		if (size != 51)
			ck_assert_uint_eq(read_input(CKM_RSA_PKCS, 0, changed, size, &digest,
						     &hash),
					  size == 67 || size == 83 ? CKR_DATA_INVALID
								   : CKR_DATA_LEN_RANGE);
	}
	ck_assert_uint_eq(read_input(CKM_RSA_PKCS, 0, sha1_info, 35, &digest, &hash),
			  CKR_DATA_LEN_RANGE);
}
END_TEST

START_TEST(the_length_of_a_digest_says_which_hash_it_is_of)
{
	enum signet_hash hash;
	uint8_t data[200] = {};
	struct octets digest;

	for (size_t size = 0; size < sizeof(data); size++) {
		CK_RV rv = read_input(CKM_ECDSA, 0, data, size, &digest, &hash);

		if (size == 32 || size == 48 || size == 64) {
			ck_assert_uint_eq(rv, CKR_OK);
			ck_assert_uint_eq(digest_size(hash), size);
		} else {
			ck_assert_uint_eq(rv, CKR_DATA_LEN_RANGE);
		}
		rv = read_input(CKM_RSA_PKCS_PSS, SIGNET_SHA384, data, size, &digest, &hash);
		ck_assert_uint_eq(rv, size == 48 ? CKR_OK : CKR_DATA_LEN_RANGE);
	}
}
END_TEST

START_TEST(a_message_must_fit_a_request)
{
	enum signet_hash hash;
	struct octets m;

	ck_assert_uint_eq(read_input(CKM_EDDSA, 0, NULL, 0, &m, &hash), CKR_OK);
	ck_assert_uint_eq(read_input(CKM_EDDSA, 0, "", SIGNET_MESSAGE_MAX, &m, &hash), CKR_OK);
	ck_assert_uint_eq(read_input(CKM_EDDSA, 0, "", SIGNET_MESSAGE_MAX + 1, &m, &hash),
			  CKR_DATA_LEN_RANGE);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nothing_weak_is_listed,
		every_mechanism_is_there_once_and_says_what_it_is_for,
		pss_parameters_must_agree_with_each_other,
		parameters_of_the_wrong_size_are_not_looked_at,
		eddsa_is_pure_and_without_a_context,
		a_digest_info_gives_its_hash_and_its_digest,
		a_digest_info_is_taken_to_the_letter,
		the_length_of_a_digest_says_which_hash_it_is_of,
		a_message_must_fit_a_request,
	};

	return unit_run("mechanism", tests, array_len(tests));
}
