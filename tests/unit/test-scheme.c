/*
 * test-scheme.c - hash, padding and salt: what the agent can make, and what is refused
 */
#include "client/provider/scheme.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/unit/unit.h"

static enum reason last; /* of what was refused */

static void new_error(const OSSL_CORE_HANDLE *handle)
{
	(void)handle;
}

static void set_debug(const OSSL_CORE_HANDLE *handle, const char *file, int line, const char *func)
{
	(void)handle;
	(void)file;
	(void)line;
	(void)func;
}

__attribute__((format(printf, 3, 0))) static void
vset_error(const OSSL_CORE_HANDLE *handle, uint32_t reason, const char *format, va_list args)
{
	char sentence[512];

	(void)handle;
	ck_assert_int_gt(vsnprintf(sentence, sizeof(sentence), format, args), 0);
	ck_assert_ptr_nonnull(strstr(sentence, "'release'"));
	last = (enum reason)reason;
}

static struct provider provider = {
	.new_error = new_error,
	.set_error_debug = set_debug,
	.vset_error = vset_error,
};

static struct key key_of(enum signet_key_type type)
{
	return (struct key){.provider = &provider, .name = "release", .type = type};
}

static bool set_text(struct scheme *s, const char *param, const char *value)
{
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(param, (char *)value, 0),
		OSSL_PARAM_construct_end(),
	};

	last = REASON_NONE;
	return scheme_set(s, params);
}

static bool set_number(struct scheme *s, const char *param, int value)
{
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(param, &value),
		OSSL_PARAM_construct_end(),
	};

	last = REASON_NONE;
	return scheme_set(s, params);
}

static void check_hash(const char *name, enum signet_hash expected)
{
	struct key k = key_of(SIGNET_KEY_RSA);
	struct scheme s;

	scheme_init(&s, &k);
	ck_assert_int_eq(set_text(&s, OSSL_SIGNATURE_PARAM_DIGEST, name), expected != 0);
	ck_assert_int_eq(s.hash ? s.hash->number : SIGNET_NO_HASH, expected);
	ck_assert_int_eq(last, expected ? REASON_NONE : REASON_HASH);
}

START_TEST(hashes_have_all_their_names_and_no_others_are_taken)
{
	static const char *const refused[] = {
		"SHA1",    "SHA2-224", "MD5",      "SHA3-256", "SHA2-512/256",
		"SHA256 ", "SHA",      "SHAKE256", "SM3",      "BLAKE2B-512",
	};

	check_hash("SHA256", SIGNET_SHA256);
	check_hash("sha256", SIGNET_SHA256);
	check_hash("SHA2-256", SIGNET_SHA256);
	check_hash("2.16.840.1.101.3.4.2.1", SIGNET_SHA256);
	check_hash("SHA2-384", SIGNET_SHA384);
	check_hash("SHA-384", SIGNET_SHA384);
	check_hash("SHA512", SIGNET_SHA512);
	check_hash("2.16.840.1.101.3.4.2.3", SIGNET_SHA512);
	for (size_t i = 0; i < array_len(refused); i++)
		check_hash(refused[i], SIGNET_NO_HASH);
}
END_TEST

START_TEST(ed25519_takes_no_hash)
{
	struct key k = key_of(SIGNET_KEY_ED25519);
	struct scheme s;

	scheme_init(&s, &k);
	ck_assert(scheme_set_hash(&s, NULL));
	ck_assert(scheme_set_hash(&s, ""));
	ck_assert(!scheme_set_hash(&s, "SHA512"));
	ck_assert_int_eq(last, REASON_HASH);
	ck_assert_int_eq(scheme_request(&s).algorithm, SIGNET_EDDSA);
	ck_assert_int_eq(scheme_request(&s).input, SIGNET_MESSAGE);
	ck_assert_int_eq(scheme_request(&s).hash, SIGNET_NO_HASH);
}
END_TEST

START_TEST(only_pkcs1_and_pss_pad)
{
	static const int refused[] = {RSA_NO_PADDING, RSA_PKCS1_OAEP_PADDING, RSA_X931_PADDING, 0,
				      -1};
	struct key k = key_of(SIGNET_KEY_RSA);
	struct scheme s;

	scheme_init(&s, &k);
	ck_assert_int_eq(scheme_request(&s).algorithm, SIGNET_RSA_PKCS1);
	ck_assert(set_text(&s, OSSL_SIGNATURE_PARAM_PAD_MODE, "pss"));
	ck_assert_int_eq(scheme_request(&s).algorithm, SIGNET_RSA_PSS);
	ck_assert(set_number(&s, OSSL_SIGNATURE_PARAM_PAD_MODE, RSA_PKCS1_PADDING));
	ck_assert_int_eq(scheme_request(&s).algorithm, SIGNET_RSA_PKCS1);
	for (size_t i = 0; i < array_len(refused); i++) {
		ck_assert(!set_number(&s, OSSL_SIGNATURE_PARAM_PAD_MODE, refused[i]));
		ck_assert_int_eq(last, REASON_PADDING);
	}
	ck_assert(!set_text(&s, OSSL_SIGNATURE_PARAM_PAD_MODE, "x931"));
	ck_assert(!set_text(&s, OSSL_SIGNATURE_PARAM_PAD_MODE, "oaep"));
	ck_assert_int_eq(last, REASON_PADDING);
}
END_TEST

/* How a PSS signature with SHA-384 and this salt ends. */
static enum reason salted(const char *text, int number)
{
	struct key k = key_of(SIGNET_KEY_RSA);
	struct scheme s;

	scheme_init(&s, &k);
	ck_assert(scheme_set_hash(&s, "SHA384"));
	ck_assert(set_number(&s, OSSL_SIGNATURE_PARAM_PAD_MODE, RSA_PKCS1_PSS_PADDING));
	if (text ? !set_text(&s, OSSL_SIGNATURE_PARAM_PSS_SALTLEN, text)
		 : !set_number(&s, OSSL_SIGNATURE_PARAM_PSS_SALTLEN, number))
		return last;
	return scheme_check(&s, 48) ? REASON_NONE : last;
}

START_TEST(a_salt_is_as_long_as_the_hash)
{
	static const int refused[] = {
		0, 20, 32, 47, 49, 64, RSA_PSS_SALTLEN_AUTO, RSA_PSS_SALTLEN_MAX, -5, 1 << 30};
	static const char *const texts[] = {"max", "auto", "32", "64", "", "48x", "0x30"};

	ck_assert_int_eq(salted(NULL, RSA_PSS_SALTLEN_DIGEST), REASON_NONE);
	ck_assert_int_eq(salted(NULL, 48), REASON_NONE);
	ck_assert_int_eq(salted(NULL, -4), REASON_NONE);
	ck_assert_int_eq(salted("digest", 0), REASON_NONE);
	ck_assert_int_eq(salted("auto-digestmax", 0), REASON_NONE);
	ck_assert_int_eq(salted("48", 0), REASON_NONE);
	for (size_t i = 0; i < array_len(refused); i++)
		ck_assert_int_eq(salted(NULL, refused[i]), REASON_SALT);
	for (size_t i = 0; i < array_len(texts); i++)
		ck_assert_int_eq(salted(texts[i], 0), REASON_SALT);
}
END_TEST

START_TEST(mgf1_has_the_same_hash)
{
	struct key k = key_of(SIGNET_KEY_RSA);
	struct scheme s;

	scheme_init(&s, &k);
	ck_assert(scheme_set_hash(&s, "SHA256"));
	ck_assert(set_text(&s, OSSL_SIGNATURE_PARAM_PAD_MODE, "pss"));
	ck_assert(set_text(&s, OSSL_SIGNATURE_PARAM_MGF1_DIGEST, "SHA2-256"));
	ck_assert(scheme_check(&s, 32));
	ck_assert(set_text(&s, OSSL_SIGNATURE_PARAM_MGF1_DIGEST, "SHA512"));
	ck_assert(!scheme_check(&s, 32));
	ck_assert_int_eq(last, REASON_HASH);
	ck_assert(!set_text(&s, OSSL_SIGNATURE_PARAM_MGF1_DIGEST, "SHA1"));
}
END_TEST

START_TEST(a_digest_has_the_size_of_its_hash)
{
	struct key rsa = key_of(SIGNET_KEY_RSA), ec = key_of(SIGNET_KEY_P256);
	struct scheme s;

	scheme_init(&s, &rsa);
	ck_assert(!scheme_check(&s, 32)); /* of which? */
	ck_assert_int_eq(last, REASON_HASH);
	ck_assert(scheme_set_hash(&s, "SHA256"));
	ck_assert(!scheme_check(&s, 31));
	ck_assert(!scheme_check(&s, 0));
	ck_assert(!scheme_check(&s, 48));
	ck_assert_int_eq(last, REASON_SIZE);

	scheme_init(&s, &ec);
	ck_assert(scheme_check(&s, 48));
	ck_assert_int_eq(scheme_request(&s).hash, SIGNET_SHA384);
	scheme_init(&s, &ec);
	ck_assert(!scheme_check(&s, 20));
	ck_assert_int_eq(last, REASON_HASH);
}
END_TEST

/* What libcrypto says about the identifier that goes with a scheme. */
static void check_identifier(enum signet_key_type type, bool is_pss, const char *hash, int nid)
{
	uint8_t der[128] = {};
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, der,
						  sizeof(der)),
		OSSL_PARAM_construct_end(),
	};
	const unsigned char *at = der;
	struct key k = key_of(type);
	const ASN1_OBJECT *object;
	RSA_PSS_PARAMS *pss;
	X509_ALGOR *algor;
	struct scheme s;

	scheme_init(&s, &k);
	ck_assert(scheme_set_hash(&s, hash));
	s.is_pss = is_pss;
	ck_assert(scheme_get(&s, params));
	algor = d2i_X509_ALGOR(NULL, &at, (long)params[0].return_size);
	ck_assert_ptr_nonnull(algor);
	ck_assert_ptr_eq(at, der + params[0].return_size);
	X509_ALGOR_get0(&object, NULL, NULL, algor);
	ck_assert_int_eq(OBJ_obj2nid(object), nid);
	if (is_pss) {
		pss = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), algor->parameter);
		ck_assert_ptr_nonnull(pss);
		ck_assert_int_eq(ASN1_INTEGER_get(pss->saltLength), (long)s.hash->size);
		ck_assert_int_eq(OBJ_obj2nid(pss->hashAlgorithm->algorithm),
				 OBJ_sn2nid(s.hash->name));
		ck_assert_int_eq(OBJ_obj2nid(pss->maskHash ? pss->maskHash->algorithm : NULL),
				 pss->maskHash ? OBJ_sn2nid(s.hash->name) : NID_undef);
		ck_assert_int_eq(OBJ_obj2nid(pss->maskGenAlgorithm->algorithm), NID_mgf1);
		RSA_PSS_PARAMS_free(pss);
	}
	X509_ALGOR_free(algor);
}

START_TEST(identifiers_are_what_libcrypto_reads)
{
	check_identifier(SIGNET_KEY_RSA, false, "SHA256", NID_sha256WithRSAEncryption);
	check_identifier(SIGNET_KEY_RSA, false, "SHA384", NID_sha384WithRSAEncryption);
	check_identifier(SIGNET_KEY_RSA, false, "SHA512", NID_sha512WithRSAEncryption);
	check_identifier(SIGNET_KEY_RSA, true, "SHA256", NID_rsassaPss);
	check_identifier(SIGNET_KEY_RSA, true, "SHA384", NID_rsassaPss);
	check_identifier(SIGNET_KEY_RSA, true, "SHA512", NID_rsassaPss);
	check_identifier(SIGNET_KEY_P256, false, "SHA256", NID_ecdsa_with_SHA256);
	check_identifier(SIGNET_KEY_P384, false, "SHA384", NID_ecdsa_with_SHA384);
	check_identifier(SIGNET_KEY_P521, false, "SHA512", NID_ecdsa_with_SHA512);
	check_identifier(SIGNET_KEY_ED25519, false, NULL, NID_ED25519);
}
END_TEST

START_TEST(without_a_hash_there_is_no_identifier)
{
	uint8_t der[128];
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, der,
						  sizeof(der)),
		OSSL_PARAM_construct_end(),
	};
	struct key k = key_of(SIGNET_KEY_RSA);
	struct scheme s;

	scheme_init(&s, &k);
	ck_assert(!scheme_get(&s, params));
	ck_assert(scheme_set_hash(&s, "SHA256"));
	params[0].data_size = 4; /* no room */
	ck_assert(!scheme_get(&s, params));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		hashes_have_all_their_names_and_no_others_are_taken,
		ed25519_takes_no_hash,
		only_pkcs1_and_pss_pad,
		a_salt_is_as_long_as_the_hash,
		mgf1_has_the_same_hash,
		a_digest_has_the_size_of_its_hash,
		identifiers_are_what_libcrypto_reads,
		without_a_hash_there_is_no_identifier,
	};

	return unit_run("scheme", tests, array_len(tests));
}
