/*
 * test-ssh.c - what is recognised as a login, a signed file or a certificate, and what is not
 */
#include "agent/wire/ssh.h"

#include "tests/unit/unit.h"

#include "agent/base/limits.h"
#include "agent/wire/message.h"

static enum ssh_kind kind_of(struct view data, struct view key)
{
	struct ssh_content c;

	ssh_recognise(data, key, &c);
	if (c.kind != SSH_KIND_SIG)
		ck_assert_uint_eq(c.namespace.size, 0);
	return c.kind;
}

static const struct {
	const char *vector;
	const char *key;
	enum ssh_kind kind;
} cases[] = {
	{"auth-ed25519", "blob-ed25519", SSH_KIND_AUTH},
	{"auth-rsa", "blob-rsa", SSH_KIND_AUTH},
	{"auth-hostbound", "blob-p256", SSH_KIND_AUTH},
	{"auth-other-service", "blob-ed25519", SSH_KIND_RAW},
	{"auth-other-method", "blob-ed25519", SSH_KIND_RAW},
	{"sig-git", "blob-ed25519", SSH_KIND_SIG},
	{"sig-file", "blob-rsa", SSH_KIND_SIG},
	{"sig-no-namespace", "blob-rsa", SSH_KIND_RAW},
	{"sig-sha1", "blob-rsa", SSH_KIND_RAW},
	{"sig-short-digest", "blob-rsa", SSH_KIND_RAW},
	{"sig-control-byte", "blob-rsa", SSH_KIND_RAW},
	{"cert-user", "blob-ed25519", SSH_KIND_CERT},
	{"cert-host", "blob-rsa", SSH_KIND_CERT},
	{"cert-p256", "blob-p256", SSH_KIND_CERT},
	{"cert-third-kind", "blob-ed25519", SSH_KIND_RAW},
};

START_TEST(every_vector_is_recognised_for_what_it_is)
{
	for (size_t i = 0; i < array_len(cases); i++) {
		struct view data = unit_vector("ssh", cases[i].vector);
		struct view key = unit_vector("ssh", cases[i].key);
		enum ssh_kind kind = kind_of(data, key);

		ck_assert_msg(kind == cases[i].kind, "%s: got kind %d, expected %d",
			      cases[i].vector, (int)kind, (int)cases[i].kind);
		free((void *)data.data);
		free((void *)key.data);
	}
}
END_TEST

START_TEST(a_login_or_certificate_of_another_key_proves_nothing)
{
	struct view other = unit_vector("ssh", "blob-p256");

	for (size_t i = 0; i < array_len(cases); i++) {
		struct view data = unit_vector("ssh", cases[i].vector);

		if (strcmp(cases[i].key, "blob-p256") != 0 && cases[i].kind != SSH_KIND_SIG)
			ck_assert_msg(kind_of(data, other) == SSH_KIND_RAW,
				      "%s was accepted for another key", cases[i].vector);
		free((void *)data.data);
	}
	free((void *)other.data);
}
END_TEST

/* Every cut, and one byte more, makes it something that nothing is known about. */
START_TEST(cut_or_lengthened_data_is_raw)
{
	for (size_t i = 0; i < array_len(cases); i++) {
		struct view data = unit_vector("ssh", cases[i].vector);
		struct view key = unit_vector("ssh", cases[i].key);

		for (size_t size = 0; size <= data.size + 1; size++) {
			uint8_t *copy = calloc(1, size ? size : 1);

			ck_assert_ptr_nonnull(copy);
			memcpy(copy, data.data, size < data.size ? size : data.size);
			if (size != data.size)
				ck_assert_msg(kind_of((struct view){copy, size}, key) ==
						      SSH_KIND_RAW,
					      "%s cut to %zu bytes is not raw", cases[i].vector,
					      size);
			free(copy);
		}
		free((void *)data.data);
		free((void *)key.data);
	}
}
END_TEST

START_TEST(namespace_is_told)
{
	struct view data = unit_vector("ssh", "sig-git");
	struct ssh_content c;

	ssh_recognise(data, (struct view){}, &c);
	ck_assert_int_eq(c.kind, SSH_KIND_SIG);
	unit_check_text(c.namespace, "git");
	free((void *)data.data);
}
END_TEST

/* 'sshsig:' and the namespace must fit a purpose with its NUL. */
START_TEST(namespace_that_does_not_fit_a_purpose_is_raw)
{
	char namespace[PURPOSE_MAX + 1];
	uint8_t digest[64] = {};
	struct ssh_content c;
	struct writer w;

	for (size_t size = 1; size < sizeof(namespace); size++) {
		memset(namespace, 'n', size);
		writer_init(&w, FRAME_MAX);
		writer_bytes(&w, "SSHSIG", 6);
		writer_string(&w, namespace, size);
		writer_text(&w, "");
		writer_text(&w, "sha512");
		writer_string(&w, digest, sizeof(digest));
		ssh_recognise(writer_view(&w), (struct view){}, &c);
		if (c.kind == SSH_KIND_SIG)
			ck_assert_uint_le(strlen("sshsig:") + size, PURPOSE_MAX);
		else
			ck_assert_uint_ge(strlen("sshsig:") + size, PURPOSE_MAX);
		writer_done(&w);
	}
}
END_TEST

START_TEST(nothing_at_all_is_raw)
{
	ck_assert_int_eq(kind_of((struct view){}, (struct view){}), SSH_KIND_RAW);
	ck_assert_int_eq(kind_of(unit_view("#!/bin/sh\n"), (struct view){}), SSH_KIND_RAW);
}
END_TEST

START_TEST(rsa_without_flags_would_be_sha1_and_is_refused)
{
	enum algorithm algorithm;
	enum hash hash;

	ck_assert(!ssh_signing(KEY_TYPE_RSA, 0, &algorithm, &hash));
	ck_assert(ssh_signing(KEY_TYPE_RSA, MESSAGE_SSH_RSA_SHA2_256, &algorithm, &hash));
	ck_assert_int_eq(algorithm, ALGORITHM_RSA_PKCS1);
	ck_assert_int_eq(hash, HASH_SHA256);
	ck_assert(ssh_signing(KEY_TYPE_RSA, MESSAGE_SSH_RSA_SHA2_512, &algorithm, &hash));
	ck_assert_int_eq(hash, HASH_SHA512);
}
END_TEST

START_TEST(each_curve_has_its_hash)
{
	static const struct {
		enum key_type type;
		enum algorithm algorithm;
		enum hash hash;
	} curves[] = {
		{KEY_TYPE_P256, ALGORITHM_ECDSA, HASH_SHA256},
		{KEY_TYPE_P384, ALGORITHM_ECDSA, HASH_SHA384},
		{KEY_TYPE_P521, ALGORITHM_ECDSA, HASH_SHA512},
		{KEY_TYPE_ED25519, ALGORITHM_EDDSA, HASH_NONE},
	};
	enum algorithm algorithm;
	enum hash hash;

	for (size_t i = 0; i < array_len(curves); i++) {
		ck_assert(ssh_signing(curves[i].type, 0, &algorithm, &hash));
		ck_assert_int_eq(algorithm, curves[i].algorithm);
		ck_assert_int_eq(hash, curves[i].hash);
	}
	ck_assert(!ssh_signing(KEY_TYPE_NONE, 0, &algorithm, &hash));
	ck_assert(!ssh_signing((enum key_type)77, 2, &algorithm, &hash));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_vector_is_recognised_for_what_it_is,
		a_login_or_certificate_of_another_key_proves_nothing,
		cut_or_lengthened_data_is_raw,
		namespace_is_told,
		namespace_that_does_not_fit_a_purpose_is_raw,
		nothing_at_all_is_raw,
		rsa_without_flags_would_be_sha1_and_is_refused,
		each_curve_has_its_hash,
	};

	return unit_run("ssh", tests, array_len(tests));
}
