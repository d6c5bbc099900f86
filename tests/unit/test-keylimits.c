/*
 * test-keylimits.c - the purposes and hashes in the file of a key, its drop-ins and its template
 */
#include "client/cli/keylimits.h"

#include <sys/stat.h>
#include <unistd.h>

/* signet(1) shares no headers with the agent, and has one of this name as well. */
#define freep unit_freep
#include "tests/unit/unit.h"
#undef freep

static const char *const made[] = {
	"templates.d/group.conf.d/1.conf",
	"templates.d/group.conf.d",
	"templates.d/group.conf",
	"templates.d",
	"keys.d/k.conf.d/2.conf",
	"keys.d/k.conf.d/1.conf",
	"keys.d/k.conf.d/.hidden.conf",
	"keys.d/k.conf.d/3.txt",
	"keys.d/k.conf.d",
	"keys.d/k.conf",
	"keys.d",
};
static char dir[] = "/tmp/test-keylimits-XXXXXX";

static char *path_of(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name); /* fits */
	return path;
}

static void set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(mkdir(path_of("keys.d"), 0755), 0);
	ck_assert_int_eq(mkdir(path_of("keys.d/k.conf.d"), 0755), 0);
	ck_assert_int_eq(mkdir(path_of("templates.d"), 0755), 0);
	ck_assert_int_eq(mkdir(path_of("templates.d/group.conf.d"), 0755), 0);
}

static void tear_down(void)
{
	for (size_t i = 0; i < array_len(made); i++)
		(void)remove(path_of(made[i])); /* not every test makes all of them */
	ck_assert_int_eq(rmdir(dir), 0);
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
}

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

/* NULL: not set. */
static void check(const char *purposes, const char *hashes)
{
	struct keylimits k = {};

	ck_assert(keylimits_read(path_of("keys.d/k.conf"), &k));
	ck_assert_pstr_eq(k.purposes, purposes);
	ck_assert_pstr_eq(k.hashes, hashes);
	keylimits_done(&k);
}

START_TEST(lines_add_up_and_an_empty_one_forgets)
{
	set_up();
	write_file("keys.d/k.conf", "[Key]\nURI=pkcs11:object=k\n");
	check(NULL, NULL);
	write_file("keys.d/k.conf", "[Key]\nPurposes=digest\n Purposes = cms ssh-auth\t\r\n");
	check("digest cms ssh-auth", NULL);
	write_file("keys.d/k.conf", "[Key]\nHashes=sha256\nHashes=\nHashes=sha512");
	check(NULL, "sha512");
	write_file("keys.d/k.conf", "[Key]\nPurposes=digest \\\n cms\nHashes=\n");
	check("digest    cms", "");
	tear_down();
}
END_TEST

START_TEST(what_is_no_assignment_is_not_taken_for_one)
{
	set_up();
	write_file("keys.d/k.conf", "[Key]\n#Purposes=digest\n; Hashes=sha256\nPurposes\n"
				    "# Hashes \\\nPurposes=cms\nMorePurposes=x\n=y\n\n");
	check(NULL, NULL);
	tear_down();
}
END_TEST

START_TEST(dropins_come_behind_in_their_order)
{
	set_up();
	write_file("keys.d/k.conf", "[Key]\nPurposes=a\nHashes=sha256\n");
	write_file("keys.d/k.conf.d/2.conf", "[Key]\nPurposes=c\n");
	write_file("keys.d/k.conf.d/1.conf", "[Key]\nPurposes=b\nHashes=\n");
	write_file("keys.d/k.conf.d/3.txt", "[Key]\nPurposes=d\n");
	write_file("keys.d/k.conf.d/.hidden.conf", "[Key]\nPurposes=e\n");
	check("a b c", "");
	tear_down();
}
END_TEST

START_TEST(a_template_comes_before_the_file)
{
	set_up();
	write_file("templates.d/group.conf", "[Key]\nPurposes=a\nHashes=sha256\n");
	write_file("templates.d/group.conf.d/1.conf", "[Key]\nPurposes=b\n");
	write_file("keys.d/k.conf", "[Key]\nPurposes=c\nTemplate=group\n");
	check("a b c", "sha256");
	write_file("keys.d/k.conf.d/1.conf", "[Key]\nTemplate=\n");
	check("c", NULL);
	tear_down();
}
END_TEST

START_TEST(what_cannot_be_read_is_not_guessed)
{
	struct keylimits k = {};

	set_up();
	ck_assert(!keylimits_read(path_of("keys.d/k.conf"), &k));
	ck_assert(!keylimits_read("k.conf", &k));
	ck_assert(!keylimits_read("", &k));
	ck_assert_int_eq(mkfifo(path_of("keys.d/k.conf"), 0600), 0);
	ck_assert(!keylimits_read(path_of("keys.d/k.conf"), &k));
	ck_assert_int_eq(unlink(path_of("keys.d/k.conf")), 0);
	write_file("keys.d/k.conf", "[Key]\nPurposes=\x1b[2J\n");
	ck_assert(!keylimits_read(path_of("keys.d/k.conf"), &k));
	write_file("keys.d/k.conf", "[Key]\nHashes=\xff\n");
	ck_assert(!keylimits_read(path_of("keys.d/k.conf"), &k));
	write_file("keys.d/k.conf", "[Key]\nPurposes=a\nTemplate=missing\n");
	ck_assert(!keylimits_read(path_of("keys.d/k.conf"), &k));
	write_file("keys.d/k.conf", "[Key]\nPurposes=a\nTemplate=../keys.d/k\n");
	ck_assert(!keylimits_read(path_of("keys.d/k.conf"), &k));
	ck_assert_ptr_null(k.purposes);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lines_add_up_and_an_empty_one_forgets, what_is_no_assignment_is_not_taken_for_one,
		dropins_come_behind_in_their_order,    a_template_comes_before_the_file,
		what_cannot_be_read_is_not_guessed,
	};

	return unit_run("keylimits", tests, array_len(tests));
}
