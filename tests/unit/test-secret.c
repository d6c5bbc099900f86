/*
 * test-secret.c - a PIN is read as it is, or refused
 */
#include "agent/base/secret.h"

#include "tests/unit/unit.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/limits.h"

static int memory(const void *data, size_t size)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	return fd;
}

static int read_secret(const void *data, size_t size, size_t max, struct secret **ret)
{
	int fd = memory(data, size), r;

	*ret = NULL;
	r = secret_read(fd, max, ret);
	ck_assert_int_eq(r < 0, *ret == NULL);
	(void)close(fd);
	return r;
}

START_TEST(a_pin_is_read_without_its_newline)
{
	static const char *const inputs[] = {"648219", "648219\n"};

	for (size_t i = 0; i < array_len(inputs); i++) {
		_cleanup_(secret_freep) struct secret *s = NULL;

		ck_assert_int_eq(read_secret(inputs[i], strlen(inputs[i]), PIN_MAX, &s), 0);
		ck_assert_uint_eq(s->size, 6);
		ck_assert_str_eq(s->bytes, "648219");
	}
}
END_TEST

START_TEST(only_one_newline_is_dropped)
{
	_cleanup_(secret_freep) struct secret *s = NULL;

	ck_assert_int_eq(read_secret("12 \n\n", 5, PIN_MAX, &s), 0);
	ck_assert_str_eq(s->bytes, "12 \n");
}
END_TEST

START_TEST(empty_secrets_are_none)
{
	struct secret *s;

	ck_assert_int_eq(read_secret("", 0, PIN_MAX, &s), -ENODATA);
	ck_assert_int_eq(read_secret("\n", 1, PIN_MAX, &s), -ENODATA);
}
END_TEST

START_TEST(a_nul_inside_is_refused)
{
	struct secret *s;

	ck_assert_int_eq(read_secret("12\0"
				     "34",
				     5, PIN_MAX, &s),
			 -EINVAL);
	ck_assert_int_eq(read_secret("\0", 1, PIN_MAX, &s), -EINVAL);
	ck_assert_int_eq(read_secret("12\0", 3, PIN_MAX, &s), -EINVAL);
}
END_TEST

START_TEST(the_longest_secret_fits_and_no_longer_one)
{
	struct secret *s;
	char text[32];

	memset(text, '7', sizeof(text));
	ck_assert_int_eq(read_secret(text, 8, 8, &s), 0);
	ck_assert_uint_eq(s->size, 8);
	secret_free(s);
	text[8] = '\n';
	ck_assert_int_eq(read_secret(text, 9, 8, &s), 0);
	ck_assert_uint_eq(s->size, 8);
	secret_free(s);
	text[8] = '7';
	ck_assert_int_eq(read_secret(text, 9, 8, &s), -EFBIG);
	ck_assert_int_eq(read_secret(text, 10, 8, &s), -EFBIG);
	ck_assert_int_eq(read_secret(text, 32, 8, &s), -EFBIG);
}
END_TEST

START_TEST(it_is_read_from_the_start_wherever_the_descriptor_stands)
{
	_cleanup_(secret_freep) struct secret *s = NULL;
	int fd = memory("1234", 4);

	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 4);
	ck_assert_int_eq(secret_read(fd, PIN_MAX, &s), 0);
	ck_assert_str_eq(s->bytes, "1234");
	(void)close(fd);
}
END_TEST

START_TEST(a_descriptor_that_cannot_be_read_is_an_error)
{
	struct secret *s = NULL;

	ck_assert_int_eq(secret_read(-EBADF, PIN_MAX, &s), -EBADF);
	ck_assert_ptr_null(s);
}
END_TEST

START_TEST(equal_means_all_bytes)
{
	/* clang-format off */
	static const struct {
		const char *a, *b;
		bool is_equal;
	} cases[] = {
		{"1234", "1234", true}, {"1234", "1235", false}, {"1234", "123", false},
		{"123", "1234", false}, {"0234", "1234", false},
	};
	/* clang-format on */

	for (size_t i = 0; i < array_len(cases); i++) {
		struct secret *a, *b;

		ck_assert_int_eq(read_secret(cases[i].a, strlen(cases[i].a), PIN_MAX, &a), 0);
		ck_assert_int_eq(read_secret(cases[i].b, strlen(cases[i].b), PIN_MAX, &b), 0);
		ck_assert_int_eq(secret_is_equal(a, b), cases[i].is_equal);
		secret_free(a);
		secret_free(b);
	}
}
END_TEST

START_TEST(free_takes_null)
{
	ck_assert_ptr_null(secret_free(NULL));
}
END_TEST

/* Behind the bytes stands a page that nobody may touch. */
START_TEST(reading_past_a_secret_ends_the_process)
{
	struct rlimit no_core = {};
	int status;
	pid_t pid;

	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct secret *s = NULL;
		volatile char sink = 0;

		(void)setrlimit(RLIMIT_CORE, &no_core); /* a core file is only untidy */
		if (secret_read(memory("1234", 4), PIN_MAX, &s) < 0)
			_exit(0);
		for (size_t i = 0; i < 8192; i++)
			sink = ((volatile char *)s->bytes)[i];
		_exit(sink & 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_ne(status, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_pin_is_read_without_its_newline,
		only_one_newline_is_dropped,
		empty_secrets_are_none,
		a_nul_inside_is_refused,
		the_longest_secret_fits_and_no_longer_one,
		it_is_read_from_the_start_wherever_the_descriptor_stands,
		a_descriptor_that_cannot_be_read_is_an_error,
		equal_means_all_bytes,
		free_takes_null,
		reading_past_a_secret_ends_the_process,
	};

	return unit_run("secret", tests, array_len(tests));
}
