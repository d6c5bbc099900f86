/*
 * test-ssh.c - what is recognised as a login, a signed file or a certificate, and what is not
 */
#include "agent/wire/ssh.h"

#include "tests/unit/unit.h"

#include "agent/base/limits.h"
#include "agent/wire/message.h"

static enum ssh_kind kind_of(struct view data)
{
	struct ssh_content c;

	ssh_recognise(data, &c);
	if (c.kind != SSH_KIND_SIG)
		ck_assert_uint_eq(c.namespace.size, 0);
	return c.kind;
}

static const struct {
	const char *vector;
	enum ssh_kind kind;
} cases[] = {
	{"auth-ed25519", SSH_KIND_AUTH},
	{"auth-rsa", SSH_KIND_AUTH},
	{"auth-hostbound", SSH_KIND_AUTH},
	{"auth-other-service", SSH_KIND_AUTH},
	{"auth-other-method", SSH_KIND_RAW},
	{"sig-git", SSH_KIND_SIG},
	{"sig-file", SSH_KIND_SIG},
	{"sig-no-namespace", SSH_KIND_BROKEN},
	{"sig-sha1", SSH_KIND_BROKEN},
	{"sig-short-digest", SSH_KIND_BROKEN},
	{"sig-control-byte", SSH_KIND_BROKEN},
	{"cert-user", SSH_KIND_CERT},
	{"cert-host", SSH_KIND_CERT},
	{"cert-p256", SSH_KIND_CERT},
	{"cert-third-kind", SSH_KIND_BROKEN},
};

START_TEST(every_vector_is_recognised_for_what_it_is)
{
	for (size_t i = 0; i < array_len(cases); i++) {
		struct view data = unit_vector("ssh", cases[i].vector);
		enum ssh_kind kind = kind_of(data);

		ck_assert_msg(kind == cases[i].kind, "%s: got kind %d, expected %d",
			      cases[i].vector, (int)kind, (int)cases[i].kind);
		free((void *)data.data);
	}
}
END_TEST

/* Servers leave the length of the session identifier away for clients with certain old names. */
START_TEST(a_login_without_the_length_of_its_session_is_a_login)
{
	struct view data = unit_vector("ssh", "auth-ed25519");
	struct reader r;
	size_t size;

	reader_init(&r, data.data, data.size);
	size = reader_u32(&r);
	ck_assert_uint_eq(size, 32);
	ck_assert_int_eq(kind_of((struct view){data.data + 4, data.size - 4}), SSH_KIND_AUTH);
	free((void *)data.data);
}
END_TEST

START_TEST(a_login_by_host_or_with_a_certificate_is_a_login)
{
	static const char *const methods[] = {"hostbased", "publickey"};
	uint8_t session[32] = {};
	struct writer w;

	for (size_t i = 0; i < array_len(methods); i++) {
		writer_init(&w, FRAME_MAX);
		writer_string(&w, session, sizeof(session));
		writer_u8(&w, 50);
		writer_text(&w, "user");
		writer_text(&w, "ssh-connection");
		writer_text(&w, methods[i]);
		if (i == 1)
			writer_u8(&w, 1);
		writer_text(&w, "ssh-ed25519-cert-v01@openssh.com");
		writer_text(&w, "whatever key or certificate");
		if (i == 0) {
			writer_text(&w, "host");
			writer_text(&w, "user");
		}
		ck_assert_msg(kind_of(writer_view(&w)) == SSH_KIND_AUTH, "%s", methods[i]);
		writer_done(&w);
	}
}
END_TEST

START_TEST(a_certificate_of_an_unknown_type_is_broken)
{
	struct writer w;

	writer_init(&w, FRAME_MAX);
	writer_text(&w, "ssh-new-cert-v02@example.org");
	writer_text(&w, "more");
	ck_assert_int_eq(kind_of(writer_view(&w)), SSH_KIND_BROKEN);
	writer_done(&w);
}
END_TEST

/* Every cut, and one byte more, makes it something that no leave for ssh covers. */
START_TEST(cut_or_lengthened_data_is_raw_or_broken)
{
	for (size_t i = 0; i < array_len(cases); i++) {
		struct view data = unit_vector("ssh", cases[i].vector);
		/* One that lacks its host key is still one of the simpler form. */
		bool is_login = cases[i].kind == SSH_KIND_AUTH;
		enum ssh_kind kind;

		for (size_t size = 0; size <= data.size + 1; size++) {
			uint8_t *copy = calloc(1, size ? size : 1);

			ck_assert_ptr_nonnull(copy);
			memcpy(copy, data.data, size < data.size ? size : data.size);
			kind = kind_of((struct view){copy, size});
			if (size != data.size)
				ck_assert_msg(kind == SSH_KIND_RAW || kind == SSH_KIND_BROKEN ||
						      (kind == SSH_KIND_AUTH && is_login),
					      "%s cut to %zu bytes is of kind %d", cases[i].vector,
					      size, (int)kind);
			free(copy);
		}
		free((void *)data.data);
	}
}
END_TEST

START_TEST(namespace_is_told)
{
	struct view data = unit_vector("ssh", "sig-git");
	struct ssh_content c;

	ssh_recognise(data, &c);
	ck_assert_int_eq(c.kind, SSH_KIND_SIG);
	unit_check_text(c.namespace, "git");
	free((void *)data.data);
}
END_TEST

/* 'sshsig:' and the namespace must fit a purpose with its NUL. */
START_TEST(namespace_that_does_not_fit_a_purpose_is_broken)
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
		ssh_recognise(writer_view(&w), &c);
		if (c.kind == SSH_KIND_SIG)
			ck_assert_uint_le(strlen("sshsig:") + size, PURPOSE_MAX);
		else
			ck_assert_uint_ge(strlen("sshsig:") + size, PURPOSE_MAX);
		writer_done(&w);
	}
}
END_TEST

START_TEST(the_session_of_a_login_is_told)
{
	static const size_t without_length[] = {0, 4};
	struct view data = unit_vector("ssh", "auth-hostbound");
	struct ssh_content c;

	for (size_t i = 0; i < array_len(without_length); i++) {
		size_t skip = without_length[i];

		ssh_recognise((struct view){data.data + skip, data.size - skip}, &c);
		ck_assert_int_eq(c.kind, SSH_KIND_AUTH);
		unit_check_view(c.session, (struct view){data.data + 4, 32});
	}
	free((void *)data.data);
}
END_TEST

START_TEST(a_certificate_certifies_its_own_key_and_no_other)
{
	static const char *const names[] = {"ed25519", "rsa", "p256"};
	char vector[32];

	for (size_t i = 0; i < array_len(names); i++) {
		struct view certificate, blob;

		(void)snprintf(vector, sizeof(vector), "whole-%s", names[i]);
		certificate = unit_vector("ssh", vector);
		for (size_t k = 0; k < array_len(names); k++) {
			(void)snprintf(vector, sizeof(vector), "blob-%s", names[k]);
			blob = unit_vector("ssh", vector);
			ck_assert_int_eq(ssh_certifies(certificate, blob), i == k);
			free((void *)blob.data);
		}
		free((void *)certificate.data);
	}
}
END_TEST

/* Without the signature of a CA, cut anywhere, or with a byte of the key changed. */
START_TEST(what_is_no_whole_certificate_certifies_nothing)
{
	struct view whole = unit_vector("ssh", "whole-ed25519");
	struct view unsigned_one = unit_vector("ssh", "cert-user");
	struct view blob = unit_vector("ssh", "blob-ed25519");
	uint8_t *copy;

	ck_assert(ssh_certifies(whole, blob));
	ck_assert(!ssh_certifies(unsigned_one, blob));
	ck_assert(!ssh_certifies(blob, blob));
	ck_assert(!ssh_certifies(whole, (struct view){}));
	ck_assert(!ssh_certifies(whole, (struct view){blob.data, blob.size - 1}));
	for (size_t size = 0; size < whole.size; size++) {
		copy = malloc(size > 0 ? size : 1);
		ck_assert_ptr_nonnull(copy);
		memcpy(copy, whole.data, size);
		ck_assert_msg(!ssh_certifies((struct view){copy, size}, blob), "cut to %zu", size);
		free(copy);
	}
	((uint8_t *)blob.data)[blob.size - 1] ^= 1;
	ck_assert(!ssh_certifies(whole, blob));
	free((void *)whole.data);
	free((void *)unsigned_one.data);
	free((void *)blob.data);
}
END_TEST

START_TEST(nothing_at_all_is_raw)
{
	ck_assert_int_eq(kind_of((struct view){}), SSH_KIND_RAW);
	ck_assert_int_eq(kind_of(unit_view("#!/bin/sh\n")), SSH_KIND_RAW);
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
		a_login_without_the_length_of_its_session_is_a_login,
		a_login_by_host_or_with_a_certificate_is_a_login,
		a_certificate_of_an_unknown_type_is_broken,
		cut_or_lengthened_data_is_raw_or_broken,
		namespace_is_told,
		namespace_that_does_not_fit_a_purpose_is_broken,
		the_session_of_a_login_is_told,
		a_certificate_certifies_its_own_key_and_no_other,
		what_is_no_whole_certificate_certifies_nothing,
		nothing_at_all_is_raw,
		rsa_without_flags_would_be_sha1_and_is_refused,
		each_curve_has_its_hash,
	};

	return unit_run("ssh", tests, array_len(tests));
}
