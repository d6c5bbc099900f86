/*
 * test-uri.c - PKCS#11 URIs: what is taken, what is refused and with which words
 */
#include "agent/model/uri.h"

#include "tests/unit/unit.h"

#include <errno.h>

/* NULL if the URI is taken, otherwise why not (in buf). */
static const char *refusal(const char *text, enum uri_kind kind, char buf[static 256])
{
	struct uri u;
	int r;

	buf[0] = '\0';
	r = uri_parse(text, kind, &u, buf, 256);
	if (r == 0) {
		uri_done(&u);
		return NULL;
	}
	ck_assert_int_eq(r, -EINVAL);
	ck_assert_int_gt((int)strlen(buf), 0);
	return buf;
}

START_TEST(a_token_is_named_by_its_attributes)
{
	struct uri u;
	char why[256];

	ck_assert_int_eq(uri_parse("pkcs11:token=My%20Token;serial=0123abcd;manufacturer=Acme;"
				   "model=M1",
				   URI_TOKEN, &u, why, sizeof(why)),
			 0);
	ck_assert_str_eq(u.token, "My Token");
	ck_assert_str_eq(u.serial, "0123abcd");
	ck_assert_str_eq(u.manufacturer, "Acme");
	ck_assert_str_eq(u.model, "M1");
	ck_assert_ptr_null(u.object);
	ck_assert_uint_eq(u.id_size, 0);
	uri_done(&u);
}
END_TEST

START_TEST(a_key_is_named_by_object_and_binary_id)
{
	static const uint8_t id[] = {0x00, 0x3b, 0xff};
	struct uri u;
	char why[256];

	ck_assert_int_eq(uri_parse("pkcs11:token=t;object=k%C3%A9y;id=%00%3B%ff;type=private",
				   URI_KEY, &u, why, sizeof(why)),
			 0);
	ck_assert_str_eq(u.object, "k\xc3\xa9y");
	unit_check_view((struct view){u.id, u.id_size}, (struct view){id, sizeof(id)});
	uri_done(&u);
}
END_TEST

START_TEST(what_is_not_a_strict_uri_is_refused)
{
	static const char *const bad[] = {
		"",
		"pkcs11",
		"pkcs11:",
		"PKCS11:token=t",
		"http://token=t",
		" pkcs11:token=t",
		"pkcs11:token=t ",
		"pkcs11:token=a b",
		"pkcs11:token=t;",
		"pkcs11:;token=t",
		"pkcs11:token",
		"pkcs11:token=",
		"pkcs11:=t",
		"pkcs11:token=%",
		"pkcs11:token=%4",
		"pkcs11:token=%zz",
		"pkcs11:token=a%0Ab",
		"pkcs11:token=a%00b",
		"pkcs11:token=%ff",
		"pkcs11:token=123456789012345678901234567890123",
		"pkcs11:serial=12345678901234567",
		"pkcs11:token=t;token=u",
		"pkcs11:token=t;serial=1;serial=1",
		"pkcs11:token=t;color=blue",
		"pkcs11:token=t;x-vendor=1",
		"pkcs11:token=t;slot-id=0",
		"pkcs11:slot-id=0",
		"pkcs11:slot-description=x",
		"pkcs11:library-manufacturer=x;token=t",
		"pkcs11:manufacturer=Acme",
		"pkcs11:token=t?pin-value=1234",
		"pkcs11:token=t?pin-source=file:/etc/pin",
		"pkcs11:token=t?module-path=/tmp/evil.so",
		"pkcs11:token=t?module-name=evil",
		"pkcs11:token=t?",
		"pkcs11:token=t#x",
		"pkcs11:token=t\n",
	};
	char buf[256];

	for (size_t i = 0; i < array_len(bad); i++)
		ck_assert_msg(refusal(bad[i], URI_TOKEN, buf), "'%s' was taken", bad[i]);
}
END_TEST

START_TEST(the_uri_of_a_token_names_no_key)
{
	char buf[256];

	ck_assert_ptr_nonnull(refusal("pkcs11:token=t;object=k", URI_TOKEN, buf));
	ck_assert_ptr_nonnull(strstr(buf, "'object='"));
	ck_assert_ptr_nonnull(refusal("pkcs11:token=t;id=%01", URI_TOKEN, buf));
	ck_assert_ptr_nonnull(refusal("pkcs11:token=t;type=private", URI_TOKEN, buf));
}
END_TEST

START_TEST(the_uri_of_a_key_names_token_and_key)
{
	static const char *const bad[] = {
		"pkcs11:object=k",
		"pkcs11:id=%01",
		"pkcs11:token=t",
		"pkcs11:token=t;type=private",
		"pkcs11:token=t;object=k;type=public",
		"pkcs11:token=t;object=k;type=cert",
		"pkcs11:token=t;object=k;type=banana",
		"pkcs11:token=t;object=",
		"pkcs11:token=t;id=",
		"pkcs11:token=t;object=a%0Ab",
		"pkcs11:token=t;object=k;object=l",
		"pkcs11:token=t;id=%01;id=%01",
	};
	char buf[256];

	for (size_t i = 0; i < array_len(bad); i++)
		ck_assert_msg(refusal(bad[i], URI_KEY, buf), "'%s' was taken", bad[i]);
}
END_TEST

START_TEST(an_id_or_label_of_no_possible_length_is_refused)
{
	char text[1024], buf[256];
	size_t at;

	at = (size_t)snprintf(text, sizeof(text), "pkcs11:token=t;id=");
	for (size_t i = 0; i <= CKA_ID_MAX; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%%41");
	ck_assert_ptr_nonnull(refusal(text, URI_KEY, buf));

	at = (size_t)snprintf(text, sizeof(text), "pkcs11:token=t;object=");
	memset(text + at, 'x', NAME_MAX_LEN + 1);
	text[at + NAME_MAX_LEN + 1] = '\0';
	ck_assert_ptr_nonnull(refusal(text, URI_KEY, buf));
	text[at + NAME_MAX_LEN] = '\0';
	ck_assert_ptr_null(refusal(text, URI_KEY, buf));
}
END_TEST

START_TEST(matching_is_exact_and_never_by_prefix)
{
	struct uri u;
	char why[256];

	ck_assert_int_eq(uri_parse("pkcs11:token=perf;object=key;id=%01%02", URI_KEY, &u, why,
				   sizeof(why)),
			 0);
	ck_assert(uri_matches_token(&u, "perf", "any serial"));
	ck_assert(!uri_matches_token(&u, "perfect", ""));
	ck_assert(!uri_matches_token(&u, "per", ""));
	ck_assert(uri_matches_object(&u, "key", (const uint8_t *)"\1\2", 2));
	ck_assert(!uri_matches_object(&u, "key2", (const uint8_t *)"\1\2", 2));
	ck_assert(!uri_matches_object(&u, "key", (const uint8_t *)"\1", 1));
	ck_assert(!uri_matches_object(&u, "key", (const uint8_t *)"\1\2\3", 3));
	uri_done(&u);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_token_is_named_by_its_attributes,
		a_key_is_named_by_object_and_binary_id,
		what_is_not_a_strict_uri_is_refused,
		the_uri_of_a_token_names_no_key,
		the_uri_of_a_key_names_token_and_key,
		an_id_or_label_of_no_possible_length_is_refused,
		matching_is_exact_and_never_by_prefix,
	};

	return unit_run("uri", tests, array_len(tests));
}
