/*
 * provider/keymgmt.c - key types: what libcrypto may know of a key, and what it may do with one
 *
 * Of the agent's keys the public half is all there is, so others are given that and do with it
 * whatever is public. What asks for more is refused, and so libcrypto brings signing to us. With
 * every other key all is passed on to the provider that has it.
 */
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "client/provider/generation.h"

#define PRIVATE OSSL_KEYMGMT_SELECT_PRIVATE_KEY
#define PUBLIC OSSL_KEYMGMT_SELECT_PUBLIC_KEY

/* --- a key ------------------------------------------------------------------------------------ */

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

/* The agent's keys never change, so all of one may be shared; a part of one is none of them. */
static void *keymgmt_dup(const void *key, int selection)
{
	const struct key *k = key;
	const OSSL_DISPATCH *f = other_function(&k->other, OSSL_FUNC_KEYMGMT_DUP);

	if (key_is_agents(k) && (selection & PRIVATE))
		return key_ref((struct key *)key);
	if (!f)
		return NULL;
	return key_wrap(k->provider, &k->other, OSSL_FUNC_keymgmt_dup(f)(k->data, selection));
}

/* --- what is public of the agent's keys, and all of others ------------------------------------- */

static int keymgmt_has(const void *key, int selection)
{
	const struct key *k = key;
	const OSSL_DISPATCH *f;

	if (!k)
		return 0;
	if (key_is_agents(k))
		selection &= ~PRIVATE; /* the agent has it */
	f = other_function(&k->other, OSSL_FUNC_KEYMGMT_HAS);
	return f && OSSL_FUNC_keymgmt_has(f)(k->data, selection);
}

/* Who has the same public half has the same key. */
static int select_public(int selection)
{
	return selection & PRIVATE ? (selection & ~PRIVATE) | PUBLIC : selection;
}

static int keymgmt_match(const void *key, const void *other, int selection)
{
	const struct key *a = key, *b = other;
	const OSSL_DISPATCH *f = other_function(&a->other, OSSL_FUNC_KEYMGMT_MATCH);

	if (!f || !other_is_same(&a->other, &b->other))
		return 0;
	if (key_is_agents(a) || key_is_agents(b))
		selection = select_public(selection);
	return OSSL_FUNC_keymgmt_match(f)(a->data, b->data, selection);
}

/* As in libcrypto, what cannot be looked into is valid. */
static int keymgmt_validate(const void *key, int selection, int type)
{
	const struct key *k = key;
	const OSSL_DISPATCH *f = other_function(&k->other, OSSL_FUNC_KEYMGMT_VALIDATE);

	if (key_is_agents(k))
		selection = select_public(selection);
	return !f || OSSL_FUNC_keymgmt_validate(f)(k->data, selection, type);
}

static int keymgmt_import(void *key, int selection, const OSSL_PARAM params[])
{
	return key_import(key, selection, params);
}

static int keymgmt_export(void *key, int selection, OSSL_CALLBACK *callback, void *userdata)
{
	const struct key *k = key;
	const OSSL_DISPATCH *f = other_function(&k->other, OSSL_FUNC_KEYMGMT_EXPORT);

	if (key_is_agents(k) && (selection & PRIVATE)) {
		provider_raise(k->provider, __func__, REASON_PRIVATE,
			       "key '%s' can sign, and nothing else: only its public half can be "
			       "written, read or used by others",
			       k->name);
		return 0;
	}
	return f && OSSL_FUNC_keymgmt_export(f)(k->data, selection, callback, userdata);
}

static int get_params(void *key, OSSL_PARAM params[])
{
	const struct key *k = key;
	const OSSL_DISPATCH *f = other_function(&k->other, OSSL_FUNC_KEYMGMT_GET_PARAMS);

	return f && OSSL_FUNC_keymgmt_get_params(f)(k->data, params);
}

static int set_params(void *key, const OSSL_PARAM params[])
{
	const struct key *k = key;
	const OSSL_DISPATCH *f = other_function(&k->other, OSSL_FUNC_KEYMGMT_SET_PARAMS);

	return f && !key_is_agents(k) && OSSL_FUNC_keymgmt_set_params(f)(k->data, params);
}

/* --- parameters, of no key in particular ------------------------------------------------------- */

static const OSSL_PARAM *gettable(const struct provider *p, const char *type)
{
	const OSSL_PARAM *params = NULL;
	const OSSL_DISPATCH *f;
	struct other o;

	if (!other_find(&o, p, type))
		return NULL;
	f = other_function(&o, OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS);
	if (f)
		params = OSSL_FUNC_keymgmt_gettable_params(f)(other_context(&o));
	other_done(&o);
	return params;
}

static const OSSL_PARAM *settable(const struct provider *p, const char *type)
{
	const OSSL_PARAM *params = NULL;
	const OSSL_DISPATCH *f;
	struct other o;

	if (!other_find(&o, p, type))
		return NULL;
	f = other_function(&o, OSSL_FUNC_KEYMGMT_SETTABLE_PARAMS);
	if (f)
		params = OSSL_FUNC_keymgmt_settable_params(f)(other_context(&o));
	other_done(&o);
	return params;
}

/* Whoever asks for these says not even whom he asks; it is the usual ones, and more may come. */

static const OSSL_PARAM *rsa_types(int selection)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_D, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_FACTOR1, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_FACTOR2, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_EXPONENT1, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_EXPONENT2, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, NULL, 0),
		OSSL_PARAM_END,
	};

	return selection & OSSL_KEYMGMT_SELECT_KEYPAIR ? params : NULL;
}

static const OSSL_PARAM *ec_types(int selection)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_PRIV_KEY, NULL, 0),
		OSSL_PARAM_END,
	};

	return selection & OSSL_KEYMGMT_SELECT_ALL ? params : NULL;
}

static const OSSL_PARAM *ed25519_types(int selection)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, NULL, 0),
		OSSL_PARAM_END,
	};

	return selection & OSSL_KEYMGMT_SELECT_KEYPAIR ? params : NULL;
}

/* --- what differs between types --------------------------------------------------------------- */

/* clang-format off */
#define TYPE(type, name)                                                                        \
	static void *type##_new(void *p) { return key_new(p, name); }                           \
	static const OSSL_PARAM *type##_gettable(void *p) { return gettable(p, name); }         \
	static const OSSL_PARAM *type##_settable(void *p) { return settable(p, name); }         \
	static void *type##_generate(void *p, int selection, const OSSL_PARAM params[])         \
	{                                                                                       \
		return generation_new(p, name, selection, params);                              \
	}

TYPE(rsa, "RSA")
TYPE(ec, "EC")
TYPE(ed25519, "ED25519")
/* clang-format on */

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
		FUNCTION(NEW, type##_new),                  \
		FUNCTION(FREE, keymgmt_free),               \
		FUNCTION(LOAD, keymgmt_load),               \
		FUNCTION(DUP, keymgmt_dup),                 \
		FUNCTION(HAS, keymgmt_has),                 \
		FUNCTION(MATCH, keymgmt_match),             \
		FUNCTION(VALIDATE, keymgmt_validate),       \
		FUNCTION(IMPORT, keymgmt_import),           \
		FUNCTION(IMPORT_TYPES, type##_types),       \
		FUNCTION(EXPORT, keymgmt_export),           \
		FUNCTION(EXPORT_TYPES, type##_types),       \
		FUNCTION(GET_PARAMS, get_params),           \
		FUNCTION(GETTABLE_PARAMS, type##_gettable), \
		FUNCTION(SET_PARAMS, set_params),           \
		FUNCTION(SETTABLE_PARAMS, type##_settable), \
		FUNCTION(GEN_INIT, type##_generate),        \
		FUNCTION(GEN_SET_TEMPLATE, generation_set_template),       \
		FUNCTION(GEN_SET_PARAMS, generation_set_params),           \
		FUNCTION(GEN_SETTABLE_PARAMS, generation_settable_params), \
		FUNCTION(GEN, generation_run),              \
		FUNCTION(GEN_CLEANUP, generation_free),     \
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
