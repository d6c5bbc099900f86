/*
 * test-text.c - what counts as text, and text as numbers, durations and dates
 */
#include "agent/base/text.h"

#include "tests/unit/unit.h"

#include <errno.h>

static bool is_clean(const char *s)
{
	return text_is_clean(s, strlen(s), 1000);
}

START_TEST(utf8_is_text)
{
	/* clang-format off */
	static const char *const good[] = {
		"a", "key 'release-2026'", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x94\x91",
		"\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf",
	};
	/* clang-format on */

	for (size_t i = 0; i < array_len(good); i++)
		ck_assert_msg(is_clean(good[i]), "refused: %s", good[i]);
}
END_TEST

START_TEST(what_is_not_shortest_form_utf8_is_no_text)
{
	/* clang-format off */
	static const char *const bad[] = {
		"\x80",                 /* a continuation alone */
		"\xc0\xaf",             /* '/' in two bytes */
		"\xc1\xbf",
		"\xe0\x80\xaf",         /* in three */
		"\xf0\x80\x80\xaf",     /* in four */
		"\xed\xa0\x80",         /* a surrogate */
		"\xed\xbf\xbf",
		"\xf4\x90\x80\x80",     /* above U+10FFFF */
		"\xf8\x88\x80\x80\x80", /* five bytes */
		"\xff", "\xfe",
		"a\xc3",                /* cut */
		"\xe2\x82", "\xf0\x9f\x94",
		"\xc3(",                /* no continuation */
	};
	/* clang-format on */

	for (size_t i = 0; i < array_len(bad); i++)
		ck_assert_msg(!is_clean(bad[i]), "accepted: number %zu", i);
}
END_TEST

START_TEST(what_could_forge_a_line_is_no_text)
{
	/* clang-format off */
	static const char *const bad[] = {
		"a\nb", "a\rb", "\t", "\x1b[31m", "\x7f",
		"\xc2\x80", "\xc2\x9f",         /* C1 controls */
		"\xe2\x80\x8e", "\xe2\x80\x8f", /* direction marks */
		"\xe2\x80\xa8", "\xe2\x80\xa9", /* line and paragraph separator */
		"\xe2\x80\xaa", "\xe2\x80\xae", /* embedding, override */
		"\xe2\x81\xa6", "\xe2\x81\xa9", /* isolates */
		"\xef\xbb\xbf",                 /* byte order mark */
	};
	/* clang-format on */

	for (size_t i = 0; i < array_len(bad); i++)
		ck_assert_msg(!is_clean(bad[i]), "accepted: number %zu", i);
	ck_assert(!text_is_clean("a\0b", 3, 10));
}
END_TEST

START_TEST(empty_and_too_long_are_no_text)
{
	ck_assert(!text_is_clean("", 0, 10));
	ck_assert(!text_is_clean(NULL, 0, 10));
	ck_assert(text_is_clean("0123456789", 10, 10));
	ck_assert(!text_is_clean("0123456789a", 11, 10));
}
END_TEST

START_TEST(dup_takes_only_text_and_terminates_it)
{
	char *s = NULL;

	ck_assert_int_eq(text_dup("abcd", 3, 10, &s), 0);
	ck_assert_str_eq(s, "abc");
	free(s);
	s = NULL;
	ck_assert_int_eq(text_dup("a\n", 2, 10, &s), -EINVAL);
	ck_assert_int_eq(text_dup("", 0, 10, &s), -EINVAL);
	ck_assert_ptr_null(s);
}
END_TEST

START_TEST(sanitise_replaces_each_bad_byte_and_never_cuts_a_character)
{
	/* clang-format off */
	static const struct {
		const char *in;
		size_t size;
		const char *out;
	} cases[] = {
		{"plain", 16, "plain"},
		{"a\nb\x1b[m", 16, "a?b?[m"},
		{"\xff\xfe", 16, "??"},
		{"\xc3\xa9t\xc3\xa9", 16, "\xc3\xa9t\xc3\xa9"},
		{"\xc3\xa9", 2, ""},   /* the two bytes and the NUL need three */
		{"a\xc3\xa9", 3, "a"},
		{"a\xc3\xa9", 4, "a\xc3\xa9"},
		{"abcdef", 4, "abc"},
		{"abc", 1, ""},
		{"x\xe2\x80\xaey", 16, "x?y"},
	};
	/* clang-format on */
	char buf[16];

	for (size_t i = 0; i < array_len(cases); i++) {
		memset(buf, 'Z', sizeof(buf));
		text_sanitise(cases[i].in, buf, cases[i].size);
		ck_assert_str_eq(buf, cases[i].out);
	}
}
END_TEST

#define SIXTY_FOUR "0123456789012345678901234567890123456789012345678901234567890123"

START_TEST(file_names_lead_nowhere_else)
{
	static const char *const good[] = {"a", "release-2026", "A.b_c@d", "0", SIXTY_FOUR};
	/* clang-format off */
	static const char *const bad[] = {"", ".", "..", ".hidden", "-rf", "a/b", "a b", "\xc3\xa9",
					  "a\n", "a%b", "a:b", SIXTY_FOUR "4"};
	/* clang-format on */

	for (size_t i = 0; i < array_len(good); i++)
		ck_assert_msg(text_is_file_name(good[i]), "refused: '%s'", good[i]);
	for (size_t i = 0; i < array_len(bad); i++)
		ck_assert_msg(!text_is_file_name(bad[i]), "accepted: '%s'", bad[i]);
}
END_TEST

START_TEST(numbers_are_plain_decimals_within_their_maximum)
{
	/* clang-format off */
	static const struct {
		const char *in;
		uint64_t max;
		int result;
		uint64_t value;
	} cases[] = {
		{"0", 10, 0, 0},
		{"10", 10, 0, 10},
		{"11", 10, -ERANGE, 0},
		{"007", 10, 0, 7},
		{"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
		{"18446744073709551616", UINT64_MAX, -ERANGE, 0},
		{"99999999999999999999999", UINT64_MAX, -ERANGE, 0},
		{"", 10, -EINVAL, 0},
		{"-1", UINT64_MAX, -EINVAL, 0},
		{"+1", 10, -EINVAL, 0},
		{" 1", 10, -EINVAL, 0},
		{"1 ", 10, -EINVAL, 0},
		{"0x10", 100, -EINVAL, 0},
		{"1e3", 10000, -EINVAL, 0},
	};
	/* clang-format on */
	uint64_t value;

	for (size_t i = 0; i < array_len(cases); i++) {
		value = 4711;
		ck_assert_msg(text_to_u64(cases[i].in, cases[i].max, &value) == cases[i].result,
			      "'%s'", cases[i].in);
		ck_assert_uint_eq(value, cases[i].result < 0 ? 4711 : cases[i].value);
	}
}
END_TEST

START_TEST(booleans_have_eight_words)
{
	static const char *const yes[] = {"yes", "true", "on", "1"};
	static const char *const no[] = {"no", "false", "off", "0"};
	static const char *const bad[] = {"", "y", "YES", "2", "offf", "yes ", "n"};
	bool b;

	for (size_t i = 0; i < array_len(yes); i++) {
		b = false;
		ck_assert_int_eq(text_to_bool(yes[i], &b), 0);
		ck_assert_msg(b, "'%s' is taken for no", yes[i]);
		ck_assert_int_eq(text_to_bool(no[i], &b), 0);
		ck_assert_msg(!b, "'%s' is taken for yes", no[i]);
	}
	for (size_t i = 0; i < array_len(bad); i++)
		ck_assert_msg(text_to_bool(bad[i], &b) == -EINVAL, "'%s'", bad[i]);
}
END_TEST

START_TEST(durations_have_one_number_and_one_unit)
{
	/* clang-format off */
	static const struct {
		const char *in;
		int result;
		uint64_t usec;
	} cases[] = {
		{"0", 0, 0},
		{"5", 0, 5000000},
		{"5s", 0, 5000000},
		{"5 sec", 0, 5000000},
		{"250ms", 0, 250000},
		{"10min", 0, 600000000},
		{"2h", 0, 7200000000},
		{"1d", 0, 86400000000},
		{"", -EINVAL, 0},
		{"infinity", -EINVAL, 0},
		{"5m", -EINVAL, 0},
		{"5 s s", -EINVAL, 0},
		{"1h 30min", -EINVAL, 0},
		{"-5s", -EINVAL, 0},
		{"1.5s", -EINVAL, 0},
		{"s", -EINVAL, 0},
		{"999999999999999999s", -ERANGE, 0},
		{"18446744073709551616", -ERANGE, 0},
		{"9223372036854", 0, 9223372036854000000},
		{"9223372036855", -ERANGE, 0},
		{"123456789012345678901234567890", -EINVAL, 0},
	};
	/* clang-format on */
	uint64_t usec;

	for (size_t i = 0; i < array_len(cases); i++) {
		usec = 4711;
		ck_assert_msg(text_to_usec(cases[i].in, &usec) == cases[i].result, "'%s'",
			      cases[i].in);
		ck_assert_uint_eq(usec, cases[i].result < 0 ? 4711 : cases[i].usec);
	}
}
END_TEST

START_TEST(dates_are_utc_and_exist)
{
	/* clang-format off */
	static const struct {
		const char *in;
		int result;
		uint64_t sec;
	} cases[] = {
		{"1970-01-01", 0, 0},
		{"2026-12-31", 0, 1798675200},
		{"2026-12-31T23:59:59Z", 0, 1798761599},
		{"2024-02-29", 0, 1709164800},
		{"2023-02-29", -EINVAL, 0},
		{"2026-02-31", -EINVAL, 0},
		{"2026-13-01", -EINVAL, 0},
		{"2026-12-31 ", -EINVAL, 0},
		{"2026-12-31T23:59:59", -EINVAL, 0},
		{"2026-12-31T23:59:59+01:00", -EINVAL, 0},
		{"2026-12-31T25:00:00Z", -EINVAL, 0},
		{"1969-12-31", -EINVAL, 0},
		{"tomorrow", -EINVAL, 0},
		{"", -EINVAL, 0},
	};
	/* clang-format on */
	uint64_t usec;

	/* Local time must not matter. */
	ck_assert_int_eq(setenv("TZ", "America/New_York", 1), 0);
	for (size_t i = 0; i < array_len(cases); i++) {
		usec = 4711;
		ck_assert_msg(text_to_time(cases[i].in, &usec) == cases[i].result, "'%s'",
			      cases[i].in);
		ck_assert_uint_eq(usec, cases[i].result < 0 ? 4711 : cases[i].sec * 1000000);
	}
}
END_TEST

START_TEST(hex_is_lower_case_and_terminated)
{
	char buf[9];

	text_hex("\x00\x9f\xab\xff", 4, buf);
	ck_assert_str_eq(buf, "009fabff");
	text_hex(NULL, 0, buf);
	ck_assert_str_eq(buf, "");
}
END_TEST

START_TEST(format_makes_a_string)
{
	char *s = text_format("%s.%d", "a", 7);

	ck_assert_str_eq(s, "a.7");
	free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		utf8_is_text,
		what_is_not_shortest_form_utf8_is_no_text,
		what_could_forge_a_line_is_no_text,
		empty_and_too_long_are_no_text,
		dup_takes_only_text_and_terminates_it,
		sanitise_replaces_each_bad_byte_and_never_cuts_a_character,
		file_names_lead_nowhere_else,
		numbers_are_plain_decimals_within_their_maximum,
		booleans_have_eight_words,
		durations_have_one_number_and_one_unit,
		dates_are_utc_and_exist,
		hex_is_lower_case_and_terminated,
		format_makes_a_string,
	};

	return unit_run("text", tests, array_len(tests));
}
