/*
 * test-authorized.c - which lines of an authorized_keys file count, and as what
 */
#include "pam/authorized.h"

#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/text.h"
#include "tests/unit/unit.h"

#define ED "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9O+XeDje79Cz+wrkiQ8+Y6GX9tT6nmDEwmxFNpuI07"
#define EC                                                                                    \
	"ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMfFmkTazoa" \
	"/LcX3clBJaExSkhUeR0XOaXPsSKn2PjMSdHzx/bRQsbnkg0OKlOpVX7UvJ7x6PS0OAQRFn7B8n8s="
#define SK                                                                                    \
	"sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIE9O+XeDje79" \
	"Cz+wrkiQ8+Y6GX9tT6nmDEwmxFNpuI07AAAABHNzaDo="

/* 2026-07-01T12:00:00Z */
#define NOW (UINT64_C(1782907200) * USEC_PER_SEC)

static int parse_bytes(const char *text, size_t size, enum authorized_form form,
		       struct authorized *ret, struct ini_error *error)
{
	_cleanup_(freep) char *copy = malloc(size + 1);

	ck_assert_ptr_nonnull(copy);
	if (size > 0)
		memcpy(copy, text, size);
	copy[size] = '\0';
	return authorized_parse(copy, size, form, NOW, ret, error);
}

static struct authorized parse(const char *text)
{
	struct ini_error error;
	struct authorized a;

	ck_assert_int_eq(parse_bytes(text, strlen(text), AUTHORIZED_KEYS, &a, &error), 0);
	return a;
}

START_TEST(the_moment_of_these_tests_is_what_it_says)
{
	uint64_t usec;

	ck_assert_int_eq(text_to_time("2026-07-01T12:00:00Z", &usec), 0);
	ck_assert_uint_eq(usec, NOW);
}
END_TEST

START_TEST(keys_are_read_with_line_and_comment)
{
	struct authorized a = parse("# who may\n"
				    "\n"
				    "  \t# also a comment\n" ED " alice@example of accounts \r\n"
				    "\r\n"
				    "\t " EC "\n" ED);
	struct view blob = unit_vector("sshkey", "ed25519-key");

	ck_assert_uint_eq(a.n, 3);
	ck_assert_uint_eq(a.n_skipped, 0);
	unit_check_view(a.entries[0].blob, blob);
	ck_assert_str_eq(a.entries[0].comment, "alice@example of accounts");
	ck_assert_uint_eq(a.entries[0].line, 4);
	ck_assert_uint_eq(a.entries[1].line, 6);
	ck_assert_str_eq(a.entries[1].comment, "");
	ck_assert_uint_eq(a.entries[2].line, 7);
	for (size_t i = 0; i < a.n; i++) {
		ck_assert(!a.entries[i].is_authority);
		ck_assert_ptr_null(a.entries[i].principals);
	}
	authorized_done(&a);
	free((void *)blob.data);
}
END_TEST

START_TEST(every_type_of_key_is_read)
{
	static const char *const names[] = {"rsa2048", "rsa3072", "rsa8192", "p256",
					    "p384",    "p521",    "ed25519"};
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < array_len(names); i++) {
		char name[32], line[4096];
		struct authorized a;
		struct view blob;
		size_t at;

		(void)snprintf(name, sizeof(name), "%s-key", names[i]);
		blob = unit_vector("sshkey", name);
		at = (size_t)snprintf(line, sizeof(line), "%.*s ", blob.data[3], blob.data + 4);
		for (size_t j = 0; j < blob.size; j += 3) {
			uint32_t bits = (uint32_t)blob.data[j] << 16;

			bits |= j + 1 < blob.size ? (uint32_t)blob.data[j + 1] << 8 : 0;
			bits |= j + 2 < blob.size ? blob.data[j + 2] : 0;
			line[at++] = digits[bits >> 18];
			line[at++] = digits[bits >> 12 & 63];
			line[at++] = j + 1 < blob.size ? digits[bits >> 6 & 63] : '=';
			line[at++] = j + 2 < blob.size ? digits[bits & 63] : '=';
		}
		line[at] = '\0';
		a = parse(line);
		ck_assert_msg(a.n == 1, "%s", names[i]);
		unit_check_view(a.entries[0].blob, blob);
		authorized_done(&a);
		free((void *)blob.data);
	}
}
END_TEST

START_TEST(options_that_are_understood_count)
{
	static const char *const none[] = {NULL};
	static const char *const both[] = {"alice", "ops team", NULL};
	static const char *const quoted[] = {"a\"b", NULL};
	static const struct {
		const char *line;
		bool is_authority;
		const char *const *principals;
	} rows[] = {
		{"cert-authority " ED, true, NULL},
		{"CERT-Authority \t " ED, true, NULL},
		{"cert-authority,principals=\"alice,ops team\" " ED, true, both},
		{"principals=\"alice,ops team\",cert-authority " ED " x", true, both},
		{"cert-authority,principals=\"a\\\"b\" " ED, true, quoted},
		{"expiry-time=\"20270101\" " ED, false, NULL},
		{"expiry-time=\"20260702Z\" " ED, false, NULL},
		{"expiry-time=\"202607011201\" " ED, false, NULL},
		{"expiry-time=\"20260701120001Z\" " ED, false, NULL},
		{"expiry-time=\"20260701120001\",cert-authority " ED, true, NULL},
		{"expiry-time=\"20270101\",expiry-time=\"20280101\" " ED, false, NULL},
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct authorized a = parse(rows[i].line);
		const char *const *expected = rows[i].principals ? rows[i].principals : none;
		size_t n = 0;

		ck_assert_msg(a.n == 1, "row %zu", i);
		ck_assert_uint_eq(a.n_skipped, 0);
		ck_assert_int_eq(a.entries[0].is_authority, rows[i].is_authority);
		ck_assert_int_eq(a.entries[0].principals != NULL, rows[i].principals != NULL);
		for (; a.entries[0].principals && a.entries[0].principals[n]; n++) {
			ck_assert_ptr_nonnull(expected[n]);
			ck_assert_str_eq(a.entries[0].principals[n], expected[n]);
		}
		ck_assert_ptr_null(expected[n]);
		authorized_done(&a);
	}
}
END_TEST

static const char *const skipped[] = {
	/* options that would limit the key */
	"command=\"/bin/true\" " ED,
	"from=\"192.0.2.0/24\" " ED,
	"restrict " ED,
	"no-pty " ED,
	"environment=\"A=b\" " ED,
	"verify-required " ED,
	"cert-authority,restrict " ED,
	"restrict,cert-authority " ED,
	"cert-authority,command=\"x\" " ED,
	"new-option " ED,
	"new-option=\"20270101\" " ED,
	/* options that are broken */
	"cert-authority, " ED,
	",cert-authority " ED,
	"cert-authority,,expiry-time=\"20270101\" " ED,
	"cert-authorityx " ED,
	"cert-authority;cert-authority " ED,
	"cert-authoritycert-authority " ED,
	"cert-authority=\"yes\" " ED,
	"no-cert-authority " ED,
	"cert-authority " ED "=",
	"cert-authority",
	"cert-authority ",
	"cert-authority " ED "\"",
	"cert-authority,principals=alice " ED,
	"cert-authority,principals=\"alice " ED,
	"cert-authority,principals=\"alice\\\" " ED,
	"cert-authority,principals=\"alice\"x " ED,
	"cert-authority,principals= " ED,
	"\" " ED,
	"\\ " ED,
	/* principals */
	"principals=\"alice\" " ED,
	"cert-authority,principals=\"\" " ED,
	"cert-authority,principals=\",\" " ED,
	"cert-authority,principals=\"alice,\" " ED,
	"cert-authority,principals=\",alice\" " ED,
	"cert-authority,principals=\"al\tice\" " ED,
	"cert-authority,principals=\"al\033ice\" " ED,
	"cert-authority,principals=\"alice\",principals=\"bob\" " ED,
	/* time */
	"expiry-time=\"20260701\" " ED,
	"expiry-time=\"202607011200\" " ED,
	"expiry-time=\"20260701120000Z\" " ED,
	"expiry-time=\"20270101\",expiry-time=\"20260101\" " ED,
	"expiry-time=\"20260101\",expiry-time=\"20270101\" " ED,
	"expiry-time=\"\" " ED,
	"expiry-time=\"2027\" " ED,
	"expiry-time=\"2027010\" " ED,
	"expiry-time=\"2027010100\" " ED,
	"expiry-time=\"2027010100000\" " ED,
	"expiry-time=\"202701010000000\" " ED,
	"expiry-time=\"20270231\" " ED,
	"expiry-time=\"20271301\" " ED,
	"expiry-time=\"202701012460\" " ED,
	"expiry-time=\"2027-01-01\" " ED,
	"expiry-time=\" 2027010\" " ED,
	"expiry-time=\"20270101ZZ\" " ED,
	"expiry-time=\"20270101UTC\" " ED,
	"expiry-time=20270101 " ED,
	"expiry-time " ED,
	/* keys */
	SK,
	"ssh-ed25519",
	"ssh-ed25519 ",
	"ssh-ed25519 AAAA",
	"ssh-ed25519 ****",
	"ssh-ed25519-cert-v01@openssh.com AAAA",
	"ssh-dss AAAA",
	"Ssh-ed25519 AAAA",
	"alice " ED,
	"hello",
};

START_TEST(what_is_not_understood_is_skipped_and_counted)
{
	for (size_t i = 0; i < array_len(skipped); i++) {
		struct authorized a = parse(skipped[i]);

		ck_assert_msg(a.n == 0, "'%s' counts", skipped[i]);
		ck_assert_msg(a.n_skipped == 1, "'%s' is not counted", skipped[i]);
		authorized_done(&a);
	}
}
END_TEST

START_TEST(lines_around_a_skipped_one_count)
{
	struct authorized a = parse(ED " one\nrestrict " EC "\nnonsense\n" EC " two\n");

	ck_assert_uint_eq(a.n, 2);
	ck_assert_uint_eq(a.n_skipped, 2);
	ck_assert_str_eq(a.entries[0].comment, "one");
	ck_assert_str_eq(a.entries[1].comment, "two");
	authorized_done(&a);
}
END_TEST

START_TEST(base64_has_one_form_and_the_type_is_that_of_the_blob)
{
	static const char blob[] =
		"AAAAC3NzaC1lZDI1NTE5AAAAIE9O+XeDje79Cz+wrkiQ8+Y6GX9tT6nmDEwmxFNpuI07";
	static const char ec[] =
		"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMfFmkTazoa/LcX3clBJaExSkhUeR"
		"0XOaXPsSKn2PjMSdHzx/bRQsbnkg0OKlOpVX7UvJ7x6PS0OAQRFn7B8n8";
	static const struct {
		const char *type, *base64, *end;
		bool is_right;
	} rows[] = {
		{"ssh-ed25519", blob, "", true},
		{"ssh-ed25519", blob, "=", false},
		{"ssh-ed25519", blob, "==", false},
		{"ssh-ed25519", blob, "====", false},
		{"ssh-ed25519", blob, "AAAA", false},
		{"ssh-ed25519", blob, "-", false},
		{"ssh-ed25519", blob, "\v", false},
		{"ssh-ed25519", blob, ",", false},
		{"ssh-ed25519", ec, "s=", false},
		{"ssh-rsa", blob, "", false},
		{"ecdsa-sha2-nistp256", blob, "", false},
		{"ecdsa-sha2-nistp256", ec, "s=", true},
		{"ecdsa-sha2-nistp256", ec, "s", false},
		{"ecdsa-sha2-nistp256", ec, "s==", false},
		{"ecdsa-sha2-nistp256", ec, "t=", false}, /* bits that are not used */
		{"ecdsa-sha2-nistp256", ec, "s=AAAA", false},
		{"ecdsa-sha2-nistp384", ec, "s=", false},
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		_cleanup_(freep) char *line =
			text_format("%s %s%s", rows[i].type, rows[i].base64, rows[i].end);
		struct authorized a = parse(line);

		ck_assert_msg((a.n == 1) == rows[i].is_right, "row %zu", i);
		ck_assert_uint_eq(a.n + a.n_skipped, 1);
		authorized_done(&a);
	}
}
END_TEST

START_TEST(in_a_file_of_authorities_every_key_is_one)
{
	static const char text[] =
		ED "\ncert-authority " EC "\nprincipals=\"ops\" " ED "\nrestrict " EC "\n";
	struct ini_error error;
	struct authorized a;

	ck_assert_int_eq(parse_bytes(text, strlen(text), AUTHORIZED_AUTHORITIES, &a, &error), 0);
	ck_assert_uint_eq(a.n, 3);
	ck_assert_uint_eq(a.n_skipped, 1);
	for (size_t i = 0; i < a.n; i++)
		ck_assert(a.entries[i].is_authority);
	ck_assert_str_eq(a.entries[2].principals[0], "ops");
	authorized_done(&a);
	ck_assert_int_eq(parse_bytes(text, strlen(text), AUTHORIZED_NONE, &a, &error), 0);
	ck_assert_uint_eq(a.n, 0);
	ck_assert_uint_eq(a.n_skipped, 4);
	authorized_done(&a);
}
END_TEST

START_TEST(keys_and_authorities_are_found_apart)
{
	struct authorized a = parse("cert-authority " ED " one\n" ED " two\n" EC " three\n"
				    "cert-authority,principals=\"ops\" " ED " four\n");
	struct view ed = unit_vector("sshkey", "ed25519-key");
	struct view rsa = unit_vector("sshkey", "rsa2048-key");
	size_t at = 0;

	ck_assert_str_eq(authorized_next(&a, ed, false, &at)->comment, "two");
	ck_assert_ptr_null(authorized_next(&a, ed, false, &at));
	at = 0;
	ck_assert_str_eq(authorized_next(&a, ed, true, &at)->comment, "one");
	ck_assert_str_eq(authorized_next(&a, ed, true, &at)->comment, "four");
	ck_assert_ptr_null(authorized_next(&a, ed, true, &at));
	at = 0;
	ck_assert_ptr_null(authorized_next(&a, rsa, false, &at));
	at = 0;
	ck_assert_ptr_null(authorized_next(&a, (struct view){}, false, &at));
	authorized_done(&a);
	free((void *)ed.data);
	free((void *)rsa.data);
}
END_TEST

START_TEST(a_nul_byte_skips_its_line)
{
	static const char text[] = ED " one\n" EC "\0\n" ED " \0 two\n\0" ED "\n" EC " three\n";
	struct ini_error error;
	struct authorized a;

	ck_assert_int_eq(parse_bytes(text, sizeof(text) - 1, AUTHORIZED_KEYS, &a, &error), 0);
	ck_assert_uint_eq(a.n, 2);
	ck_assert_uint_eq(a.n_skipped, 3);
	ck_assert_str_eq(a.entries[1].comment, "three");
	authorized_done(&a);
}
END_TEST

START_TEST(a_comment_is_made_clean)
{
	struct authorized a = parse(ED " al\033[31mice\r\xff\tx");

	ck_assert_str_eq(a.entries[0].comment, "al?[31mice???x");
	authorized_done(&a);
}
END_TEST

START_TEST(an_empty_file_holds_nothing)
{
	static const char *const texts[] = {"", "\n", "# nobody", "\r\n\r\n", "   "};

	for (size_t i = 0; i < array_len(texts); i++) {
		struct authorized a = parse(texts[i]);

		ck_assert_uint_eq(a.n + a.n_skipped, 0);
		authorized_done(&a);
	}
}
END_TEST

/* Text behind which n spaces and a comment follow. */
static char *padded(const char *text, size_t n)
{
	return text_format("%s%*s", text, (int)n, "x");
}

START_TEST(a_line_has_at_most_16_kib)
{
	size_t len = strlen(ED);

	for (size_t extra = 0; extra < 2; extra++) {
		_cleanup_(freep) char *line = padded(ED, AUTHORIZED_LINE_MAX - len + extra);
		struct authorized a = parse(line);

		ck_assert_uint_eq(strlen(line), AUTHORIZED_LINE_MAX + extra);
		ck_assert_uint_eq(a.n, 1 - extra);
		ck_assert_uint_eq(a.n_skipped, extra);
		authorized_done(&a);
	}
}
END_TEST

START_TEST(a_file_has_at_most_1024_keys)
{
	_cleanup_(freep) char *text = calloc(AUTHORIZED_ENTRIES_MAX + 2, sizeof(ED));
	struct ini_error error;
	struct authorized a;
	char *at = text;

	for (size_t i = 0; i < AUTHORIZED_ENTRIES_MAX; i++, at += sizeof(ED))
		memcpy(at, ED "\n", sizeof(ED));
	memcpy(at, "nonsense", 8);
	a = parse(text);
	ck_assert_uint_eq(a.n, AUTHORIZED_ENTRIES_MAX);
	ck_assert_uint_eq(a.n_skipped, 1);
	authorized_done(&a);
	memcpy(at, ED "\n", sizeof(ED));
	ck_assert_int_eq(parse_bytes(text, strlen(text), AUTHORIZED_KEYS, &a, &error), -EINVAL);
	ck_assert_uint_eq(error.line, AUTHORIZED_ENTRIES_MAX + 1);
	ck_assert_str_eq(error.what, "it holds more than 1024 keys");
}
END_TEST

START_TEST(an_authority_has_at_most_256_principals)
{
	for (size_t extra = 0; extra < 2; extra++) {
		char names[2 * (AUTHORIZED_PRINCIPALS_MAX + 1) + 1] = {};
		_cleanup_(freep) char *line = NULL;
		struct authorized a;

		for (size_t i = 0; i < AUTHORIZED_PRINCIPALS_MAX + extra; i++)
			memcpy(names + 2 * i, "a,", 2);
		names[strlen(names) - 1] = '\0';
		line = text_format("cert-authority,principals=\"%s\" " ED, names);
		a = parse(line);
		ck_assert_uint_eq(a.n, 1 - extra);
		authorized_done(&a);
	}
}
END_TEST

START_TEST(a_file_is_loaded_only_if_nobody_but_root_can_write_it)
{
	char path[] = "/tmp/test-authorized-XXXXXX";
	struct ini_error error = {};
	struct authorized a;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(authorized_load(path, AUTHORIZED_KEYS, NOW, &a, &error), -EINVAL);
	ck_assert_str_eq(error.what, "'/tmp' can be written by others than its owner");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(authorized_load("/etc/no/such/file", AUTHORIZED_KEYS, NOW, &a, &error),
			 -ENOENT);
	/* Root's, and full of lines that are no keys. */
	ck_assert_int_eq(authorized_load("/etc/passwd", AUTHORIZED_KEYS, NOW, &a, &error), 0);
	ck_assert_uint_eq(a.n, 0);
	ck_assert_uint_gt(a.n_skipped, 0);
	authorized_done(&a);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_moment_of_these_tests_is_what_it_says,
		keys_are_read_with_line_and_comment,
		every_type_of_key_is_read,
		options_that_are_understood_count,
		what_is_not_understood_is_skipped_and_counted,
		lines_around_a_skipped_one_count,
		base64_has_one_form_and_the_type_is_that_of_the_blob,
		in_a_file_of_authorities_every_key_is_one,
		keys_and_authorities_are_found_apart,
		a_nul_byte_skips_its_line,
		a_comment_is_made_clean,
		an_empty_file_holds_nothing,
		a_line_has_at_most_16_kib,
		a_file_has_at_most_1024_keys,
		an_authority_has_at_most_256_principals,
		a_file_is_loaded_only_if_nobody_but_root_can_write_it,
	};

	return unit_run("authorized", tests, array_len(tests));
}
