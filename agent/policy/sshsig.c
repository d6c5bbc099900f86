/*
 * policy/sshsig.c - see sshsig.h
 *
 * PROTOCOL.sshsig and PROTOCOL.u2f of OpenSSH are the formats.
 */
#include "agent/policy/sshsig.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/limits.h"
#include "agent/policy/approvers.h"

#define MAGIC "SSHSIG"
#define VERSION 1u
/* The person touched the token. */
#define SK_USER_PRESENT 1u

struct sshsig {
	struct view key;
	struct view namespace;
	struct view hash;
	struct view algorithm;
	struct view raw;
	struct view behind; /* of a FIDO token: flags and counter, 5 bytes */
};

static bool read_signature(struct view v, struct sshsig *ret)
{
	struct reader r;

	reader_init(&r, v.data, v.size);
	ret->algorithm = reader_string(&r, 1, 64);
	ret->raw = reader_string(&r, crypto_sign_BYTES, crypto_sign_BYTES);
	ret->behind = (struct view){};
	if (view_is(ret->algorithm, "sk-ssh-ed25519@openssh.com"))
		ret->behind = reader_bytes(&r, 5);
	return reader_end(&r);
}

static bool read_sshsig(struct view v, struct sshsig *ret)
{
	struct view magic, reserved, signature;
	uint32_t version;
	struct reader r;

	reader_init(&r, v.data, v.size);
	magic = reader_bytes(&r, strlen(MAGIC));
	version = reader_u32(&r);
	ret->key = reader_string(&r, 1, SSHSIG_MAX);
	ret->namespace = reader_string(&r, 1, PURPOSE_MAX);
	reserved = reader_string(&r, 0, 0);
	ret->hash = reader_string(&r, 1, 16);
	signature = reader_string(&r, 1, SSHSIG_MAX);
	(void)reserved; /* empty, or the reader has failed */
	return reader_end(&r) && view_is(magic, MAGIC) && version == VERSION &&
	       read_signature(signature, ret);
}

/* The digest of the text by the hash that the signature names; 0: it names none that is taken. */
static size_t hash_text(struct view hash, const char *text, uint8_t ret[crypto_hash_sha512_BYTES])
{
	if (view_is(hash, "sha512")) {
		(void)crypto_hash_sha512(ret, (const uint8_t *)text, strlen(text)); /* always 0 */
		return crypto_hash_sha512_BYTES;
	}
	if (view_is(hash, "sha256")) {
		(void)crypto_hash_sha256(ret, (const uint8_t *)text, strlen(text)); /* the same */
		return crypto_hash_sha256_BYTES;
	}
	return 0;
}

static size_t put_string(uint8_t *to, const void *data, size_t size)
{
	for (size_t i = 0; i < 4; i++)
		to[i] = (uint8_t)(size >> (24 - 8 * i));
	if (size > 0)
		memcpy(to + 4, data, size);
	return 4 + size;
}

/* What the key signs: the magic, namespace, reserved, hash, and the digest of the text. */
struct signed_data {
	uint8_t bytes[sizeof(MAGIC) - 1 + 4 * 4 + PURPOSE_MAX + 16 + crypto_hash_sha512_BYTES];
	size_t size;
};

static void build_signed(const struct sshsig *s, const uint8_t *digest, size_t digest_size,
			 struct signed_data *ret)
{
	uint8_t *at = ret->bytes;

	memcpy(at, MAGIC, strlen(MAGIC));
	at += strlen(MAGIC);
	at += put_string(at, s->namespace.data, s->namespace.size);
	at += put_string(at, NULL, 0);
	at += put_string(at, s->hash.data, s->hash.size);
	at += put_string(at, digest, digest_size);
	ret->size = (size_t)(at - ret->bytes);
}

/* A FIDO token signs SHA-256 of the application, flags and counter, and SHA-256 of the data. */
static bool is_right_sk(const struct sshsig *s, const struct approver_key *key,
			const struct signed_data *data)
{
	uint8_t bytes[2 * crypto_hash_sha256_BYTES + 5], *at = bytes;

	if (s->behind.size != 5 || !(s->behind.data[0] & SK_USER_PRESENT))
		return false;
	(void)crypto_hash_sha256(at, (const uint8_t *)key->application, strlen(key->application));
	at += crypto_hash_sha256_BYTES;
	memcpy(at, s->behind.data, s->behind.size);
	at += s->behind.size;
	(void)crypto_hash_sha256(at, data->bytes, data->size); /* always 0, both */
	return crypto_sign_verify_detached(s->raw.data, bytes, sizeof(bytes), key->key) == 0;
}

static bool is_right(const struct sshsig *s, const struct approver_key *key, const char *text)
{
	uint8_t digest[crypto_hash_sha512_BYTES];
	size_t size = hash_text(s->hash, text, digest);
	struct signed_data data;

	if (size == 0 || view_is(s->algorithm, "ssh-ed25519") == (key->application != NULL))
		return false;
	build_signed(s, digest, size, &data);
	if (key->application)
		return is_right_sk(s, key, &data);
	return view_is(s->algorithm, "ssh-ed25519") &&
	       crypto_sign_verify_detached(s->raw.data, data.bytes, data.size, key->key) == 0;
}

static const struct approver_key *find_key(const struct approver_key *wanted,
					   const struct approver_key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *a = keys[i].application, *b = wanted->application;

		if (memcmp(keys[i].key, wanted->key, APPROVER_KEY_SIZE) == 0 &&
		    (a && b ? strcmp(a, b) == 0 : a == b))
			return &keys[i];
	}
	return NULL;
}

enum sshsig_result sshsig_verify(struct view sig, const char *namespace, const char *text,
				 const struct approver_key *keys, size_t n_keys,
				 const struct approver_key **ret)
{
	struct approver_key named = {};
	const struct approver_key *key;
	struct sshsig s;
	int error;

	if (!read_sshsig(sig, &s) || !approvers_read_key(s.key.data, s.key.size, &named, &error))
		return SSHSIG_BROKEN;
	key = find_key(&named, keys, n_keys);
	free(named.application);
	if (!key)
		return SSHSIG_STRANGER;
	if (!view_is(s.namespace, namespace) || !is_right(&s, key, text))
		return SSHSIG_FORGED;
	*ret = key;
	return SSHSIG_RIGHT;
}
