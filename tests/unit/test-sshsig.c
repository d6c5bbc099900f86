/*
 * test-sshsig.c - SSHSIGs by ssh-keygen count, and nothing that is like one does
 */
#include "agent/policy/sshsig.h"

#include <sodium.h>

#include "agent/policy/approvers.h"
#include "agent/wire/writer.h"
#include "tests/unit/unit.h"

#define NAMESPACE "approve@signetd.org"

static struct view vector(const char *name)
{
	return unit_vector("sshsig", name);
}

/* The text, as a string; owned by the caller. */
static char *text_of(void)
{
	struct view v = vector("text");
	char *text = strndup((const char *)v.data, v.size);

	free((void *)v.data);
	return text;
}

/* erin's key, as the list of approver keys has it. */
static struct approver_key erin(void)
{
	struct approver_key key = {.person = {.uid = (uid_t)-1, .name = "erin"}};
	struct view blob = vector("key-erin");
	int error;

	ck_assert(approvers_read_key(blob.data, blob.size, &key, &error));
	free((void *)blob.data);
	return key;
}

static enum sshsig_result verify(struct view sig, const char *text)
{
	const struct approver_key key = erin(), *found = NULL;
	enum sshsig_result r = sshsig_verify(sig, NAMESPACE, text, &key, 1, &found);

	ck_assert_int_eq(found == &key, r == SSHSIG_RIGHT);
	return r;
}

static void check(const char *name, enum sshsig_result expected)
{
	_cleanup_(freep) char *text = text_of();
	struct view sig = vector(name);

	ck_assert_msg(verify(sig, text) == expected, "%s", name);
	free((void *)sig.data);
}

START_TEST(signatures_by_ssh_keygen_count_for_their_text_alone)
{
	check("erin", SSHSIG_RIGHT);
	check("erin-sha256", SSHSIG_RIGHT);
	check("erin-namespace-file", SSHSIG_FORGED);
	check("erin-other-text", SSHSIG_FORGED);
	check("mallory", SSHSIG_STRANGER);
	check("rsa", SSHSIG_BROKEN);
	check("ecdsa", SSHSIG_BROKEN);
}
END_TEST

START_TEST(nobody_signs_where_the_list_is_empty)
{
	_cleanup_(freep) char *text = text_of();
	struct view sig = vector("erin");
	const struct approver_key *found;

	ck_assert_int_eq(sshsig_verify(sig, NAMESPACE, text, NULL, 0, &found), SSHSIG_STRANGER);
	free((void *)sig.data);
}
END_TEST

START_TEST(no_changed_byte_and_no_cut_counts)
{
	_cleanup_(freep) char *text = text_of();
	struct view sig = vector("erin");

	for (size_t i = 0; i < sig.size; i++) {
		_cleanup_(freep) uint8_t *copy = malloc(sig.size);

		memcpy(copy, sig.data, sig.size);
		copy[i] ^= 1;
		ck_assert_msg(verify((struct view){copy, sig.size}, text) != SSHSIG_RIGHT,
			      "byte %zu", i);
	}
	for (size_t size = 0; size < sig.size; size++) {
		_cleanup_(freep) uint8_t *copy = malloc(size ? size : 1);

		memcpy(copy, sig.data, size);
		ck_assert_int_eq(verify((struct view){copy, size}, text), SSHSIG_BROKEN);
	}
	for (size_t i = 0; i < strlen(text); i++) {
		text[i] ^= 1;
		ck_assert_msg(verify(sig, text) != SSHSIG_RIGHT, "byte %zu of the text", i);
		text[i] ^= 1;
	}
	ck_assert_int_eq(verify(sig, text), SSHSIG_RIGHT);
	free((void *)sig.data);
}
END_TEST

/* --- keys in FIDO tokens, made as PROTOCOL.u2f says ------------------------------------------------ */

struct fido {
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	struct approver_key key;
};

static void put(struct writer *w, const char *text)
{
	writer_string(w, text, strlen(text));
}

/* The signature over text with these flags, under this application. */
static struct writer fido_sign(const struct fido *f, const char *text, const char *application,
			       uint8_t flags)
{
	uint8_t behind[5] = {flags, 0, 0, 0, 9}, hash[64], raw[crypto_sign_BYTES];
	struct writer sig, blob, inner, data, message;

	(void)crypto_hash_sha512(hash, (const uint8_t *)text, strlen(text));
	writer_init(&data, 4096);
	writer_bytes(&data, "SSHSIG", 6);
	put(&data, NAMESPACE);
	put(&data, "");
	put(&data, "sha512");
	writer_string(&data, hash, sizeof(hash));
	writer_init(&message, 4096);
	(void)crypto_hash_sha256(hash, (const uint8_t *)application, strlen(application));
	writer_bytes(&message, hash, 32);
	writer_bytes(&message, behind, sizeof(behind));
	(void)crypto_hash_sha256(hash, data.data, data.size);
	writer_bytes(&message, hash, 32);
	(void)crypto_sign_detached(raw, NULL, message.data, message.size, f->secret);

	writer_init(&blob, 4096);
	put(&blob, "sk-ssh-ed25519@openssh.com");
	writer_string(&blob, f->key.key, APPROVER_KEY_SIZE);
	put(&blob, application);
	writer_init(&inner, 4096);
	put(&inner, "sk-ssh-ed25519@openssh.com");
	writer_string(&inner, raw, sizeof(raw));
	writer_bytes(&inner, behind, sizeof(behind));
	writer_init(&sig, 4096);
	writer_bytes(&sig, "SSHSIG", 6);
	writer_u32(&sig, 1);
	writer_string(&sig, blob.data, blob.size);
	put(&sig, NAMESPACE);
	put(&sig, "");
	put(&sig, "sha512");
	writer_string(&sig, inner.data, inner.size);
	ck_assert_int_eq(writer_end(&sig), 0);
	writer_done(&data);
	writer_done(&message);
	writer_done(&blob);
	writer_done(&inner);
	return sig;
}

static enum sshsig_result fido_verify(const struct fido *f, const struct writer *sig)
{
	const struct approver_key *found;

	return sshsig_verify(writer_view(sig), NAMESPACE, "text\n", &f->key, 1, &found);
}

START_TEST(a_fido_token_counts_if_somebody_touched_it)
{
	struct fido f = {.key = {.application = (char *)"ssh:", .person = {.name = "erin"}}};
	static const struct {
		const char *text, *application;
		uint8_t flags;
		enum sshsig_result expected;
	} rows[] = {
		{"text\n", "ssh:", 1, SSHSIG_RIGHT},  {"text\n", "ssh:", 5, SSHSIG_RIGHT},
		{"text\n", "ssh:", 0, SSHSIG_FORGED}, {"text\n", "ssh:", 4, SSHSIG_FORGED},
		{"text", "ssh:", 1, SSHSIG_FORGED},   {"text\n", "ssh:other", 1, SSHSIG_STRANGER},
	};

	(void)crypto_sign_keypair(f.key.key, f.secret);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct writer sig = fido_sign(&f, rows[i].text, rows[i].application, rows[i].flags);

		ck_assert_msg(fido_verify(&f, &sig) == rows[i].expected, "row %zu", i);
		writer_done(&sig);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		signatures_by_ssh_keygen_count_for_their_text_alone,
		nobody_signs_where_the_list_is_empty,
		no_changed_byte_and_no_cut_counts,
		a_fido_token_counts_if_somebody_touched_it,
	};

	return unit_run("sshsig", tests, array_len(tests));
}
