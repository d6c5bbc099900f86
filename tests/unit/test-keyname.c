/*
 * test-keyname.c - names of keys in URIs: there and back, and what is refused
 */
#include "client/provider/keyname.h"

#include "tests/unit/unit.h"

static void check_decodes(const char *uri, const char *expected)
{
	char name[SIGNET_NAME_MAX + 1] = "?";

	ck_assert_pstr_eq(keyname_decode(uri, name), NULL);
	ck_assert_str_eq(name, expected);
}

static void check_refused(const char *uri, const char *why)
{
	char name[SIGNET_NAME_MAX + 1] = "as it was";
	const char *got = keyname_decode(uri, name);

	ck_assert_ptr_nonnull(got);
	ck_assert_ptr_nonnull(strstr(got, why));
	ck_assert_str_eq(name, "as it was");
}

START_TEST(a_name_is_what_follows_the_scheme)
{
	check_decodes("signet:release", "release");
	check_decodes("signet:main/release", "main/release");
	check_decodes("SigNet:release", "release");
	check_decodes("signet:a b", "a b");
	check_decodes("signet:", "");
}
END_TEST

START_TEST(two_slashes_before_a_name_are_no_part_of_it)
{
	check_decodes("signet://release", "release");
	check_decodes("signet://", "");
	check_decodes("signet:///release", "/release");
	check_decodes("signet:/release", "/release");
	check_decodes("signet:%2f/release", "//release");
	check_refused("signet://release?x", "%3F");
}
END_TEST

START_TEST(escapes_are_decoded_once)
{
	check_decodes("signet:%72elease", "release");
	check_decodes("signet:100%25", "100%");
	check_decodes("signet:%2525", "%25");
	check_decodes("signet:%3f%3F%23", "??#");
	check_decodes("signet:%c3%A4", "\xc3\xa4");
}
END_TEST

START_TEST(broken_escapes_are_refused)
{
	check_refused("signet:%", "two hexadecimal digits");
	check_refused("signet:x%2", "two hexadecimal digits");
	check_refused("signet:%g0", "two hexadecimal digits");
	check_refused("signet:%0g", "two hexadecimal digits");
	check_refused("signet:%\x10\x11", "two hexadecimal digits");
	check_refused("signet:%%41", "two hexadecimal digits");
}
END_TEST

START_TEST(control_characters_are_refused_written_either_way)
{
	check_refused("signet:%00", "control characters");
	check_refused("signet:release%00x", "control characters");
	check_refused("signet:%0a", "control characters");
	check_refused("signet:%7F", "control characters");
	check_refused("signet:\n", "control characters");
	check_refused("signet:\x1b[1m", "control characters");
}
END_TEST

START_TEST(queries_fragments_and_other_schemes_are_refused)
{
	check_refused("signet:release?x", "%3F");
	check_refused("signet:release#x", "%23");
	check_refused("pkcs11:release", "signet:");
	check_refused("signet", "signet:");
	check_refused("", "signet:");
}
END_TEST

START_TEST(a_name_has_at_most_128_bytes_however_it_is_written)
{
	char uri[KEYNAME_URI_MAX + 16] = "signet:", name[SIGNET_NAME_MAX + 2];

	memset(name, 'x', sizeof(name) - 1);
	name[SIGNET_NAME_MAX + 1] = '\0';
	ck_assert(!keyname_encode(name, uri));
	strcat(uri, name);
	check_refused(uri, "longer than 128");
	uri[strlen("signet:") + SIGNET_NAME_MAX] = '\0';
	check_decodes(uri, uri + strlen("signet:"));

	memset(name, '%', SIGNET_NAME_MAX);
	name[SIGNET_NAME_MAX] = '\0';
	ck_assert(keyname_encode(name, uri));
	check_decodes(uri, name);
	strcat(uri, "%25");
	check_refused(uri, "longer than 128");
}
END_TEST

START_TEST(every_name_comes_back_from_its_uri)
{
	char name[2] = "", uri[KEYNAME_URI_MAX];

	for (int c = 0x20; c < 0x100; c++) {
		if (c == 0x7f)
			continue;
		name[0] = (char)c;
		ck_assert(keyname_encode(name, uri));
		ck_assert_ptr_null(strpbrk(uri, " ?#\"'"));
		check_decodes(uri, name);
	}
	ck_assert(keyname_encode("main/release-2026_x.y~z@h", uri));
	ck_assert_str_eq(uri, "signet:main/release-2026_x.y~z@h");
	ck_assert(keyname_encode("a b\xc3\xa4", uri));
	ck_assert_str_eq(uri, "signet:a%20b%C3%A4");
	ck_assert(keyname_encode("//x/y", uri));
	ck_assert_str_eq(uri, "signet:%2F/x/y");
	check_decodes(uri, "//x/y");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_name_is_what_follows_the_scheme,
		two_slashes_before_a_name_are_no_part_of_it,
		escapes_are_decoded_once,
		broken_escapes_are_refused,
		control_characters_are_refused_written_either_way,
		queries_fragments_and_other_schemes_are_refused,
		a_name_has_at_most_128_bytes_however_it_is_written,
		every_name_comes_back_from_its_uri,
	};

	return unit_run("keyname", tests, array_len(tests));
}
