/*
 * cli/pkey.c - see pkey.h
 */
#include "client/cli/pkey.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "client/cli/input.h"

#define KEY_FILE_MAX ((size_t)64 * 1024)

/* --- schemes ---------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum signet_hash hash;
	const EVP_MD *(*md)(void);
} hashes[] = {
	{"sha256", SIGNET_SHA256, EVP_sha256},
	{"sha384", SIGNET_SHA384, EVP_sha384},
	{"sha512", SIGNET_SHA512, EVP_sha512},
	{"sha1", SIGNET_SHA1, EVP_sha1}, /* for the agent to refuse */
};

static enum exit_code choose_hash(const char *name, struct scheme *ret)
{
	for (size_t i = 0; i < array_len(hashes); i++) {
		if (name && strcmp(hashes[i].name, name) != 0)
			continue;
		ret->hash = hashes[i].hash;
		ret->md = hashes[i].md();
		return EXIT_DONE;
	}
	complain("hash '%s' is not known: -a takes sha256, sha384 or sha512", name);
	return EXIT_USAGE;
}

void scheme_of_curve(enum signet_key_type type, struct scheme *s)
{
	static const enum signet_hash of_curve[] = {
		[SIGNET_KEY_P256] = SIGNET_SHA256,
		[SIGNET_KEY_P384] = SIGNET_SHA384,
		[SIGNET_KEY_P521] = SIGNET_SHA512,
	};

	for (size_t i = 0; i < array_len(hashes); i++)
		if (type < array_len(of_curve) && of_curve[type] == hashes[i].hash) {
			s->hash = hashes[i].hash;
			s->md = hashes[i].md();
		}
}

static enum exit_code choose_eddsa(const struct args *args, const char *name, struct scheme *ret)
{
	if (args->hash) {
		complain("key '%s' is an Ed25519 key, which signs the file itself: leave out -a",
			 name);
		return EXIT_USAGE;
	}
	*ret = (struct scheme){.algorithm = SIGNET_EDDSA};
	return EXIT_DONE;
}

enum exit_code scheme_choose(const struct args *args, enum signet_key_type type, const char *name,
			     struct scheme *ret)
{
	bool is_rsa = type == 0 || type == SIGNET_KEY_RSA;
	struct scheme s = {.algorithm = SIGNET_ECDSA};
	enum exit_code e;

	e = choose_hash(args->hash, &s);
	if (e != EXIT_DONE)
		return e;
	if (args->is_pss && !is_rsa) {
		complain("key '%s' is no RSA key: leave out --pss", name);
		return EXIT_USAGE;
	}
	if (type == SIGNET_KEY_ED25519)
		return choose_eddsa(args, name, ret);
	if (is_rsa)
		s.algorithm = args->is_pss ? SIGNET_RSA_PSS : SIGNET_RSA_PKCS1;
	*ret = s;
	return EXIT_DONE;
}

/* --- keys ------------------------------------------------------------------------------------- */

static enum signet_key_type curve_type(const EVP_PKEY *key)
{
	char group[32];

	if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1)
		return 0;
	if (strcmp(group, "prime256v1") == 0)
		return SIGNET_KEY_P256;
	if (strcmp(group, "secp384r1") == 0)
		return SIGNET_KEY_P384;
	return strcmp(group, "secp521r1") == 0 ? SIGNET_KEY_P521 : 0;
}

enum signet_key_type pkey_type(const EVP_PKEY *key)
{
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		return SIGNET_KEY_RSA;
	case EVP_PKEY_EC:
		return curve_type(key);
	case EVP_PKEY_ED25519:
		return SIGNET_KEY_ED25519;
	}
	return 0;
}

/* Takes key over; NULL means that it could not be read. */
static enum exit_code check(EVP_PKEY *key, const char *source, const char *expected, EVP_PKEY **ret)
{
	ERR_clear_error();
	if (key && pkey_type(key) != 0) {
		*ret = key;
		return EXIT_DONE;
	}
	if (key)
		complain("'%s': signet knows RSA, P-256, P-384, P-521 and Ed25519 keys only",
			 source);
	else
		complain("'%s': this is no %s", source, expected);
	EVP_PKEY_free(key);
	return EXIT_DATA;
}

enum exit_code pkey_from_spki(const uint8_t *spki, size_t size, const char *source, EVP_PKEY **ret)
{
	const unsigned char *at = spki;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)size);

	if (key && at != spki + size) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return check(key, source, "public key in DER", ret);
}

int pkey_no_password(char *buf, int size, int is_write, void *userdata)
{
	(void)buf;
	(void)size;
	(void)is_write;
	(void)userdata;
	return -1;
}

static EVP_PKEY *parse_key(BIO *bio, const uint8_t *data, size_t size)
{
	const unsigned char *at = data;
	EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, pkey_no_password, NULL);

	return key ? key : d2i_PUBKEY(NULL, &at, (long)size);
}

enum exit_code pkey_from_file(const char *path, EVP_PKEY **ret)
{
	_cleanup_(contents_done) struct contents c = {};
	EVP_PKEY *key = NULL;
	enum exit_code e;
	BIO *bio;

	e = input_read(path, KEY_FILE_MAX, "is too long for a key", &c);
	if (e != EXIT_DONE)
		return e;
	bio = BIO_new_mem_buf(c.data, (int)c.size);
	if (bio)
		key = parse_key(bio, c.data, c.size);
	BIO_free(bio);
	return check(key, shown_name(path), "public key in PEM or DER", ret);
}

enum exit_code pkey_from_certificate(X509 *x, const char *source, EVP_PKEY **ret)
{
	return check(X509_get_pubkey(x), source, "certificate of a key", ret);
}
