/*
 * test-extensions.c - what --san, --eku and --ca put into a certificate, and what they do not take
 */
#include "client/cli/extensions.h"

#include <openssl/bio.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

/* signet(1) shares no headers with the agent, and has one of this name as well. */
#define freep unit_freep
#include "tests/unit/unit.h"
#undef freep

/* "NAME[!]: VALUE" of one extension, as openssl prints it; "" if it is not there. */
static void check(const struct args *args, int nid, const char *expected)
{
	X509_EXTENSIONS *made = NULL;
	BIO *bio = BIO_new(BIO_s_mem());
	X509_EXTENSION *x;
	char *got;
	int at;

	ck_assert_int_eq(extensions_make(args, NULL, &made), EXIT_DONE);
	at = X509v3_get_ext_by_NID(made, nid, -1);
	if (at >= 0) {
		x = sk_X509_EXTENSION_value(made, at);
		BIO_printf(bio, "%s", X509_EXTENSION_get_critical(x) ? "critical " : "");
		ck_assert_int_eq(X509V3_EXT_print(bio, x, 0, 0), 1);
	}
	ck_assert_int_eq(BIO_write(bio, "", 1), 1);
	ck_assert_int_gt(BIO_get_mem_data(bio, &got), 0);
	ck_assert_str_eq(got, expected);
	BIO_free(bio);
	extensions_freep(&made);
}

START_TEST(a_key_signs_and_is_no_authority)
{
	const struct args args = {};

	check(&args, NID_basic_constraints, "critical CA:FALSE");
	check(&args, NID_key_usage, "critical Digital Signature");
	check(&args, NID_ext_key_usage, "");
	check(&args, NID_subject_alt_name, "");
	check(&args, NID_subject_key_identifier, "");
}
END_TEST

START_TEST(an_authority_signs_certificates_alone)
{
	const struct args args = {.is_authority = true};

	check(&args, NID_basic_constraints, "critical CA:TRUE");
	check(&args, NID_key_usage, "critical Certificate Sign, CRL Sign");
}
END_TEST

START_TEST(names_and_uses_are_those_of_the_lists)
{
	const struct args args = {
		.alternatives = "DNS:*.example.org,email:a+b@example.org,uri:https://a/b?c=%20,"
				"IP:10.0.0.1,IP:::1",
		.uses = "codeSigning,emailProtection,1.3.6.1.4.1.2312.16.1.2",
	};

	check(&args, NID_subject_alt_name,
	      "DNS:*.example.org, email:a+b@example.org, URI:https://a/b?c=%20, "
	      "IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1");
	check(&args, NID_ext_key_usage, "Code Signing, E-mail Protection, 1.3.6.1.4.1.2312.16.1.2");
}
END_TEST

START_TEST(names_that_are_none_are_refused)
{
	static const char *const cases[] = {
		"",
		"a",
		",",
		"DNS:",
		"DNS:a,",
		"DNS:a,,DNS:b",
		"DNS:a b",
		"DNS:-a",
		"DNS:.a",
		"DNS:a\nb",
		"DNS:a@b",
		"DNS:a..b",
		"DNS:*",
		"DNS:*.",
		"DNS:*.*.a",
		"email:a@*.b",
		"email:a@b@c",
		"DNS:\xc3\xa4",
		"DNS:a*",
		"email:",
		"email:a",
		"email:@b",
		"email:a@",
		"email:copy",
		"email:a b@c",
		"URI:",
		"URI:x",
		"URI::x",
		"URI:a:b c",
		"IP:",
		"IP:1",
		"IP:1.2.3",
		"IP:1.2.3.4.5",
		"IP:10.0.0.0/8",
		"dirName:x",
		"otherName:x",
		"RID:1.2.3",
		"@section",
		"DNS",
		"critical,DNS:a",
	};

	for (size_t i = 0; i < array_len(cases); i++) {
		const struct args args = {.alternatives = cases[i]};
		X509_EXTENSIONS *made = NULL;

		if (extensions_make(&args, NULL, &made) != EXIT_USAGE)
			ck_abort_msg("'%s' was taken", cases[i]);
		ck_assert_ptr_null(made);
	}
}
END_TEST

START_TEST(uses_that_are_none_are_refused)
{
	static const char *const cases[] = {
		"",         "x",    "codesigning", "codeSigning,", ",codeSigning",
		"critical", "CN",   "1",           "1.",           ".1",
		"1..2",     "99.1", "1.2.",        "1.2.3 ",       "codeSigning serverAuth",
	};

	for (size_t i = 0; i < array_len(cases); i++) {
		const struct args args = {.uses = cases[i]};
		X509_EXTENSIONS *made = NULL;

		if (extensions_make(&args, NULL, &made) != EXIT_USAGE)
			ck_abort_msg("'%s' was taken", cases[i]);
		ck_assert_ptr_null(made);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_key_signs_and_is_no_authority,       an_authority_signs_certificates_alone,
		names_and_uses_are_those_of_the_lists, names_that_are_none_are_refused,
		uses_that_are_none_are_refused,
	};

	return unit_run("extensions", tests, array_len(tests));
}
