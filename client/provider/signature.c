/*
 * provider/signature.c - signatures: the agent's, and the hashing before them
 *
 * What is signed is hashed here, by other providers, and only the digest travels; Ed25519 alone
 * signs the message itself. Nothing is sent before the last byte is there.
 */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include "client/provider/agent.h"
#include "client/provider/verify.h"

struct operation {
	struct provider *provider; /* borrowed */
	struct key *key;           /* a reference; NULL before the first init */
	EVP_MD_CTX *md;            /* owned; NULL unless something is hashed here */
	struct scheme scheme;
};

/* --- life ------------------------------------------------------------------------------------- */

static void *operation_new(void *provider, const char *properties)
{
	struct operation *o = OPENSSL_zalloc(sizeof(*o));

	(void)properties; /* those by which we were found */
	if (o)
		o->provider = provider;
	return o;
}

static void operation_free(void *userdata)
{
	struct operation *o = userdata;

	if (!o)
		return;
	EVP_MD_CTX_free(o->md);
	(void)key_free(o->key); /* NULL */
	OPENSSL_free(o);
}

static void *operation_dup(void *userdata)
{
	const struct operation *from = userdata;
	struct operation *o = OPENSSL_memdup(from, sizeof(*from));

	if (!o)
		return NULL;
	if (o->key)
		(void)key_ref(o->key); /* the same */
	if (from->md) {
		o->md = EVP_MD_CTX_new();
		if (!o->md || EVP_MD_CTX_copy_ex(o->md, from->md) != 1) {
			operation_free(o);
			return NULL;
		}
	}
	return o;
}

/* --- beginning -------------------------------------------------------------------------------- */

/* Without a key it begins anew with what it has. */
static bool begin(struct operation *o, struct key *k, bool is_signing, const OSSL_PARAM params[])
{
	EVP_MD_CTX_free(o->md);
	o->md = NULL;
	if (k) {
		(void)key_free(o->key); /* NULL */
		o->key = key_ref(k);
		scheme_init(&o->scheme, k, is_signing);
	}
	if (!o->key || !o->key->public)
		return false;
	if (is_signing && o->key->name[0] == '\0') {
		provider_raise(o->provider, __func__, REASON_NO_KEY,
			       "this public key is no key of the agent's");
		return false;
	}
	o->scheme.is_signing = is_signing;
	return scheme_set(&o->scheme, params);
}

static bool begin_hash(struct operation *o, struct key *k, const char *name, bool is_signing,
		       const OSSL_PARAM params[])
{
	bool is_done;
	EVP_MD *md;

	if (!begin(o, k, is_signing, params) || !scheme_set_hash(&o->scheme, name))
		return false;
	if (o->key->type == SIGNET_KEY_ED25519)
		return true;
	if (!o->scheme.hash && !scheme_set_hash(&o->scheme, "SHA256"))
		return false;
	md = EVP_MD_fetch(o->provider->libctx, o->scheme.hash->name, OF_OTHERS);
	o->md = EVP_MD_CTX_new();
	is_done = md && o->md && EVP_DigestInit_ex2(o->md, md, NULL) == 1;
	EVP_MD_free(md);
	if (!is_done)
		provider_raise(o->provider, __func__, REASON_LIBRARY,
			       "key '%s': no provider hashes with %s; is 'default' there?",
			       o->key->name, o->scheme.hash->name);
	return is_done;
}

static int sign_init(void *operation, void *key, const OSSL_PARAM params[])
{
	return begin(operation, key, true, params);
}

static int verify_init(void *operation, void *key, const OSSL_PARAM params[])
{
	return begin(operation, key, false, params);
}

static int digest_sign_init(void *operation, const char *name, void *key, const OSSL_PARAM params[])
{
	return begin_hash(operation, key, name, true, params);
}

static int digest_verify_init(void *operation, const char *name, void *key,
			      const OSSL_PARAM params[])
{
	return begin_hash(operation, key, name, false, params);
}

/* --- a digest --------------------------------------------------------------------------------- */

/* What asks for the size gets the largest. */
static bool has_room(const struct operation *o, const uint8_t *ret, size_t size, size_t *ret_size)
{
	if (ret && size >= o->key->signature_max)
		return true;
	if (ret)
		provider_raise(o->provider, __func__, REASON_SIZE,
			       "key '%s': a signature has up to %zu bytes, and there is room for "
			       "%zu",
			       o->key->name, o->key->signature_max, size);
	else
		*ret_size = o->key->signature_max;
	return false;
}

static int sign(void *operation, unsigned char *ret, size_t *ret_size, size_t size,
		const unsigned char *digest, size_t digest_size)
{
	struct operation *o = operation;

	if (!o->key || !scheme_check(&o->scheme, digest_size))
		return 0;
	if (!has_room(o, ret, size, ret_size))
		return ret == NULL;
	return agent_sign(o->key, scheme_request(&o->scheme), digest, digest_size, ret, size,
			  ret_size);
}

static int verify(void *operation, const unsigned char *signature, size_t size,
		  const unsigned char *digest, size_t digest_size)
{
	struct operation *o = operation;

	return o->key && scheme_check(&o->scheme, digest_size) &&
	       verify_digest(&o->scheme, digest, digest_size, signature, size);
}

/* --- hashing ---------------------------------------------------------------------------------- */

static int update(void *operation, const unsigned char *data, size_t size)
{
	struct operation *o = operation;

	return o->md && EVP_DigestUpdate(o->md, data, size) == 1;
}

static int digest_sign_final(void *operation, unsigned char *ret, size_t *ret_size, size_t size)
{
	struct operation *o = operation;
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned digest_size = 0;

	if (!o->md)
		return 0;
	if (!ret)
		return sign(o, NULL, ret_size, 0, NULL, o->scheme.hash->size);
	return EVP_DigestFinal_ex(o->md, digest, &digest_size) == 1 &&
	       sign(o, ret, ret_size, size, digest, digest_size);
}

static int digest_verify_final(void *operation, const unsigned char *signature, size_t size)
{
	struct operation *o = operation;
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned digest_size = 0;

	return o->md && EVP_DigestFinal_ex(o->md, digest, &digest_size) == 1 &&
	       verify(o, signature, size, digest, digest_size);
}

/* --- Ed25519 ---------------------------------------------------------------------------------- */

static int sign_message(void *operation, unsigned char *ret, size_t *ret_size, size_t size,
			const unsigned char *message, size_t message_size)
{
	struct operation *o = operation;

	if (!o->key)
		return 0;
	if (message_size > SIGNET_MESSAGE_MAX) {
		provider_raise(
			o->provider, __func__, REASON_SIZE,
			"key '%s': Ed25519 signs the message itself, which has %zu bytes; at "
			"most %u can be signed: use an RSA or ECDSA key",
			o->key->name, message_size, SIGNET_MESSAGE_MAX);
		return 0;
	}
	if (!has_room(o, ret, size, ret_size))
		return ret == NULL;
	return agent_sign(o->key, scheme_request(&o->scheme), message ? (const void *)message : "",
			  message_size, ret, size, ret_size);
}

static int verify_signed_message(void *operation, const unsigned char *signature, size_t size,
				 const unsigned char *message, size_t message_size)
{
	const struct operation *o = operation;

	return o->key && verify_message(o->key, message, message_size, signature, size);
}

/* --- parameters ------------------------------------------------------------------------------- */

static int get_ctx_params(void *operation, OSSL_PARAM params[])
{
	const struct operation *o = operation;

	return o->key && scheme_get(&o->scheme, params);
}

static int set_ctx_params(void *operation, const OSSL_PARAM params[])
{
	struct operation *o = operation;
	const struct hash *before = o->scheme.hash;

	if (!o->key || !scheme_set(&o->scheme, params))
		return 0;
	if (!o->md || o->scheme.hash == before)
		return 1;
	provider_raise(o->provider, __func__, REASON_HASH,
		       "key '%s': the hash cannot be changed once it has begun", o->key->name);
	o->scheme.hash = before;
	return 0;
}

static const OSSL_PARAM *rsa_settable(void *operation, void *provider)
{
	(void)operation;
	(void)provider;
	return scheme_settable(SIGNET_KEY_RSA);
}

static const OSSL_PARAM *rsa_gettable(void *operation, void *provider)
{
	(void)operation;
	(void)provider;
	return scheme_gettable(SIGNET_KEY_RSA);
}

static const OSSL_PARAM *other_settable(void *operation, void *provider)
{
	(void)operation;
	(void)provider;
	return scheme_settable(SIGNET_KEY_P256);
}

static const OSSL_PARAM *other_gettable(void *operation, void *provider)
{
	(void)operation;
	(void)provider;
	return scheme_gettable(SIGNET_KEY_P256);
}

/* --- tables ----------------------------------------------------------------------------------- */

/* clang-format off */
#define FUNCTION(id, function) {OSSL_FUNC_SIGNATURE_##id, (void (*)(void))(function)}
#define LIFE                              \
	FUNCTION(NEWCTX, operation_new),  \
	FUNCTION(FREECTX, operation_free), \
	FUNCTION(DUPCTX, operation_dup)
#define PARAMS(type)                                  \
	FUNCTION(GET_CTX_PARAMS, get_ctx_params),     \
	FUNCTION(GETTABLE_CTX_PARAMS, type##_gettable), \
	FUNCTION(SET_CTX_PARAMS, set_ctx_params),     \
	FUNCTION(SETTABLE_CTX_PARAMS, type##_settable)
#define DIGESTS                                       \
	FUNCTION(SIGN_INIT, sign_init),               \
	FUNCTION(SIGN, sign),                         \
	FUNCTION(VERIFY_INIT, verify_init),           \
	FUNCTION(VERIFY, verify),                     \
	FUNCTION(DIGEST_SIGN_INIT, digest_sign_init), \
	FUNCTION(DIGEST_SIGN_UPDATE, update),         \
	FUNCTION(DIGEST_SIGN_FINAL, digest_sign_final), \
	FUNCTION(DIGEST_VERIFY_INIT, digest_verify_init), \
	FUNCTION(DIGEST_VERIFY_UPDATE, update),       \
	FUNCTION(DIGEST_VERIFY_FINAL, digest_verify_final)

static const OSSL_DISPATCH rsa_functions[] = {LIFE, DIGESTS, PARAMS(rsa), {0, NULL}};
static const OSSL_DISPATCH ecdsa_functions[] = {LIFE, DIGESTS, PARAMS(other), {0, NULL}};
static const OSSL_DISPATCH ed25519_functions[] = {
	LIFE,
	PARAMS(other),
	FUNCTION(DIGEST_SIGN_INIT, digest_sign_init),
	FUNCTION(DIGEST_SIGN, sign_message),
	FUNCTION(DIGEST_VERIFY_INIT, digest_verify_init),
	FUNCTION(DIGEST_VERIFY, verify_signed_message),
	{0, NULL},
};

const OSSL_ALGORITHM signature_algorithms[] = {
	{"SIGNET-RSA",     "provider=signet", rsa_functions,     "RSA signatures by signetd"},
	{"SIGNET-ECDSA",   "provider=signet", ecdsa_functions,   "ECDSA signatures by signetd"},
	{"SIGNET-ED25519", "provider=signet", ed25519_functions, "Ed25519 signatures by signetd"},
	{NULL, NULL, NULL, NULL},
};
/* clang-format on */
