/*
 * test-frame.c - frames out of a stream, however it is cut
 */
#include "agent/wire/frame.h"

#include "tests/unit/unit.h"

#include "agent/base/limits.h"

static void feed(struct frames *f, const void *data, size_t size)
{
	uint8_t *at = frames_room(f, size);

	ck_assert_ptr_nonnull(at);
	memcpy(at, data, size);
	frames_filled(f, size);
}

static void feed_hex(struct frames *f, const char *hex)
{
	struct view v = unit_unhex(hex);

	feed(f, v.data, v.size);
	free((void *)v.data);
}

START_TEST(nothing_is_partial)
{
	struct frames f;
	struct view v;

	frames_init(&f);
	ck_assert_int_eq(frames_next(&f, &v), FRAMES_PARTIAL);
	ck_assert_uint_eq(frames_pending(&f), 0);
	frames_done(&f);
}
END_TEST

START_TEST(a_frame_is_there_when_its_last_byte_is)
{
	static const uint8_t bytes[] = {0, 0, 0, 3, 11, 'a', 'b'};
	struct frames f;
	struct view v;

	frames_init(&f);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		ck_assert_int_eq(frames_next(&f, &v), FRAMES_PARTIAL);
		feed(&f, bytes + i, 1);
		ck_assert_uint_eq(frames_pending(&f), i + 1);
	}
	ck_assert_int_eq(frames_next(&f, &v), FRAMES_COMPLETE);
	unit_check_view(v, (struct view){bytes + 4, 3});
	frames_drop(&f);
	ck_assert_uint_eq(frames_pending(&f), 0);
	ck_assert_int_eq(frames_next(&f, &v), FRAMES_PARTIAL);
	frames_done(&f);
}
END_TEST

START_TEST(frames_that_came_together_are_handed_out_one_by_one)
{
	struct frames f;
	struct view v;

	frames_init(&f);
	feed_hex(&f, "00000001"
		     "0b"
		     "00000002"
		     "0d61"
		     "00000001");
	ck_assert_int_eq(frames_next(&f, &v), FRAMES_COMPLETE);
	unit_check_text(v, "\x0b");
	ck_assert_int_eq(frames_next(&f, &v), FRAMES_COMPLETE); /* looking changes nothing */
	unit_check_text(v, "\x0b");
	frames_drop(&f);
	ck_assert_int_eq(frames_next(&f, &v), FRAMES_COMPLETE);
	unit_check_text(v, "\x0d"
			   "a");
	frames_drop(&f);
	ck_assert_int_eq(frames_next(&f, &v), FRAMES_PARTIAL);
	feed_hex(&f, "05");
	ck_assert_int_eq(frames_next(&f, &v), FRAMES_COMPLETE);
	unit_check_text(v, "\x05");
	frames_drop(&f);
	frames_done(&f);
}
END_TEST

START_TEST(a_length_of_none_or_too_much_breaks_the_stream)
{
	static const char *const broken[] = {"00000000", "00040001", "ffffffff", "80000000",
					     "00000000"
					     "00000001"
					     "0b"};
	struct frames f;
	struct view v;

	for (size_t i = 0; i < array_len(broken); i++) {
		frames_init(&f);
		feed_hex(&f, broken[i]);
		ck_assert_msg(frames_next(&f, &v) == FRAMES_BROKEN, "'%s'", broken[i]);
		frames_done(&f);
	}
}
END_TEST

START_TEST(the_largest_frame_passes)
{
	_cleanup_(freep) uint8_t *body = calloc(1, FRAME_MAX);
	struct frames f;
	struct view v;

	frames_init(&f);
	feed_hex(&f, "00040000");
	ck_assert_int_eq(frames_next(&f, &v), FRAMES_PARTIAL);
	body[0] = 13;
	body[FRAME_MAX - 1] = 0x5a;
	feed(&f, body, FRAME_MAX - 1);
	ck_assert_int_eq(frames_next(&f, &v), FRAMES_PARTIAL);
	feed(&f, body + FRAME_MAX - 1, 1);
	ck_assert_int_eq(frames_next(&f, &v), FRAMES_COMPLETE);
	ck_assert_uint_eq(v.size, FRAME_MAX);
	ck_assert(memcmp(v.data, body, FRAME_MAX) == 0);
	frames_drop(&f);
	frames_done(&f);
}
END_TEST

/* Whoever announces a large frame and sends nothing must not make us hold room for it. */
START_TEST(memory_follows_what_came_not_what_was_announced)
{
	struct frames f;
	struct view v;

	frames_init(&f);
	feed_hex(&f, "00040000"
		     "0d");
	ck_assert_int_eq(frames_next(&f, &v), FRAMES_PARTIAL);
	ck_assert_uint_le(frames_held(&f), 4096);
	frames_done(&f);
}
END_TEST

START_TEST(the_room_of_a_large_frame_is_given_back)
{
	_cleanup_(freep) uint8_t *body = calloc(1, 100000);
	struct frames f;
	struct view v;

	frames_init(&f);
	feed_hex(&f, "000186a0");
	feed(&f, body, 100000);
	ck_assert_int_eq(frames_next(&f, &v), FRAMES_COMPLETE);
	ck_assert_uint_ge(frames_held(&f), 100004);
	frames_drop(&f);
	feed_hex(&f, "00000001"
		     "0b");
	ck_assert_uint_le(frames_held(&f), 16384);
	ck_assert_int_eq(frames_next(&f, &v), FRAMES_COMPLETE);
	frames_done(&f);
}
END_TEST

/* Frames that always end in the middle of what is read: the buffer does not grow for ever. */
START_TEST(an_endless_stream_needs_no_more_room)
{
	static const uint8_t frame[] = {0, 0, 0, 3, 13, 'a', 'b'};
	uint8_t chunk[5];
	size_t sent = 0, seen = 0;
	struct frames f;
	struct view v;

	frames_init(&f);
	while (seen < 50000) {
		for (size_t i = 0; i < sizeof(chunk); i++)
			chunk[i] = frame[sent++ % sizeof(frame)];
		feed(&f, chunk, sizeof(chunk));
		while (frames_next(&f, &v) == FRAMES_COMPLETE) {
			unit_check_text(v, "\rab");
			frames_drop(&f);
			seen++;
		}
		ck_assert_uint_lt(frames_pending(&f), sizeof(frame));
		ck_assert_uint_le(frames_held(&f), 1024);
	}
	ck_assert_uint_eq(seen, sent / sizeof(frame));
	frames_done(&f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nothing_is_partial,
		a_frame_is_there_when_its_last_byte_is,
		frames_that_came_together_are_handed_out_one_by_one,
		a_length_of_none_or_too_much_breaks_the_stream,
		the_largest_frame_passes,
		memory_follows_what_came_not_what_was_announced,
		the_room_of_a_large_frame_is_given_back,
		an_endless_stream_needs_no_more_room,
	};

	return unit_run("frame", tests, array_len(tests));
}
