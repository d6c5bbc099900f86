/*
 * test-allow.c - what a token process refuses whoever asks it: keys, algorithms, hashes
 */
#include "agent/worker/allow.h"

#include "tests/unit/unit.h"

#define ID_OF_A "6161616161616161616161616161616161616161616161616161616161616161"
#define OTHER_ID "6162616161616161616161616161616161616161616161616161616161616161"

/* What a file says behind Module= and URI=; must be right. */
static void read_file(const char *text, struct tokenfile *ret)
{
	struct ini_error error = {};
	char whole[4096];

	*ret = (struct tokenfile){};
	snprintf(whole, sizeof(whole), "[Token]\nModule=/x.so\nURI=pkcs11:token=t\n%s", text);
	ck_assert_msg(ini_parse(whole, strlen(whole), tokenfile_assign, ret, &error) == 0, "%s: %s",
		      text, error.what);
	ck_assert_int_eq(tokenfile_check(ret, &error), 0);
}

static struct key key_of(const char *label)
{
	struct key k = {};

	snprintf(k.label, sizeof(k.label), "%s", label);
	memset(k.id, label[0] ? label[0] : 'x', sizeof(k.id));
	return k;
}

START_TEST(only_keys_that_are_named_are_allowed)
{
	static const struct {
		const char *text, *label;
		bool is_allowed;
	} rows[] = {
		{"", "a", true},
		{"", "", true},
		{"Keys=\n", "a", true},
		{"Keys=a\n", "a", true},
		{"Keys=a b\n", "b", true},
		{"Keys=a\nKeys=b\n", "a", true},
		{"Keys=a\nKeys=b\n", "b", true},
		{"Keys=b\nKeys=\n", "a", true},
		{"Keys=" ID_OF_A "\n", "a", true},
		{"Keys=b\n", "a", false},
		{"Keys=b\nKeys=\nKeys=c\n", "b", false},
		{"Keys=a\n", "ab", false},
		{"Keys=ab\n", "a", false},
		{"Keys=A\n", "a", false},
		{"Keys=a\n", "", false},
		{"Keys=*\n", "a", false},
		{"Keys=" OTHER_ID "\n", "a", false},
		{"Keys=61616161\n", "a", false},
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		const struct key key = key_of(rows[i].label);
		struct tokenfile c;

		read_file(rows[i].text, &c);
		ck_assert_msg(allow_key(&c, &key) == rows[i].is_allowed, "'%s' of '%s'",
			      rows[i].label, rows[i].text);
		tokenfile_done(&c);
	}
}
END_TEST

START_TEST(only_algorithms_and_hashes_that_are_named_are_allowed)
{
	static const struct {
		const char *text;
		int algorithm, hash;
		const char *why; /* NULL: allowed */
	} rows[] = {
		{"", ALGORITHM_RSA_PKCS1, HASH_SHA256, NULL},
		{"", ALGORITHM_EDDSA, HASH_NONE, NULL},
		{"Algorithms=\nHashes=\n", ALGORITHM_ECDSA, HASH_SHA512, NULL},
		{"Algorithms=ecdsa\n", ALGORITHM_ECDSA, HASH_SHA256, NULL},
		{"Algorithms=rsa-pss ecdsa\n", ALGORITHM_RSA_PSS, HASH_SHA256, NULL},
		{"Algorithms=rsa-pss\nAlgorithms=\n", ALGORITHM_ECDSA, HASH_SHA256, NULL},
		{"Hashes=sha384 sha512\n", ALGORITHM_ECDSA, HASH_SHA512, NULL},
		{"Hashes=sha512\n", ALGORITHM_EDDSA, HASH_NONE, NULL},
		{"Algorithms=rsa-pss\n", ALGORITHM_RSA_PKCS1, HASH_SHA256, "not have rsa-pkcs1"},
		{"Algorithms=ecdsa\n", ALGORITHM_EDDSA, HASH_NONE, "not have ed25519"},
		{"Algorithms=ecdsa\n", ALGORITHM_NONE, HASH_SHA256, "that is not known"},
		{"Algorithms=ecdsa\n", _ALGORITHM_MAX, HASH_SHA256, "that is not known"},
		{"Algorithms=ecdsa\n", 40, HASH_SHA256, "that is not known"},
		{"Hashes=sha256\n", ALGORITHM_ECDSA, HASH_SHA384, "not have sha384"},
		{"Hashes=sha256\n", ALGORITHM_EDDSA, HASH_NONE, "sha512, which Ed25519 uses"},
		{"Hashes=sha256\n", ALGORITHM_ECDSA, HASH_NONE, "that is not known"},
		{"Hashes=sha256\n", ALGORITHM_ECDSA, HASH_SHA1, "not have sha1"},
		{"Hashes=sha256\n", ALGORITHM_ECDSA, 40, "that is not known"},
		{"Algorithms=ecdsa\nHashes=sha256\n", ALGORITHM_ECDSA, HASH_SHA512, "Hashes="},
		{"Algorithms=ecdsa\nHashes=sha256\n", ALGORITHM_RSA_PSS, HASH_SHA256,
		 "Algorithms="},
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct answer a = {};
		struct tokenfile c;
		bool is_allowed;

		read_file(rows[i].text, &c);
		is_allowed = allow_signature(&c, (enum algorithm)rows[i].algorithm,
					     (enum hash)rows[i].hash, &a);
		ck_assert_msg(is_allowed == !rows[i].why, "row %zu: '%s'", i, a.sentence);
		ck_assert_int_eq(a.result, is_allowed ? JOB_RESULT_NONE : JOB_RESULT_REFUSED);
		if (rows[i].why)
			ck_assert_msg(strstr(a.sentence, rows[i].why), "row %zu: '%s'", i,
				      a.sentence);
		tokenfile_done(&c);
	}
}
END_TEST

START_TEST(what_cannot_be_meant_is_refused_with_its_line)
{
	static const struct {
		const char *text, *what;
	} rows[] = {
		{"[Token]\nAlgorithms=rsa\n", "found 'rsa'"},
		{"[Token]\nAlgorithms=ecdsa ecdh\n", "found 'ecdh'"},
		{"[Token]\nHashes=sha1\n", "found 'sha1'"},
		{"[Token]\nHashes=sha256,sha384\n", "found 'sha256,sha384'"},
		{"[Token]\nMechanisms=ecdsa\n", "'Mechanisms=' is not known"},
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct ini_error error = {};
		struct tokenfile c = {};

		ck_assert_int_eq(ini_parse(rows[i].text, strlen(rows[i].text), tokenfile_assign, &c,
					   &error),
				 -EINVAL);
		ck_assert_uint_eq(error.line, 2);
		ck_assert_msg(strstr(error.what, rows[i].what), "'%s'", error.what);
		tokenfile_done(&c);
	}
}
END_TEST

static struct keys three_keys(void)
{
	struct keys k = {.list = calloc(3, sizeof(struct key)), .n = 3};

	k.list[0] = key_of("a");
	k.list[1] = key_of("b");
	k.list[2] = key_of("c");
	return k;
}

START_TEST(other_keys_are_forgotten_and_the_rest_stays_in_order)
{
	static const struct {
		const char *text, *left;
	} rows[] = {
		{"", "abc"},       {"Keys=a c\n", "ac"}, {"Keys=c a\n", "ac"},
		{"Keys=b\n", "b"}, {"Keys=d\n", ""},     {"Keys=" ID_OF_A " c\n", "ac"},
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct keys k = three_keys();
		struct tokenfile c;
		char left[4] = "";

		read_file(rows[i].text, &c);
		allow_limit(&c, false, &k);
		for (size_t j = 0; j < k.n; j++)
			strcat(left, k.list[j].label);
		ck_assert_str_eq(left, rows[i].left);
		ck_assert_uint_eq(k.n_notices, 0);
		ck_assert_uint_eq(k.n_left_out, 0);
		ck_assert_ptr_null(
			keys_find(&k, (const uint8_t *)"dddddddddddddddddddddddddddddddd"));
		tokenfile_done(&c);
		keys_done(&k);
	}
}
END_TEST

START_TEST(a_name_that_no_key_has_is_noted_when_all_are_seen)
{
	struct keys k = three_keys();
	struct tokenfile c;

	read_file("Keys=a typo\n", &c);
	allow_limit(&c, true, &k);
	ck_assert_uint_eq(k.n, 1);
	ck_assert_uint_eq(k.n_notices, 1);
	ck_assert_ptr_nonnull(strstr(k.notices[0], "key 'typo'"));
	tokenfile_done(&c);
	keys_done(&k);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		only_keys_that_are_named_are_allowed,
		only_algorithms_and_hashes_that_are_named_are_allowed,
		what_cannot_be_meant_is_refused_with_its_line,
		other_keys_are_forgotten_and_the_rest_stays_in_order,
		a_name_that_no_key_has_is_noted_when_all_are_seen,
	};

	return unit_run("allow", tests, array_len(tests));
}
