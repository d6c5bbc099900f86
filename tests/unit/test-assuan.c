/*
 * test-assuan.c - commands of GnuPG's agent protocol: what is taken, what is refused
 */
#include "client/gpg-agent/assuan.h"

#include "tests/unit/unit.h"

#define GRIP "0123456789ABCDEF0123456789abcdef01234567"
#define SHA256 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static struct assuan_command command;

static const struct assuan_command *parse(const char *line)
{
	ck_assert_msg(assuan_parse(line, strlen(line), &command), "'%s' is no command", line);
	return &command;
}

static gpg_err_code_t parse_hash(const char *line, enum signet_hash *ret)
{
	uint8_t digest[ASSUAN_DIGEST_MAX];
	size_t size;

	return assuan_parse_hash(parse(line), ret, digest, &size);
}

static const char *label_of(const char *word)
{
	static char label[SIGNET_LABEL_MAX + 1];

	assuan_parse_label(word, label);
	return label;
}

START_TEST(a_command_is_a_verb_and_words)
{
	const struct assuan_command *c = parse(" SETHASH  8\tab ");

	ck_assert_str_eq(c->verb, "SETHASH");
	ck_assert_uint_eq(c->n_words, 2);
	ck_assert_str_eq(c->words[0], "8");
	ck_assert_str_eq(c->words[1], "ab");
	ck_assert(!c->has_more);
}
END_TEST

START_TEST(a_line_without_a_verb_or_with_a_nul_is_no_command)
{
	char line[ASSUAN_LINE_MAX];

	memset(line, 'x', sizeof(line));
	ck_assert(!assuan_parse("", 0, &command));
	ck_assert(!assuan_parse("  \t", 3, &command));
	ck_assert(!assuan_parse("NOP\0", 4, &command));
	ck_assert(!assuan_parse("NOP \0x", 6, &command));
	ck_assert(!assuan_parse(line, sizeof(line), &command));
	ck_assert(assuan_parse(line, sizeof(line) - 1, &command));
}
END_TEST

START_TEST(words_beyond_the_limit_are_counted_as_more)
{
	char line[ASSUAN_LINE_MAX] = "HAVEKEY";

	for (size_t i = 0; i < ASSUAN_WORDS_MAX; i++)
		strcat(line, " w");
	ck_assert(!parse(line)->has_more);
	strcat(line, " w");
	ck_assert(parse(line)->has_more);
	ck_assert_uint_eq(command.n_words, ASSUAN_WORDS_MAX);
}
END_TEST

START_TEST(options_come_before_operands_and_end_at_two_dashes)
{
	const struct assuan_command *c = parse("X --list=5 --data " GRIP " --late");

	ck_assert(assuan_has_option(c, "--list"));
	ck_assert(assuan_has_option(c, "--data"));
	ck_assert(!assuan_has_option(c, "--lis"));
	ck_assert(!assuan_has_option(c, "--late"));
	ck_assert_str_eq(assuan_option_value(c, "--list"), "5");
	ck_assert_ptr_null(assuan_option_value(c, "--data"));
	ck_assert_uint_eq(assuan_first_operand(c), 2);
	c = parse("X -- --list");
	ck_assert(!assuan_has_option(c, "--list"));
	ck_assert_uint_eq(assuan_first_operand(c), 1);
	ck_assert_uint_eq(assuan_first_operand(parse("X")), 0);
}
END_TEST

START_TEST(a_verb_is_not_known_by_its_beginning)
{
	ck_assert(assuan_is("OK", 2, "OK"));
	ck_assert(assuan_is("ok then", 7, "OK"));
	ck_assert(!assuan_is("OKAY", 4, "OK"));
	ck_assert(!assuan_is("O", 1, "OK"));
	ck_assert(!assuan_is("", 0, "OK"));
	ck_assert(!assuan_is("ENDE", 4, "END"));
}
END_TEST

START_TEST(a_keygrip_is_forty_hexadecimal_digits)
{
	static const char *const bad[] = {
		"",
		"0",
		"0123456789ABCDEF0123456789abcdef0123456",
		"0123456789ABCDEF0123456789abcdef012345678",
		"0123456789ABCDEF0123456789abcdef0123456g",
		"0123456789ABCDEF0123456789abcdef012345 7",
		"--list",
		"0x23456789ABCDEF0123456789abcdef01234567",
	};
	uint8_t grip[GRIP_SIZE];

	ck_assert(assuan_parse_grip(GRIP, grip));
	ck_assert_uint_eq(grip[0], 0x01);
	ck_assert_uint_eq(grip[7], 0xef);
	ck_assert_uint_eq(grip[19], 0x67);
	for (size_t i = 0; i < array_len(bad); i++)
		ck_assert_msg(!assuan_parse_grip(bad[i], grip), "'%s' was taken", bad[i]);
}
END_TEST

START_TEST(a_hash_is_named_by_number_or_by_option)
{
	enum signet_hash hash = SIGNET_NO_HASH;
	uint8_t digest[ASSUAN_DIGEST_MAX];
	size_t size = 0;

	ck_assert_int_eq(assuan_parse_hash(parse("SETHASH 8 " SHA256), &hash, digest, &size), 0);
	ck_assert_int_eq(hash, SIGNET_SHA256);
	ck_assert_uint_eq(size, 32);
	ck_assert_uint_eq(digest[31], 0x1f);
	ck_assert_int_eq(parse_hash("SETHASH 10 " SHA256 SHA256, &hash), 0);
	ck_assert_int_eq(hash, SIGNET_SHA512);
	ck_assert_int_eq(parse_hash("SETHASH --hash=sha256 " SHA256, &hash), 0);
	ck_assert_int_eq(hash, SIGNET_SHA256);
}
END_TEST

START_TEST(weak_and_unknown_hashes_are_refused)
{
	static const char *const bad[] = {
		"SETHASH 1 00112233445566778899aabbccddeeff",
		"SETHASH 2 00112233445566778899aabbccddeeff00112233",
		"SETHASH 3 00112233445566778899aabbccddeeff00112233",
		"SETHASH 11 00112233445566778899aabbccddeeff001122334455667788990011",
		"SETHASH --hash=sha1 00112233445566778899aabbccddeeff00112233",
		"SETHASH --hash=none " SHA256,
		"SETHASH --hash=tls-md5sha1 " SHA256,
		"SETHASH --hash=SHA256 " SHA256,
		"SETHASH 08 " SHA256,
		"SETHASH -8 " SHA256,
		"SETHASH 99999999999999999999 " SHA256,
	};
	enum signet_hash hash = SIGNET_NO_HASH;

	for (size_t i = 0; i < array_len(bad); i++) {
		ck_assert_msg(parse_hash(bad[i], &hash) == GPG_ERR_UNSUPPORTED_ALGORITHM,
			      "'%s' is not refused for its hash", bad[i]);
		ck_assert_int_eq(hash, SIGNET_NO_HASH);
	}
}
END_TEST

START_TEST(a_digest_of_another_length_or_form_is_refused)
{
	static const char *const bad[] = {
		"SETHASH",
		"SETHASH 8",
		"SETHASH " SHA256,
		"SETHASH 8 ",
		"SETHASH 8 00",
		"SETHASH 8 " SHA256 "0",
		"SETHASH 8 " SHA256 SHA256,
		"SETHASH 9 " SHA256,
		"SETHASH 10 " SHA256,
		"SETHASH 8 0x" SHA256,
		"SETHASH 8 " SHA256 " more",
		"SETHASH --hash=sha256",
		"SETHASH --hash=sha256 8 " SHA256,
	};
	enum signet_hash hash = SIGNET_NO_HASH;

	for (size_t i = 0; i < array_len(bad); i++) {
		ck_assert_msg(parse_hash(bad[i], &hash) == GPG_ERR_ASS_PARAMETER,
			      "'%s' is not refused for its form", bad[i]);
		ck_assert_int_eq(hash, SIGNET_NO_HASH);
	}
	ck_assert_int_eq(parse_hash("SETHASH --inquire", &hash), GPG_ERR_NOT_SUPPORTED);
	ck_assert_int_eq(parse_hash("SETHASH --pss --inquire", &hash), GPG_ERR_NOT_SUPPORTED);
}
END_TEST

START_TEST(a_label_is_what_stands_between_quotation_marks)
{
	ck_assert_str_eq(label_of("unlock:%0A%22Alice+<a@b.c>%22%0A3072-bit"), "Alice <a@b.c>");
	ck_assert_str_eq(label_of("%22a%22b%22"), "a\"b");
	ck_assert_str_eq(label_of("%22a%2Bb%22"), "a+b");
}
END_TEST

START_TEST(a_label_has_no_bytes_that_a_terminal_obeys)
{
	ck_assert_str_eq(label_of("%22a%0Ab%1B%00%7F%C3%A9%22"), "a?b?????");
}
END_TEST

START_TEST(what_has_no_label_has_none)
{
	static const char *const none[] = {
		"", "a", "%22", "%22%22", "%22a", "%22a%22%", "%22a%22%4", "%22a%22%4g", "%",
	};
	char longer[ASSUAN_LINE_MAX];

	for (size_t i = 0; i < array_len(none); i++)
		ck_assert_str_eq(label_of(none[i]), "");
	memset(longer, 'x', sizeof(longer));
	longer[0] = longer[SIGNET_LABEL_MAX + 2] = '"';
	longer[SIGNET_LABEL_MAX + 3] = '\0';
	ck_assert_str_eq(label_of(longer), "");
	longer[SIGNET_LABEL_MAX + 1] = '"';
	longer[SIGNET_LABEL_MAX + 2] = '\0';
	ck_assert_uint_eq(strlen(label_of(longer)), SIGNET_LABEL_MAX);
}
END_TEST

START_TEST(data_of_any_bytes_fits_lines)
{
	uint8_t data[3000];
	const uint8_t *at = data;
	size_t size = sizeof(data), n_lines = 0;
	char line[ASSUAN_LINE_MAX];

	memset(data, '%', sizeof(data));
	while (size > 0) {
		size_t n = assuan_data(&at, &size, line);

		ck_assert_uint_lt(n, ASSUAN_LINE_MAX);
		ck_assert_uint_eq((n - 2) % 3, 0);
		n_lines++;
	}
	ck_assert_uint_eq(n_lines, 10);
	at = (const uint8_t *)"a%\r\n\0b";
	size = 6;
	unit_check_view((struct view){(uint8_t *)line, assuan_data(&at, &size, line)},
			(struct view){(const uint8_t *)"D a%25%0D%0A\0b", 14});
}
END_TEST

START_TEST(an_error_has_a_code_and_fits_a_line)
{
	char line[ASSUAN_LINE_MAX], sentence[2000];
	size_t n = assuan_error(GPG_ERR_FORBIDDEN, "key 'a': no", line);

	line[n] = '\0';
	ck_assert_str_eq(line, "ERR 67109115 Forbidden <GPG Agent> - key 'a': no");
	ck_assert_int_eq(assuan_error_code(line, n), GPG_ERR_FORBIDDEN);
	memset(sentence, 'x', sizeof(sentence));
	sentence[sizeof(sentence) - 1] = '\0';
	ck_assert_uint_lt(assuan_error(GPG_ERR_FORBIDDEN, sentence, line), ASSUAN_LINE_MAX);
}
END_TEST

START_TEST(an_error_that_has_no_code_is_one_all_the_same)
{
	static const char *const bad[] = {
		"ERR", "ERR ", "ERR x", "ERR 0", "ERR 65536", "ERR 99999999999999999999", "ERR -1",
	};

	for (size_t i = 0; i < array_len(bad); i++)
		ck_assert_int_eq(assuan_error_code(bad[i], strlen(bad[i])), GPG_ERR_GENERAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_command_is_a_verb_and_words,
		a_line_without_a_verb_or_with_a_nul_is_no_command,
		words_beyond_the_limit_are_counted_as_more,
		options_come_before_operands_and_end_at_two_dashes,
		a_verb_is_not_known_by_its_beginning,
		a_keygrip_is_forty_hexadecimal_digits,
		a_hash_is_named_by_number_or_by_option,
		weak_and_unknown_hashes_are_refused,
		a_digest_of_another_length_or_form_is_refused,
		a_label_is_what_stands_between_quotation_marks,
		a_label_has_no_bytes_that_a_terminal_obeys,
		what_has_no_label_has_none,
		data_of_any_bytes_fits_lines,
		an_error_has_a_code_and_fits_a_line,
		an_error_that_has_no_code_is_one_all_the_same,
	};

	return unit_run("assuan", tests, array_len(tests));
}
