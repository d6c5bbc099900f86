/*
 * test-proof.c - the test signature that each key makes when the token comes up
 */
#include "agent/worker/proof.h"

#include "tests/unit/unit.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>

/* A token whose private keys have the handles 1, 2, ... and lie in software. */
static struct {
	EVP_PKEY *keys[3];
	CK_RV init, sign; /* what the functions return */
	CK_OBJECT_HANDLE chosen;
	unsigned n_signs;
	bool is_corrupt;
} token;

static CK_RV fake_sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	(void)session;
	(void)m;
	token.chosen = key;
	return token.init;
}

static CK_RV fake_sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG size, CK_BYTE *signature,
		       CK_ULONG *n)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(token.keys[token.chosen - 1], NULL);
	uint8_t der[SIGNATURE_MAX];
	const uint8_t *at = der;
	size_t der_size = sizeof(der);
	ECDSA_SIG *pair;

	(void)session;
	token.n_signs++;
	ck_assert_int_eq(EVP_PKEY_sign_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_sign(ctx, der, &der_size, data, size), 1);
	EVP_PKEY_CTX_free(ctx);
	pair = d2i_ECDSA_SIG(NULL, &at, (long)der_size);
	ck_assert_int_eq(BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, 32), 32);
	ck_assert_int_eq(BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + 32, 32), 32);
	ECDSA_SIG_free(pair);
	*n = 64;
	signature[10] ^= token.is_corrupt;
	return token.sign;
}

static struct keys keys;
static struct tokenfile config;

static void begin(void)
{
	const char *why;

	memset(&token, 0, sizeof(token));
	config = (struct tokenfile){};
	keys = (struct keys){.list = calloc(3, sizeof(struct key)), .n = 3};
	for (size_t i = 0; i < 3; i++) {
		token.keys[i] = EVP_EC_gen("P-256");
		ck_assert_int_eq(public_of_key(token.keys[i], &keys.list[i].public, &why), 0);
		keys.list[i].handle = i + 1;
		keys.list[i].label[0] = (char)('a' + i);
	}
}

static void end(void)
{
	for (size_t i = 0; i < 3; i++)
		EVP_PKEY_free(token.keys[i]);
	keys_done(&keys);
}

static void prove(void)
{
	CK_FUNCTION_LIST list = {.C_SignInit = fake_sign_init, .C_Sign = fake_sign};

	proof_run(&keys, &config, &list, 1);
}

static unsigned count_proven(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < 3; i++)
		n += keys.list[i].is_proven;
	return n;
}

START_TEST(each_key_signs_once_and_is_proven)
{
	begin();
	prove();
	ck_assert_uint_eq(count_proven(), 3);
	ck_assert_uint_eq(token.n_signs, 3);
	ck_assert_uint_eq(keys.n_notices, 0);
	end();
}
END_TEST

START_TEST(a_test_signature_is_made_in_a_way_that_is_allowed)
{
	begin();
	config.hashes = 1u << HASH_SHA512;
	prove();
	ck_assert_uint_eq(count_proven(), 3);
	end();
}
END_TEST

START_TEST(where_none_is_allowed_the_module_is_not_called)
{
	begin();
	config.algorithms = 1u << ALGORITHM_RSA_PSS;
	prove();
	ck_assert_uint_eq(count_proven(), 0);
	ck_assert_uint_eq(token.n_signs, 0);
	ck_assert_uint_eq(token.chosen, 0);
	ck_assert_uint_eq(keys.n_notices, 0);
	end();
}
END_TEST

START_TEST(a_key_that_signs_for_another_public_key_is_not_proven_and_named)
{
	begin();
	keys.list[0].handle = 2;
	prove();
	ck_assert(!keys.list[0].is_proven);
	ck_assert_uint_eq(count_proven(), 2);
	ck_assert_uint_eq(keys.n_notices, 1);
	ck_assert_ptr_nonnull(strstr(keys.notices[0], "key 'a'"));
	ck_assert_uint_eq(keys.n_left_out, 0);
	end();
}
END_TEST

START_TEST(a_spoilt_test_signature_proves_nothing)
{
	begin();
	token.is_corrupt = true;
	prove();
	ck_assert_uint_eq(count_proven(), 0);
	ck_assert_uint_eq(keys.n_notices, 3);
	end();
}
END_TEST

START_TEST(a_key_that_may_not_sign_so_is_not_proven_and_the_next_is_tried)
{
	begin();
	token.init = CKR_MECHANISM_INVALID;
	prove();
	ck_assert_uint_eq(count_proven(), 0);
	ck_assert_uint_eq(token.n_signs, 0);
	ck_assert_uint_eq(token.chosen, 3);
	ck_assert_uint_eq(keys.n_notices, 0);
	end();
}
END_TEST

START_TEST(a_token_that_is_gone_is_not_asked_again)
{
	begin();
	token.sign = CKR_DEVICE_REMOVED;
	prove();
	ck_assert_uint_eq(count_proven(), 0);
	ck_assert_uint_eq(token.n_signs, 1);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_key_signs_once_and_is_proven,
		a_test_signature_is_made_in_a_way_that_is_allowed,
		where_none_is_allowed_the_module_is_not_called,
		a_key_that_signs_for_another_public_key_is_not_proven_and_named,
		a_spoilt_test_signature_proves_nothing,
		a_key_that_may_not_sign_so_is_not_proven_and_the_next_is_tried,
		a_token_that_is_gone_is_not_asked_again,
	};

	return unit_run("proof", tests, array_len(tests));
}
