/*
 * test-expiry.c - until when a certificate is valid, read from good ones and refused of all others
 */
#include "agent/policy/expiry.h"

#include "tests/unit/unit.h"

#include <errno.h>

#include "agent/base/clock.h"
#include "agent/base/text.h"

/* --- making certificates ------------------------------------------------------------------------ */

struct der {
	uint8_t bytes[1024];
	size_t size;
};

/* Appends an element, with the length in as many bytes as it takes. */
static void add(struct der *d, uint8_t tag, const void *body, size_t size)
{
	d->bytes[d->size++] = tag;
	if (size >= 0x100) {
		d->bytes[d->size++] = 0x82;
		d->bytes[d->size++] = (uint8_t)(size >> 8);
	} else if (size >= 0x80) {
		d->bytes[d->size++] = 0x81;
	}
	d->bytes[d->size++] = (uint8_t)size;
	if (size > 0)
		memcpy(d->bytes + d->size, body, size);
	d->size += size;
}

static void add_der(struct der *d, uint8_t tag, const struct der *body)
{
	add(d, tag, body->bytes, body->size);
}

static void add_text(struct der *d, uint8_t tag, const char *text)
{
	add(d, tag, text, strlen(text));
}

enum shape {
	SHAPE_USUAL,
	SHAPE_OLD, /* of version 1, which does not say so */
	SHAPE_LONG,
	SHAPE_NO_SERIAL,
	SHAPE_NO_ISSUER,
	SHAPE_BEHIND, /* a byte stands behind it */
	SHAPE_SET,    /* of what should be a sequence */
};

static struct der certificate(const struct der *validity, enum shape shape)
{
	static const uint8_t version[] = {2, 1, 2}, name[300];
	struct der tbs = {}, outer = {}, whole = {};

	if (shape != SHAPE_OLD)
		add(&tbs, 0xa0, version, sizeof(version));
	if (shape != SHAPE_NO_SERIAL)
		add(&tbs, 0x02, "\x05", 1);
	add(&tbs, 0x30, "", 0);
	if (shape != SHAPE_NO_ISSUER)
		add(&tbs, 0x30, name, shape == SHAPE_LONG ? sizeof(name) : 3);
	add_der(&tbs, 0x30, validity);
	add(&tbs, 0x30, "", 0); /* subject */
	add_der(&outer, shape == SHAPE_SET ? 0x31 : 0x30, &tbs);
	add(&outer, 0x30, "", 0);
	add(&outer, 0x03, "\0", 1);
	add_der(&whole, 0x30, &outer);
	if (shape == SHAPE_BEHIND)
		whole.bytes[whole.size++] = 0;
	return whole;
}

static struct der validity(uint8_t from_tag, const char *from, uint8_t to_tag, const char *to)
{
	struct der d = {};

	add_text(&d, from_tag, from);
	add_text(&d, to_tag, to);
	return d;
}

static struct der usual(enum shape shape)
{
	struct der v = validity(0x17, "260101000000Z", 0x17, "261231235959Z");

	return certificate(&v, shape);
}

/* --- what is read -------------------------------------------------------------------------------- */

/* In an allocation of exactly that size: a byte read behind it shows under ASan. */
static int read_it(const uint8_t *der, size_t size, uint64_t *ret)
{
	uint8_t *copy = malloc(size ? size : 1);
	char why[128] = "";
	int r;

	memcpy(copy, der, size);
	r = expiry_read(copy, size, ret, why, sizeof(why));
	ck_assert(r == 0 || r == -EINVAL);
	ck_assert_int_eq(r == 0, why[0] == '\0');
	free(copy);
	return r;
}

static void check_read(const struct der *d, const char *first_moment_after)
{
	uint64_t expected, usec = 0;

	ck_assert_int_eq(text_to_time(first_moment_after, &expected), 0);
	ck_assert_int_eq(read_it(d->bytes, d->size, &usec), 0);
	ck_assert_uint_eq(usec, expected);
}

static void check_refused(const struct der *d)
{
	uint64_t usec = 17;

	ck_assert_int_eq(read_it(d->bytes, d->size, &usec), -EINVAL);
	ck_assert_uint_eq(usec, 17);
}

START_TEST(the_last_second_of_a_certificate_is_valid_and_the_next_is_not)
{
	struct der d = usual(SHAPE_USUAL);

	check_read(&d, "2027-01-01");
}
END_TEST

START_TEST(certificates_of_every_version_and_length_are_read)
{
	struct der old = usual(SHAPE_OLD), long_one = usual(SHAPE_LONG);

	check_read(&old, "2027-01-01");
	check_read(&long_one, "2027-01-01");
}
END_TEST

START_TEST(two_digits_mean_a_year_from_1950_to_2049_and_four_any)
{
	static const struct {
		uint8_t tag;
		const char *time;
		const char *expected;
	} cases[] = {
		{0x17, "491231235959Z", "2050-01-01"},
		{0x17, "700101000000Z", "1970-01-01T00:00:01Z"},
		{0x17, "991231235959Z", "2000-01-01"},
		{0x17, "240229235959Z", "2024-03-01"},
		{0x18, "20500101000000Z", "2050-01-01T00:00:01Z"},
		{0x18, "21261029074333Z", "2126-10-29T07:43:34Z"},
		{0x18, "99991231235958Z", "9999-12-31T23:59:59Z"}, /* never */
	};

	for (size_t i = 0; i < array_len(cases); i++) {
		struct der v = validity(0x18, "19700101000000Z", cases[i].tag, cases[i].time);
		struct der d = certificate(&v, SHAPE_USUAL);

		check_read(&d, cases[i].expected);
	}
}
END_TEST

START_TEST(times_that_der_does_not_have_are_refused)
{
	static const struct {
		uint8_t tag;
		const char *time;
	} cases[] = {
		{0x17, ""},
		{0x17, "Z"},
		{0x17, "2612312359Z"},
		{0x17, "261231235959"},
		{0x17, "261231235959z"},
		{0x17, "261231235959+0000"},
		{0x17, "2612312359+00"},
		{0x17, "20261231235959Z"},
		{0x17, "26123123595 Z"},
		{0x17, "-61231235959Z"},
		{0x17, "261331000000Z"},
		{0x17, "260001000000Z"},
		{0x17, "260100000000Z"},
		{0x17, "260231000000Z"},
		{0x17, "250229000000Z"},
		{0x17, "260101240000Z"},
		{0x17, "260101006000Z"},
		{0x17, "500101000000Z"}, /* before all that is counted */
		{0x18, "261231235959Z"},
		{0x18, "20261231235959"},
		{0x18, "20261231235959.5Z"},
		{0x18, "20261231235959,Z"},
		{0x18, "2026123123595:Z"},
		{0x18, "19691231235959Z"},
		{0x16, "261231235959Z"},
		{0x30, "261231235959Z"},
		{0x97, "261231235959Z"},
	};

	for (size_t i = 0; i < array_len(cases); i++) {
		struct der after = validity(0x17, "260101000000Z", cases[i].tag, cases[i].time);
		struct der before = validity(cases[i].tag, cases[i].time, 0x17, "260101000000Z");
		struct der d = certificate(&after, SHAPE_USUAL);

		check_refused(&d);
		d = certificate(&before, SHAPE_USUAL);
		check_refused(&d);
	}
}
END_TEST

START_TEST(a_validity_of_one_time_or_three_is_refused)
{
	struct der v = {}, d;

	d = certificate(&v, SHAPE_USUAL);
	check_refused(&d);
	add_text(&v, 0x17, "260101000000Z");
	d = certificate(&v, SHAPE_USUAL);
	check_refused(&d);
	add_text(&v, 0x17, "261231000000Z");
	d = certificate(&v, SHAPE_USUAL);
	check_read(&d, "2026-12-31T00:00:01Z");
	add_text(&v, 0x17, "271231000000Z");
	d = certificate(&v, SHAPE_USUAL);
	check_refused(&d);
}
END_TEST

START_TEST(what_has_another_shape_is_refused)
{
	static const enum shape shapes[] = {SHAPE_NO_SERIAL, SHAPE_NO_ISSUER, SHAPE_BEHIND,
					    SHAPE_SET};

	for (size_t i = 0; i < array_len(shapes); i++) {
		struct der d = usual(shapes[i]);

		check_refused(&d);
	}
}
END_TEST

START_TEST(every_cut_is_refused)
{
	struct der d = usual(SHAPE_LONG);
	uint64_t usec;

	for (size_t i = 0; i < d.size; i++)
		ck_assert_int_eq(read_it(d.bytes, i, &usec), -EINVAL);
}
END_TEST

/* A length that reaches further than what holds it, or is not in its shortest form. */
START_TEST(lengths_that_lie_are_refused)
{
	static const uint8_t too_long[][12] = {
		{0x30, 0x06, 0x30, 0x05, 0x02, 0x01, 0x05, 0x30},
		{0x30, 0x80, 0x30, 0x80, 0x00, 0x00, 0x00, 0x00},
		{0x30, 0x81, 0x05, 0x30, 0x03, 0x02, 0x01, 0x05},
		{0x30, 0x82, 0x00, 0x04, 0x30, 0x02, 0x02, 0x00},
		{0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30, 0x00},
		{0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x30, 0x00},
		{0x30, 0xff, 0x30, 0x00},
		{0x3f, 0x02, 0x30, 0x00},
	};
	uint64_t usec;

	for (size_t i = 0; i < array_len(too_long); i++)
		for (size_t size = 0; size <= sizeof(too_long[i]); size++)
			ck_assert_int_eq(read_it(too_long[i], size, &usec), -EINVAL);
}
END_TEST

/* Whatever is made of a good one by a few flips is read or refused, and reads nothing behind it. */
START_TEST(thousands_of_damaged_certificates_are_read_or_refused)
{
	const struct der good = usual(SHAPE_LONG);
	uint32_t seed = 1;
	unsigned n_refused = 0;

	for (unsigned i = 0; i < 20000; i++) {
		struct der d = good;
		uint64_t usec;

		for (unsigned flips = 0; flips <= i % 3; flips++) {
			seed = seed * 1664525 + 1013904223;
			d.bytes[(seed >> 8) % 64] ^= (uint8_t)(1u << (seed >> 29));
		}
		n_refused += read_it(d.bytes, d.size, &usec) < 0;
	}
	ck_assert_uint_gt(n_refused, 2000);
	ck_assert_uint_lt(n_refused, 20000);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_last_second_of_a_certificate_is_valid_and_the_next_is_not,
		certificates_of_every_version_and_length_are_read,
		two_digits_mean_a_year_from_1950_to_2049_and_four_any,
		times_that_der_does_not_have_are_refused,
		a_validity_of_one_time_or_three_is_refused,
		what_has_another_shape_is_refused,
		every_cut_is_refused,
		lengths_that_lie_are_refused,
		thousands_of_damaged_certificates_are_read_or_refused,
	};
	return unit_run("expiry", tests, array_len(tests));
}
