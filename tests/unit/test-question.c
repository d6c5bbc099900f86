/*
 * test-question.c - what is signed is one line of printable text for each thing, whatever there was
 */
#include "pam/question.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/resource.h>

#include "agent/base/clock.h"
#include "agent/wire/challenge.h"

#define QUOTED_SIZE 256u

static void check_quoted(const char *cmdline, size_t size, const char *expected)
{
	char got[QUOTED_SIZE];

	question_quote(cmdline, size, got, sizeof(got));
	ck_assert_str_eq(got, expected);
}

#define CHECK_QUOTED(cmdline, expected) check_quoted(cmdline, sizeof(cmdline), expected)

START_TEST(plain_words_stay_as_they_are)
{
	CHECK_QUOTED("sudo\0apt-get\0-y\0install=1.2+b:3,4/x@y_%",
		     "sudo apt-get -y install=1.2+b:3,4/x@y_%");
	check_quoted("", 0, "");
}
END_TEST

START_TEST(words_are_told_apart_as_a_shell_would)
{
	CHECK_QUOTED("sudo\0rm\0a b\0", "sudo rm $'a b' $''");
	CHECK_QUOTED("rm\0;reboot\0$(id)\0`id`", "rm $';reboot' $'$(id)' $'`id`'");
	CHECK_QUOTED("echo\0it's\0\\n", "echo $'it\\'s' $'\\\\n'");
}
END_TEST

START_TEST(what_is_not_printable_is_written_as_a_number)
{
	CHECK_QUOTED("a\nb", "$'a\\x0ab'");
	CHECK_QUOTED("\x1b[2J", "$'\\x1b[2J'");
	CHECK_QUOTED("caf\xc3\xa9", "$'caf\\xc3\\xa9'");
	CHECK_QUOTED("\xe2\x80\xae", "$'\\xe2\\x80\\xae'");
	CHECK_QUOTED("a\x7f", "$'a\\x7f'");
}
END_TEST

START_TEST(what_is_too_long_is_cut_and_says_so)
{
	char cmdline[1000], got[QUOTED_SIZE];

	memset(cmdline, 'x', sizeof(cmdline));
	cmdline[sizeof(cmdline) - 1] = '\0';
	question_quote(cmdline, sizeof(cmdline), got, sizeof(got));
	ck_assert_uint_lt(strlen(got), sizeof(got));
	ck_assert_ptr_nonnull(strstr(got, "xxx [cut: 1000 bytes in all]"));
	memset(cmdline, '\n', sizeof(cmdline) - 1);
	question_quote(cmdline, sizeof(cmdline), got, sizeof(got));
	ck_assert_uint_lt(strlen(got), sizeof(got));
	ck_assert_ptr_nonnull(strstr(got, " [cut: 1000 bytes in all]"));
}
END_TEST

/* Nothing is left out silently, and nothing is written behind the end. */
START_TEST(every_length_is_whole_or_cut)
{
	char cmdline[QUOTED_SIZE], got[QUOTED_SIZE];

	for (size_t len = 1; len < sizeof(cmdline) - 1; len++) {
		memset(cmdline, len % 2 ? 'x' : '\n', len);
		cmdline[len] = '\0';
		memset(got, 0x55, sizeof(got));
		question_quote(cmdline, len + 1, got, sizeof(got));
		ck_assert_ptr_nonnull(memchr(got, '\0', sizeof(got)));
		if (!strstr(got, "[cut: "))
			ck_assert_uint_eq(strlen(got), len % 2 ? len : 4 * len + 3);
	}
}
END_TEST

static void write_question(const struct question *q, struct writer *w, struct challenge *ret)
{
	writer_init(w, CHALLENGE_MAX);
	ck_assert_int_eq(question_write(q, w), 0);
	ck_assert(challenge_read(writer_view(w), ret));
}

START_TEST(it_says_who_wants_what_where_and_when)
{
	const struct question q = {"sudo", "root", "alice", NULL, "/dev/pts/3"};
	uint64_t now = clock_realtime_usec();
	struct challenge c;
	struct writer w;

	write_question(&q, &w, &c);
	unit_check_text(c.service, "sudo");
	unit_check_text(c.user, "root");
	unit_check_text(c.ruser, "alice");
	unit_check_text(c.rhost, "");
	unit_check_text(c.tty, "/dev/pts/3");
	ck_assert_uint_gt(c.host.size, 0);
	ck_assert_uint_gt(c.command.size, 0);
	ck_assert_uint_ge(c.time_usec, now - now % USEC_PER_SEC);
	ck_assert_uint_le(c.time_usec, now + 60 * USEC_PER_SEC);
	writer_done(&w);
}
END_TEST

START_TEST(no_two_have_the_same_nonce)
{
	const struct question q = {"sudo", "root", "alice", NULL, NULL};
	struct challenge a, b;
	struct writer v, w;

	write_question(&q, &v, &a);
	write_question(&q, &w, &b);
	ck_assert_mem_ne(a.nonce, b.nonce, sizeof(a.nonce));
	writer_done(&v);
	writer_done(&w);
}
END_TEST

START_TEST(what_a_terminal_or_host_is_called_breaks_no_line)
{
	const struct question q = {"sudo", "root", "al\nice", "evil\nuser: root", "\x1b]0;\xff"};
	struct challenge c;
	struct writer w;

	write_question(&q, &w, &c);
	unit_check_text(c.ruser, "al?ice");
	unit_check_text(c.rhost, "evil?user: root");
	unit_check_text(c.tty, "?]0;?");
	writer_done(&w);
}
END_TEST

START_TEST(a_value_that_stands_for_none_is_none)
{
	const struct question q = {"sudo", "root", "alice", "-", ""};
	struct challenge c;
	struct writer w;

	write_question(&q, &w, &c);
	unit_check_text(c.rhost, "");
	unit_check_text(c.tty, "");
	writer_done(&w);
}
END_TEST

/* Who calls a set-user-ID program can set such limits; approvers would not see what they approve. */
START_TEST(without_a_command_there_is_no_question)
{
	const struct question q = {"sudo", "root", "alice", NULL, NULL};
	struct rlimit before, none;
	struct writer w;
	int r;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
	writer_init(&w, CHALLENGE_MAX);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	r = question_write(&q, &w);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(r, -EMFILE);
	ck_assert_uint_eq(w.size, 0);
	writer_done(&w);
}
END_TEST

START_TEST(a_service_that_no_purpose_can_name_is_refused)
{
	static const char *const bad[] = {"", "Sudo", "su do", "../sudo", "a*", "-x"};

	for (size_t i = 0; i < array_len(bad); i++) {
		const struct question q = {bad[i], "root", "alice", NULL, NULL};
		struct writer w;

		writer_init(&w, CHALLENGE_MAX);
		ck_assert_int_eq(question_write(&q, &w), -EINVAL);
		writer_done(&w);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		plain_words_stay_as_they_are,
		words_are_told_apart_as_a_shell_would,
		what_is_not_printable_is_written_as_a_number,
		what_is_too_long_is_cut_and_says_so,
		every_length_is_whole_or_cut,
		it_says_who_wants_what_where_and_when,
		no_two_have_the_same_nonce,
		what_a_terminal_or_host_is_called_breaks_no_line,
		a_value_that_stands_for_none_is_none,
		without_a_command_there_is_no_question,
		a_service_that_no_purpose_can_name_is_refused,
	};
	return unit_run("question", tests, array_len(tests));
}
