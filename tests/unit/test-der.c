/*
 * test-der.c - the DER reader of the PKCS#11 module: what it takes, and above all what it does not
 */
#include "client/pkcs11/der.h"

#include "tests/unit/unit.h"

/* In an allocation of its very size, so that a sanitizer sees a byte too many. */
static struct octets bytes(const char *hex)
{
	struct view v = unit_unhex(hex);

	return (struct octets){v.data, v.size};
}

static bool takes(const char *hex, enum der_tag tag)
{
	struct octets der = bytes(hex), content;
	const uint8_t *owned = der.data;
	bool is_taken = der_next(&der, tag, &content);

	free((void *)owned);
	return is_taken;
}

START_TEST(elements_are_taken_one_after_the_other)
{
	struct octets der = bytes("0402616230000201"), start = der, content;

	ck_assert(der_next(&der, DER_OCTET_STRING, &content));
	unit_check_text((struct view){content.data, content.size}, "ab");
	ck_assert(der_next_whole(&der, DER_SEQUENCE, &content));
	ck_assert_uint_eq(content.size, 2);
	ck_assert_uint_eq(der.size, 2);
	ck_assert(!der_next(&der, DER_INTEGER, &content));
	ck_assert_uint_eq(der.size, 2); /* what is not taken stays */
	free((void *)start.data);
}
END_TEST

START_TEST(lengths_have_their_shortest_form_and_fit)
{
	static const char *const refused[] = {
		"",
		"04",
		"0401",         /* less than it says */
		"0480",         /* without a definite length */
		"048000000000", /* with an end marker */
		"048100",       /* 0, in two bytes */
		"04817f",
		"0481",
		"04820001",
		"048200ff",
		"0482ff",
		"04830100000000",
		"0484ffffffff",
		"04ff",
		"0488ffffffffffffffff",
		"0489ffffffffffffffffff",
		"0482ffff00",
	};

	for (size_t i = 0; i < array_len(refused); i++)
		ck_assert_msg(!takes(refused[i], DER_OCTET_STRING), "'%s' is taken", refused[i]);
	ck_assert(takes("0400", DER_OCTET_STRING));
	ck_assert(!takes("0400", DER_SEQUENCE));
}
END_TEST

START_TEST(integers_are_positive_and_minimal)
{
	static const char *const refused[] = {
		"0200",     /* nothing */
		"020100",   /* 0 */
		"0201ff",   /* negative */
		"02020001", /* a zero too many */
		"0202ffff",
	};
	struct octets der = bytes("020200ff"), start = der, n;

	ck_assert(der_next_positive(&der, &n));
	ck_assert_uint_eq(n.size, 1);
	ck_assert_uint_eq(n.data[0], 0xff);
	free((void *)start.data);
	for (size_t i = 0; i < array_len(refused); i++) {
		der = start = bytes(refused[i]);
		ck_assert_msg(!der_next_positive(&der, &n), "'%s' is taken", refused[i]);
		free((void *)start.data);
	}
}
END_TEST

START_TEST(bit_strings_have_whole_bytes)
{
	static const char *const refused[] = {"0300", "030100", "03020180", "0302ff80"};
	struct octets der = bytes("03020041"), start = der, bits;

	ck_assert(der_next_bits(&der, &bits));
	unit_check_text((struct view){bits.data, bits.size}, "A");
	free((void *)start.data);
	for (size_t i = 0; i < array_len(refused); i++) {
		der = start = bytes(refused[i]);
		ck_assert_msg(!der_next_bits(&der, &bits), "'%s' is taken", refused[i]);
		free((void *)start.data);
	}
}
END_TEST

START_TEST(ecdsa_becomes_two_halves_of_fixed_size)
{
	struct octets der;
	uint8_t raw[8];

	der = bytes("3008020300ff0102010b");
	ck_assert(der_read_ecdsa(der, raw, 4));
	unit_check_view((struct view){raw, 8},
			(struct view){(const uint8_t *)"\0\0\xff\x01\0\0\0\x0b", 8});
	free((void *)der.data);
}
END_TEST

START_TEST(ecdsa_that_is_odd_is_refused)
{
	static const char *const refused[] = {
		"",
		"3000",
		"3003020101",               /* r alone */
		"3009020101020101020101",   /* three of them */
		"300602010102010100",       /* something behind */
		"3007020101020200ff",       /* a length that goes over the end of s */
		"3006020100020101",         /* r is 0 */
		"3006020101020180",         /* s is negative */
		"300a020501020304050201ff", /* r does not fit */
		"310602010102010101",
	};
	uint8_t raw[8];

	for (size_t i = 0; i < array_len(refused); i++) {
		struct octets der = bytes(refused[i]);

		if (i == 5)
			der.size--;
		ck_assert_msg(!der_read_ecdsa(der, raw, 4), "'%s' is taken", refused[i]);
		free((void *)der.data);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		elements_are_taken_one_after_the_other, lengths_have_their_shortest_form_and_fit,
		integers_are_positive_and_minimal,      bit_strings_have_whole_bytes,
		ecdsa_becomes_two_halves_of_fixed_size, ecdsa_that_is_odd_is_refused,
	};

	return unit_run("der", tests, array_len(tests));
}
