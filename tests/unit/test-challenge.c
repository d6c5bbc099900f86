/*
 * test-challenge.c - the text that lets somebody in: one form, and nothing that is nearly one
 */
#include "agent/wire/challenge.h"

#include "tests/unit/unit.h"

#include <errno.h>

#include "agent/base/text.h"

#define NONCE "00ff000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"
#define TEXT                                          \
	"signet pam challenge 1\n"                    \
	"service: sudo\n"                             \
	"user: root\n"                                \
	"ruser: alice\n"                              \
	"rhost: -\n"                                  \
	"tty: /dev/pts/3\n"                           \
	"host: build-7\n"                             \
	"machine: 0123456789abcdef0123456789abcdef\n" \
	"time: 2026-11-22T16:00:00Z\n"                \
	"nonce: " NONCE "\n"                          \
	"command: sudo apt upgrade\n"
/* 2026-11-22T16:00:00Z */
#define WHEN UINT64_C(1795363200000000)

static struct challenge usual(void)
{
	struct challenge c = {
		.service = view_of("sudo"),
		.user = view_of("root"),
		.ruser = view_of("alice"),
		.tty = view_of("/dev/pts/3"),
		.host = view_of("build-7"),
		.machine = view_of("0123456789abcdef0123456789abcdef"),
		.command = view_of("sudo apt upgrade"),
		.time_usec = WHEN,
		.nonce = {0, 0xff},
	};

	for (uint8_t i = 2; i < sizeof(c.nonce); i++)
		c.nonce[i] = (uint8_t)(i - 2);
	return c;
}

/* A copy in an allocation of exactly its size, for the sanitizers. */
static bool is_challenge(const char *text, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);
	struct challenge c;
	bool is;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, size);
	is = challenge_read((struct view){copy, size}, &c);
	free(copy);
	return is;
}

/* TEXT with one piece of it replaced; owned by the caller. */
static char *with(const char *old, const char *new)
{
	const char *at = strstr(TEXT, old);
	char *text;

	ck_assert_msg(at && !strstr(at + 1, old), "'%s' stands there once", old);
	text = text_format("%.*s%s%s", (int)(at - TEXT), TEXT, new, at + strlen(old));
	ck_assert_ptr_nonnull(text);
	return text;
}

static void check_refused(const char *old, const char *new)
{
	_cleanup_(freep) char *text = with(old, new);

	ck_assert_msg(!is_challenge(text, strlen(text)), "'%s' instead of '%s'", new, old);
}

static void check_taken(const char *old, const char *new)
{
	_cleanup_(freep) char *text = with(old, new);

	ck_assert_msg(is_challenge(text, strlen(text)), "'%s' instead of '%s'", new, old);
}

START_TEST(what_is_written_has_this_form)
{
	const struct challenge c = usual();
	struct writer w;

	writer_init(&w, CHALLENGE_MAX);
	challenge_write(&w, &c);
	ck_assert_int_eq(writer_end(&w), 0);
	unit_check_text(writer_view(&w), TEXT);
	writer_done(&w);
}
END_TEST

START_TEST(what_was_written_is_read_again)
{
	const struct challenge c = usual();
	struct challenge got;

	ck_assert(challenge_read(unit_view(TEXT), &got));
	unit_check_view(got.service, c.service);
	unit_check_view(got.user, c.user);
	unit_check_view(got.ruser, c.ruser);
	ck_assert_uint_eq(got.rhost.size, 0);
	unit_check_view(got.tty, c.tty);
	unit_check_view(got.host, c.host);
	unit_check_view(got.machine, c.machine);
	unit_check_view(got.command, c.command);
	ck_assert_uint_eq(got.time_usec, WHEN);
	unit_check_view((struct view){got.nonce, sizeof(got.nonce)},
			(struct view){c.nonce, sizeof(c.nonce)});
}
END_TEST

static struct view repeat(char *to, size_t size, char c)
{
	memset(to, c, size);
	return (struct view){(const uint8_t *)to, size};
}

START_TEST(the_longest_of_all_values_fit)
{
	static char service[CHALLENGE_SERVICE_MAX], value[CHALLENGE_VALUE_MAX];
	static char command[CHALLENGE_COMMAND_MAX];
	struct challenge c = usual(), got;
	struct writer w;

	c.service = repeat(service, sizeof(service), 's');
	c.user = c.ruser = c.rhost = c.tty = c.host = repeat(value, sizeof(value), 'v');
	c.command = repeat(command, sizeof(command), 'c');
	c.time_usec = UINT64_C(253402300799999999); /* the end of the year 9999 */
	writer_init(&w, CHALLENGE_MAX);
	challenge_write(&w, &c);
	ck_assert_int_eq(writer_end(&w), 0);
	ck_assert(challenge_read(writer_view(&w), &got));
	ck_assert_uint_eq(got.command.size, CHALLENGE_COMMAND_MAX);
	ck_assert_uint_eq(got.time_usec, UINT64_C(253402300799000000));
	writer_done(&w);
}
END_TEST

static void check_unwritable(const struct challenge *c, const char *what)
{
	struct writer w;

	writer_init(&w, 2 * CHALLENGE_MAX);
	challenge_write(&w, c);
	ck_assert_msg(writer_end(&w) == -EINVAL, "%s: %d", what, writer_end(&w));
	writer_done(&w);
}

START_TEST(values_that_are_no_clean_text_are_not_written)
{
	static const char *const values[] = {"a\nuser: root", "a\x01", "\xc3", "a\xe2\x80\xae",
					     "-"};
	struct challenge c;

	for (size_t i = 0; i < array_len(values); i++) {
		struct view v = view_of(values[i]);

		c = usual(), c.user = v;
		check_unwritable(&c, values[i]);
		c = usual(), c.ruser = v;
		check_unwritable(&c, values[i]);
		c = usual(), c.rhost = v;
		check_unwritable(&c, values[i]);
		c = usual(), c.tty = v;
		check_unwritable(&c, values[i]);
		c = usual(), c.host = v;
		check_unwritable(&c, values[i]);
		c = usual(), c.machine = v;
		check_unwritable(&c, values[i]);
		c = usual(), c.command = v;
		check_unwritable(&c, values[i]);
		c = usual(), c.service = v;
		check_unwritable(&c, values[i]);
	}
}
END_TEST

START_TEST(what_has_no_form_is_not_written)
{
	static char value[CHALLENGE_COMMAND_MAX + 1];
	struct challenge c;

	c = usual(), c.service = (struct view){};
	check_unwritable(&c, "no service");
	c = usual(), c.user = (struct view){};
	check_unwritable(&c, "no user");
	c = usual(), c.service = view_of("Sudo");
	check_unwritable(&c, "a service in upper case");
	c = usual(), c.machine = view_of("0123456789abcdef");
	check_unwritable(&c, "half a machine");
	c = usual(), c.machine = view_of("0123456789ABCDEF0123456789ABCDEF");
	check_unwritable(&c, "a machine in upper case");
	c = usual(), c.time_usec = UINT64_C(253402300800000000);
	check_unwritable(&c, "the year 10000");
	c = usual(), c.time_usec = UINT64_MAX;
	check_unwritable(&c, "the end of time");
	c = usual(), c.tty = repeat(value, CHALLENGE_VALUE_MAX + 1, 't');
	check_unwritable(&c, "a long tty");
	c = usual(), c.command = repeat(value, sizeof(value), 'c');
	check_unwritable(&c, "a long command");
}
END_TEST

START_TEST(only_service_and_user_have_to_be_there)
{
	check_taken("alice", "-");
	check_taken("tty: /dev/pts/3", "tty: -");
	check_taken("build-7", "-");
	check_taken("0123456789abcdef0123456789abcdef", "-");
	check_taken("sudo apt upgrade", "-");
	check_taken("rhost: -", "rhost: 192.0.2.1");
	check_refused("service: sudo", "service: -");
	check_refused("user: root", "user: -");
}
END_TEST

START_TEST(no_line_may_be_missing_doubled_or_called_otherwise)
{
	char *text = strdup(TEXT), *copy;
	size_t lines = 0;

	ck_assert_ptr_nonnull(text);
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
		int before = (int)(line - text), size = (int)(end + 1 - line);

		copy = text_format("%.*s%s", before, text, end + 1);
		ck_assert_ptr_nonnull(copy);
		ck_assert_msg(!is_challenge(copy, strlen(copy)), "without line %zu", lines);
		free(copy);
		copy = text_format("%.*s%.*s%s", before, text, size, line, line);
		ck_assert_ptr_nonnull(copy);
		ck_assert_msg(!is_challenge(copy, strlen(copy)), "line %zu twice", lines);
		free(copy);
		copy = text_format("%.*sX%s", before, text, line + 1);
		ck_assert_ptr_nonnull(copy);
		ck_assert_msg(!is_challenge(copy, strlen(copy)), "line %zu named otherwise", lines);
		free(copy);
		copy = text_format("%.*s%s", (int)(end - text), text, end + 1);
		ck_assert_ptr_nonnull(copy);
		ck_assert_msg(!is_challenge(copy, strlen(copy)), "line %zu not ended", lines);
		free(copy);
		copy = text_format("%.*s\r%s", (int)(end - text), text, end);
		ck_assert_ptr_nonnull(copy);
		ck_assert_msg(!is_challenge(copy, strlen(copy)), "line %zu as DOS ends it", lines);
		free(copy);
	}
	ck_assert_uint_eq(lines, 11);
	free(text);
}
END_TEST

START_TEST(lines_in_another_order_are_none)
{
	check_refused("user: root\nruser: alice\n", "ruser: alice\nuser: root\n");
	check_refused("service: sudo\nuser: root\n", "user: root\nservice: sudo\n");
	check_refused("nonce: " NONCE "\ncommand: sudo apt upgrade\n",
		      "command: sudo apt upgrade\nnonce: " NONCE "\n");
}
END_TEST

START_TEST(damaged_values_are_refused)
{
	static const struct {
		const char *old, *new;
	} cases[] = {
		{"challenge 1", "challenge 2"},
		{"challenge 1", "challenge 11"},
		{"signet pam", "Signet pam"},
		{"service: sudo", "service: "},
		{"service: sudo", "service: Sudo"},
		{"service: sudo", "service: .sudo"},
		{"service: sudo", "service: -sudo"},
		{"service: sudo", "service: su do"},
		{"service: sudo", "service: ../sudo"},
		{"service: sudo", "service:sudo"},
		{"user: root", "user: "},
		{"user: root", "user: ro\tot"},
		{"user: root", "user: ro\x7fot"},
		{"alice", "ali\x1b[0mce"},
		{"alice", "ali\xff"},
		{"rhost: -", "rhost: "},
		{"/dev/pts/3", "/dev/\xe2\x80\xae"},
		{"build-7", "build\xc2\x85"},
		{"machine: 0", "machine: "},
		{"machine: 0", "machine: 00"},
		{"machine: 0", "machine: g"},
		{"89abcdef0", "89ABCDEF0"},
		{"2026-11-22T16:00:00Z", "2026-11-22T16:00:00"},
		{"2026-11-22T16:00:00Z", "2026-11-22 16:00:00Z"},
		{"2026-11-22T16:00:00Z", "2026-11-22"},
		{"2026-11-22T16:00:00Z", "2026-11-22T16:00:00z"},
		{"2026-11-22T16:00:00Z", "2026-11-22T16:00:60Z"},
		{"2026-11-22T16:00:00Z", "2026-02-30T16:00:00Z"},
		{"2026-11-22T16:00:00Z", "2026-13-22T16:00:00Z"},
		{"2026-11-22T16:00:00Z", "1969-11-22T16:00:00Z"},
		{"2026-11-22T16:00:00Z", "2026-11-22T 6:00:00Z"},
		{"2026-11-22T16:00:00Z", "2026-11-22T6:000:00Z"},
		{"2026-11-22T16:00:00Z", "  26-11-22T16:00:00Z"},
		{"2026-11-22T16:00:00Z", "+026-11-22T16:00:00Z"},
		{"2026-11-22T16:00:00Z", "2026-11-22T16:00:00Z "},
		{"2026-11-22T16:00:00Z", "-"},
		{"nonce: 0", "nonce: "},
		{"nonce: 0", "nonce: 00"},
		{"nonce: 00f", "nonce: 00F"},
		{"nonce: 0", "nonce: g"},
		{"nonce: " NONCE, "nonce: -"},
		{"sudo apt upgrade", ""},
		{"sudo apt upgrade", "sudo apt\x01upgrade"},
		{"sudo apt upgrade\n", "sudo apt upgrade\n\n"},
		{"sudo apt upgrade\n", "sudo apt upgrade\nmore: x\n"},
		{"sudo apt upgrade\n", "sudo apt upgrade\n\xff"},
	};

	for (size_t i = 0; i < array_len(cases); i++)
		check_refused(cases[i].old, cases[i].new);
}
END_TEST

START_TEST(what_is_too_long_is_refused)
{
	static char value[CHALLENGE_COMMAND_MAX + 2];

	(void)repeat(value, strlen("service: ") + CHALLENGE_SERVICE_MAX, 's');
	memcpy(value, "service: ", strlen("service: "));
	check_taken("service: sudo", value);
	(void)repeat(value, strlen("service: ") + CHALLENGE_SERVICE_MAX + 1, 's');
	memcpy(value, "service: ", strlen("service: "));
	check_refused("service: sudo", value);
	(void)memset(value, 0, sizeof(value));
	(void)repeat(value, CHALLENGE_VALUE_MAX, 'v');
	check_taken("alice", value);
	(void)repeat(value, CHALLENGE_VALUE_MAX + 1, 'v');
	check_refused("alice", value);
	check_refused("build-7", value);
	(void)repeat(value, CHALLENGE_COMMAND_MAX + 1, 'c');
	check_refused("sudo apt upgrade", value);
}
END_TEST

START_TEST(every_cut_and_a_nul_are_refused)
{
	static const char nul[] = TEXT; /* with its NUL */

	for (size_t size = 0; size < strlen(TEXT); size++)
		ck_assert_msg(!is_challenge(TEXT, size), "%zu bytes", size);
	ck_assert(!is_challenge(nul, sizeof(nul)));
	ck_assert(is_challenge(TEXT, strlen(TEXT)));
}
END_TEST

START_TEST(what_fails_is_not_written_to)
{
	struct challenge c = {.time_usec = 7};

	ck_assert(!challenge_read(unit_view("signet pam"), &c));
	ck_assert_uint_eq(c.time_usec, 7);
}
END_TEST

START_TEST(one_is_known_by_its_beginning)
{
	ck_assert(challenge_begins(unit_view(TEXT)));
	ck_assert(challenge_begins(unit_view("signet pam")));
	ck_assert(challenge_begins(unit_view("signet pam challenge 2\n")));
	ck_assert(!challenge_begins(unit_view("signet pa")));
	ck_assert(!challenge_begins(unit_view(" signet pam")));
	ck_assert(!challenge_begins(unit_view("signet approval 1\n")));
	ck_assert(!challenge_begins((struct view){}));
}
END_TEST

START_TEST(services_are_named_as_files_of_pam)
{
	static const char *const yes[] = {"sudo", "su-l", "gdm-password", "polkit-1", "a", "x.y_z"};
	static const char *const no[] = {"",     "-",   ".",   "..", "-l",      ".x",
					 "Sudo", "a/b", "a b", "s*", "\xc3\xa4"};
	static char name[CHALLENGE_SERVICE_MAX + 1];

	for (size_t i = 0; i < array_len(yes); i++)
		ck_assert_msg(challenge_is_service(unit_view(yes[i])), "'%s'", yes[i]);
	for (size_t i = 0; i < array_len(no); i++)
		ck_assert_msg(!challenge_is_service(unit_view(no[i])), "'%s'", no[i]);
	ck_assert(!challenge_is_service((struct view){(const uint8_t *)"a\0b", 3}));
	ck_assert(challenge_is_service(repeat(name, CHALLENGE_SERVICE_MAX, 'a')));
	ck_assert(!challenge_is_service(repeat(name, CHALLENGE_SERVICE_MAX + 1, 'a')));
}
END_TEST

static void check_described(const struct challenge *c, size_t size, const char *expected)
{
	char text[512];

	challenge_describe(c, text, size);
	ck_assert_str_eq(text, expected);
}

START_TEST(one_line_says_what_it_is_for)
{
	struct challenge c = usual();

	check_described(&c, 512, "sudo for root by alice on /dev/pts/3: sudo apt upgrade");
	c.rhost = view_of("192.0.2.1");
	c.command = (struct view){};
	check_described(&c, 512, "sudo for root by alice from 192.0.2.1 on /dev/pts/3");
	c.ruser = c.rhost = c.tty = (struct view){};
	check_described(&c, 512, "sudo for root");
}
END_TEST

START_TEST(the_line_is_cut_between_characters)
{
	struct challenge c = usual();

	check_described(&c, 1, "");
	check_described(&c, 5, "sudo");
	check_described(&c, 25, "sudo for root by alice o");
	c.ruser = c.tty = (struct view){};
	c.user = view_of("\xc3\xa4\xc3\xa4");
	check_described(&c, 11, "sudo for ");
	check_described(&c, 12, "sudo for \xc3\xa4");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_written_has_this_form,
		what_was_written_is_read_again,
		the_longest_of_all_values_fit,
		values_that_are_no_clean_text_are_not_written,
		what_has_no_form_is_not_written,
		only_service_and_user_have_to_be_there,
		no_line_may_be_missing_doubled_or_called_otherwise,
		lines_in_another_order_are_none,
		damaged_values_are_refused,
		what_is_too_long_is_refused,
		every_cut_and_a_nul_are_refused,
		what_fails_is_not_written_to,
		one_is_known_by_its_beginning,
		services_are_named_as_files_of_pam,
		one_line_says_what_it_is_for,
		the_line_is_cut_between_characters,
	};

	return unit_run("challenge", tests, array_len(tests));
}
