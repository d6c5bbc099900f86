/*
 * test-fd.c - descriptors: addresses, sealed memory, bounded reading
 */
#include "agent/base/fd.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALL_SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK)

START_TEST(close_takes_none_and_keeps_errno)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	errno = ENOTTY;
	ck_assert_int_eq(fd_close(-EBADF), -EBADF);
	fd = fd_close(fd);
	ck_assert_int_eq(fd, -EBADF);
	ck_assert_int_eq(errno, ENOTTY);
}
END_TEST

START_TEST(take_leaves_none_behind)
{
	int fd = 7;

	ck_assert_int_eq(take_fd(&fd), 7);
	ck_assert_int_eq(fd, -EBADF);
}
END_TEST

START_TEST(an_address_takes_as_much_as_fits_with_its_nul)
{
	struct sockaddr_un address;
	char path[sizeof(address.sun_path) + 1];
	unsigned len;

	ck_assert_int_eq(fd_unix_address("/run/x", &address, &len), 0);
	ck_assert_int_eq(address.sun_family, AF_UNIX);
	ck_assert_str_eq(address.sun_path, "/run/x");
	ck_assert_uint_eq(len, offsetof(struct sockaddr_un, sun_path) + 7);

	ck_assert_int_eq(fd_unix_address("", &address, &len), -EINVAL);
	memset(path, 'p', sizeof(path));
	path[sizeof(address.sun_path)] = '\0';
	ck_assert_int_eq(fd_unix_address(path, &address, &len), -ENAMETOOLONG);
	path[sizeof(address.sun_path) - 1] = '\0';
	ck_assert_int_eq(fd_unix_address(path, &address, &len), 0);
	ck_assert_str_eq(address.sun_path, path);
}
END_TEST

static int memory(int seals, size_t size)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static bool is_sealed(int fd, size_t max)
{
	bool answer = false;

	ck_assert_int_eq(fd_is_sealed_memfd(fd, max, &answer), 0);
	(void)close(fd);
	return answer;
}

START_TEST(only_all_three_seals_will_do)
{
	ck_assert(is_sealed(memory(ALL_SEALS, 8), 8));
	ck_assert(is_sealed(memory(ALL_SEALS | F_SEAL_SEAL, 8), 8));
	ck_assert(is_sealed(memory(ALL_SEALS, 0), 8));
	ck_assert(!is_sealed(memory(0, 8), 8));
	ck_assert(!is_sealed(memory(F_SEAL_WRITE | F_SEAL_GROW, 8), 8));
	ck_assert(!is_sealed(memory(F_SEAL_WRITE | F_SEAL_SHRINK, 8), 8));
	ck_assert(!is_sealed(memory(F_SEAL_SHRINK | F_SEAL_GROW, 8), 8));
	ck_assert(!is_sealed(memory(ALL_SEALS, 9), 8));
}
END_TEST

START_TEST(what_is_no_memfd_is_an_answer_not_an_error)
{
	int pipe_fds[2];

	ck_assert_int_eq(pipe2(pipe_fds, O_CLOEXEC), 0);
	ck_assert(!is_sealed(pipe_fds[0], 8));
	(void)close(pipe_fds[1]);
	ck_assert(!is_sealed(open("/dev/null", O_RDWR | O_CLOEXEC), 8));
	ck_assert(!is_sealed(open("/etc/passwd", O_RDONLY | O_CLOEXEC), 1 << 20));
}
END_TEST

START_TEST(a_bad_descriptor_is_an_error)
{
	bool answer;

	ck_assert_int_eq(fd_is_sealed_memfd(-EBADF, 8, &answer), -EBADF);
}
END_TEST

START_TEST(a_file_is_read_whole_or_refused)
{
	char dir[] = "/tmp/signet-fd.XXXXXX", *text = NULL;
	size_t size = 4711;
	int dir_fd, fd;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(dir_fd, 0);
	fd = openat(dir_fd, "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(write(fd, "0123456789", 10), 10);
	(void)close(fd);

	ck_assert_int_eq(fd_read_file(dir_fd, "f", 10, &text, &size), 0);
	ck_assert_uint_eq(size, 10);
	ck_assert_str_eq(text, "0123456789");
	free(take_ptr(text));
	ck_assert_int_eq(fd_read_file(dir_fd, "f", 9, &text, &size), -EFBIG);
	ck_assert_int_eq(fd_read_file(dir_fd, "none", 9, &text, &size), -ENOENT);
	ck_assert_int_eq(fd_read_file(dir_fd, ".", 9, &text, &size), -EISDIR);
	ck_assert_int_eq(fd_read_file(AT_FDCWD, "/dev/null", 9, &text, &size), -EINVAL);
	/* A pipe must not make us wait for a writer. */
	ck_assert_int_eq(mkfifoat(dir_fd, "pipe", 0600), 0);
	ck_assert_int_eq(fd_read_file(dir_fd, "pipe", 9, &text, &size), -EINVAL);
	ck_assert_ptr_null(text);

	ck_assert_int_eq(unlinkat(dir_fd, "f", 0), 0);
	ck_assert_int_eq(unlinkat(dir_fd, "pipe", 0), 0);
	(void)close(dir_fd);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		close_takes_none_and_keeps_errno,
		take_leaves_none_behind,
		an_address_takes_as_much_as_fits_with_its_nul,
		only_all_three_seals_will_do,
		what_is_no_memfd_is_an_answer_not_an_error,
		a_bad_descriptor_is_an_error,
		a_file_is_read_whole_or_refused,
	};

	return unit_run("fd", tests, array_len(tests));
}
