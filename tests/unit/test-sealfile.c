/*
 * test-sealfile.c - seals are found where root has put them, and replaced whole or not at all
 */
#include "pam/sealfile.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "agent/base/words.h"

#define ALICE 1001

static char top[32];

static void begin(void)
{
	(void)snprintf(top, sizeof(top), "/tmp/signet-sealfile-XXXXXX"); /* fits */
	ck_assert_ptr_nonnull(mkdtemp(top));
}

static void end(void)
{
	char command[64];

	(void)snprintf(command, sizeof(command), "rm -rf %s", top); /* fits */
	ck_assert_int_eq(system(command), 0);
}

static const char *path_of(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", top, name); /* fits */
	return path;
}

static int open_seals(bool is_made, int *ret)
{
	return sealfile_open(top, getuid(), ALICE, is_made, ret);
}

/* The words of a list, for comparing. */
static char *listed(int dir)
{
	char **tokens, *line = calloc(1, 256);

	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(sealfile_list(dir, &tokens), 0);
	for (size_t i = 0; tokens[i]; i++)
		(void)snprintf(line + strlen(line), 256 - strlen(line), "%s ", tokens[i]);
	words_free(tokens);
	return line;
}

static void put_file(int dir, const char *name, size_t size)
{
	_cleanup_(fd_closep) int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
}

START_TEST(what_is_written_is_read_and_is_its_owners_alone)
{
	_cleanup_(fd_closep) int dir = -EBADF;
	uint8_t written[SEAL_SIZE], read[SEAL_SIZE];
	struct stat st;

	begin();
	memset(written, 0xa5, sizeof(written));
	ck_assert_int_eq(open_seals(true, &dir), 0);
	ck_assert_int_eq(sealfile_write(dir, "main", written), 0);
	ck_assert_int_eq(sealfile_read(dir, "main", read), 0);
	ck_assert_mem_eq(read, written, SEAL_SIZE);
	ck_assert_int_eq(fstatat(dir, "main", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(fstat(dir, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	end();
}
END_TEST

START_TEST(who_has_none_has_no_directory)
{
	_cleanup_(fd_closep) int dir = -EBADF;

	begin();
	ck_assert_int_eq(open_seals(false, &dir), -ENOENT);
	ck_assert_int_eq(sealfile_open(path_of("none"), getuid(), ALICE, false, &dir), -ENOENT);
	ck_assert_int_eq(dir, -EBADF);
	end();
}
END_TEST

START_TEST(directories_that_others_own_or_can_write_are_refused)
{
	_cleanup_(fd_closep) int dir = -EBADF;

	begin();
	ck_assert_int_eq(sealfile_open(top, getuid() + 1, ALICE, true, &dir), -EPERM);
	ck_assert_int_eq(chmod(top, 0770), 0);
	ck_assert_int_eq(open_seals(true, &dir), -EPERM);
	ck_assert_int_eq(chmod(top, 0700), 0);
	ck_assert_int_eq(mkdir(path_of("1001"), 0700), 0);
	ck_assert_int_eq(chmod(path_of("1001"), 0707), 0);
	ck_assert_int_eq(open_seals(true, &dir), -EPERM);
	ck_assert_int_eq(dir, -EBADF);
	end();
}
END_TEST

START_TEST(links_are_not_followed)
{
	_cleanup_(fd_closep) int dir = -EBADF;

	begin();
	ck_assert_int_eq(mkdir(path_of("real"), 0700), 0);
	ck_assert_int_eq(symlink("real", path_of("1001")), 0);
	ck_assert_int_lt(open_seals(true, &dir), 0);
	ck_assert_int_eq(dir, -EBADF);
	end();
}
END_TEST

START_TEST(names_that_no_token_has_are_not_listed)
{
	_cleanup_(freep) char *names = NULL;
	_cleanup_(fd_closep) int dir = -EBADF;

	begin();
	ck_assert_int_eq(open_seals(true, &dir), 0);
	put_file(dir, "spare", SEAL_SIZE);
	put_file(dir, ".new", SEAL_SIZE);
	put_file(dir, "-x", SEAL_SIZE);
	put_file(dir, "a b", SEAL_SIZE);
	put_file(dir, "main", SEAL_SIZE);
	names = listed(dir);
	ck_assert_str_eq(names, "main spare ");
	end();
}
END_TEST

START_TEST(a_file_of_another_length_is_no_seal)
{
	_cleanup_(fd_closep) int dir = -EBADF;
	uint8_t read[SEAL_SIZE];

	begin();
	ck_assert_int_eq(open_seals(true, &dir), 0);
	put_file(dir, "empty", 0);
	put_file(dir, "short", SEAL_SIZE - 1);
	put_file(dir, "long", SEAL_SIZE + 1);
	ck_assert_int_eq(sealfile_read(dir, "empty", read), -EBADMSG);
	ck_assert_int_eq(sealfile_read(dir, "short", read), -EBADMSG);
	ck_assert_int_eq(sealfile_read(dir, "long", read), -EBADMSG);
	ck_assert_int_eq(sealfile_read(dir, "none", read), -ENOENT);
	end();
}
END_TEST

START_TEST(what_a_dead_writer_has_left_does_not_matter)
{
	_cleanup_(fd_closep) int dir = -EBADF;
	uint8_t old[SEAL_SIZE] = {1}, new[SEAL_SIZE] = {2}, read[SEAL_SIZE];

	begin();
	ck_assert_int_eq(open_seals(true, &dir), 0);
	ck_assert_int_eq(sealfile_write(dir, "main", old), 0);
	put_file(dir, ".new", 7);
	ck_assert_int_eq(sealfile_read(dir, "main", read), 0);
	ck_assert_mem_eq(read, old, SEAL_SIZE);
	ck_assert_int_eq(sealfile_write(dir, "main", new), 0);
	ck_assert_int_eq(sealfile_read(dir, "main", read), 0);
	ck_assert_mem_eq(read, new, SEAL_SIZE);
	ck_assert_int_lt(faccessat(dir, ".new", F_OK, 0), 0);
	end();
}
END_TEST

START_TEST(of_two_writers_one_has_to_come_again)
{
	_cleanup_(fd_closep) int dir = -EBADF, other = -EBADF;

	begin();
	ck_assert_int_eq(open_seals(true, &dir), 0);
	ck_assert_int_eq(open_seals(true, &other), 0);
	ck_assert_int_eq(sealfile_lock(other), 0);
	ck_assert_int_eq(sealfile_lock(dir), -EAGAIN);
	other = fd_close(other);
	ck_assert_int_eq(sealfile_lock(dir), 0);
	end();
}
END_TEST

START_TEST(what_is_removed_is_gone)
{
	_cleanup_(fd_closep) int dir = -EBADF;
	uint8_t seal[SEAL_SIZE] = {};

	begin();
	ck_assert_int_eq(open_seals(true, &dir), 0);
	ck_assert_int_eq(sealfile_write(dir, "main", seal), 0);
	ck_assert_int_eq(sealfile_remove(dir, "main"), 0);
	ck_assert_int_eq(sealfile_remove(dir, "main"), -ENOENT);
	ck_assert_int_eq(sealfile_read(dir, "main", seal), -ENOENT);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_written_is_read_and_is_its_owners_alone,
		who_has_none_has_no_directory,
		directories_that_others_own_or_can_write_are_refused,
		links_are_not_followed,
		names_that_no_token_has_are_not_listed,
		a_file_of_another_length_is_no_seal,
		what_a_dead_writer_has_left_does_not_matter,
		of_two_writers_one_has_to_come_again,
		what_is_removed_is_gone,
	};
	return unit_run("sealfile", tests, array_len(tests));
}
