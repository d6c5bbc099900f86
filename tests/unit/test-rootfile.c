/*
 * test-rootfile.c - files that others can write, or lead elsewhere, are not read
 *
 * Without root: whoever runs this stands for root, below a directory of its own.
 */
#include "pam/rootfile.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "tests/unit/unit.h"

static char top[] = "/tmp/test-rootfile-XXXXXX";
static int top_fd = -EBADF;

static void put_file(const char *path, const char *text)
{
	int fd = openat(top_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_write_all(fd, text, strlen(text)), 0);
	ck_assert_int_eq(fd_close(fd), -EBADF);
}

/* A tree with the file etc/keys/alice. */
static void set_up(void)
{
	(void)umask(022);
	ck_assert_ptr_nonnull(mkdtemp(top));
	top_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(top_fd, 0);
	ck_assert_int_eq(mkdirat(top_fd, "etc", 0755), 0);
	ck_assert_int_eq(mkdirat(top_fd, "etc/keys", 0755), 0);
	put_file("etc/keys/alice", "text\n");
}

static void tear_down(void)
{
	static const char *const files[] = {"etc/keys/alice", "etc/keys/other", "etc/other"};

	for (size_t i = 0; i < array_len(files); i++)
		(void)unlinkat(top_fd, files[i], 0); /* not all are there */
	ck_assert_int_eq(unlinkat(top_fd, "etc/keys", AT_REMOVEDIR), 0);
	ck_assert_int_eq(unlinkat(top_fd, "etc", AT_REMOVEDIR), 0);
	ck_assert_int_eq(rmdir(top), 0);
	top_fd = fd_close(top_fd);
}

static int try_path(const char *path, uid_t owner, size_t max, struct ini_error *error)
{
	char *text = NULL;
	size_t size = 0;
	int r = rootfile_read_below(top_fd, owner, path, max, &text, &size, error);

	if (r == 0) {
		ck_assert_str_eq(text, "text\n");
		ck_assert_uint_eq(size, 5);
		free(text);
	}
	return r;
}

static void check_read(const char *path)
{
	struct ini_error error = {};

	ck_assert_msg(try_path(path, getuid(), 5, &error) == 0, "%s: %s", path, error.what);
}

static void check_refused(const char *path, const char *what)
{
	struct ini_error error = {};

	ck_assert_msg(try_path(path, getuid(), 5, &error) == -EINVAL, "%s", path);
	ck_assert_str_eq(error.what, what);
}

START_TEST(a_file_that_only_its_owner_can_write_is_read)
{
	set_up();
	check_read("etc/keys/alice");
	check_read("/etc//keys/./alice");
	ck_assert_int_eq(fchmodat(top_fd, "etc/keys/alice", 0400, 0), 0);
	check_read("etc/keys/alice");
	tear_down();
}
END_TEST

START_TEST(what_is_not_there_is_said_apart)
{
	struct ini_error error = {};

	set_up();
	ck_assert_int_eq(try_path("etc/keys/bob", getuid(), 5, &error), -ENOENT);
	ck_assert_int_eq(try_path("etc/none/bob", getuid(), 5, &error), -ENOENT);
	tear_down();
}
END_TEST

START_TEST(what_others_can_write_is_refused)
{
	static const struct {
		const char *path, *what;
		mode_t usual;
	} rows[] = {
		{"etc/keys/alice", "'/etc/keys/alice' can be written by others than its owner",
		 0644},
		{"etc/keys", "'/etc/keys' can be written by others than its owner", 0755},
		{"etc", "'/etc' can be written by others than its owner", 0755},
		{".", "'/' can be written by others than its owner", 0755},
	};
	static const mode_t wrong[] = {0020, 0002, 01002};

	set_up();
	for (size_t i = 0; i < array_len(rows); i++) {
		for (size_t j = 0; j < array_len(wrong); j++) {
			ck_assert_int_eq(fchmodat(top_fd, rows[i].path, rows[i].usual | wrong[j],
						  0),
					 0);
			check_refused("/etc/keys/alice", rows[i].what);
		}
		ck_assert_int_eq(fchmodat(top_fd, rows[i].path, rows[i].usual, 0), 0);
		check_read("/etc/keys/alice");
	}
	tear_down();
}
END_TEST

START_TEST(what_belongs_to_another_is_refused)
{
	struct ini_error error = {};

	set_up();
	ck_assert_int_eq(try_path("/etc/keys/alice", getuid() + 1, 5, &error), -EINVAL);
	ck_assert_str_eq(error.what, "'/' does not belong to root");
	tear_down();
}
END_TEST

START_TEST(a_symbolic_link_is_refused_wherever_it_stands)
{
	set_up();
	ck_assert_int_eq(symlinkat("alice", top_fd, "etc/keys/other"), 0);
	check_refused("/etc/keys/other", "'/etc/keys/other' is a symbolic link or no directory");
	ck_assert_int_eq(symlinkat("keys", top_fd, "etc/other"), 0);
	check_refused("/etc/other/alice", "'/etc/other' is a symbolic link or no directory");
	check_refused("/etc/keys/alice/x", "'/etc/keys/alice' is a symbolic link or no directory");
	check_read("/etc/keys/alice");
	tear_down();
}
END_TEST

START_TEST(what_is_no_file_is_refused_and_nothing_hangs)
{
	set_up();
	ck_assert_int_eq(mkfifoat(top_fd, "etc/other", 0600), 0);
	check_refused("/etc/other", "'/etc/other' is not a regular file");
	check_refused("/etc/keys", "'/etc/keys' is not a regular file");
	check_refused("/etc/keys/", "'/etc/keys' is a directory, expected a file");
	check_refused("/", "'/' is a directory, expected a file");
	tear_down();
}
END_TEST

START_TEST(a_file_that_is_too_long_is_refused)
{
	struct ini_error error = {};

	set_up();
	ck_assert_int_eq(try_path("/etc/keys/alice", getuid(), 4, &error), -EINVAL);
	ck_assert_str_eq(error.what, "'/etc/keys/alice' is longer than it may be");
	check_read("/etc/keys/alice");
	tear_down();
}
END_TEST

START_TEST(names_have_their_lengths)
{
	char path[NAME_MAX + 3] = "/";
	struct ini_error error = {};

	set_up();
	memset(path + 1, 'x', NAME_MAX);
	ck_assert_int_eq(try_path(path, getuid(), 5, &error), -ENOENT);
	path[NAME_MAX + 1] = 'x';
	ck_assert_int_eq(try_path(path, getuid(), 5, &error), -ENAMETOOLONG);
	tear_down();
}
END_TEST

START_TEST(the_whole_path_is_roots)
{
	struct ini_error error = {};
	char *text = NULL;
	size_t size;

	ck_assert_int_eq(rootfile_read("/etc/passwd", 1 << 20, &text, &size, &error), 0);
	free(text);
	ck_assert_int_eq(rootfile_read("etc/passwd", 1 << 20, &text, &size, &error), -EINVAL);
	ck_assert_str_eq(error.what, "'etc/passwd' does not begin with '/'");
	ck_assert_int_eq(rootfile_read("", 1 << 20, &text, &size, &error), -EINVAL);
	set_up();
	ck_assert_int_eq(rootfile_read(top, 1 << 20, &text, &size, &error), -EINVAL);
	ck_assert_str_eq(error.what, "'/tmp' can be written by others than its owner");
	tear_down();
}
END_TEST

START_TEST(the_users_name_is_put_into_a_path)
{
	static const struct {
		const char *path, *user, *expected;
	} rows[] = {
		{"/etc/keys", "alice", "/etc/keys"},
		{"/etc/keys", "../root", "/etc/keys"}, /* not asked for */
		{"/etc/%u/%u.keys", "alice", "/etc/alice/alice.keys"},
		{"/etc/%%u/100%%", "alice", "/etc/%u/100%"},
		{"/etc/%%%u", "a%ub", "/etc/%a%ub"},
		{"/etc/%u", "a.b-c", "/etc/a.b-c"},
		{"/etc/%u", "\xc3\xa9", "/etc/\xc3\xa9"},
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		_cleanup_(freep) char *path = NULL;
		struct ini_error error = {};

		ck_assert_int_eq(rootfile_expand(rows[i].path, rows[i].user, &path, &error), 0);
		ck_assert_str_eq(path, rows[i].expected);
	}
}
END_TEST

START_TEST(a_name_that_leads_elsewhere_is_refused)
{
	static const char *const users[] = {"",       ".",        "..",      ".alice",  "-alice",
					    "/",      "a/b",      "../root", "alice\n", "al\033ice",
					    "al\tic", "\xff\xfe", "a\x7f"};
	char longest[257] = {};
	struct ini_error error = {};
	char *path = NULL;

	for (size_t i = 0; i < array_len(users); i++) {
		ck_assert_msg(rootfile_expand("/etc/%u", users[i], &path, &error) == -EINVAL,
			      "'%s'", users[i]);
		ck_assert_str_eq(error.what, "the user's name cannot stand in a path");
	}
	memset(longest, 'a', 256);
	ck_assert_int_eq(rootfile_expand("/etc/%u", longest, &path, &error), -EINVAL);
	longest[255] = '\0';
	ck_assert_int_eq(rootfile_expand("/etc/%u", longest, &path, &error), 0);
	free(path);
}
END_TEST

START_TEST(a_path_that_says_something_else_is_refused)
{
	static const char *const paths[] = {"/etc/%h", "/etc/%", "/etc/%U", "etc/%u", "", "%u"};
	_cleanup_(freep) char *longest = calloc(1, PATH_MAX + 1);
	struct ini_error error = {};
	char *path = NULL;

	for (size_t i = 0; i < array_len(paths); i++)
		ck_assert_msg(rootfile_expand(paths[i], "alice", &path, &error) == -EINVAL, "%s",
			      paths[i]);
	memset(longest, '/', PATH_MAX);
	ck_assert_int_eq(rootfile_expand(longest, "alice", &path, &error), -EINVAL);
	longest[PATH_MAX - 1] = '\0';
	ck_assert_int_eq(rootfile_expand(longest, "alice", &path, &error), 0);
	free(path);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_file_that_only_its_owner_can_write_is_read,
		what_is_not_there_is_said_apart,
		what_others_can_write_is_refused,
		what_belongs_to_another_is_refused,
		a_symbolic_link_is_refused_wherever_it_stands,
		what_is_no_file_is_refused_and_nothing_hangs,
		a_file_that_is_too_long_is_refused,
		names_have_their_lengths,
		the_whole_path_is_roots,
		the_users_name_is_put_into_a_path,
		a_name_that_leads_elsewhere_is_refused,
		a_path_that_says_something_else_is_refused,
	};

	return unit_run("rootfile", tests, array_len(tests));
}
