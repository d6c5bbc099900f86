/*
 * provider/scheme.c - see scheme.h
 */
#include "client/provider/scheme.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/provider/identifier.h"

static const struct hash hashes[] = {
	{SIGNET_SHA256, "SHA256", 32},
	{SIGNET_SHA384, "SHA384", 48},
	{SIGNET_SHA512, "SHA512", 64},
};

static const struct {
	const char *name;
	enum signet_hash number;
} aliases[] = {
	{"SHA256", SIGNET_SHA256},  {"SHA2-256", SIGNET_SHA256},
	{"SHA-256", SIGNET_SHA256}, {"2.16.840.1.101.3.4.2.1", SIGNET_SHA256},
	{"SHA384", SIGNET_SHA384},  {"SHA2-384", SIGNET_SHA384},
	{"SHA-384", SIGNET_SHA384}, {"2.16.840.1.101.3.4.2.2", SIGNET_SHA384},
	{"SHA512", SIGNET_SHA512},  {"SHA2-512", SIGNET_SHA512},
	{"SHA-512", SIGNET_SHA512}, {"2.16.840.1.101.3.4.2.3", SIGNET_SHA512},
};

/* Paddings and lengths of salt come as numbers or as names. */
struct word {
	const char *name;
	int number;
};

static const struct word paddings[] = {
	{OSSL_PKEY_RSA_PAD_MODE_PKCSV15, RSA_PKCS1_PADDING},
	{OSSL_PKEY_RSA_PAD_MODE_PSS, RSA_PKCS1_PSS_PADDING},
	{NULL, 0},
};

#define SALT_AUTO_DIGEST_MAX (-4) /* of OpenSSL 3.1 and later: at most as long as the hash */

static const struct word salts[] = {
	{OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST, RSA_PSS_SALTLEN_DIGEST},
	{OSSL_PKEY_RSA_PSS_SALT_LEN_AUTO, RSA_PSS_SALTLEN_AUTO},
	{OSSL_PKEY_RSA_PSS_SALT_LEN_MAX, RSA_PSS_SALTLEN_MAX},
	{"auto-digestmax", SALT_AUTO_DIGEST_MAX},
	{"32", 32},
	{"48", 48},
	{"64", 64},
	{NULL, 0},
};

void scheme_init(struct scheme *s, const struct key *k)
{
	*s = (struct scheme){.key = k, .salt = RSA_PSS_SALTLEN_DIGEST};
}

/* --- reading parameters ----------------------------------------------------------------------- */

static const char *text_of(const OSSL_PARAM *p)
{
	const char *text = NULL;

	return OSSL_PARAM_get_utf8_string_ptr(p, &text) ? text : NULL;
}

/* False: neither a number nor one of the words. */
static bool read_word(const OSSL_PARAM *p, const struct word *words, int *ret)
{
	const char *text;

	if (p->data_type != OSSL_PARAM_UTF8_STRING)
		return OSSL_PARAM_get_int(p, ret) == 1;
	text = text_of(p);
	for (; text && words->name; words++)
		if (strcmp(words->name, text) == 0) {
			*ret = words->number;
			return true;
		}
	return false;
}

static const struct hash *find_hash(const char *name)
{
	for (size_t i = 0; i < array_len(aliases); i++)
		if (strcasecmp(aliases[i].name, name) == 0)
			return &hashes[aliases[i].number - SIGNET_SHA256];
	return NULL;
}

static bool read_hash(const struct scheme *s, const char *name, const struct hash **ret)
{
	const struct hash *hash = name ? find_hash(name) : NULL;

	if (hash) {
		*ret = hash;
		return true;
	}
	provider_raise(s->key->provider, __func__, REASON_HASH,
		       "key '%s' signs with SHA256, SHA384 and SHA512, not with '%s'", s->key->name,
		       name ? name : "");
	return false;
}

bool scheme_set_hash(struct scheme *s, const char *name)
{
	if (!name || *name == '\0')
		return true;
	if (s->key->type != SIGNET_KEY_ED25519)
		return read_hash(s, name, &s->hash);
	provider_raise(s->key->provider, __func__, REASON_HASH,
		       "key '%s' is an Ed25519 key, which signs messages and no digest: '%s' "
		       "must be left out",
		       s->key->name, name);
	return false;
}

static bool set_padding(struct scheme *s, const OSSL_PARAM *p)
{
	int padding = 0;

	if (!read_word(p, paddings, &padding) ||
	    (padding != RSA_PKCS1_PADDING && padding != RSA_PKCS1_PSS_PADDING)) {
		provider_raise(s->key->provider, __func__, REASON_PADDING,
			       "key '%s' signs with the paddings 'pkcs1' and 'pss' only",
			       s->key->name);
		return false;
	}
	s->is_pss = padding == RSA_PKCS1_PSS_PADDING;
	return true;
}

static bool refuse_salt(const struct scheme *s)
{
	provider_raise(s->key->provider, __func__, REASON_SALT,
		       "key '%s' makes PSS signatures with a salt as long as the hash only: pass "
		       "'rsa_pss_saltlen:digest'",
		       s->key->name);
	return false;
}

static bool set_salt(struct scheme *s, const OSSL_PARAM *p)
{
	int salt = 0;

	if (!read_word(p, salts, &salt))
		return refuse_salt(s);
	if (salt == RSA_PSS_SALTLEN_AUTO || salt == RSA_PSS_SALTLEN_MAX)
		return refuse_salt(s);
	s->salt = salt;
	return true;
}

bool scheme_set(struct scheme *s, const OSSL_PARAM params[])
{
	bool is_rsa = s->key->type == SIGNET_KEY_RSA;
	const OSSL_PARAM *p;

	if (!params)
		return true;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
	if (p && !scheme_set_hash(s, text_of(p)))
		return false;
	p = is_rsa ? OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE) : NULL;
	if (p && !set_padding(s, p))
		return false;
	p = is_rsa ? OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN) : NULL;
	if (p && !set_salt(s, p))
		return false;
	p = is_rsa ? OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_MGF1_DIGEST) : NULL;
	return !p || read_hash(s, text_of(p), &s->mgf1);
}

/* --- answering for them ----------------------------------------------------------------------- */

static bool write_word(OSSL_PARAM *p, const struct word *words, int number)
{
	if (p->data_type != OSSL_PARAM_UTF8_STRING)
		return OSSL_PARAM_set_int(p, number) == 1;
	for (; words->name; words++)
		if (words->number == number)
			return OSSL_PARAM_set_utf8_string(p, words->name) == 1;
	return false;
}

static bool write_hash(OSSL_PARAM *p, const struct hash *hash)
{
	return OSSL_PARAM_set_utf8_string(p, hash ? hash->name : "") == 1;
}

bool scheme_get(const struct scheme *s, OSSL_PARAM params[])
{
	const uint8_t *identifier;
	OSSL_PARAM *p;
	size_t size;

	p = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_ALGORITHM_ID);
	if (p) {
		identifier = identifier_of(s, &size);
		if (!identifier || !OSSL_PARAM_set_octet_string(p, identifier, size))
			return false;
	}
	p = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_DIGEST);
	if (p && !write_hash(p, s->hash))
		return false;
	p = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_MGF1_DIGEST);
	if (p && !write_hash(p, s->mgf1 ? s->mgf1 : s->hash))
		return false;
	p = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
	if (p && !write_word(p, paddings, s->is_pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING))
		return false;
	p = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
	return !p || write_word(p, salts, s->salt);
}

const OSSL_PARAM *scheme_settable(enum signet_key_type type)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
		OSSL_PARAM_END,
	};
	static const OSSL_PARAM hash_only[] = {
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_END,
	};

	return type == SIGNET_KEY_RSA ? params : hash_only;
}

const OSSL_PARAM *scheme_gettable(enum signet_key_type type)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
		OSSL_PARAM_END,
	};
	static const OSSL_PARAM few[] = {
		OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_END,
	};

	return type == SIGNET_KEY_RSA ? params : few;
}

/* --- at last ---------------------------------------------------------------------------------- */

static bool guess_hash(struct scheme *s, size_t digest_size)
{
	for (size_t i = 0; i < array_len(hashes) && s->key->type != SIGNET_KEY_RSA; i++)
		if (hashes[i].size == digest_size) {
			s->hash = &hashes[i];
			return true;
		}
	provider_raise(
		s->key->provider, __func__, REASON_HASH,
		"key '%s': which hash is this digest of? Pass 'digest:sha256', 'digest:sha384' "
		"or 'digest:sha512'",
		s->key->name);
	return false;
}

bool scheme_check(struct scheme *s, size_t digest_size)
{
	if (!s->hash && !guess_hash(s, digest_size))
		return false;
	if (digest_size != s->hash->size) {
		provider_raise(s->key->provider, __func__, REASON_SIZE,
			       "key '%s': a digest of %s has %zu bytes, and these are %zu",
			       s->key->name, s->hash->name, s->hash->size, digest_size);
		return false;
	}
	if (!s->is_pss)
		return true;
	if (s->mgf1 && s->mgf1 != s->hash) {
		provider_raise(s->key->provider, __func__, REASON_HASH,
			       "key '%s' makes PSS signatures with the same hash in MGF1 only: %s",
			       s->key->name, s->hash->name);
		return false;
	}
	if (s->salt == RSA_PSS_SALTLEN_DIGEST || s->salt == SALT_AUTO_DIGEST_MAX ||
	    s->salt == (int)s->hash->size)
		return true;
	return refuse_salt(s);
}

struct signet_request scheme_request(const struct scheme *s)
{
	struct signet_request request = {.algorithm = SIGNET_ECDSA, .input = SIGNET_DIGEST};

	if (s->key->type == SIGNET_KEY_RSA)
		request.algorithm = s->is_pss ? SIGNET_RSA_PSS : SIGNET_RSA_PKCS1;
	if (s->key->type == SIGNET_KEY_ED25519) {
		request.algorithm = SIGNET_EDDSA;
		request.input = SIGNET_MESSAGE;
	}
	if (s->hash)
		request.hash = s->hash->number;
	return request;
}
