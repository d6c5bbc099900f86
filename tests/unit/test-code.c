/*
 * test-code.c - numbers, their names, and what fits together
 */
#include "agent/base/code.h"

#include "tests/unit/unit.h"

START_TEST(every_number_has_a_name_and_no_other)
{
	for (int i = 1; i < _ALGORITHM_MAX; i++)
		ck_assert_ptr_nonnull(algorithm_name((enum algorithm)i));
	for (int i = 1; i < _HASH_MAX; i++)
		ck_assert_ptr_nonnull(hash_name((enum hash)i));
	for (int i = 1; i < _KEY_TYPE_MAX; i++)
		ck_assert_ptr_nonnull(key_type_name((enum key_type)i));
	for (int i = 1; i < _TOKEN_STATE_MAX; i++)
		ck_assert_ptr_nonnull(token_state_name((enum token_state)i));
	for (int i = 1; i < _JOB_RESULT_MAX; i++)
		ck_assert_ptr_nonnull(job_result_name((enum job_result)i));
}
END_TEST

START_TEST(none_and_unknown_numbers_have_no_name)
{
	static const int numbers[] = {0, 100, 255, -1};

	for (size_t i = 0; i < array_len(numbers); i++) {
		ck_assert_ptr_null(algorithm_name((enum algorithm)numbers[i]));
		ck_assert_ptr_null(hash_name((enum hash)numbers[i]));
		ck_assert_ptr_null(key_type_name((enum key_type)numbers[i]));
		ck_assert_ptr_null(token_state_name((enum token_state)numbers[i]));
		ck_assert_ptr_null(job_result_name((enum job_result)numbers[i]));
		ck_assert_uint_eq(hash_size((enum hash)numbers[i]), 0);
	}
}
END_TEST

START_TEST(hash_names_lead_back)
{
	for (int i = 1; i <= HASH_SHA512; i++)
		ck_assert_int_eq(hash_from_name(hash_name((enum hash)i)), i);
	ck_assert_int_eq(hash_from_name("sha1"), HASH_NONE);
	ck_assert_int_eq(hash_from_name("SHA256"), HASH_NONE);
	ck_assert_int_eq(hash_from_name(""), HASH_NONE);
	ck_assert_uint_eq(hash_size(HASH_SHA256), 32);
	ck_assert_uint_eq(hash_size(HASH_SHA384), 48);
	ck_assert_uint_eq(hash_size(HASH_SHA512), 64);
}
END_TEST

/* All combinations; the few that may sign are told here a second time, in another form. */
START_TEST(nothing_signs_but_what_the_table_says)
{
	unsigned n = 0;

	for (int t = 0; t <= _KEY_TYPE_MAX; t++)
		for (int a = 0; a <= _ALGORITHM_MAX; a++)
			for (int h = 0; h <= _HASH_MAX; h++)
				for (int i = 0; i <= _INPUT_MAX; i++) {
					bool rsa = t == 1 && (a == 1 || a == 2);
					bool ec = t >= 2 && t <= 4 && a == 3;
					bool hashed = h >= 1 && h <= 3 && (i == 1 || i == 2);
					bool ed = t == 5 && a == 4 && h == 0 && i == 2;
					bool got = code_is_signable((enum key_type)t,
								    (enum algorithm)a, (enum hash)h,
								    (enum input)i);

					ck_assert_msg(got == (((rsa || ec) && hashed) || ed),
						      "type %d algorithm %d hash %d input %d", t, a,
						      h, i);
					n += got;
				}
	ck_assert_uint_eq(n, 2 * 6 + 3 * 6 + 1);
}
END_TEST

START_TEST(signature_sizes_follow_the_key)
{
	ck_assert_uint_eq(code_signature_size(KEY_TYPE_RSA, 2048), 256);
	ck_assert_uint_eq(code_signature_size(KEY_TYPE_RSA, 2049), 257);
	ck_assert_uint_eq(code_signature_size(KEY_TYPE_RSA, 8192), 1024);
	ck_assert_uint_eq(code_signature_size(KEY_TYPE_P256, 256), 64);
	ck_assert_uint_eq(code_signature_size(KEY_TYPE_P384, 384), 96);
	ck_assert_uint_eq(code_signature_size(KEY_TYPE_P521, 521), 132);
	ck_assert_uint_eq(code_signature_size(KEY_TYPE_ED25519, 255), 64);
	ck_assert_uint_eq(code_signature_size(KEY_TYPE_NONE, 2048), 0);
	ck_assert_uint_eq(code_signature_size((enum key_type)200, 2048), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_number_has_a_name_and_no_other,
		none_and_unknown_numbers_have_no_name,
		hash_names_lead_back,
		nothing_signs_but_what_the_table_says,
		signature_sizes_follow_the_key,
	};

	return unit_run("code", tests, array_len(tests));
}
