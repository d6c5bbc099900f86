/*
 * pam/sshkey.c - see sshkey.h
 */
#include "pam/sshkey.h"

#include <gmp.h>
#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>
#include <nettle/eddsa.h>
#include <nettle/rsa.h>
#include <nettle/sha2.h>

#include "agent/base/cleanup.h"
#include "agent/base/limits.h"
#include "pam/number.h"

#define MODULUS_BITS_MIN 2048u
#define MODULUS_MAX 1024u /* bytes: 8,192 bits */
#define EXPONENT_MAX 8u
#define NAME_SIZE_MAX 64u
#define DER_INTEGER 0x02
#define DER_BIT_STRING 0x03
#define DER_SEQUENCE 0x30

/* The AlgorithmIdentifier in front of a public key, and its size. */
#define OF_RSA "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", 15
#define OF_P256 \
	"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 21
#define OF_P384 "\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22", 18
#define OF_P521 "\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23", 18
#define OF_ED25519 "\x30\x05\x06\x03\x2b\x65\x70", 7

static const struct {
	const char *name;
	const char *curve_name;
	const struct ecc_curve *(*curve)(void); /* ECDSA alone */
	size_t field;                           /* bytes of a coordinate */
	enum hash hash;
	const char *algorithm;
	size_t algorithm_size;
} types[_KEY_TYPE_MAX] = {
	[KEY_TYPE_RSA] = {"ssh-rsa", NULL, NULL, 0, HASH_SHA256, OF_RSA},
	[KEY_TYPE_P256] = {"ecdsa-sha2-nistp256", "nistp256", nettle_get_secp_256r1, 32,
			   HASH_SHA256, OF_P256},
	[KEY_TYPE_P384] = {"ecdsa-sha2-nistp384", "nistp384", nettle_get_secp_384r1, 48,
			   HASH_SHA384, OF_P384},
	[KEY_TYPE_P521] = {"ecdsa-sha2-nistp521", "nistp521", nettle_get_secp_521r1, 66,
			   HASH_SHA512, OF_P521},
	[KEY_TYPE_ED25519] = {"ssh-ed25519", NULL, NULL, 0, HASH_NONE, OF_ED25519},
};

/* --- reading ---------------------------------------------------------------------------------- */

static bool is_ecdsa(enum key_type type)
{
	return types[type].curve != NULL;
}

enum key_type sshkey_type(struct view name)
{
	for (size_t t = KEY_TYPE_NONE + 1; t < array_len(types); t++)
		if (view_is(name, types[t].name))
			return (enum key_type)t;
	return KEY_TYPE_NONE;
}

static void read_rsa(struct reader *r, struct sshkey *ret)
{
	struct view e, n;

	ret->exponent = number_read(r, EXPONENT_MAX);
	ret->modulus = number_read(r, MODULUS_MAX);
	if (r->has_failed)
		return;
	e = number_bare(ret->exponent);
	n = number_bare(ret->modulus);
	if (e.data[e.size - 1] % 2 == 0 || (e.size == 1 && e.data[0] == 1))
		reader_fail(r);
	if (n.data[n.size - 1] % 2 == 0 || n.size < MODULUS_BITS_MIN / 8 ||
	    (n.size == MODULUS_BITS_MIN / 8 && n.data[0] < 0x80))
		reader_fail(r);
}

static void set_number(mpz_t n, struct view v)
{
	nettle_mpz_set_str_256_u(n, v.size, v.data);
}

/* False if it is not on the curve. p was made for the key's curve. */
static bool set_point(struct ecc_point *p, const struct sshkey *k)
{
	size_t field = types[k->type].field;
	bool is_on_curve;
	mpz_t x, y;

	mpz_init(x);
	mpz_init(y);
	set_number(x, (struct view){k->point.data + 1, field});
	set_number(y, (struct view){k->point.data + 1 + field, field});
	is_on_curve = ecc_point_set(p, x, y) == 1;
	mpz_clear(x);
	mpz_clear(y);
	return is_on_curve;
}

static bool has_point_on_curve(const struct sshkey *k)
{
	struct ecc_point p;
	bool is_on_curve;

	ecc_point_init(&p, types[k->type].curve());
	is_on_curve = set_point(&p, k);
	ecc_point_clear(&p);
	return is_on_curve;
}

static void read_ecdsa(struct reader *r, struct sshkey *ret)
{
	size_t size = 1 + 2 * types[ret->type].field;
	struct view curve = reader_string(r, 1, NAME_SIZE_MAX);

	ret->point = reader_string(r, size, size);
	if (r->has_failed)
		return;
	if (!view_is(curve, types[ret->type].curve_name) || ret->point.data[0] != 4 ||
	    !has_point_on_curve(ret))
		reader_fail(r);
}

void sshkey_read_fields(struct reader *r, enum key_type type, struct sshkey *ret)
{
	*ret = (struct sshkey){.type = type};
	switch (type) {
	case KEY_TYPE_RSA:
		read_rsa(r, ret);
		return;
	case KEY_TYPE_P256:
	case KEY_TYPE_P384:
	case KEY_TYPE_P521:
		read_ecdsa(r, ret);
		return;
	case KEY_TYPE_ED25519:
		ret->point = reader_string(r, ED25519_KEY_SIZE, ED25519_KEY_SIZE);
		return;
	case KEY_TYPE_NONE:
	case _KEY_TYPE_MAX:
		break;
	}
	reader_fail(r);
}

bool sshkey_read(struct view blob, struct sshkey *ret)
{
	struct sshkey k;
	struct reader r;

	reader_init(&r, blob.data, blob.size);
	sshkey_read_fields(&r, sshkey_type(reader_string(&r, 1, NAME_SIZE_MAX)), &k);
	if (!reader_end(&r))
		return false;
	*ret = k;
	return true;
}

enum hash sshkey_hash(const struct sshkey *k)
{
	return types[k->type].hash;
}

/* --- SubjectPublicKeyInfo: DER has one way to write it, so it is what we would write ----------- */

static void expect(struct reader *r, const void *data, size_t size)
{
	struct view v = reader_bytes(r, size);

	if (!view_is_equal(v, (struct view){data, size}))
		reader_fail(r);
}

/* Tag and length of an element with size bytes of content: as many as expect_front() reads. */
static size_t front_size(size_t size)
{
	return size < 0x80 ? 2 : size < 0x100 ? 3 : 4;
}

static void expect_front(struct reader *r, uint8_t tag, size_t size)
{
	const uint8_t high = (uint8_t)(size >> 8), low = (uint8_t)size;
	const uint8_t fronts[][4] = {{tag, low}, {tag, 0x81, low}, {tag, 0x82, high, low}};

	expect(r, fronts[front_size(size) - 2], front_size(size));
}

static void expect_element(struct reader *r, uint8_t tag, struct view content)
{
	expect_front(r, tag, content.size);
	expect(r, content.data, content.size);
}

static size_t element_size(size_t size)
{
	return front_size(size) + size;
}

bool sshkey_is_spki(const struct sshkey *k, struct view spki)
{
	size_t numbers = element_size(k->modulus.size) + element_size(k->exponent.size);
	size_t key = k->type == KEY_TYPE_RSA ? element_size(numbers) : k->point.size;
	struct reader r;

	reader_init(&r, spki.data, spki.size);
	expect_front(&r, DER_SEQUENCE, types[k->type].algorithm_size + element_size(1 + key));
	expect(&r, types[k->type].algorithm, types[k->type].algorithm_size);
	expect_front(&r, DER_BIT_STRING, 1 + key);
	expect(&r, "", 1); /* no bit is left over */
	if (k->type == KEY_TYPE_RSA) {
		expect_front(&r, DER_SEQUENCE, numbers);
		expect_element(&r, DER_INTEGER, k->modulus);
		expect_element(&r, DER_INTEGER, k->exponent);
	} else {
		expect(&r, k->point.data, k->point.size);
	}
	return k->type != KEY_TYPE_NONE && reader_end(&r);
}

/* --- verifying -------------------------------------------------------------------------------- */

/* The size of the digest; 0 for a hash that is not taken. */
static size_t hash_message(enum hash hash, struct view message, uint8_t ret[DIGEST_MAX])
{
	struct sha256_ctx sha256;
	struct sha512_ctx sha512;

	switch (hash) {
	case HASH_SHA256:
		sha256_init(&sha256);
		sha256_update(&sha256, message.size, message.data);
		sha256_digest(&sha256, SHA256_DIGEST_SIZE, ret);
		return SHA256_DIGEST_SIZE;
	case HASH_SHA384:
		sha384_init(&sha512);
		sha384_update(&sha512, message.size, message.data);
		sha384_digest(&sha512, SHA384_DIGEST_SIZE, ret);
		return SHA384_DIGEST_SIZE;
	case HASH_SHA512:
		sha512_init(&sha512);
		sha512_update(&sha512, message.size, message.data);
		sha512_digest(&sha512, SHA512_DIGEST_SIZE, ret);
		return SHA512_DIGEST_SIZE;
	case HASH_NONE:
	case HASH_SHA1:
	case _HASH_MAX:
		break;
	}
	return 0;
}

/* nettle has the padding for two of the hashes alone. */
static bool verify_rsa_digest(const struct rsa_public_key *key, enum hash hash,
			      const uint8_t *digest, const mpz_t s)
{
	if (hash == HASH_SHA256)
		return rsa_sha256_verify_digest(key, digest, s) == 1;
	return hash == HASH_SHA512 && rsa_sha512_verify_digest(key, digest, s) == 1;
}

static bool verify_rsa(const struct sshkey *k, enum hash hash, struct view message,
		       struct view signature)
{
	uint8_t digest[DIGEST_MAX];
	struct rsa_public_key key;
	bool is_right;
	mpz_t s;

	if (signature.size != number_bare(k->modulus).size ||
	    hash_message(hash, message, digest) == 0)
		return false;
	rsa_public_key_init(&key);
	mpz_init(s);
	set_number(key.n, number_bare(k->modulus));
	set_number(key.e, number_bare(k->exponent));
	set_number(s, signature);
	is_right = rsa_public_key_prepare(&key) == 1 && verify_rsa_digest(&key, hash, digest, s);
	mpz_clear(s);
	rsa_public_key_clear(&key);
	return is_right;
}

static bool verify_ecdsa(const struct sshkey *k, enum hash hash, struct view message, struct view r,
			 struct view s)
{
	struct dsa_signature signature;
	uint8_t digest[DIGEST_MAX];
	struct ecc_point p;
	size_t size;
	bool is_right;

	size = hash_message(hash, message, digest);
	if (size == 0)
		return false;
	ecc_point_init(&p, types[k->type].curve());
	dsa_signature_init(&signature);
	set_number(signature.r, r);
	set_number(signature.s, s);
	is_right = set_point(&p, k) && ecdsa_verify(&p, size, digest, &signature) == 1;
	dsa_signature_clear(&signature);
	ecc_point_clear(&p);
	return is_right;
}

static bool verify_ed25519(const struct sshkey *k, struct view message, struct view signature)
{
	return signature.size == ED25519_SIGNATURE_SIZE &&
	       ed25519_sha512_verify(k->point.data, message.size, message.data, signature.data) ==
		       1;
}

bool sshkey_verifies(const struct sshkey *k, enum hash hash, struct view message,
		     struct view signature)
{
	struct view r, s;

	if (is_ecdsa(k->type))
		return number_read_der_pair(signature, types[k->type].field, &r, &s) &&
		       verify_ecdsa(k, hash, message, r, s);
	if (k->type == KEY_TYPE_RSA)
		return verify_rsa(k, hash, message, signature);
	return k->type == KEY_TYPE_ED25519 && hash == HASH_NONE &&
	       verify_ed25519(k, message, signature);
}

/* Only RSA has more than one algorithm; the oldest of them, ssh-rsa, is SHA-1. */
static enum hash rsa_hash(struct view algorithm)
{
	if (view_is(algorithm, "rsa-sha2-256"))
		return HASH_SHA256;
	return view_is(algorithm, "rsa-sha2-512") ? HASH_SHA512 : HASH_NONE;
}

bool sshkey_verifies_ssh(const struct sshkey *k, struct view message, struct view signature)
{
	struct view algorithm, raw, r, s;
	struct reader whole;

	reader_init(&whole, signature.data, signature.size);
	algorithm = reader_string(&whole, 1, NAME_SIZE_MAX);
	raw = reader_string(&whole, 1, SIGNATURE_MAX);
	if (!reader_end(&whole))
		return false;
	if (k->type == KEY_TYPE_RSA)
		return verify_rsa(k, rsa_hash(algorithm), message, raw);
	if (sshkey_type(algorithm) != k->type)
		return false;
	if (is_ecdsa(k->type))
		return number_read_ssh_pair(raw, types[k->type].field, &r, &s) &&
		       verify_ecdsa(k, types[k->type].hash, message, r, s);
	return k->type == KEY_TYPE_ED25519 && verify_ed25519(k, message, raw);
}
