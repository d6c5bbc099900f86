/*
 * test-usefile.c - a count is read as it was written, or not at all
 */
#include "agent/policy/usefile.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/fd.h"

#define BOOT "0f8a3b6e-1111-2222-3333-444455556666"
#define OTHER_BOOT "0f8a3b6e-1111-2222-3333-444455556667"

static const struct usefile sample = {
	.n_signed = 1234,
	.last_usec = 1763800000000001,
	.debt_usec = 30 * USEC_PER_SEC,
	.boottime_usec = 500 * USEC_PER_SEC,
	.realtime_usec = 1763800000000002,
	.boot_id = BOOT,
};

static const char sample_text[] = "signet-uses 1\n"
				  "signed 1234\n"
				  "last 1763800000000001\n"
				  "rate 30000000 500000000 1763800000000002 " BOOT "\n";

static int parse(const char *text, struct usefile *ret)
{
	_cleanup_(freep) char *copy = strdup(text);

	ck_assert_ptr_nonnull(copy);
	return usefile_parse(copy, ret);
}

static void check_same(const struct usefile *a, const struct usefile *b)
{
	ck_assert_uint_eq(a->n_signed, b->n_signed);
	ck_assert_uint_eq(a->last_usec, b->last_usec);
	ck_assert_uint_eq(a->debt_usec, b->debt_usec);
	ck_assert_uint_eq(a->boottime_usec, b->boottime_usec);
	ck_assert_uint_eq(a->realtime_usec, b->realtime_usec);
	ck_assert_str_eq(a->boot_id, b->boot_id);
}

START_TEST(what_is_written_is_read)
{
	char text[USEFILE_MAX];
	struct usefile f;

	usefile_format(&sample, text);
	ck_assert_str_eq(text, sample_text);
	ck_assert_int_eq(parse(text, &f), 0);
	check_same(&f, &sample);
}
END_TEST

START_TEST(a_boot_that_has_no_name_is_read_as_such)
{
	struct usefile f = sample, got;
	char text[USEFILE_MAX];

	memset(f.boot_id, 0, sizeof(f.boot_id));
	usefile_format(&f, text);
	ck_assert_int_eq(parse(text, &got), 0);
	ck_assert_str_eq(got.boot_id, "");
}
END_TEST

/* Each as long as it may be. */
START_TEST(the_largest_numbers_fit)
{
	struct usefile f = sample, got;
	char text[USEFILE_MAX];

	f.n_signed = f.last_usec = f.boottime_usec = f.realtime_usec = UINT64_MAX / 4;
	f.debt_usec = 2 * 86400 * USEC_PER_SEC;
	usefile_format(&f, text);
	ck_assert_int_eq(parse(text, &got), 0);
	check_same(&got, &f);
}
END_TEST

START_TEST(every_cut_of_it_is_refused)
{
	struct usefile f;

	for (size_t i = 0; i + 1 < sizeof(sample_text); i++) {
		char text[sizeof(sample_text)] = {};

		memcpy(text, sample_text, i);
		ck_assert_int_eq(parse(text, &f), -EBADMSG);
	}
}
END_TEST

START_TEST(what_signetd_does_not_write_is_refused)
{
	static const char *const texts[] = {
		"",
		"\n",
		"1234\n",
		"signet-uses 2\nsigned 1\nlast 0\nrate 0 0 0 -\n",
		"signet-uses 1\nsigned -1\nlast 0\nrate 0 0 0 -\n",
		"signet-uses 1\nsigned +1\nlast 0\nrate 0 0 0 -\n",
		"signet-uses 1\nsigned  1\nlast 0\nrate 0 0 0 -\n",
		"signet-uses 1\nsigned 0x1\nlast 0\nrate 0 0 0 -\n",
		"signet-uses 1\nsigned \nlast 0\nrate 0 0 0 -\n",
		"signet-uses 1\nsigned 4611686018427387904\nlast 0\nrate 0 0 0 -\n",
		"signet-uses 1\nsigned 99999999999999999999\nlast 0\nrate 0 0 0 -\n",
		"signet-uses 1\nlast 0\nsigned 1\nrate 0 0 0 -\n",
		"signet-uses 1\nsigned 1\nrate 0 0 0 -\n",
		"signet-uses 1\nsigned 1\nlast 0\nrate 0 0 -\n",
		"signet-uses 1\nsigned 1\nlast 0\nrate 172800000001 0 0 -\n",
		"signet-uses 1\nsigned 1\nlast 0\nrate 0 0 0 0 -\n",
		"signet-uses 1\nsigned 1\nlast 0\nrate 0 0 0 \n",
		"signet-uses 1\nsigned 1\nlast 0\nrate 0 0 0 " BOOT "0\n",
		"signet-uses 1\nsigned 1\nlast 0\nrate 0 0 0 0F8A3B6E-1111-2222-3333-444455556666\n",
		"signet-uses 1\nsigned 1\nlast 0\nrate 0 0 0 -\nsigned 0\n",
		"signet-uses 1\nsigned 1\nlast 0\nrate 0 0 0 -\n\n",
		"signet-uses 1\r\nsigned 1\r\nlast 0\r\nrate 0 0 0 -\r\n",
	};
	struct usefile f;

	for (size_t i = 0; i < array_len(texts); i++)
		ck_assert_msg(parse(texts[i], &f) == -EBADMSG, "'%s' was taken", texts[i]);
}
END_TEST

START_TEST(in_one_boot_the_debt_shrinks_by_the_time_since_boot_whatever_the_clock_says)
{
	const uint64_t boottime = sample.boottime_usec, realtime = sample.realtime_usec;
	const uint64_t debt = sample.debt_usec;

	ck_assert_uint_eq(usefile_debt(&sample, BOOT, boottime, realtime), debt);
	ck_assert_uint_eq(usefile_debt(&sample, BOOT, boottime + 10, realtime), debt - 10);
	ck_assert_uint_eq(usefile_debt(&sample, BOOT, boottime, realtime + debt), debt);
	ck_assert_uint_eq(usefile_debt(&sample, BOOT, boottime + debt, 0), 0);
	ck_assert_uint_eq(usefile_debt(&sample, BOOT, boottime - 10, realtime), debt);
}
END_TEST

START_TEST(in_another_boot_the_clock_tells_and_if_it_went_back_no_time_has_passed)
{
	const uint64_t realtime = sample.realtime_usec, debt = sample.debt_usec;

	ck_assert_uint_eq(usefile_debt(&sample, OTHER_BOOT, 0, realtime + 10), debt - 10);
	ck_assert_uint_eq(usefile_debt(&sample, OTHER_BOOT, UINT64_MAX / 4, realtime), debt);
	ck_assert_uint_eq(usefile_debt(&sample, OTHER_BOOT, 0, realtime - 1), debt);
	ck_assert_uint_eq(usefile_debt(&sample, OTHER_BOOT, 0, 0), debt);
	ck_assert_uint_eq(usefile_debt(&sample, OTHER_BOOT, 0, realtime + debt + 1), 0);
}
END_TEST

/* Two boots that nobody can tell apart are not the same. */
START_TEST(a_boot_without_a_name_is_like_no_other)
{
	struct usefile f = sample;

	f.boot_id[0] = '\0';
	ck_assert_uint_eq(usefile_debt(&f, "", f.boottime_usec + f.debt_usec, f.realtime_usec),
			  f.debt_usec);
}
END_TEST

/* --- on the disk ------------------------------------------------------------------------------- */

static int make_dir(char dir[32])
{
	int fd;

	strcpy(dir, "/tmp/test-usefile-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

START_TEST(a_file_is_replaced_as_a_whole_and_is_its_owners_alone)
{
	struct usefile f;
	struct stat st;
	char dir[32];
	int fd = make_dir(dir);

	ck_assert_int_eq(usefile_write(fd, "key",
				       "something much longer than what comes next, "
				       "of which nothing must stay behind\n"),
			 0);
	ck_assert_int_eq(usefile_read(fd, "key", &f), -EBADMSG);
	ck_assert_int_eq(usefile_write(fd, "key", sample_text), 0);
	ck_assert_int_eq(usefile_read(fd, "key", &f), 0);
	ck_assert_uint_eq(f.n_signed, 1234);
	ck_assert_int_eq(fstatat(fd, "key", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(unlinkat(fd, "key", 0), 0);
	(void)fd_close(fd);
	ck_assert_int_eq(rmdir(dir), 0); /* nothing else is there */
}
END_TEST

START_TEST(what_is_no_file_of_ours_is_an_error_and_never_an_empty_count)
{
	struct usefile f;
	char dir[32];
	int fd = make_dir(dir), file;

	ck_assert_int_eq(usefile_read(fd, "key", &f), -ENOENT);
	ck_assert_int_eq(mkdirat(fd, "key", 0700), 0);
	ck_assert_int_eq(usefile_read(fd, "key", &f), -EISDIR);
	ck_assert_int_ne(usefile_write(fd, "key", sample_text), 0);
	ck_assert_int_eq(unlinkat(fd, "key", AT_REMOVEDIR), 0);
	ck_assert_int_eq(mkfifoat(fd, "key", 0600), 0);
	ck_assert_int_eq(usefile_read(fd, "key", &f), -EINVAL);
	ck_assert_int_eq(unlinkat(fd, "key", 0), 0);

	file = openat(fd, "key", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(ftruncate(file, USEFILE_MAX + 1), 0);
	ck_assert_int_eq(usefile_read(fd, "key", &f), -EFBIG);
	ck_assert_int_eq(ftruncate(file, 0), 0);
	ck_assert_int_eq(usefile_read(fd, "key", &f), -EBADMSG);
	/* A NUL behind all of it. */
	ck_assert_int_eq(write(file, sample_text, sizeof(sample_text)), sizeof(sample_text));
	ck_assert_int_eq(usefile_read(fd, "key", &f), -EBADMSG);
	(void)fd_close(file);
	ck_assert_int_eq(unlinkat(fd, "key", 0), 0);
	(void)unlinkat(fd, "new", 0); /* of the write that failed */
	(void)fd_close(fd);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

START_TEST(this_boot_has_a_name)
{
	char id[BOOT_ID_SIZE + 1];

	usefile_boot_id(id);
	ck_assert_uint_eq(strlen(id), BOOT_ID_SIZE);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_written_is_read,
		a_boot_that_has_no_name_is_read_as_such,
		the_largest_numbers_fit,
		every_cut_of_it_is_refused,
		what_signetd_does_not_write_is_refused,
		in_one_boot_the_debt_shrinks_by_the_time_since_boot_whatever_the_clock_says,
		in_another_boot_the_clock_tells_and_if_it_went_back_no_time_has_passed,
		a_boot_without_a_name_is_like_no_other,
		a_file_is_replaced_as_a_whole_and_is_its_owners_alone,
		what_is_no_file_of_ours_is_an_error_and_never_an_empty_count,
		this_boot_has_a_name,
	};
	return unit_run("usefile", tests, array_len(tests));
}
