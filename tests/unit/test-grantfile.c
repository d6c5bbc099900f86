/*
 * test-grantfile.c - the text of a grant, and what is wrong with it
 */
#include "agent/policy/grantfile.h"

#include "tests/unit/unit.h"

#include <errno.h>

/* 0 with *ret, or -EINVAL with e. */
static int parse(const char *text, struct grant **ret, struct ini_error *e)
{
	_cleanup_(grant_freep) struct grant *g = NULL;
	int r;

	*e = (struct ini_error){};
	ck_assert_int_eq(grantfile_new("nightly", "/g/nightly.conf", &g), 0);
	r = ini_parse(text, strlen(text), grantfile_assign, g, e);
	if (r == 0)
		r = grantfile_check(g, e);
	if (r == 0)
		*ret = take_ptr(g);
	return r;
}

START_TEST(all_of_it_is_read)
{
	_cleanup_(grant_freep) struct grant *g = NULL;
	struct ini_error e;

	ck_assert_int_eq(parse("# written by hand\n[Grant]\nKeys=release ci\nKeys=main/x\n"
			       "Purposes=digest sshsig:*\nUsers=0 1001 @0\nUnits=build@.service\n"
			       "Slices=build.slice\nNotBefore=2026-01-31\n"
			       "Until=2026-12-31T18:00:00Z\nAllowForwarded=yes\n",
			       &g, &e),
			 0);
	ck_assert_str_eq(g->id, "nightly");
	ck_assert_str_eq(g->path, "/g/nightly.conf");
	ck_assert_str_eq(g->keys[2], "main/x");
	ck_assert_ptr_null(g->keys[3]);
	ck_assert_str_eq(g->purposes[1], "sshsig:*");
	ck_assert_uint_eq(g->people.n_uids, 2);
	ck_assert_uint_eq(g->people.uids[1], 1001);
	ck_assert_uint_eq(g->people.n_gids, 1);
	ck_assert_str_eq(g->units[0], "build@.service");
	ck_assert_str_eq(g->slices[0], "build.slice");
	ck_assert_uint_eq(g->not_before, UINT64_C(1769817600000000));
	ck_assert_uint_eq(g->not_after, UINT64_C(1798740000000000));
	ck_assert(g->may_be_forwarded);
}
END_TEST

START_TEST(an_empty_value_forgets_what_stood_before)
{
	_cleanup_(grant_freep) struct grant *g = NULL;
	struct ini_error e;

	ck_assert_int_eq(parse("[Grant]\nKeys=a b\nKeys=\nKeys=c\nPurposes=cms\nPurposes=\n"
			       "Purposes=digest\nUsers=0\nUsers=\nUsers=7\n",
			       &g, &e),
			 0);
	ck_assert_str_eq(g->keys[0], "c");
	ck_assert_ptr_null(g->keys[1]);
	ck_assert_str_eq(g->purposes[0], "digest");
	ck_assert_uint_eq(g->people.n_uids, 1);
	ck_assert_uint_eq(g->people.uids[0], 7);
	ck_assert(!g->may_be_forwarded);
}
END_TEST

#define FRONT "[Grant]\nKeys=k\nPurposes=digest\n"

static const struct {
	const char *text;
	unsigned line;
	const char *what; /* part of it */
} refused[] = {
	{"", 0, "Keys= is missing"},
	{"[Grant]\nPurposes=digest\nUsers=0\n", 0, "Keys= is missing"},
	{"[Grant]\nKeys=\nPurposes=digest\nUsers=0\n", 0, "Keys= is missing"},
	{"[Grant]\nKeys=k\nUsers=0\n", 0, "Purposes= is missing"},
	{"[Grant]\nKeys=k\nPurposes=digest\nPurposes=\nUsers=0\n", 0, "Purposes= is missing"},
	{FRONT, 0, "does not say to whom"},
	{FRONT "Users=0\nUsers=\n", 0, "does not say to whom"},
	{FRONT "Units=\n", 0, "does not say to whom"},
	{FRONT "Users=\nUnits=a.service\n", 0, "Users= names nobody"},
	{FRONT "Users=0\nUnits=a.service\nUsers=\n", 0, "Users= names nobody"},
	{"[Grant]\nKeys=k\nPurposes=everything\nUsers=0\n", 3, "'everything'"},
	{"[Grant]\nKeys=k\nPurposes=*\nUsers=0\n", 3, "'*'"},
	{"[Grant]\nKeys=k\nPurposes=sshsig:\nUsers=0\n", 3, "'sshsig:'"},
	{"[Grant]\nKeys=k\nPurposes=sshsig:g*\nUsers=0\n", 3, "'sshsig:g*'"},
	{FRONT "Users=no-such-user-here\n", 4, "no such user"},
	{FRONT "Users=@no-such-group-here\n", 4, "no such group"},
	{FRONT "Users=@\n", 4, "no such group"},
	{FRONT "Users=4294967295\n", 4, "no such user"},
	{FRONT "Users=-1\n", 4, "no such user"},
	{FRONT "Users=*\n", 4, "no such user"},
	{FRONT "Units=*.service\n", 4, "'*.service'"},
	{FRONT "Units=build\n", 4, "'build'"},
	{FRONT "Units=a/b.service\n", 4, "'a/b.service'"},
	{FRONT "Slices=build.service\n", 4, "'build.service'"},
	{FRONT "Users=0\nUntil=soon\n", 5, "'soon'"},
	{FRONT "Users=0\nUntil=2026-02-31\n", 5, "'2026-02-31'"},
	{FRONT "Users=0\nUntil=+7d\n", 5, "'+7d'"},
	{FRONT "Users=0\nNotBefore=2026-01-02\nUntil=2026-01-02\n", 0, "Until= is not later"},
	{FRONT "Users=0\nAllowForwarded=maybe\n", 5, "'maybe'"},
	{FRONT "Users=0\nUser=1\n", 5, "unknown key 'User'"},
	{FRONT "[Key]\nUsers=0\n", 4, "unknown section [Key]"},
	{"Keys=k\n", 1, "before the first [Section]"},
};

START_TEST(what_makes_no_sense_is_refused_where_it_stands)
{
	for (size_t i = 0; i < array_len(refused); i++) {
		_cleanup_(grant_freep) struct grant *g = NULL;
		struct ini_error e;

		ck_assert_msg(parse(refused[i].text, &g, &e) == -EINVAL, "taken: %s",
			      refused[i].text);
		ck_assert_msg(e.line == refused[i].line, "line %u, expected %u: %s", e.line,
			      refused[i].line, refused[i].text);
		ck_assert_msg(strstr(e.what, refused[i].what), "'%s' of %s", e.what,
			      refused[i].text);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		all_of_it_is_read,
		an_empty_value_forgets_what_stood_before,
		what_makes_no_sense_is_refused_where_it_stands,
	};

	return unit_run("grantfile", tests, array_len(tests));
}
