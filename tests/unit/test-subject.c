/*
 * test-subject.c - names of certificates as people type them, and what is none
 */
#include "client/cli/subject.h"

#include <openssl/bio.h>

/* signet(1) shares no headers with the agent, and has one of this name as well. */
#define freep unit_freep
#include "tests/unit/unit.h"
#undef freep

/* In the order of the encoding, with every type. */
static void check(const char *text, const char *expected)
{
	BIO *bio = BIO_new(BIO_s_mem());
	X509_NAME *name = NULL;
	char *got;
	long size;

	ck_assert_int_eq(subject_parse(text, &name), EXIT_DONE);
	ck_assert_int_ge(X509_NAME_print_ex(bio, name, 0,
					    XN_FLAG_SEP_CPLUS_SPC | ASN1_STRFLGS_UTF8_CONVERT),
			 0);
	ck_assert_int_eq(BIO_write(bio, "", 1), 1);
	size = BIO_get_mem_data(bio, &got);
	ck_assert_int_gt(size, 0);
	ck_assert_str_eq(got, expected);
	X509_NAME_free(name);
	BIO_free(bio);
}

#define PARTS_8 "/O=a/O=a/O=a/O=a/O=a/O=a/O=a/O=a"

static const char parts_33[] = PARTS_8 PARTS_8 PARTS_8 PARTS_8 "/O=a";

START_TEST(a_name_with_slashes_keeps_its_order)
{
	check("/CN=release", "CN=release");
	check("/C=DE/O=Example GmbH/CN=release", "C=DE, O=Example GmbH, CN=release");
	check("/cn=a,b; \"c\" <d>", "CN=a,b; \"c\" <d>");
	check("/O=a\\/b/CN=x", "O=a/b, CN=x");
	check("/DC=org/DC=example/UID=x", "DC=org, DC=example, UID=x");
}
END_TEST

START_TEST(a_name_by_rfc_4514_is_turned_round)
{
	check("CN=release,O=Example GmbH,C=DE", "C=DE, O=Example GmbH, CN=release");
	check("CN=release, O=Example,  C=DE", "C=DE, O=Example, CN=release");
	check("CN=a/b", "CN=a/b");
	check("CN=a=b", "CN=a=b");
	check("CN=a\\, b,O=c\\+d", "O=c+d, CN=a, b");
	check("CN=\\ a\\ ,O=\\#1", "O=#1, CN= a ");
	check("CN=Stra\\c3\\9Fe", "CN=Stra\xc3\x9f"
				  "e");
}
END_TEST

START_TEST(parts_that_are_joined_stay_together)
{
	check("/O=x/CN=a+serialNumber=1", "O=x, CN=a + serialNumber=1");
	check("CN=a+serialNumber=1,O=x", "O=x, CN=a + serialNumber=1");
}
END_TEST

START_TEST(what_is_no_name_is_refused)
{
	static const char *const cases[] = {
		"",
		"/",
		"CN",
		"CN=",
		"/CN=",
		"release",
		"X=y",
		"CNN=a",
		"=a",
		"/CN=a/",
		"/CN=a//O=b",
		"CN=a,",
		"CN=a+",
		"+CN=a",
		"CN=a,,O=b",
		"CN=a/O=b,",
		"/ CN=a",
		"CN = a",
		"CN= a",
		"CN=a ",
		"CN=a ,O=b",
		"CN=#0401",
		"CN=\"a\"",
		"CN=a;O=b",
		"CN=<a",
		"CN=a\\",
		"CN=a\\z",
		"CN=a\\4",
		"CN=\\00",
		"CN=a\\0ab",
		"CN=a\nb",
		"/CN=\x7f",
		"CN=\xff",
		"CN=\\c3",
		"C=DEU",
		"C=D",
		"serialNumber=\xc3\xa4",
		/* 65 letters */
		"CN=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		/* 33 parts */
		parts_33,
	};
	X509_NAME *name = NULL;

	for (size_t i = 0; i < array_len(cases); i++) {
		if (subject_parse(cases[i], &name) != EXIT_USAGE)
			ck_abort_msg("'%s' was taken for a name", cases[i]);
		ck_assert_ptr_null(name);
	}
}
END_TEST

START_TEST(a_plain_name_is_taken_as_it_is)
{
	X509_NAME *name = NULL;
	char text[64] = "";

	ck_assert_int_eq(subject_plain("main/CN=x,O=y", &name), EXIT_DONE);
	ck_assert_int_eq(X509_NAME_entry_count(name), 1);
	ck_assert_int_gt(X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "main/CN=x,O=y");
	X509_NAME_free(name);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_name_with_slashes_keeps_its_order, a_name_by_rfc_4514_is_turned_round,
		parts_that_are_joined_stay_together, what_is_no_name_is_refused,
		a_plain_name_is_taken_as_it_is,
	};

	return unit_run("subject", tests, array_len(tests));
}
