/*
 * test-signature.c - signatures in the forms openssl and ssh read, against an independent encoder
 */
#include "agent/wire/signature.h"

#include "tests/unit/unit.h"

#include "agent/base/limits.h"

static const struct {
	const char *vector;
	enum key_type type;
	enum hash hash;
} cases[] = {
	{"p256", KEY_TYPE_P256, HASH_SHA256},       {"p256-small", KEY_TYPE_P256, HASH_SHA256},
	{"p256-short", KEY_TYPE_P256, HASH_SHA256}, {"p256-zero", KEY_TYPE_P256, HASH_SHA256},
	{"p384", KEY_TYPE_P384, HASH_SHA384},       {"p521", KEY_TYPE_P521, HASH_SHA512},
	{"p521-short", KEY_TYPE_P521, HASH_SHA512}, {"rsa256", KEY_TYPE_RSA, HASH_SHA256},
	{"rsa512", KEY_TYPE_RSA, HASH_SHA512},      {"ed25519", KEY_TYPE_ED25519, HASH_NONE},
};

static struct view form(const char *vector, const char *suffix)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%s-%s", vector, suffix);
	return unit_vector("signature", name);
}

START_TEST(plain_form_is_as_in_the_vectors)
{
	for (size_t i = 0; i < array_len(cases); i++) {
		struct view raw = form(cases[i].vector, "raw");
		struct view plain = form(cases[i].vector, "plain");
		struct writer w;

		writer_init(&w, SIGNATURE_MAX);
		signature_write_plain(&w, cases[i].type, raw);
		ck_assert_int_eq(writer_end(&w), 0);
		unit_check_view(writer_view(&w), plain);
		writer_done(&w);
		free((void *)raw.data);
		free((void *)plain.data);
	}
}
END_TEST

START_TEST(ssh_form_is_as_in_the_vectors)
{
	for (size_t i = 0; i < array_len(cases); i++) {
		struct view raw = form(cases[i].vector, "raw");
		struct view ssh = form(cases[i].vector, "ssh");
		struct writer w;

		writer_init(&w, SIGNATURE_MAX);
		signature_write_ssh(&w, cases[i].type, cases[i].hash, raw);
		ck_assert_int_eq(writer_end(&w), 0);
		unit_check_view(writer_view(&w), ssh);
		writer_done(&w);
		free((void *)raw.data);
		free((void *)ssh.data);
	}
}
END_TEST

START_TEST(the_longest_rsa_signature_fits)
{
	uint8_t raw[1024];
	struct writer w;

	memset(raw, 0xff, sizeof(raw));
	writer_init(&w, SIGNATURE_MAX);
	signature_write_ssh(&w, KEY_TYPE_RSA, HASH_SHA512, (struct view){raw, sizeof(raw)});
	ck_assert_int_eq(writer_end(&w), 0);
	writer_done(&w);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		plain_form_is_as_in_the_vectors,
		ssh_form_is_as_in_the_vectors,
		the_longest_rsa_signature_fits,
	};

	return unit_run("signature", tests, array_len(tests));
}
