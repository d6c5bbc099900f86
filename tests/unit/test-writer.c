/*
 * test-writer.c - bytes for outside: in order, and no more than allowed
 */
#include "agent/wire/writer.h"

#include "tests/unit/unit.h"

#include <errno.h>

static void check_hex(struct writer *w, const char *hex)
{
	_cleanup_(freep) char *got = unit_hex(writer_view(w));

	ck_assert_int_eq(writer_end(w), 0);
	ck_assert_str_eq(got, hex);
	writer_done(w);
}

START_TEST(numbers_are_big_endian)
{
	struct writer w;

	writer_init(&w, 100);
	writer_u8(&w, 1);
	writer_u32(&w, 0x02030405);
	writer_u64(&w, UINT64_C(0x060708090a0b0c0d));
	check_hex(&w, "0102030405060708090a0b0c0d");
}
END_TEST

START_TEST(strings_have_their_length_in_front)
{
	struct writer w;

	writer_init(&w, 100);
	writer_string(&w, "ab", 2);
	writer_string(&w, NULL, 0);
	writer_text(&w, "c");
	writer_text(&w, NULL);
	writer_bytes(&w, "d", 1);
	writer_bytes(&w, NULL, 0);
	check_hex(&w, "0000000261620000000000000001630000000064");
}
END_TEST

START_TEST(mpints_have_no_needless_zero_and_one_where_it_is_needed)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"", "00000000"},         {"00", "00000000"},       {"000000", "00000000"},
		{"01", "0000000101"},     {"0001", "0000000101"},   {"7f", "000000017f"},
		{"80", "000000020080"},   {"0080", "000000020080"}, {"00ff00", "0000000300ff00"},
		{"0102", "000000020102"},
	};

	for (size_t i = 0; i < array_len(cases); i++) {
		struct view in = unit_unhex(cases[i].in);
		struct writer w;

		writer_init(&w, 100);
		writer_mpint(&w, in.data, in.size);
		check_hex(&w, cases[i].out);
		free((void *)in.data);
	}
}
END_TEST

START_TEST(open_lengths_nest)
{
	struct writer w;
	size_t outer, inner;

	writer_init(&w, 100);
	outer = writer_open(&w);
	writer_u8(&w, 0xaa);
	inner = writer_open(&w);
	writer_u8(&w, 0xbb);
	writer_close(&w, inner);
	inner = writer_open(&w);
	writer_close(&w, inner);
	writer_close(&w, outer);
	check_hex(&w, "0000000a"
		      "aa"
		      "00000001"
		      "bb"
		      "00000000");
}
END_TEST

START_TEST(the_limit_is_exact)
{
	struct writer w;

	writer_init(&w, 6);
	writer_u32(&w, 1);
	writer_bytes(&w, "ab", 2);
	ck_assert_int_eq(writer_end(&w), 0);
	writer_u8(&w, 1);
	ck_assert_int_eq(writer_end(&w), -EMSGSIZE);
	writer_done(&w);
}
END_TEST

START_TEST(after_the_first_failure_nothing_is_written)
{
	struct writer w;
	size_t mark;

	writer_init(&w, 6);
	mark = writer_open(&w);
	writer_u32(&w, 1);
	ck_assert_int_eq(writer_end(&w), -EMSGSIZE);
	ck_assert_uint_eq(writer_view(&w).size, 4);
	writer_u8(&w, 1); /* would fit */
	writer_close(&w, mark);
	ck_assert_uint_eq(writer_view(&w).size, 4);
	ck_assert_int_eq(writer_end(&w), -EMSGSIZE);
	writer_done(&w);
}
END_TEST

START_TEST(what_was_called_unacceptable_ends_the_writer)
{
	struct writer w;

	writer_init(&w, 2);
	writer_u8(&w, 1);
	writer_fail(&w);
	writer_u8(&w, 1);
	ck_assert_int_eq(writer_end(&w), -EINVAL);
	ck_assert_uint_eq(writer_view(&w).size, 1);
	writer_done(&w);

	writer_init(&w, 2);
	writer_u32(&w, 1);
	writer_fail(&w);
	ck_assert_int_eq(writer_end(&w), -EMSGSIZE);
	writer_done(&w);
}
END_TEST

START_TEST(opening_where_no_length_fits_can_be_closed)
{
	struct writer w;
	size_t mark;

	writer_init(&w, 3);
	mark = writer_open(&w);
	writer_close(&w, mark);
	ck_assert_int_eq(writer_end(&w), -EMSGSIZE);
	writer_done(&w);
}
END_TEST

START_TEST(many_bytes_are_all_there)
{
	struct writer w;
	struct reader r;

	writer_init(&w, 1 << 20);
	for (uint32_t i = 0; i < 100000; i++)
		writer_u32(&w, i);
	ck_assert_int_eq(writer_end(&w), 0);
	reader_init(&r, writer_view(&w).data, writer_view(&w).size);
	for (uint32_t i = 0; i < 100000; i++)
		ck_assert_uint_eq(reader_u32(&r), i);
	ck_assert(reader_end(&r));
	writer_done(&w);
}
END_TEST

START_TEST(done_leaves_an_empty_writer)
{
	struct writer w;

	writer_init(&w, 10);
	writer_u8(&w, 1);
	writer_done(&w);
	ck_assert_uint_eq(writer_view(&w).size, 0);
	writer_done(&w);
}
END_TEST

START_TEST(what_fails_in_a_part_fails_the_whole)
{
	struct writer w, part;

	writer_init(&w, 10);
	writer_init(&part, 3);
	writer_u8(&w, 1);
	writer_u32(&part, 1);
	writer_inherit(&w, &part);
	ck_assert_int_eq(writer_end(&w), -EMSGSIZE);
	writer_u8(&w, 1); /* would fit */
	ck_assert_uint_eq(writer_view(&w).size, 1);
	writer_done(&w);
}
END_TEST

START_TEST(a_good_part_heals_nothing)
{
	struct writer w, part;

	writer_init(&w, 0);
	writer_init(&part, 1);
	writer_u8(&w, 1);
	writer_u8(&part, 1);
	writer_inherit(&w, &part);
	ck_assert_int_eq(writer_end(&w), -EMSGSIZE);
	writer_done(&w);
}
END_TEST

START_TEST(a_good_part_is_done_and_the_whole_goes_on)
{
	struct writer w, part;

	writer_init(&w, 10);
	writer_init(&part, 10);
	writer_u8(&w, 1);
	writer_u8(&part, 2);
	writer_bytes(&w, part.data, part.size);
	writer_inherit(&w, &part);
	ck_assert_ptr_null(part.data);
	writer_u8(&w, 3);
	check_hex(&w, "010203");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		numbers_are_big_endian,
		strings_have_their_length_in_front,
		mpints_have_no_needless_zero_and_one_where_it_is_needed,
		open_lengths_nest,
		the_limit_is_exact,
		after_the_first_failure_nothing_is_written,
		what_was_called_unacceptable_ends_the_writer,
		opening_where_no_length_fits_can_be_closed,
		many_bytes_are_all_there,
		done_leaves_an_empty_writer,
		what_fails_in_a_part_fails_the_whole,
		a_good_part_heals_nothing,
		a_good_part_is_done_and_the_whole_goes_on,
	};

	return unit_run("writer", tests, array_len(tests));
}
