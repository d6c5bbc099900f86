/*
 * test-sign.c - what the token gets to sign, and what is believed of what it returns
 */
#include "agent/worker/sign.h"

#include "tests/unit/unit.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include "agent/worker/verify.h"

static const uint8_t message[] = "what is to be signed";

static EVP_PKEY *new_key(enum key_type type)
{
	switch (type) {
	case KEY_TYPE_RSA:
		return EVP_RSA_gen(2048);
	case KEY_TYPE_P256:
		return EVP_EC_gen("P-256");
	case KEY_TYPE_P384:
		return EVP_EC_gen("P-384");
	case KEY_TYPE_P521:
		return EVP_EC_gen("P-521");
	case KEY_TYPE_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case KEY_TYPE_NONE:
	case _KEY_TYPE_MAX:
		break;
	}
	return NULL;
}

/* A key in software; what its token would be. */
static struct public new_public(enum key_type type)
{
	struct public p;
	const char *why;
	EVP_PKEY *key = new_key(type);

	ck_assert_ptr_nonnull(key);
	ck_assert_int_eq(public_of_key(key, &p, &why), 0);
	ck_assert_ptr_null(why);
	ck_assert_int_eq(p.type, type);
	EVP_PKEY_free(key);
	return p;
}

static struct sign_task new_task(const struct public *p, enum algorithm a, enum hash h,
				 enum input i)
{
	static const uint8_t digest[DIGEST_MAX] = {1, 2, 3};
	struct sign_task t = {.public = p, .algorithm = a, .hash = h, .input = i};

	t.data = i == INPUT_DIGEST ? (struct view){digest, hash_size(h)}
				   : (struct view){message, sizeof(message)};
	return t;
}

static enum job_result prepare(const struct sign_task *t, struct sign_input *in)
{
	struct answer a = {};

	sign_prepare(t, in, &a);
	ck_assert((a.result == JOB_RESULT_OK) == (a.sentence[0] == '\0'));
	return a.result;
}

/* What an honest token returns: r and s of full size for ECDSA. */
static size_t sign_as_token(const struct sign_task *t, const struct sign_input *in, uint8_t *ret)
{
	size_t size = SIGNATURE_MAX, half = code_signature_size(t->public->type, 0) / 2;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(t->public->key, NULL);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	const uint8_t *der = ret;
	ECDSA_SIG *pair;

	ck_assert_ptr_nonnull(ctx);
	ck_assert_ptr_nonnull(md);
	if (t->algorithm == ALGORITHM_EDDSA) {
		ck_assert_int_eq(EVP_DigestSignInit(md, NULL, NULL, NULL, t->public->key), 1);
		ck_assert_int_eq(EVP_DigestSign(md, ret, &size, in->data.data, in->data.size), 1);
	} else {
		ck_assert_int_eq(EVP_PKEY_sign_init(ctx), 1);
		if (t->algorithm == ALGORITHM_RSA_PSS) {
			ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING),
					 1);
			ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)in->pss.sLen),
					 1);
			ck_assert_int_eq(EVP_PKEY_CTX_set_signature_md(
						 ctx, EVP_get_digestbyname(hash_name(t->hash))),
					 1);
		}
		ck_assert_int_eq(EVP_PKEY_sign(ctx, ret, &size, in->data.data, in->data.size), 1);
	}
	if (t->algorithm == ALGORITHM_ECDSA) {
		pair = d2i_ECDSA_SIG(NULL, &der, (long)size);
		ck_assert_int_gt(BN_bn2binpad(ECDSA_SIG_get0_r(pair), ret, (int)half), 0);
		ck_assert_int_gt(BN_bn2binpad(ECDSA_SIG_get0_s(pair), ret + half, (int)half), 0);
		ECDSA_SIG_free(pair);
		size = 2 * half;
	}
	EVP_MD_CTX_free(md);
	EVP_PKEY_CTX_free(ctx);
	return size;
}

/* A signature by an honest token; then each way to spoil it. */
static void check_all(struct verifier *v, const struct sign_task *t)
{
	uint8_t signature[SIGNATURE_MAX];
	struct sign_input in;
	size_t size;

	ck_assert_int_eq(prepare(t, &in), JOB_RESULT_OK);
	size = sign_as_token(t, &in, signature);
	ck_assert_msg(verifier_check(v, t, &in, signature, size), "%s %s",
		      key_type_name(t->public->type), algorithm_name(t->algorithm));
	for (size_t at = 0; at < size; at += size / 4) {
		signature[at] ^= 1;
		ck_assert(!verifier_check(v, t, &in, signature, size));
		signature[at] ^= 1;
	}
	ck_assert(!verifier_check(v, t, &in, signature, size - 1));
	ck_assert(!verifier_check(v, t, &in, signature, size + 1));
	ck_assert(!verifier_check(v, t, &in, signature, 0));
	memset(signature, 0, size);
	ck_assert(!verifier_check(v, t, &in, signature, size));
	memset(signature, 0xff, size);
	ck_assert(!verifier_check(v, t, &in, signature, size));
}

START_TEST(right_signatures_are_believed_and_spoilt_ones_are_not)
{
	struct verifier v = {};

	for (enum key_type k = 1; k < _KEY_TYPE_MAX; k++) {
		struct public p = new_public(k);

		for (enum algorithm a = 1; a < _ALGORITHM_MAX; a++)
			for (enum hash h = 0; h < _HASH_MAX; h++)
				for (enum input i = 1; i < _INPUT_MAX; i++) {
					struct sign_task t = new_task(&p, a, h, i);

					if (code_is_signable(k, a, h, i))
						check_all(&v, &t);
				}
		public_done(&p);
	}
	verifier_done(&v);
}
END_TEST

START_TEST(a_signature_by_another_key_is_not_believed)
{
	struct public mine = new_public(KEY_TYPE_P256), other = new_public(KEY_TYPE_P256);
	struct sign_task t = new_task(&other, ALGORITHM_ECDSA, HASH_SHA256, INPUT_DIGEST);
	uint8_t signature[SIGNATURE_MAX];
	struct verifier v = {};
	struct sign_input in;
	size_t size;

	ck_assert_int_eq(prepare(&t, &in), JOB_RESULT_OK);
	size = sign_as_token(&t, &in, signature);
	t.public = &mine;
	ck_assert(!verifier_check(&v, &t, &in, signature, size));
	verifier_done(&v);
	public_done(&mine);
	public_done(&other);
}
END_TEST

START_TEST(contexts_that_are_kept_do_not_mix_keys_up)
{
	struct public p[VERIFY_CONTEXTS_MAX + 3];
	struct verifier v = {};

	for (size_t i = 0; i < array_len(p); i++)
		p[i] = new_public(KEY_TYPE_P256);
	for (size_t round = 0; round < 3; round++)
		for (size_t i = 0; i < array_len(p); i++) {
			struct sign_task t =
				new_task(&p[i], ALGORITHM_ECDSA, HASH_SHA256, INPUT_DIGEST);

			check_all(&v, &t);
		}
	for (size_t i = 0; i < array_len(p); i++)
		public_done(&p[i]);
	verifier_done(&v);
}
END_TEST

START_TEST(what_does_not_fit_the_key_is_refused)
{
	unsigned n_refused = 0;

	for (enum key_type k = 1; k < _KEY_TYPE_MAX; k++) {
		struct public p = {.type = k, .bits = 2048};

		for (enum algorithm a = 0; a <= _ALGORITHM_MAX; a++)
			for (enum hash h = 0; h <= _HASH_MAX; h++)
				for (enum input i = 0; i <= _INPUT_MAX; i++) {
					struct sign_task t = {&p, a, h, i, {message, 5}};
					struct sign_input in;

					if (code_is_signable(k, a, h, i))
						continue;
					ck_assert_int_eq(prepare(&t, &in), JOB_RESULT_REFUSED);
					n_refused++;
				}
	}
	ck_assert_uint_gt(n_refused, 100);
}
END_TEST

START_TEST(a_digest_of_another_size_is_refused)
{
	struct public p = {.type = KEY_TYPE_RSA, .bits = 2048};
	struct sign_task t = new_task(&p, ALGORITHM_RSA_PKCS1, HASH_SHA256, INPUT_DIGEST);
	struct sign_input in;

	for (size_t size = 0; size <= DIGEST_MAX; size++) {
		t.data.size = size;
		ck_assert_int_eq(prepare(&t, &in), size == 32 ? JOB_RESULT_OK : JOB_RESULT_REFUSED);
	}
}
END_TEST

START_TEST(pkcs1_gets_a_digestinfo)
{
	struct public p = {.type = KEY_TYPE_RSA, .bits = 2048};
	struct sign_task t = new_task(&p, ALGORITHM_RSA_PKCS1, HASH_SHA256, INPUT_MESSAGE);
	uint8_t expected[SIGN_PREFIX_SIZE + SHA256_DIGEST_LENGTH] = {
		0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
		0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
	};
	struct sign_input in;

	ck_assert_int_eq(prepare(&t, &in), JOB_RESULT_OK);
	(void)SHA256(message, sizeof(message), expected + SIGN_PREFIX_SIZE);
	unit_check_view(in.data, (struct view){expected, sizeof(expected)});
	ck_assert_uint_eq(in.mechanism.mechanism, CKM_RSA_PKCS);
}
END_TEST

START_TEST(pss_says_hash_mask_and_salt)
{
	struct public p = {.type = KEY_TYPE_RSA, .bits = 2048};
	struct sign_task t = new_task(&p, ALGORITHM_RSA_PSS, HASH_SHA384, INPUT_DIGEST);
	struct sign_input in;

	ck_assert_int_eq(prepare(&t, &in), JOB_RESULT_OK);
	ck_assert_uint_eq(in.mechanism.mechanism, CKM_RSA_PKCS_PSS);
	ck_assert_ptr_eq(in.mechanism.pParameter, &in.pss);
	ck_assert_uint_eq(in.pss.hashAlg, CKM_SHA384);
	ck_assert_uint_eq(in.pss.mgf, CKG_MGF1_SHA384);
	ck_assert_uint_eq(in.pss.sLen, 48);
}
END_TEST

START_TEST(ecdsa_gets_no_more_of_a_digest_than_its_order_has)
{
	struct public p = {.type = KEY_TYPE_P256, .bits = 256};
	struct sign_task t = new_task(&p, ALGORITHM_ECDSA, HASH_SHA512, INPUT_DIGEST);
	struct sign_input in;

	ck_assert_int_eq(prepare(&t, &in), JOB_RESULT_OK);
	ck_assert_uint_eq(in.data.size, 32);
	p.type = KEY_TYPE_P521;
	ck_assert_int_eq(prepare(&t, &in), JOB_RESULT_OK);
	ck_assert_uint_eq(in.data.size, 64);
}
END_TEST

START_TEST(an_empty_message_is_a_message)
{
	struct public p = new_public(KEY_TYPE_ED25519);
	struct sign_task t = {&p, ALGORITHM_EDDSA, HASH_NONE, INPUT_MESSAGE, {NULL, 0}};
	struct verifier v = {};
	struct sign_input in;

	ck_assert_int_eq(prepare(&t, &in), JOB_RESULT_OK);
	ck_assert_ptr_nonnull(in.data.data);
	check_all(&v, &t);
	verifier_done(&v);
	public_done(&p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		right_signatures_are_believed_and_spoilt_ones_are_not,
		a_signature_by_another_key_is_not_believed,
		contexts_that_are_kept_do_not_mix_keys_up,
		what_does_not_fit_the_key_is_refused,
		a_digest_of_another_size_is_refused,
		pkcs1_gets_a_digestinfo,
		pss_says_hash_mask_and_salt,
		ecdsa_gets_no_more_of_a_digest_than_its_order_has,
		an_empty_message_is_a_message,
	};

	return unit_run("sign", tests, array_len(tests));
}
