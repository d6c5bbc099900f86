/*
 * test-sexp.c - keygrips, public keys and signatures in the forms of GnuPG
 *
 * The keygrips are what GnuPG's own agent called keys that it had made; the keys are what OpenSSL
 * makes of their public halves.
 */
#include "client/gpg-agent/sexp.h"

#include "tests/unit/unit.h"

/* clang-format off */
static const struct {
	enum signet_key_type type;
	const char *grip;
	const char *spki;
} keys[] = {
	{SIGNET_KEY_RSA,
	 "C9F59E02096BA8B394FC037E7EB09DA93186C967",
	 "30819f300d06092a864886f70d010101050003818d0030818902818100df41a4b80f1cdb"
	 "1e5539201977c8fd6ff656d96dc37ed46c71a21b40a5fa1de6cd3b811952bacc27c5ba84"
	 "b20a4ddb01e5f68e4b9f2b70095ff0132dd2388b09e89b61fc54abac7a40c7bef5aaddcc"
	 "ae776595a2b9d29eae9878a46c11556d60335f4ec958907b3f8d2381cf7c13ca5a4b7254"
	 "83effd0c9decdc7b7af9c223b50203010001"},
	{SIGNET_KEY_P256,
	 "F87A08EAF9555EFB813F1D1D8B9F7B260ACD86D2",
	 "3059301306072a8648ce3d020106082a8648ce3d030107034200049c0a9abf6afa538508"
	 "192402ff4210a3f86a68afad64103aebec4f62899f8c803ab48456bbee60713bb51625dd"
	 "24837ad949662d0ddfe34ca6e7d491b9f3c357"},
	{SIGNET_KEY_P384,
	 "ECF6199EEC34D02060C7E40DA472DD8866FD995C",
	 "3076301006072a8648ce3d020106052b8104002203620004e86692e8e2f80a4495f4e364"
	 "7e97e5ccaca94f4eca202f445326da5ec2209df45979e14ad6b88b38f9457f9da722e68f"
	 "0f372fb27c158dff9b57d3696075e62ab9aa235bc8d199540345fff27c588b251f086ec9"
	 "75b22527862720757ec41be8"},
	{SIGNET_KEY_P521,
	 "DB670D61FFB196429120E1BF591F87D6874E37BB",
	 "30819b301006072a8648ce3d020106052b81040023038186000401276658759687714abe"
	 "51dd35820ad40c92ab56d214cc8588880eb0ea979ebcd97b02153c5afe7111d3aea2c270"
	 "2f3a422dbd972a12433639ce199a75269158ba07008ac6e722ac7e429aa58623809ca020"
	 "2ac9e15d9561960561ac8e308cc6a02237098391081d34c6d400c2f2c3626a0f54d4537c"
	 "cfbc21f901d58b2dfc378dbc4c15"},
	{SIGNET_KEY_ED25519,
	 "EFD44CCC059B73A78E7C885594D03ADEABA6BEDC",
	 "302a300506032b6570032100ea30f2670488c784a123aaa6e4308e73864bfdb0b4ef9585"
	 "a54887b33f72f5fa"},
};
/* clang-format on */

static const enum signet_key_type types[] = {
	SIGNET_KEY_RSA, SIGNET_KEY_P256, SIGNET_KEY_P384, SIGNET_KEY_P521, SIGNET_KEY_ED25519,
};

/* Of the key of that type, in an allocation of its very size. */
static struct view spki_of(enum signet_key_type type)
{
	for (size_t i = 0; i < array_len(keys); i++)
		if (keys[i].type == type)
			return unit_unhex(keys[i].spki);
	ck_abort_msg("there is no key of type %d", (int)type);
}

static bool has_grip(enum signet_key_type type, struct view spki)
{
	uint8_t grip[GRIP_SIZE];

	return sexp_grip(type, spki.data, spki.size, grip);
}

static bool is_taken(enum signet_key_type type, struct view signature)
{
	char *text = NULL;
	size_t size;
	bool is_taken = sexp_signature(type, signature.data, signature.size, &text, &size);

	free(text);
	return is_taken;
}

/* Hex digits in; compares with text in which binary is hex too, as '1:s#0102#'. */
static void check_signature(enum signet_key_type type, const char *hex, const char *before,
			    const char *middle, const char *after, size_t skip, size_t first)
{
	struct view data = unit_unhex(hex);
	char expected[2048], *got = NULL;
	size_t size, n = 0;

	ck_assert(sexp_signature(type, data.data, data.size, &got, &size));
	n += (size_t)snprintf(expected, sizeof(expected), "%s", before);
	memcpy(expected + n, data.data + skip, first);
	n += first;
	n += (size_t)snprintf(expected + n, sizeof(expected) - n, "%s", middle);
	if (*middle) {
		size_t left = data.size - skip - first - (type == SIGNET_KEY_ED25519 ? 0 : 2);

		memcpy(expected + n, data.data + data.size - left, left);
		n += left;
	}
	n += (size_t)snprintf(expected + n, sizeof(expected) - n, "%s", after);
	unit_check_view((struct view){(uint8_t *)got, size}, (struct view){(uint8_t *)expected, n});
	free(got);
	free((void *)data.data);
}

START_TEST(keygrips_are_those_of_gnupg)
{
	for (size_t i = 0; i < array_len(keys); i++) {
		struct view spki = unit_unhex(keys[i].spki), expected = unit_unhex(keys[i].grip);
		uint8_t grip[GRIP_SIZE] = {};

		ck_assert(sexp_grip(keys[i].type, spki.data, spki.size, grip));
		unit_check_view((struct view){grip, sizeof(grip)}, expected);
		free((void *)spki.data);
		free((void *)expected.data);
	}
}
END_TEST

START_TEST(a_public_key_has_curve_and_point_or_modulus_and_exponent)
{
	static const char *const begin[] = {
		[SIGNET_KEY_RSA] = "(10:public-key(3:rsa(1:n129:",
		[SIGNET_KEY_P256] = "(10:public-key(3:ecc(5:curve10:NIST P-256)(1:q65:\x04",
		[SIGNET_KEY_P384] = "(10:public-key(3:ecc(5:curve10:NIST P-384)(1:q97:\x04",
		[SIGNET_KEY_P521] = "(10:public-key(3:ecc(5:curve10:NIST P-521)(1:q133:\x04",
		[SIGNET_KEY_ED25519] =
			"(10:public-key(3:ecc(5:curve7:Ed25519)(5:flags5:eddsa)(1:q33:@",
	};

	for (size_t i = 0; i < array_len(types); i++) {
		struct view spki = spki_of(types[i]);
		size_t size, n = strlen(begin[types[i]]);
		char *text;

		ck_assert(sexp_public_key(types[i], spki.data, spki.size, &text, &size));
		ck_assert_uint_gt(size, n);
		unit_check_view((struct view){(uint8_t *)text, n}, unit_view(begin[types[i]]));
		free(text);
		free((void *)spki.data);
	}
}
END_TEST

START_TEST(a_key_of_another_type_than_said_has_no_keygrip)
{
	for (size_t i = 0; i < array_len(types); i++) {
		struct view spki = spki_of(types[i]);

		for (size_t j = 0; j < array_len(types); j++)
			ck_assert_int_eq(has_grip(types[j], spki), i == j);
		ck_assert(!has_grip((enum signet_key_type)0, spki));
		ck_assert(!has_grip((enum signet_key_type)6, spki));
		ck_assert(!has_grip((enum signet_key_type)255, spki));
		free((void *)spki.data);
	}
}
END_TEST

START_TEST(a_key_that_was_cut_or_goes_on_has_no_keygrip)
{
	for (size_t i = 0; i < array_len(types); i++) {
		struct view spki = spki_of(types[i]);
		uint8_t *longer = malloc(spki.size + 1);

		for (size_t n = 0; n < spki.size; n++) {
			uint8_t *cut = malloc(n ? n : 1);

			memcpy(cut, spki.data, n);
			ck_assert_msg(!has_grip(types[i], (struct view){cut, n}), "%zu bytes", n);
			free(cut);
		}
		memcpy(longer, spki.data, spki.size);
		longer[spki.size] = 0;
		ck_assert(!has_grip(types[i], (struct view){longer, spki.size + 1}));
		free(longer);
		free((void *)spki.data);
	}
}
END_TEST

START_TEST(a_point_that_is_compressed_has_no_keygrip)
{
	struct view spki = spki_of(SIGNET_KEY_P256);

	((uint8_t *)spki.data)[spki.size - 65] = 0x02;
	ck_assert(!has_grip(SIGNET_KEY_P256, spki));
	free((void *)spki.data);
}
END_TEST

START_TEST(signatures_are_written_as_gnupg_does)
{
	check_signature(SIGNET_KEY_RSA, "00ff0102", "(7:sig-val(3:rsa(1:s4:", "", ")))", 0, 4);
	check_signature(SIGNET_KEY_P256, "30080202008002020203",
			"(7:sig-val(5:ecdsa(1:r2:", ")(1:s2:", ")))", 4, 2);
	check_signature(SIGNET_KEY_ED25519,
			"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
			"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
			"(7:sig-val(5:eddsa(1:r32:", ")(1:s32:", ")))", 0, 32);
}
END_TEST

START_TEST(what_is_no_signature_is_refused)
{
	static const char *const bad[] = {
		"",
		"30",
		"3000",
		"3003020101",
		"300602010102010100",   /* goes on */
		"3007020101020101",     /* longer than it is */
		"30090201010201010201", /* a third number, cut */
		"300902010102010102010300",
		"3006020100020101",   /* zero */
		"3006020181020101",   /* negative */
		"300702020001020101", /* not shortest */
		"308106020101020101", /* length not shortest */
		"30820006020101020101",
		"3080020101020101", /* no length */
		"30ffffffffff020101",
		"3006020001020101",
		"3106020101020101",
	};

	for (size_t i = 0; i < array_len(bad); i++) {
		struct view v = unit_unhex(bad[i]);

		ck_assert_msg(!is_taken(SIGNET_KEY_P256, v), "'%s' was taken", bad[i]);
		ck_assert_msg(!is_taken(SIGNET_KEY_ED25519, v), "'%s' was taken", bad[i]);
		free((void *)v.data);
	}
	ck_assert(!is_taken(SIGNET_KEY_RSA, unit_view("")));
	ck_assert(!is_taken((enum signet_key_type)0, unit_view("x")));
	ck_assert(!is_taken((enum signet_key_type)77, unit_view("x")));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		keygrips_are_those_of_gnupg,
		a_public_key_has_curve_and_point_or_modulus_and_exponent,
		a_key_of_another_type_than_said_has_no_keygrip,
		a_key_that_was_cut_or_goes_on_has_no_keygrip,
		a_point_that_is_compressed_has_no_keygrip,
		signatures_are_written_as_gnupg_does,
		what_is_no_signature_is_refused,
	};

	return sexp_init() ? unit_run("sexp", tests, array_len(tests)) : 1;
}
