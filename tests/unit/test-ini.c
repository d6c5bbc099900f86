/*
 * test-ini.c - configuration text: what is read, what is refused, and where
 */
#include "agent/base/ini.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/limits.h"
#include "agent/base/text.h"

/* What the handler was told, as lines 'LINE [SECTION] KEY=VALUE|'. */
struct told {
	char text[4096];
	const char *refuse; /* a key or section that is refused */
};

static int tell(const char *section, const char *key, const char *value, unsigned line,
		struct ini_error *error, void *userdata)
{
	struct told *t = userdata;
	size_t at = strlen(t->text);

	if (!key && t->refuse && strcmp(section, t->refuse) == 0)
		return ini_refuse(error, line, "[%s] is not known", section);
	if (!key)
		return 0;
	if (t->refuse && strcmp(key, t->refuse) == 0)
		return ini_refuse(error, line, "'%s' is not known in [%s]", key, section);
	(void)snprintf(t->text + at, sizeof(t->text) - at, "%u [%s] %s=%s|", line, section, key,
		       value);
	return 0;
}

static int parse(const char *text, struct told *t, struct ini_error *e)
{
	*t = (struct told){.refuse = t->refuse};
	*e = (struct ini_error){};
	return ini_parse(text, strlen(text), tell, t, e);
}

START_TEST(assignments_are_told_with_section_and_line)
{
	struct told t = {};
	struct ini_error e;

	ck_assert_int_eq(parse("[A]\nx=1\n\n# no\n ; no\n  y =  two words  \n[B c]\nx=\n", &t, &e),
			 0);
	ck_assert_str_eq(t.text, "2 [A] x=1|6 [A] y=two words|8 [B c] x=|");
}
END_TEST

START_TEST(a_section_without_assignments_can_be_refused)
{
	struct told t = {.refuse = "Nonsense"};
	struct ini_error e;

	ck_assert_int_eq(parse("[A]\nx=1\n[Nonsense]\n", &t, &e), -EINVAL);
	ck_assert_uint_eq(e.line, 3);
	ck_assert_str_eq(e.what, "[Nonsense] is not known");
}
END_TEST

START_TEST(values_may_hold_what_a_pkcs11_uri_holds)
{
	struct told t = {};
	struct ini_error e;

	ck_assert_int_eq(parse("[Key]\nURI=pkcs11:token=a;object=b?x=y#z \"q\" [c]\n", &t, &e), 0);
	ck_assert_str_eq(t.text, "2 [Key] URI=pkcs11:token=a;object=b?x=y#z \"q\" [c]|");
}
END_TEST

START_TEST(a_backslash_joins_the_next_line)
{
	struct told t = {};
	struct ini_error e;

	ck_assert_int_eq(parse("[A]\nx=1 \\\n 2\\\n3\ny=\\\n", &t, &e), 0);
	ck_assert_str_eq(t.text, "2 [A] x=1   2 3|5 [A] y=|");
}
END_TEST

START_TEST(lines_after_a_joined_one_are_counted_right)
{
	struct told t = {};
	struct ini_error e;

	ck_assert_int_eq(parse("[A]\nx=\\\n\\\n1\nnonsense\n", &t, &e), -EINVAL);
	ck_assert_uint_eq(e.line, 5);
}
END_TEST

START_TEST(long_values_are_not_cut)
{
	_cleanup_(freep) char *value = calloc(1, 3001);
	_cleanup_(freep) char *text = NULL;
	struct told t = {};
	struct ini_error e;

	memset(value, 'v', 3000);
	text = text_format("[A]\nx=%s\n", value);
	ck_assert_int_eq(parse(text, &t, &e), 0);
	ck_assert_uint_eq(strlen(t.text), strlen("2 [A] x=|") + 3000);
}
END_TEST

START_TEST(line_ends_tabs_and_a_missing_last_newline_do_not_matter)
{
	struct told t = {};
	struct ini_error e;

	ck_assert_int_eq(parse("[A]\r\nx\t=\t1\r\n\ty=2", &t, &e), 0);
	ck_assert_str_eq(t.text, "2 [A] x=1|3 [A] y=2|");
	ck_assert_int_eq(parse("", &t, &e), 0);
	ck_assert_str_eq(t.text, "");
}
END_TEST

START_TEST(malformed_lines_are_refused_with_their_number)
{
	/* clang-format off */
	static const struct {
		const char *text;
		unsigned line;
	} cases[] = {
		{"x=1\n", 1},                /* before any section */
		{"[A]\nword\n", 2},
		{"[A]\n=1\n", 2},
		{"[A\n", 1},
		{"[]\n", 1},
		{"[A] x\n", 1},
		{"[A]\n\nx=\xff\n", 3},
		{"[A]\nx=\x1b[2J\n", 2},
		{"[A]\nx=a\xe2\x80\xae\n", 2},
		{"\xef\xbb\xbf[A]\n", 1},
	};
	/* clang-format on */
	struct told t = {};
	struct ini_error e;

	for (size_t i = 0; i < array_len(cases); i++) {
		ck_assert_msg(parse(cases[i].text, &t, &e) == -EINVAL, "accepted: '%s'",
			      cases[i].text);
		ck_assert_uint_eq(e.line, cases[i].line);
		ck_assert_str_ne(e.what, "");
		ck_assert_str_eq(t.text, "");
	}
}
END_TEST

START_TEST(a_nul_byte_is_refused)
{
	static const char text[] = "[A]\nx=1\0y=2\n";
	struct told t = {};
	struct ini_error e = {};

	ck_assert_int_eq(ini_parse(text, sizeof(text) - 1, tell, &t, &e), -EINVAL);
	ck_assert_str_eq(t.text, "");
}
END_TEST

START_TEST(what_the_handler_refuses_is_told_with_its_words)
{
	struct told t = {.refuse = "bad"};
	struct ini_error e;

	ck_assert_int_eq(parse("[A]\nx=1\nbad=2\ny=3\n", &t, &e), -EINVAL);
	ck_assert_str_eq(t.text, "2 [A] x=1|");
	ck_assert_uint_eq(e.line, 3);
	ck_assert_str_eq(e.what, "'bad' is not known in [A]");
}
END_TEST

/* --- files -------------------------------------------------------------------------------------- */

static char dir[] = "/tmp/signet-ini.XXXXXX";

static void write_file(const char *name, const char *text)
{
	_cleanup_(freep) char *path = text_format("%s/%s", dir, name);
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void set_up(void)
{
	_cleanup_(freep) char *drop_ins = NULL;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	drop_ins = text_format("%s/a.conf.d", dir);
	ck_assert_int_eq(mkdir(drop_ins, 0700), 0);
}

static void tear_down(void)
{
	_cleanup_(freep) char *command = text_format("rm -r '%s'", dir);

	ck_assert_int_eq(system(command), 0);
}

static int parse_file(const char *name, bool is_optional, struct told *t, struct ini_error *e,
		      char **ret_path)
{
	_cleanup_(freep) char *path = text_format("%s/%s", dir, name);

	return ini_parse_file(path, is_optional, tell, t, e, ret_path);
}

START_TEST(drop_ins_follow_the_file_in_order_of_name)
{
	_cleanup_(freep) char *path = NULL;
	struct told t = {};
	struct ini_error e;

	set_up();
	write_file("a.conf", "[A]\nx=0\n");
	write_file("a.conf.d/20.conf", "[A]\nx=2\n");
	write_file("a.conf.d/10.conf", "[A]\nx=1\n");
	write_file("a.conf.d/30.conf~", "[A]\nx=3\n");
	write_file("a.conf.d/.40.conf", "[A]\nx=4\n");
	ck_assert_int_eq(parse_file("a.conf", false, &t, &e, &path), 0);
	ck_assert_str_eq(t.text, "2 [A] x=0|2 [A] x=1|2 [A] x=2|");
	ck_assert_ptr_null(path);
	tear_down();
}
END_TEST

START_TEST(the_file_that_is_wrong_is_named)
{
	_cleanup_(freep) char *path = NULL;
	struct told t = {};
	struct ini_error e;

	set_up();
	write_file("a.conf", "[A]\nx=0\n");
	write_file("a.conf.d/10.conf", "[A]\nx\n");
	ck_assert_int_eq(parse_file("a.conf", false, &t, &e, &path), -EINVAL);
	ck_assert_ptr_nonnull(path);
	ck_assert_str_eq(path + strlen(dir), "/a.conf.d/10.conf");
	ck_assert_uint_eq(e.line, 2);
	tear_down();
}
END_TEST

START_TEST(only_an_optional_file_may_be_missing)
{
	_cleanup_(freep) char *path = NULL;
	struct told t = {};
	struct ini_error e;

	set_up();
	ck_assert_int_eq(parse_file("b.conf", false, &t, &e, &path), -ENOENT);
	ck_assert_ptr_null(path);
	ck_assert_int_eq(parse_file("b.conf", true, &t, &e, &path), 0);
	write_file("a.conf.d/10.conf", "[A]\nx=1\n");
	ck_assert_int_eq(parse_file("a.conf", true, &t, &e, &path), 0);
	ck_assert_str_eq(t.text, "2 [A] x=1|");
	tear_down();
}
END_TEST

START_TEST(a_file_that_is_too_large_is_refused)
{
	_cleanup_(freep) char *path = NULL;
	_cleanup_(freep) char *text = malloc(CONFIG_FILE_MAX + 2);
	struct told t = {};
	struct ini_error e;

	set_up();
	memset(text, '#', CONFIG_FILE_MAX + 1);
	text[CONFIG_FILE_MAX + 1] = '\0';
	write_file("a.conf", text);
	ck_assert_int_eq(parse_file("a.conf", false, &t, &e, &path), -EINVAL);
	ck_assert_ptr_nonnull(path);
	free(take_ptr(path));
	text[CONFIG_FILE_MAX] = '\0';
	write_file("a.conf", text);
	ck_assert_int_eq(parse_file("a.conf", false, &t, &e, &path), 0);
	tear_down();
}
END_TEST

START_TEST(a_directory_in_place_of_a_file_is_an_error)
{
	_cleanup_(freep) char *path = NULL;
	struct told t = {};
	struct ini_error e;

	set_up();
	ck_assert_int_lt(parse_file("a.conf.d", true, &t, &e, &path), 0);
	tear_down();
}
END_TEST

START_TEST(scan_lists_conf_files_by_name)
{
	_cleanup_(ini_scan_freep) char **names = NULL;
	_cleanup_(freep) char *path = NULL;
	size_t n = 4711;

	set_up();
	write_file("b.conf", "");
	write_file("a.conf", "");
	write_file("c.conf.old", "");
	write_file(".d.conf", "");
	write_file("conf", "");
	ck_assert_int_eq(ini_scan(dir, &names, &n), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(names[0], "a.conf");
	ck_assert_str_eq(names[1], "b.conf");
	ck_assert_ptr_null(names[2]);
	ini_scan_free(take_ptr(names));
	path = text_format("%s/none", dir);
	ck_assert_int_eq(ini_scan(path, &names, &n), 0);
	ck_assert_uint_eq(n, 0);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		assignments_are_told_with_section_and_line,
		a_section_without_assignments_can_be_refused,
		values_may_hold_what_a_pkcs11_uri_holds,
		a_backslash_joins_the_next_line,
		lines_after_a_joined_one_are_counted_right,
		long_values_are_not_cut,
		line_ends_tabs_and_a_missing_last_newline_do_not_matter,
		malformed_lines_are_refused_with_their_number,
		a_nul_byte_is_refused,
		what_the_handler_refuses_is_told_with_its_words,
		drop_ins_follow_the_file_in_order_of_name,
		the_file_that_is_wrong_is_named,
		only_an_optional_file_may_be_missing,
		a_file_that_is_too_large_is_refused,
		a_directory_in_place_of_a_file_is_an_error,
		scan_lists_conf_files_by_name,
	};

	return unit_run("ini", tests, array_len(tests));
}
