/*
 * test-output.c - where signet(1) writes, and what it does not write into
 */
#include "client/cli/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* signet(1) shares no headers with the agent, and has one of this name as well. */
#define freep unit_freep
#include "tests/unit/unit.h"
#undef freep

static char dir[] = "/tmp/test-output-XXXXXX";
static char file[64], pipe_path[64];
static int pipe_fd = -1; /* its reading end */

static void set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(file, sizeof(file), "%s/file.sig", dir);
	(void)snprintf(pipe_path, sizeof(pipe_path), "%s/pipe", dir);
	ck_assert_int_eq(mkfifo(pipe_path, 0600), 0);
	pipe_fd = open(pipe_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(pipe_fd, 0);
}

/* Nothing but these names may be left; they are removed. */
static void tear_down(void)
{
	(void)close(pipe_fd);
	(void)unlink(file); /* it may not be there */
	ck_assert_int_eq(unlink(pipe_path), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void check_contents(const char *expected)
{
	char got[64] = "";
	struct stat st;
	int fd = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_int_eq(read(fd, got, sizeof(got) - 1), (ssize_t)strlen(expected));
	ck_assert_str_eq(got, expected);
	(void)close(fd);
}

/* A pipe without a writer reads as its end; one that was written to gives what was written. */
static void check_pipe(const char *expected)
{
	char got[64] = "";
	ssize_t n = read(pipe_fd, got, sizeof(got) - 1);

	ck_assert_int_eq(n, (ssize_t)strlen(expected));
	ck_assert_str_eq(got, expected);
}

static enum exit_code replace_file(void)
{
	return output_replace(file, "signature", strlen("signature"));
}

static enum exit_code write_file(void)
{
	return output_write(file, "signature", strlen("signature"));
}

START_TEST(a_new_file_is_written_whole)
{
	set_up();
	ck_assert_int_eq(replace_file(), EXIT_DONE);
	check_contents("signature");
	ck_assert_int_eq(write_file(), EXIT_DONE);
	check_contents("signature");
	tear_down();
}
END_TEST

START_TEST(a_link_to_a_pipe_with_our_own_name_is_replaced_and_the_pipe_left_alone)
{
	set_up();
	ck_assert_int_eq(symlink(pipe_path, file), 0);
	ck_assert_int_eq(replace_file(), EXIT_DONE);
	check_contents("signature");
	check_pipe("");
	tear_down();
}
END_TEST

START_TEST(a_pipe_with_our_own_name_is_replaced)
{
	set_up();
	ck_assert_int_eq(link(pipe_path, file), 0);
	ck_assert_int_eq(replace_file(), EXIT_DONE);
	check_contents("signature");
	check_pipe("");
	tear_down();
}
END_TEST

START_TEST(a_link_to_a_device_is_replaced_and_the_device_left_alone)
{
	struct stat st;

	set_up();
	ck_assert_int_eq(symlink("/dev/null", file), 0);
	ck_assert_int_eq(replace_file(), EXIT_DONE);
	check_contents("signature");
	ck_assert_int_eq(stat("/dev/null", &st), 0);
	ck_assert(S_ISCHR(st.st_mode));
	tear_down();
}
END_TEST

START_TEST(a_link_that_leads_nowhere_is_replaced)
{
	char target[80];

	set_up();
	(void)snprintf(target, sizeof(target), "%s/nothing", dir);
	ck_assert_int_eq(symlink(target, file), 0);
	ck_assert_int_eq(replace_file(), EXIT_DONE);
	check_contents("signature");
	ck_assert_int_lt(access(target, F_OK), 0);
	tear_down();
}
END_TEST

START_TEST(a_pipe_that_somebody_named_is_written_to)
{
	struct stat st;

	set_up();
	ck_assert_int_eq(symlink(pipe_path, file), 0);
	ck_assert_int_eq(write_file(), EXIT_DONE);
	check_pipe("signature");
	ck_assert_int_eq(lstat(file, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	tear_down();
}
END_TEST

/* A regular file with 'before' in it, and file as a link to it: by its name or its descriptor. */
static int open_target(char *target, size_t size, bool is_descriptor)
{
	char link[32];
	int fd;

	(void)snprintf(target, size, "%s/target", dir);
	fd = open(target, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_lt(fd, 10);
	ck_assert_int_eq(write(fd, "before ", 7), 7);
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ck_assert_int_eq(symlink(is_descriptor ? link : target, file), 0);
	return fd;
}

static void check_target(const char *target, int fd, const char *expected)
{
	char got[64] = "";

	ck_assert_int_eq(pread(fd, got, sizeof(got) - 1, 0), (ssize_t)strlen(expected));
	ck_assert_str_eq(got, expected);
	(void)close(fd);
	ck_assert_int_eq(unlink(target), 0);
}

START_TEST(a_link_to_what_is_open_here_is_written_through)
{
	char target[80];
	struct stat st;
	int fd;

	set_up();
	fd = open_target(target, sizeof(target), true);
	ck_assert_int_eq(write_file(), EXIT_DONE);
	ck_assert_int_eq(lstat(file, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	check_target(target, fd, "before signature");
	tear_down();
}
END_TEST

START_TEST(a_link_to_a_file_that_is_not_open_here_is_replaced_and_the_file_left_alone)
{
	char target[80];
	int fd;

	set_up();
	fd = open_target(target, sizeof(target), false);
	(void)close(fd);
	ck_assert_int_eq(write_file(), EXIT_DONE);
	check_contents("signature");
	check_target(target, open(target, O_RDONLY | O_CLOEXEC), "before ");
	tear_down();
}
END_TEST

START_TEST(what_is_open_for_reading_alone_is_left_alone)
{
	char target[80];
	int fd;

	set_up();
	fd = open_target(target, sizeof(target), false);
	(void)close(fd);
	fd = open(target, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write_file(), EXIT_DONE);
	check_contents("signature");
	check_target(target, fd, "before ");
	tear_down();
}
END_TEST

START_TEST(a_directory_is_not_written_to_and_nothing_is_left_behind)
{
	set_up();
	ck_assert_int_eq(mkdir(file, 0700), 0);
	ck_assert_int_eq(replace_file(), EXIT_IO);
	ck_assert_int_eq(write_file(), EXIT_IO);
	ck_assert_int_eq(rmdir(file), 0);
	tear_down(); /* finds nothing else */
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_new_file_is_written_whole,
		a_link_to_a_pipe_with_our_own_name_is_replaced_and_the_pipe_left_alone,
		a_pipe_with_our_own_name_is_replaced,
		a_link_to_a_device_is_replaced_and_the_device_left_alone,
		a_link_that_leads_nowhere_is_replaced,
		a_pipe_that_somebody_named_is_written_to,
		a_link_to_what_is_open_here_is_written_through,
		a_link_to_a_file_that_is_not_open_here_is_replaced_and_the_file_left_alone,
		what_is_open_for_reading_alone_is_left_alone,
		a_directory_is_not_written_to_and_nothing_is_left_behind,
	};

	return unit_run("output", tests, array_len(tests));
}
