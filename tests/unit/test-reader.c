/*
 * test-reader.c - bytes from outside: in order, bounded, and malformed once is malformed for good
 *
 * Inputs are allocated to their very size, so that a sanitizer sees a read of one byte too many.
 */
#include "agent/wire/reader.h"

#include "tests/unit/unit.h"

static void open_hex(struct reader *r, struct view *input, const char *hex)
{
	*input = unit_unhex(hex);
	reader_init(r, input->data, input->size);
}

START_TEST(numbers_are_big_endian)
{
	struct reader r;
	struct view input;

	open_hex(&r, &input,
		 "01"
		 "02030405"
		 "060708090a0b0c0d");
	ck_assert_uint_eq(reader_u8(&r), 0x01);
	ck_assert_uint_eq(reader_u32(&r), 0x02030405);
	ck_assert_uint_eq(reader_u64(&r), UINT64_C(0x060708090a0b0c0d));
	ck_assert(reader_end(&r));
	free((void *)input.data);
}
END_TEST

START_TEST(a_number_that_is_cut_is_zero_and_malformed)
{
	struct reader r;
	struct view input;

	open_hex(&r, &input, "ffffff");
	ck_assert_uint_eq(reader_u32(&r), 0);
	ck_assert(!reader_end(&r));
	free((void *)input.data);
	open_hex(&r, &input, "ffffffffffffff");
	ck_assert_uint_eq(reader_u64(&r), 0);
	ck_assert(!reader_end(&r));
	free((void *)input.data);
	open_hex(&r, &input, "");
	ck_assert_uint_eq(reader_u8(&r), 0);
	ck_assert(!reader_end(&r));
	free((void *)input.data);
}
END_TEST

START_TEST(after_the_first_failure_everything_is_empty)
{
	struct reader r;
	struct view input, v;

	/* The second string is too long; the bytes behind it would make a third. */
	open_hex(&r, &input,
		 "00000001"
		 "61"
		 "00000002"
		 "6263"
		 "00000001"
		 "64");
	v = reader_string(&r, 0, 1);
	unit_check_text(v, "a");
	v = reader_string(&r, 0, 1);
	ck_assert_uint_eq(v.size, 0);
	v = reader_string(&r, 0, 1);
	ck_assert_uint_eq(v.size, 0);
	ck_assert_uint_eq(reader_u8(&r), 0);
	ck_assert_uint_eq(reader_bytes(&r, 0).size, 0);
	ck_assert(!reader_end(&r));
	free((void *)input.data);
}
END_TEST

START_TEST(left_over_bytes_are_malformed)
{
	struct reader r;
	struct view input;

	open_hex(&r, &input, "0102");
	ck_assert_uint_eq(reader_u8(&r), 1);
	ck_assert(!reader_end(&r));
	ck_assert_uint_eq(reader_u8(&r), 2);
	ck_assert(reader_end(&r));
	free((void *)input.data);
}
END_TEST

START_TEST(string_lengths_have_both_bounds)
{
	static const struct {
		size_t min, max;
		bool is_good;
	} cases[] = {{0, 3, true}, {3, 3, true}, {1, 2, false}, {4, 9, false}, {0, 0, false}};
	struct reader r;
	struct view input;

	for (size_t i = 0; i < array_len(cases); i++) {
		open_hex(&r, &input,
			 "00000003"
			 "616263");
		ck_assert_uint_eq(reader_string(&r, cases[i].min, cases[i].max).size,
				  cases[i].is_good ? 3 : 0);
		ck_assert_int_eq(reader_end(&r), cases[i].is_good);
		free((void *)input.data);
	}
}
END_TEST

START_TEST(a_length_word_beyond_the_input_is_malformed)
{
	static const char *const inputs[] = {"00000004"
					     "616263",
					     "ffffffff"
					     "616263",
					     "80000000", "000000"};
	struct reader r;
	struct view input;

	for (size_t i = 0; i < array_len(inputs); i++) {
		open_hex(&r, &input, inputs[i]);
		ck_assert_uint_eq(reader_string(&r, 0, SIZE_MAX).size, 0);
		ck_assert(!reader_end(&r));
		free((void *)input.data);
	}
}
END_TEST

START_TEST(text_must_be_clean_and_may_be_empty_only_if_allowed)
{
	struct reader r;
	struct view input;

	open_hex(&r, &input,
		 "00000002"
		 "c3a9"
		 "00000000");
	unit_check_text(reader_text(&r, 1, 2), "\xc3\xa9");
	ck_assert_uint_eq(reader_text(&r, 0, 2).size, 0);
	ck_assert(reader_end(&r));
	free((void *)input.data);

	open_hex(&r, &input,
		 "00000002"
		 "610a");
	ck_assert_uint_eq(reader_text(&r, 1, 2).size, 0);
	ck_assert(!reader_end(&r));
	free((void *)input.data);

	open_hex(&r, &input, "00000000");
	(void)reader_text(&r, 1, 2);
	ck_assert(!reader_end(&r));
	free((void *)input.data);
}
END_TEST

START_TEST(counts_have_a_maximum)
{
	struct reader r;
	struct view input;

	open_hex(&r, &input,
		 "00000100"
		 "00000101");
	ck_assert_uint_eq(reader_count(&r, 256), 256);
	ck_assert_uint_eq(reader_count(&r, 256), 0);
	ck_assert(!reader_end(&r));
	free((void *)input.data);
}
END_TEST

START_TEST(nothing_at_all_is_complete)
{
	struct reader r;

	reader_init(&r, NULL, 0);
	ck_assert_uint_eq(reader_bytes(&r, 0).size, 0);
	ck_assert(reader_end(&r));
}
END_TEST

START_TEST(what_is_not_acceptable_is_malformed)
{
	struct reader r;
	struct view input;

	open_hex(&r, &input, "01");
	reader_fail(&r);
	ck_assert_uint_eq(reader_u8(&r), 0);
	ck_assert(!reader_end(&r));
	free((void *)input.data);
}
END_TEST

START_TEST(views_are_equal_in_length_and_bytes)
{
	struct view empty = {};

	ck_assert(view_is(unit_view("abc"), "abc"));
	ck_assert(!view_is(unit_view("abc"), "ab"));
	ck_assert(!view_is(unit_view("ab"), "abc"));
	ck_assert(!view_is((struct view){(const uint8_t *)"a\0b", 3}, "a"));
	ck_assert(view_is(empty, ""));
	ck_assert(view_is_equal(empty, unit_view("")));
	ck_assert(view_is_equal(unit_view("x"), unit_view("x")));
	ck_assert(!view_is_equal(unit_view("x"), unit_view("y")));
	ck_assert(!view_is_equal(unit_view("x"), empty));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		numbers_are_big_endian,
		a_number_that_is_cut_is_zero_and_malformed,
		after_the_first_failure_everything_is_empty,
		left_over_bytes_are_malformed,
		string_lengths_have_both_bounds,
		a_length_word_beyond_the_input_is_malformed,
		text_must_be_clean_and_may_be_empty_only_if_allowed,
		counts_have_a_maximum,
		nothing_at_all_is_complete,
		what_is_not_acceptable_is_malformed,
		views_are_equal_in_length_and_bytes,
	};

	return unit_run("reader", tests, array_len(tests));
}
