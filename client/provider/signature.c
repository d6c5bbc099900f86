/*
 * provider/signature.c - signatures: the agent's, and the hashing before them
 *
 * What is signed is hashed here, by other providers, and only the digest travels; Ed25519 alone
 * signs the message itself. Nothing is sent before the last byte is there. To verify, and to sign
 * with keys that are not the agent's, is left to the provider that has the key.
 */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include "client/provider/agent.h"
#include "client/provider/delegate.h"
#include "client/provider/scheme.h"

struct operation {
	struct provider *provider; /* borrowed */
	struct key *key;           /* a reference; NULL before the first init */
	char *properties;          /* owned; NULL if there are none */
	struct delegate delegate;  /* who does it, unless it is the agent */
	struct scheme scheme;      /* the agent's */
	EVP_MD_CTX *md;            /* owned; NULL unless something is hashed here */
};

/* --- life ------------------------------------------------------------------------------------- */

static void operation_free(void *userdata)
{
	struct operation *o = userdata;

	if (!o)
		return;
	delegate_done(&o->delegate);
	EVP_MD_CTX_free(o->md);
	(void)key_free(o->key); /* NULL */
	OPENSSL_free(o->properties);
	OPENSSL_free(o);
}

static struct operation *operation_alloc(struct provider *p, const char *properties)
{
	struct operation *o = OPENSSL_zalloc(sizeof(*o));

	if (!o)
		return NULL;
	o->provider = p;
	o->properties = properties ? OPENSSL_strdup(properties) : NULL;
	if (!properties || o->properties)
		return o;
	operation_free(o);
	return NULL;
}

static void *operation_new(void *provider, const char *properties)
{
	return operation_alloc(provider, properties);
}

static bool copy_hash(struct operation *o, const struct operation *from)
{
	if (!from->md)
		return true;
	o->md = EVP_MD_CTX_new();
	return o->md && EVP_MD_CTX_copy_ex(o->md, from->md) == 1;
}

static void *operation_dup(void *userdata)
{
	const struct operation *from = userdata;
	struct operation *o = operation_alloc(from->provider, from->properties);

	if (!o)
		return NULL;
	o->key = from->key ? key_ref(from->key) : NULL;
	o->scheme = from->scheme;
	if (copy_hash(o, from) && delegate_copy(&o->delegate, o->provider, &from->delegate))
		return o;
	operation_free(o);
	return NULL;
}

/* --- beginning -------------------------------------------------------------------------------- */

/* Without a key it begins anew with what it has. */
static bool begin(struct operation *o, struct key *k, bool is_signing)
{
	EVP_MD_CTX_free(o->md);
	o->md = NULL;
	delegate_done(&o->delegate);
	if (k) {
		(void)key_free(o->key); /* NULL */
		o->key = key_ref(k);
		scheme_init(&o->scheme, k);
	}
	if (!o->key)
		return false;
	return (is_signing && key_is_agents(o->key)) ||
	       delegate_begin(&o->delegate, o->key, o->properties);
}

static bool begin_hash(struct operation *o, const char *name)
{
	bool is_done;
	EVP_MD *md;

	if (!scheme_set_hash(&o->scheme, name))
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
	struct operation *o = operation;

	if (!begin(o, key, true))
		return 0;
	if (o->delegate.ctx)
		return delegate_init(&o->delegate, OSSL_FUNC_SIGNATURE_SIGN_INIT, o->key, params);
	return scheme_set(&o->scheme, params);
}

static int verify_init(void *operation, void *key, const OSSL_PARAM params[])
{
	struct operation *o = operation;

	return begin(o, key, false) &&
	       delegate_init(&o->delegate, OSSL_FUNC_SIGNATURE_VERIFY_INIT, o->key, params);
}

static int recover_init(void *operation, void *key, const OSSL_PARAM params[])
{
	struct operation *o = operation;

	return begin(o, key, false) &&
	       delegate_init(&o->delegate, OSSL_FUNC_SIGNATURE_VERIFY_RECOVER_INIT, o->key, params);
}

static int digest_sign_init(void *operation, const char *name, void *key, const OSSL_PARAM params[])
{
	struct operation *o = operation;

	if (!begin(o, key, true))
		return 0;
	if (o->delegate.ctx)
		return delegate_init_hash(&o->delegate, OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, name,
					  o->key, params);
	return scheme_set(&o->scheme, params) && begin_hash(o, name);
}

static int digest_verify_init(void *operation, const char *name, void *key,
			      const OSSL_PARAM params[])
{
	struct operation *o = operation;

	return begin(o, key, false) &&
	       delegate_init_hash(&o->delegate, OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_INIT, name,
				  o->key, params);
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

static bool sign_digest(struct operation *o, uint8_t *ret, size_t *ret_size, size_t size,
			const uint8_t *digest, size_t digest_size)
{
	if (!o->key || !scheme_check(&o->scheme, digest_size))
		return false;
	if (!has_room(o, ret, size, ret_size))
		return ret == NULL;
	return agent_sign(o->key, scheme_request(&o->scheme), digest, digest_size, ret, size,
			  ret_size);
}

static int sign(void *operation, unsigned char *ret, size_t *ret_size, size_t size,
		const unsigned char *digest, size_t digest_size)
{
	struct operation *o = operation;

	if (o->delegate.ctx)
		return delegate_make(&o->delegate, OSSL_FUNC_SIGNATURE_SIGN, ret, ret_size, size,
				     digest, digest_size);
	return sign_digest(o, ret, ret_size, size, digest, digest_size);
}

static int verify(void *operation, const unsigned char *signature, size_t size,
		  const unsigned char *digest, size_t digest_size)
{
	const struct operation *o = operation;

	return delegate_verify(&o->delegate, OSSL_FUNC_SIGNATURE_VERIFY, signature, size, digest,
			       digest_size);
}

static int recover(void *operation, unsigned char *ret, size_t *ret_size, size_t size,
		   const unsigned char *signature, size_t signature_size)
{
	const struct operation *o = operation;

	return delegate_make(&o->delegate, OSSL_FUNC_SIGNATURE_VERIFY_RECOVER, ret, ret_size, size,
			     signature, signature_size);
}

/* --- hashing ---------------------------------------------------------------------------------- */

static int update_sign(void *operation, const unsigned char *data, size_t size)
{
	const struct operation *o = operation;

	if (o->delegate.ctx)
		return delegate_update(&o->delegate, OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, data,
				       size);
	return o->md && EVP_DigestUpdate(o->md, data, size) == 1;
}

static int update_verify(void *operation, const unsigned char *data, size_t size)
{
	const struct operation *o = operation;

	return delegate_update(&o->delegate, OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_UPDATE, data, size);
}

static int digest_sign_final(void *operation, unsigned char *ret, size_t *ret_size, size_t size)
{
	struct operation *o = operation;
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned digest_size = 0;

	if (o->delegate.ctx)
		return delegate_finish(&o->delegate, ret, ret_size, size);
	if (!o->md)
		return 0;
	if (!ret)
		return sign_digest(o, NULL, ret_size, 0, NULL, o->scheme.hash->size);
	return EVP_DigestFinal_ex(o->md, digest, &digest_size) == 1 &&
	       sign_digest(o, ret, ret_size, size, digest, digest_size);
}

static int digest_verify_final(void *operation, const unsigned char *signature, size_t size)
{
	const struct operation *o = operation;

	return delegate_verify_hashed(&o->delegate, signature, size);
}

/* --- Ed25519 ---------------------------------------------------------------------------------- */

static bool ask_for_message(const struct operation *o, uint8_t *ret, size_t *ret_size, size_t size,
			    const uint8_t *message, size_t message_size)
{
	if (!o->key)
		return false;
	if (message_size > SIGNET_MESSAGE_MAX) {
		provider_raise(
			o->provider, __func__, REASON_SIZE,
			"key '%s': Ed25519 signs the message itself, which has %zu bytes; at "
			"most %u can be signed: use an RSA or ECDSA key",
			o->key->name, message_size, SIGNET_MESSAGE_MAX);
		return false;
	}
	if (!has_room(o, ret, size, ret_size))
		return ret == NULL;
	return agent_sign(o->key, scheme_request(&o->scheme), message ? (const void *)message : "",
			  message_size, ret, size, ret_size);
}

static int sign_message(void *operation, unsigned char *ret, size_t *ret_size, size_t size,
			const unsigned char *message, size_t message_size)
{
	const struct operation *o = operation;

	if (o->delegate.ctx)
		return delegate_make(&o->delegate, OSSL_FUNC_SIGNATURE_DIGEST_SIGN, ret, ret_size,
				     size, message, message_size);
	return ask_for_message(o, ret, ret_size, size, message, message_size);
}

static int verify_message(void *operation, const unsigned char *signature, size_t size,
			  const unsigned char *message, size_t message_size)
{
	const struct operation *o = operation;

	return delegate_verify(&o->delegate, OSSL_FUNC_SIGNATURE_DIGEST_VERIFY, signature, size,
			       message, message_size);
}

/* --- parameters ------------------------------------------------------------------------------- */

static int get_ctx_params(void *operation, OSSL_PARAM params[])
{
	const struct operation *o = operation;

	if (o->delegate.ctx)
		return delegate_get(&o->delegate, OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, params);
	return o->key && scheme_get(&o->scheme, params);
}

static int set_ctx_params(void *operation, const OSSL_PARAM params[])
{
	struct operation *o = operation;
	const struct hash *before = o->scheme.hash;

	if (o->delegate.ctx)
		return delegate_set(&o->delegate, OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, params);
	if (!o->key || !scheme_set(&o->scheme, params))
		return 0;
	if (!o->md || o->scheme.hash == before)
		return 1;
	provider_raise(o->provider, __func__, REASON_HASH,
		       "key '%s': the hash cannot be changed once it has begun", o->key->name);
	o->scheme.hash = before;
	return 0;
}

/* Those of the hash cannot be had of the agent's. */

static int get_md_params(void *operation, OSSL_PARAM params[])
{
	const struct operation *o = operation;

	return delegate_get(&o->delegate, OSSL_FUNC_SIGNATURE_GET_CTX_MD_PARAMS, params);
}

static int set_md_params(void *operation, const OSSL_PARAM params[])
{
	const struct operation *o = operation;

	return delegate_set(&o->delegate, OSSL_FUNC_SIGNATURE_SET_CTX_MD_PARAMS, params);
}

static const OSSL_PARAM *md_gettable(void *operation)
{
	const struct operation *o = operation;

	return o ? delegate_list(&o->delegate, OSSL_FUNC_SIGNATURE_GETTABLE_CTX_MD_PARAMS) : NULL;
}

static const OSSL_PARAM *md_settable(void *operation)
{
	const struct operation *o = operation;

	return o ? delegate_list(&o->delegate, OSSL_FUNC_SIGNATURE_SETTABLE_CTX_MD_PARAMS) : NULL;
}

/* Without an operation they are the agent's. */

static const OSSL_PARAM *settable(const struct operation *o, enum signet_key_type type)
{
	if (o && o->delegate.ctx)
		return delegate_list(&o->delegate, OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS);
	return scheme_settable(type);
}

static const OSSL_PARAM *gettable(const struct operation *o, enum signet_key_type type)
{
	if (o && o->delegate.ctx)
		return delegate_list(&o->delegate, OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS);
	return scheme_gettable(type);
}

static const OSSL_PARAM *rsa_settable(void *operation, void *provider)
{
	(void)provider;
	return settable(operation, SIGNET_KEY_RSA);
}

static const OSSL_PARAM *rsa_gettable(void *operation, void *provider)
{
	(void)provider;
	return gettable(operation, SIGNET_KEY_RSA);
}

static const OSSL_PARAM *other_settable(void *operation, void *provider)
{
	(void)provider;
	return settable(operation, SIGNET_KEY_P256);
}

static const OSSL_PARAM *other_gettable(void *operation, void *provider)
{
	(void)provider;
	return gettable(operation, SIGNET_KEY_P256);
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
#define MD_PARAMS                                     \
	FUNCTION(GET_CTX_MD_PARAMS, get_md_params),   \
	FUNCTION(GETTABLE_CTX_MD_PARAMS, md_gettable), \
	FUNCTION(SET_CTX_MD_PARAMS, set_md_params),   \
	FUNCTION(SETTABLE_CTX_MD_PARAMS, md_settable)
#define DIGESTS                                       \
	FUNCTION(SIGN_INIT, sign_init),               \
	FUNCTION(SIGN, sign),                         \
	FUNCTION(VERIFY_INIT, verify_init),           \
	FUNCTION(VERIFY, verify),                     \
	FUNCTION(DIGEST_SIGN_INIT, digest_sign_init), \
	FUNCTION(DIGEST_SIGN_UPDATE, update_sign),         \
	FUNCTION(DIGEST_SIGN_FINAL, digest_sign_final), \
	FUNCTION(DIGEST_VERIFY_INIT, digest_verify_init), \
	FUNCTION(DIGEST_VERIFY_UPDATE, update_verify),       \
	FUNCTION(DIGEST_VERIFY_FINAL, digest_verify_final)

static const OSSL_DISPATCH rsa_functions[] = {
	LIFE,
	DIGESTS,
	FUNCTION(VERIFY_RECOVER_INIT, recover_init),
	FUNCTION(VERIFY_RECOVER, recover),
	PARAMS(rsa),
	MD_PARAMS,
	{0, NULL},
};
static const OSSL_DISPATCH ecdsa_functions[] = {LIFE, DIGESTS, PARAMS(other), MD_PARAMS, {0, NULL}};
static const OSSL_DISPATCH ed25519_functions[] = {
	LIFE,
	PARAMS(other),
	FUNCTION(DIGEST_SIGN_INIT, digest_sign_init),
	FUNCTION(DIGEST_SIGN, sign_message),
	FUNCTION(DIGEST_VERIFY_INIT, digest_verify_init),
	FUNCTION(DIGEST_VERIFY, verify_message),
	{0, NULL},
};

const OSSL_ALGORITHM signature_algorithms[] = {
	{"SIGNET-RSA",     "provider=signet", rsa_functions,     "RSA signatures by signetd"},
	{"SIGNET-ECDSA",   "provider=signet", ecdsa_functions,   "ECDSA signatures by signetd"},
	{"SIGNET-ED25519", "provider=signet", ed25519_functions, "Ed25519 signatures by signetd"},
	{NULL, NULL, NULL, NULL},
};
/* clang-format on */
