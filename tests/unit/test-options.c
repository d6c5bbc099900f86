/*
 * test-options.c - a line of pam.d says what it says, or is refused
 */
#include "pam/options.h"

#include "tests/unit/unit.h"

#include "agent/base/clock.h"
#include "client/include/signet.h"

static bool parse(const char *word, struct options *ret, const char **ret_bad)
{
	const char *argv[] = {word};

	return options_parse(1, argv, ret, ret_bad);
}

START_TEST(without_words_everything_has_its_default)
{
	const char *bad = NULL;
	struct options o;

	ck_assert(options_parse(0, NULL, &o, &bad));
	ck_assert_str_eq(o.socket, SIGNET_SOCKET);
	ck_assert_ptr_null(o.token);
	ck_assert(!options_is_signing(&o));
	ck_assert_uint_eq(o.timeout_usec, 20 * USEC_PER_SEC);
	ck_assert_uint_eq(o.wait_usec, 300 * USEC_PER_SEC);
	ck_assert(!o.is_locking && !o.is_setting_env && !o.is_debug);
}
END_TEST

START_TEST(every_word_is_taken)
{
	const char *argv[] = {"socket=/run/x",
			      "token=main",
			      "timeout=1",
			      "wait=0",
			      "authorized_keys=/etc/a/%u",
			      "trusted_ca=/etc/ca",
			      "lock_on_last_close",
			      "set_env",
			      "debug"};
	const char *bad = NULL;
	struct options o;

	ck_assert(options_parse(array_len(argv), argv, &o, &bad));
	ck_assert_str_eq(o.socket, "/run/x");
	ck_assert_str_eq(o.token, "main");
	ck_assert_uint_eq(o.timeout_usec, USEC_PER_SEC);
	ck_assert_uint_eq(o.wait_usec, 0);
	ck_assert_str_eq(o.authorized_keys, "/etc/a/%u");
	ck_assert_str_eq(o.trusted_ca, "/etc/ca");
	ck_assert(o.is_locking && o.is_setting_env && o.is_debug);
	ck_assert(options_is_signing(&o));
}
END_TEST

START_TEST(either_file_makes_it_a_line_that_asks_for_a_signature)
{
	const char *bad = NULL;
	struct options o;

	ck_assert(parse("authorized_keys=/etc/a", &o, &bad));
	ck_assert(options_is_signing(&o));
	ck_assert(parse("trusted_ca=/etc/a", &o, &bad));
	ck_assert(options_is_signing(&o));
}
END_TEST

START_TEST(what_is_not_known_or_cannot_be_is_refused_and_named)
{
	static const char *const words[] = {
		"",
		"Debug",
		"debug=yes",
		"set_env=1",
		"socket",
		"socket=",
		"socket=run",
		"token=",
		"token=../x",
		"token=-x",
		"timeout=0",
		"timeout=3601",
		"timeout=-1",
		"timeout= 1",
		"timeout=1s",
		"wait=",
		"wait=99999",
		"authorized_keys=",
		"authorized_keys=keys",
		"trusted_ca=ca",
		"ruser",
		"use_first_pass",
	};

	for (size_t i = 0; i < array_len(words); i++) {
		const char *bad = NULL;
		struct options o;

		ck_assert_msg(!parse(words[i], &o, &bad), "'%s' was taken", words[i]);
		ck_assert_str_eq(bad, words[i]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		without_words_everything_has_its_default,
		every_word_is_taken,
		either_file_makes_it_a_line_that_asks_for_a_signature,
		what_is_not_known_or_cannot_be_is_refused_and_named,
	};
	return unit_run("options", tests, array_len(tests));
}
