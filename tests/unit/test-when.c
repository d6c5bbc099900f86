/*
 * test-when.c - moments that people name
 */
#include "client/cli/when.h"

#define freep unit_freep
#include "tests/unit/unit.h"
#undef freep

#define NOW ((time_t)1790000000) /* 2026-09-21T14:13:20Z */

START_TEST(what_is_a_moment_is_read_and_written)
{
	static const struct {
		const char *text;
		const char *expected;
	} rows[] = {
		{"2026-12-31", "2026-12-31T00:00:00Z"},
		{"2026-12-31T18:05:09Z", "2026-12-31T18:05:09Z"},
		{"2028-02-29", "2028-02-29T00:00:00Z"},
		{"9999-12-31", "9999-12-31T00:00:00Z"},
		{"+0min", "2026-09-21T14:13:20Z"},
		{"+90min", "2026-09-21T15:43:20Z"},
		{"+12h", "2026-09-22T02:13:20Z"},
		{"+7d", "2026-09-28T14:13:20Z"},
		{"+2w", "2026-10-05T14:13:20Z"},
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		char text[WHEN_SIZE];
		time_t t = 0;

		ck_assert_msg(when_parse(rows[i].text, NOW, &t), "'%s' is refused", rows[i].text);
		when_format(t, text);
		ck_assert_str_eq(text, rows[i].expected);
	}
}
END_TEST

START_TEST(what_is_none_is_refused)
{
	static const char *const texts[] = {
		"",
		"soon",
		"tomorrow",
		"2026",
		"2026-13-01",
		"2026-02-31",
		"2027-02-29",
		"31.12.2026",
		"2026-12-31 18:00",
		"2026-12-31T18:00:00",
		"2026-12-31T18:00:00+01:00",
		"2026-12-31x",
		"1969-12-31",
		"10000-01-01",
		"-7d",
		"+",
		"+7",
		"+d",
		"+7y",
		"+ 7d",
		"+-7d",
		"+7d ",
		"+1000000d",
		"+99999999999999999999d",
		"7d",
	};

	for (size_t i = 0; i < array_len(texts); i++) {
		time_t t = 0;

		ck_assert_msg(!when_parse(texts[i], NOW, &t), "'%s' is taken", texts[i]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_a_moment_is_read_and_written,
		what_is_none_is_refused,
	};

	return unit_run("when", tests, array_len(tests));
}
