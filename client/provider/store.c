/*
 * provider/store.c - the scheme 'signet:' of OSSL_STORE
 *
 * 'signet:KEY' holds the private key, and its X.509 certificate if it has one. 'signet:' lists the
 * keys that the caller may use by name, as a directory lists its files: to make an object of every
 * key would take the whole list along where one key was meant, and a name with its type, token and
 * state is what people look for.
 */
#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/store.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "client/provider/agent.h"
#include "client/provider/keyname.h"

struct store {
	struct provider *provider;   /* borrowed */
	struct signet_answer *names; /* owned; NULL if one key was asked for */
	struct key *key;             /* owned; the one key, or NULL */
	size_t at;                   /* the next of what there is */
	int expected;                /* OSSL_STORE_INFO_*; 0: anything */
};

/* --- objects ---------------------------------------------------------------------------------- */

static bool give_name(const struct store *s, OSSL_CALLBACK *callback, void *userdata)
{
	const struct signet_key *k = signet_answer_key(s->names, s->at);
	const char *type = signet_key_type_name(signet_key_type(k));
	const char *state = signet_token_state_name(signet_key_state(k));
	char uri[KEYNAME_URI_MAX], description[512];
	int kind = OSSL_OBJECT_NAME;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &kind),
		OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA, uri, 0),
		OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DESC, description, 0),
		OSSL_PARAM_construct_end(),
	};

	if (!keyname_encode(signet_key_name(k), uri))
		return false;
	(void)snprintf(description, sizeof(description), "%s, %u bits, token '%s', %s", /* fits */
		       type ? type : "unknown type", signet_key_bits(k), signet_key_token(k),
		       state ? state : "unknown state");
	params[1].data_size = strlen(uri);
	params[2].data_size = strlen(description);
	return callback(params, userdata) == 1;
}

static bool give_private(const struct store *s, OSSL_CALLBACK *callback, void *userdata)
{
	struct key *reference = s->key;
	int kind = OSSL_OBJECT_PKEY;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &kind),
		OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_TYPE,
						 (char *)key_algorithm(s->key->type), 0),
		OSSL_PARAM_construct_octet_string(OSSL_OBJECT_PARAM_REFERENCE, &reference,
						  sizeof(reference)),
		OSSL_PARAM_construct_end(),
	};

	return callback(params, userdata) == 1;
}

static bool give_der(int kind, const char *type, const char *structure, uint8_t *der, size_t size,
		     OSSL_CALLBACK *callback, void *userdata)
{
	OSSL_PARAM params[5], *at = params;

	*at++ = OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &kind);
	if (type)
		*at++ = OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_TYPE, (char *)type,
							 0);
	if (structure)
		*at++ = OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_STRUCTURE,
							 (char *)structure, 0);
	*at++ = OSSL_PARAM_construct_octet_string(OSSL_OBJECT_PARAM_DATA, der, size);
	*at = OSSL_PARAM_construct_end();
	return callback(params, userdata) == 1;
}

/* A public key is nothing of ours: whoever decodes it has it. */
static bool give_public(const struct store *s, OSSL_CALLBACK *callback, void *userdata)
{
	unsigned char *der = NULL;
	int size = i2d_PUBKEY(s->key->public, &der);
	bool is_done;

	if (size <= 0)
		return false;
	is_done = give_der(OSSL_OBJECT_PKEY, key_algorithm(s->key->type), "SubjectPublicKeyInfo",
			   der, (size_t)size, callback, userdata);
	OPENSSL_free(der);
	return is_done;
}

static bool give_certificate(const struct store *s, OSSL_CALLBACK *callback, void *userdata)
{
	return give_der(OSSL_OBJECT_CERT, NULL, NULL, s->key->certificate, s->key->certificate_size,
			callback, userdata);
}

/* What a key holds, in this order. */
static const struct {
	int kind;       /* is given to whoever expects it */
	bool is_always; /* and to whoever expects anything */
	bool (*give)(const struct store *s, OSSL_CALLBACK *callback, void *userdata);
} contents[] = {
	{OSSL_STORE_INFO_PKEY, true, give_private},
	{OSSL_STORE_INFO_PUBKEY, false, give_public},
	{OSSL_STORE_INFO_CERT, true, give_certificate},
};

/* Passes over what is not expected or not there. */
static void skip(struct store *s)
{
	for (; s->key && s->at < array_len(contents); s->at++) {
		bool is_wanted = s->expected == 0 ? contents[s->at].is_always
						  : contents[s->at].kind == s->expected;

		if (is_wanted &&
		    (contents[s->at].kind != OSSL_STORE_INFO_CERT || s->key->certificate))
			return;
	}
}

/* --- what libcrypto calls --------------------------------------------------------------------- */

static int store_close(void *userdata)
{
	struct store *s = userdata;

	signet_answer_free(s->names);
	(void)key_free(s->key); /* NULL */
	OPENSSL_free(s);
	return 1;
}

static bool fill(struct store *s, const char *name)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;

	if (*name == '\0')
		return agent_list(s->provider, NULL, &s->names);
	if (!agent_list(s->provider, name, &a))
		return false;
	s->key = key_load(s->provider, signet_answer_key(a, 0));
	return s->key != NULL;
}

static void *store_open(void *userdata, const char *uri)
{
	struct provider *p = userdata;
	char name[SIGNET_NAME_MAX + 1];
	struct store *s;
	const char *why;

	why = keyname_decode(uri, name);
	if (why) {
		provider_raise(p, __func__, REASON_BAD_URI, "'%s': %s", uri, why);
		return NULL;
	}
	s = OPENSSL_zalloc(sizeof(*s));
	if (!s)
		return NULL;
	s->provider = p;
	if (fill(s, name))
		return s;
	(void)store_close(s); /* always 1 */
	return NULL;
}

static const OSSL_PARAM *settable_ctx_params(void *userdata)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_int(OSSL_STORE_PARAM_EXPECT, NULL),
		OSSL_PARAM_END,
	};

	(void)userdata;
	return params;
}

static int set_ctx_params(void *userdata, const OSSL_PARAM params[])
{
	struct store *s = userdata;
	const OSSL_PARAM *p = OSSL_PARAM_locate_const(params, OSSL_STORE_PARAM_EXPECT);

	return !p || OSSL_PARAM_get_int(p, &s->expected);
}

static int store_eof(void *userdata)
{
	struct store *s = userdata;

	skip(s);
	return s->at >= (s->key ? array_len(contents) : signet_answer_count(s->names));
}

static int store_load(void *userdata, OSSL_CALLBACK *callback, void *callback_data,
		      OSSL_PASSPHRASE_CALLBACK *ask, void *ask_data)
{
	struct store *s = userdata;
	bool is_done;

	(void)ask;
	(void)ask_data;
	if (store_eof(s))
		return 0;
	if (s->key)
		is_done = contents[s->at].give(s, callback, callback_data);
	else
		is_done = give_name(s, callback, callback_data);
	s->at++;
	return is_done;
}

#define FUNCTION(id, function)                                   \
	{                                                        \
		OSSL_FUNC_STORE_##id, (void (*)(void))(function) \
	}

static const OSSL_DISPATCH functions[] = {
	FUNCTION(OPEN, store_open),
	FUNCTION(SETTABLE_CTX_PARAMS, settable_ctx_params),
	FUNCTION(SET_CTX_PARAMS, set_ctx_params),
	FUNCTION(LOAD, store_load),
	FUNCTION(EOF, store_eof),
	FUNCTION(CLOSE, store_close),
	{0, NULL},
};

const OSSL_ALGORITHM store_algorithms[] = {
	{"signet", "provider=signet", functions, "keys of signetd"},
	{NULL, NULL, NULL, NULL},
};
