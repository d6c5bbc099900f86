/*
 * provider/keymgmt.c - key types: what libcrypto may know of a key, and what it may do with one
 *
 * The public half is all there is, so others are given that and do with it whatever is public. What
 * asks for more is refused, and so libcrypto brings signing to us.
 */
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "client/provider/key.h"

/* --- a key ------------------------------------------------------------------------------------ */

static void *keymgmt_new(void *provider)
{
	return key_new(provider);
}

static void keymgmt_free(void *key)
{
	(void)key_free(key); /* NULL */
}

/* The store's reference is the address of its key. */
static void *keymgmt_load(const void *reference, size_t size)
{
	if (size != sizeof(struct key *))
		return NULL;
	return key_ref(*(struct key *const *)reference);
}

static void *keymgmt_dup(const void *key, int selection)
{
	(void)selection; /* it never changes, so all of it may be shared */
	return key_ref((struct key *)key);
}

static int keymgmt_has(const void *key, int selection)
{
	const struct key *k = key;

	if (!k || !k->public)
		return 0;
	return (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0 || k->name[0] != '\0';
}

/* Who has the same public half has the same key. */
static int keymgmt_match(const void *key, const void *other, int selection)
{
	const struct key *a = key, *b = other;

	if (!a->public || !b->public)
		return 0;
	if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) == 0)
		return EVP_PKEY_parameters_eq(a->public, b->public) == 1;
	return EVP_PKEY_eq(a->public, b->public) == 1;
}

/* --- in and out ------------------------------------------------------------------------------- */

/* Public keys of others come in where one is compared with ours. */
static int import(void *key, const char *type, int selection, const OSSL_PARAM params[])
{
	struct key *k = key;
	EVP_PKEY *public = NULL;
	EVP_PKEY_CTX *ctx;
	bool is_done;

	if (k->public || (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY))
		return 0;
	ctx = EVP_PKEY_CTX_new_from_name(k->provider->libctx, type, OF_OTHERS);
	is_done = ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
		  EVP_PKEY_fromdata(ctx, &public, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM *)params) == 1;
	EVP_PKEY_CTX_free(ctx);
	return is_done && key_set_public(k, public);
}

static int keymgmt_export(void *key, int selection, OSSL_CALLBACK *callback, void *userdata)
{
	const struct key *k = key;

	if (!k->public)
		return 0;
	if (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) {
		provider_raise(k->provider, __func__, REASON_PRIVATE,
			       "key '%s' can sign, and nothing else: only its public half can be "
			       "written, read or used by others",
			       k->name);
		return 0;
	}
	return EVP_PKEY_export(k->public, selection, callback, userdata);
}

static int get_params(void *key, OSSL_PARAM params[])
{
	const struct key *k = key;

	return k->public && EVP_PKEY_get_params(k->public, params) == 1;
}

/* --- what differs between types --------------------------------------------------------------- */

#define COMMON_PARAMS                                                \
	OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),                  \
		OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL), \
		OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),      \
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0)
#define RSA_PARAMS \
	OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0), OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0)
#define EC_PARAMS                                                    \
	OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0), \
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0)
#define ED25519_PARAMS OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0)

static const OSSL_PARAM rsa_params[] = {RSA_PARAMS, OSSL_PARAM_END};
static const OSSL_PARAM ec_params[] = {EC_PARAMS, OSSL_PARAM_END};
static const OSSL_PARAM ed25519_params[] = {ED25519_PARAMS, OSSL_PARAM_END};

static const OSSL_PARAM *select_params(int selection, const OSSL_PARAM *params)
{
	return selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY ? NULL : params;
}

static const OSSL_PARAM *rsa_types(int selection)
{
	return select_params(selection, rsa_params);
}

static const OSSL_PARAM *ec_types(int selection)
{
	return select_params(selection, ec_params);
}

static const OSSL_PARAM *ed25519_types(int selection)
{
	return select_params(selection, ed25519_params);
}

static const OSSL_PARAM *rsa_gettable(void *provider)
{
	static const OSSL_PARAM params[] = {COMMON_PARAMS, RSA_PARAMS, OSSL_PARAM_END};

	(void)provider;
	return params;
}

static const OSSL_PARAM *ec_gettable(void *provider)
{
	static const OSSL_PARAM params[] = {COMMON_PARAMS, EC_PARAMS, OSSL_PARAM_END};

	(void)provider;
	return params;
}

static const OSSL_PARAM *ed25519_gettable(void *provider)
{
	static const OSSL_PARAM params[] = {
		COMMON_PARAMS,
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, NULL, 0),
		ED25519_PARAMS,
		OSSL_PARAM_END,
	};

	(void)provider;
	return params;
}

static int rsa_import(void *key, int selection, const OSSL_PARAM params[])
{
	return import(key, "RSA", selection, params);
}

static int ec_import(void *key, int selection, const OSSL_PARAM params[])
{
	return import(key, "EC", selection, params);
}

static int ed25519_import(void *key, int selection, const OSSL_PARAM params[])
{
	return import(key, "ED25519", selection, params);
}

/* The names that only our signatures have; every other operation is another provider's. */
static const char *rsa_operation(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? "SIGNET-RSA" : "RSA";
}

static const char *ec_operation(int operation)
{
	if (operation == OSSL_OP_SIGNATURE)
		return "SIGNET-ECDSA";
	return operation == OSSL_OP_KEYEXCH ? "ECDH" : "EC";
}

static const char *ed25519_operation(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? "SIGNET-ED25519" : "ED25519";
}

/* --- tables ----------------------------------------------------------------------------------- */

#define FUNCTION(id, function)                                     \
	{                                                          \
		OSSL_FUNC_KEYMGMT_##id, (void (*)(void))(function) \
	}
/* clang-format off */
#define FUNCTIONS(type)                                     \
	{                                                   \
		FUNCTION(NEW, keymgmt_new),                 \
		FUNCTION(FREE, keymgmt_free),               \
		FUNCTION(LOAD, keymgmt_load),               \
		FUNCTION(DUP, keymgmt_dup),                 \
		FUNCTION(HAS, keymgmt_has),                 \
		FUNCTION(MATCH, keymgmt_match),             \
		FUNCTION(IMPORT, type##_import),            \
		FUNCTION(IMPORT_TYPES, type##_types),       \
		FUNCTION(EXPORT, keymgmt_export),           \
		FUNCTION(EXPORT_TYPES, type##_types),       \
		FUNCTION(GET_PARAMS, get_params),           \
		FUNCTION(GETTABLE_PARAMS, type##_gettable), \
		FUNCTION(QUERY_OPERATION_NAME, type##_operation), \
		{0, NULL},                                  \
	}
/* clang-format on */

static const OSSL_DISPATCH rsa_functions[] = FUNCTIONS(rsa);
static const OSSL_DISPATCH ec_functions[] = FUNCTIONS(ec);
static const OSSL_DISPATCH ed25519_functions[] = FUNCTIONS(ed25519);

/* clang-format off */
const OSSL_ALGORITHM keymgmt_algorithms[] = {
	{"RSA:rsaEncryption:1.2.840.113549.1.1.1", "provider=signet", rsa_functions,     "RSA key of signetd"},
	{"EC:id-ecPublicKey:1.2.840.10045.2.1",    "provider=signet", ec_functions,      "EC key of signetd"},
	{"ED25519:1.3.101.112",                    "provider=signet", ed25519_functions, "Ed25519 key of signetd"},
	{NULL, NULL, NULL, NULL},
};
/* clang-format on */
