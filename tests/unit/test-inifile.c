/*
 * test-inifile.c - the lines of a configuration file, and which files are some
 */
#include "client/cli/inifile.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* signet(1) shares no headers with the agent, and has one of this name as well. */
#define freep unit_freep
#include "tests/unit/unit.h"
#undef freep

/* expected: "LINE:KEY=VALUE" for each, with a space behind; '-' for no value at all. */
static void check_lines(const char *text, const char *expected)
{
	_cleanup_(freep) char *copy = strdup(text);
	char got[256] = "";
	struct inifile f;

	ck_assert_ptr_nonnull(copy);
	inifile_init(&f, copy);
	while (inifile_next(&f))
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%u:%s%s%s ", f.line,
			       f.key, f.value ? "=" : "-", f.value ? f.value : ""); /* fits */
	ck_assert_str_eq(got, expected);
	ck_assert(!inifile_next(&f));
}

START_TEST(a_line_is_cut_at_its_first_equals)
{
	check_lines("a=b", "1:a=b ");
	check_lines("a=b=c\n", "1:a=b=c ");
	check_lines("=\n=b\na=", "1:= 2:=b 3:a= ");
}
END_TEST

START_TEST(blanks_around_are_no_part_of_it)
{
	check_lines(" \ta\t =  b c \r\n\t[Key]\r", "1:a=b c 2:[Key]- ");
}
END_TEST

START_TEST(what_has_no_equals_has_no_value)
{
	check_lines("[Key]\na\n", "1:[Key]- 2:a- ");
}
END_TEST

START_TEST(what_says_nothing_is_only_counted)
{
	check_lines("", "");
	check_lines("\n \t\r\n", "");
	check_lines("#a=b\n ;c=d\n\ne#=;f\n", "4:e#=;f ");
}
END_TEST

START_TEST(a_backslash_joins_the_next_line)
{
	check_lines("a=b\\\nc\n", "1:a=b  c ");
	check_lines("#a=b\\\nc=d\ne=f\n", "2:e=f ");
	check_lines("a=b\\ \nc=\\d\ne=\\", "1:a=b\\ 2:c=\\d 3:e=\\ ");
}
END_TEST

START_TEST(words_add_up_and_an_empty_line_forgets_them)
{
	static const struct {
		const char *value, *list;
	} steps[] = {{"", ""}, {"a", "a"}, {"b  c", "a b  c"}, {"", ""}, {"d", "d"}};
	_cleanup_(freep) char *list = NULL;

	for (size_t i = 0; i < array_len(steps); i++) {
		ck_assert(inifile_add_words(&list, steps[i].value));
		ck_assert_str_eq(list, steps[i].list);
	}
}
END_TEST

START_TEST(only_what_is_called_conf_is_found)
{
	static const char *const made[] = {"b.conf",  "a.conf",   ".hidden.conf", ".conf",
					   "c.conf~", "d.conf.d", "conf",         "e.Conf"};
	char dir[] = "/tmp/test-inifile-XXXXXX";
	struct dirent **entries = NULL;
	int fd, n;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	for (size_t i = 0; i < array_len(made); i++) {
		fd = open(made[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(close(fd), 0);
	}
	n = inifile_scan(dir, &entries);
	ck_assert_int_eq(inifile_scan("a.conf", &entries), -ENOTDIR);
	for (size_t i = 0; i < array_len(made); i++)
		ck_assert_int_eq(unlink(made[i]), 0);
	ck_assert_int_eq(rmdir(dir), 0);
	ck_assert_int_eq(n, 2);
	ck_assert_str_eq(entries[0]->d_name, "a.conf");
	ck_assert_str_eq(entries[1]->d_name, "b.conf");
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	ck_assert_int_eq(inifile_scan(dir, &entries), 0);
	ck_assert_ptr_null(entries);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_line_is_cut_at_its_first_equals, blanks_around_are_no_part_of_it,
		what_has_no_equals_has_no_value,   what_says_nothing_is_only_counted,
		a_backslash_joins_the_next_line,   words_add_up_and_an_empty_line_forgets_them,
		only_what_is_called_conf_is_found,
	};

	return unit_run("inifile", tests, array_len(tests));
}
