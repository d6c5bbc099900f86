/*
 * test-sessions.c - of the sessions of a token one is the last, however they end
 */
#include "pam/sessions.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/fd.h"

static char top[32];

static void begin(void)
{
	(void)snprintf(top, sizeof(top), "/tmp/signet-sessions-XXXXXX"); /* fits */
	ck_assert_ptr_nonnull(mkdtemp(top));
}

static void end(void)
{
	char command[64];

	(void)snprintf(command, sizeof(command), "rm -rf %s", top); /* fits */
	ck_assert_int_eq(system(command), 0);
}

static int join(const char *token)
{
	int fd;

	ck_assert_int_eq(sessions_join(top, token, &fd), 0);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static bool leave(const char *token, int fd)
{
	int held;
	bool is_last;

	sessions_leave(fd);
	is_last = sessions_are_over(top, token, &held);
	if (is_last)
		sessions_leave(held);
	return is_last;
}

/* A process with a session; it ends when the returned descriptor is closed, or by a signal. */
static pid_t join_elsewhere(const char *token, int *ret_fd)
{
	int joined[2], go_on[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(joined), 0);
	ck_assert_int_eq(pipe(go_on), 0);
	pid = fork();
	if (pid == 0) {
		(void)close(go_on[1]);
		(void)join(token);
		(void)!write(joined[1], "", 1);
		(void)!read(go_on[0], &byte, 1);
		_exit(0);
	}
	(void)close(go_on[0]);
	ck_assert_int_eq(read(joined[0], &byte, 1), 1);
	(void)close(joined[0]);
	(void)close(joined[1]);
	*ret_fd = go_on[1];
	return pid;
}

static void await(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
}

START_TEST(of_one_session_the_first_is_the_last)
{
	begin();
	ck_assert(leave("main", join("main")));
	end();
}
END_TEST

START_TEST(of_three_only_the_third_is_the_last)
{
	int a, b, c;

	begin();
	a = join("main");
	b = join("main");
	c = join("main");
	ck_assert(!leave("main", b));
	ck_assert(!leave("main", c));
	ck_assert(leave("main", a));
	end();
}
END_TEST

START_TEST(another_tokens_session_does_not_matter)
{
	int other, own;

	begin();
	other = join("other");
	own = join("main");
	ck_assert(leave("main", own));
	ck_assert(leave("other", other));
	end();
}
END_TEST

START_TEST(a_session_in_another_process_counts_until_that_is_killed)
{
	int fd, own;
	pid_t pid;

	begin();
	pid = join_elsewhere("main", &fd);
	own = join("main");
	ck_assert(!leave("main", own));
	own = join("main");
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	await(pid);
	ck_assert(leave("main", own));
	(void)close(fd);
	end();
}
END_TEST

START_TEST(who_has_joined_elsewhere_can_leave_here)
{
	int fd;
	pid_t pid;

	begin();
	pid = join_elsewhere("main", &fd);
	ck_assert(!leave("main", -EBADF));
	(void)close(fd);
	await(pid);
	ck_assert(leave("main", -EBADF));
	end();
}
END_TEST

/* As sshd does: the process that was forked has the lock, too, and goes on after the session. */
START_TEST(a_forked_process_neither_keeps_nor_ends_the_session)
{
	int own, go_on[2];
	char byte;
	pid_t pid;

	begin();
	own = join("main");
	ck_assert_int_eq(pipe(go_on), 0);
	pid = fork();
	if (pid == 0) {
		(void)close(go_on[1]);
		(void)!read(go_on[0], &byte, 1);
		_exit(0);
	}
	ck_assert(leave("main", own));
	own = join("main");
	(void)close(go_on[1]);
	await(pid);
	ck_assert(!leave("main", -EBADF));
	ck_assert(leave("main", own));
	end();
}
END_TEST

START_TEST(nobody_joins_while_the_last_one_leaves)
{
	int held, fd = -EBADF;

	begin();
	ck_assert(sessions_are_over(top, "main", &held));
	ck_assert_int_eq(sessions_join(top, "main", &fd), -EWOULDBLOCK);
	ck_assert_int_eq(fd, -EBADF);
	sessions_leave(held);
	ck_assert(leave("main", join("main")));
	end();
}
END_TEST

START_TEST(a_directory_that_others_can_write_is_refused)
{
	int fd = -EBADF;

	begin();
	ck_assert_int_eq(chmod(top, 0777), 0);
	ck_assert_int_eq(sessions_join(top, "main", &fd), -EPERM);
	ck_assert(!sessions_are_over(top, "main", &fd));
	ck_assert_int_eq(fd, -EBADF);
	end();
}
END_TEST

START_TEST(a_link_in_place_of_the_file_is_not_followed)
{
	char path[64];
	int fd = -EBADF;

	begin();
	(void)snprintf(path, sizeof(path), "%s/main", top); /* fits */
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	ck_assert_int_lt(sessions_join(top, "main", &fd), 0);
	ck_assert_int_eq(fd, -EBADF);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		of_one_session_the_first_is_the_last,
		of_three_only_the_third_is_the_last,
		another_tokens_session_does_not_matter,
		a_session_in_another_process_counts_until_that_is_killed,
		who_has_joined_elsewhere_can_leave_here,
		a_forked_process_neither_keeps_nor_ends_the_session,
		nobody_joins_while_the_last_one_leaves,
		a_directory_that_others_can_write_is_refused,
		a_link_in_place_of_the_file_is_not_followed,
	};
	return unit_run("sessions", tests, array_len(tests));
}
