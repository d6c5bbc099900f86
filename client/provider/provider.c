/*
 * provider/provider.c - the provider 'signet' as libcrypto sees it: how it starts and ends, what it
 * offers, and its errors
 *
 * Owns struct provider. Never asks the agent: a program that only has us in its configuration
 * pays nothing.
 */
#include "client/provider/provider.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <stdarg.h>

#include "client/provider/other.h"

#ifndef SIGNET_VERSION
#define SIGNET_VERSION "unknown" /* the Makefile says */
#endif

/* clang-format off */
static const OSSL_ITEM reasons[] = {
	{REASON_DENIED,        (char *)"denied"},
	{REASON_UNAVAILABLE,   (char *)"key or token not available"},
	{REASON_USAGE,         (char *)"not for this key"},
	{REASON_FAILED,        (char *)"agent or token failed"},
	{REASON_AGAIN,         (char *)"not now"},
	{REASON_CONFIG,        (char *)"configuration of the agent"},
	{REASON_NO_AGENT,      (char *)"agent not available"},
	{REASON_NO_KEY,        (char *)"no such key"},
	{REASON_BAD_URI,       (char *)"malformed URI"},
	{REASON_BAD_KEY,       (char *)"malformed key from the agent"},
	{REASON_BAD_SIGNATURE, (char *)"malformed signature from the agent"},
	{REASON_PRIVATE,       (char *)"private key stays in its token"},
	{REASON_HASH,          (char *)"hash refused"},
	{REASON_PADDING,       (char *)"padding refused"},
	{REASON_SALT,          (char *)"salt refused"},
	{REASON_SIZE,          (char *)"wrong size"},
	{REASON_LIBRARY,       (char *)"no other provider can do this"},
	{0, NULL},
};
/* clang-format on */

void provider_raise(const struct provider *p, const char *function, enum reason reason,
		    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	p->new_error(p->handle);
	p->set_error_debug(p->handle, "signet.so", 0, function);
	p->vset_error(p->handle, (uint32_t)reason, format, args);
	va_end(args);
}

void provider_forget_errors(const struct provider *p)
{
	(void)p->pop_error_to_mark(p->handle); /* says only whether there was a mark */
}

/* --- what libcrypto asks ---------------------------------------------------------------------- */

static const OSSL_PARAM *gettable_params(void *userdata)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_NAME, NULL, 0),
		OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_VERSION, NULL, 0),
		OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_BUILDINFO, NULL, 0),
		OSSL_PARAM_int(OSSL_PROV_PARAM_STATUS, NULL),
		OSSL_PARAM_END,
	};

	(void)userdata;
	return params;
}

static int get_params(void *userdata, OSSL_PARAM params[])
{
	static const struct {
		const char *key, *value;
	} texts[] = {
		{OSSL_PROV_PARAM_NAME, "keys of signetd"},
		{OSSL_PROV_PARAM_VERSION, SIGNET_VERSION},
		{OSSL_PROV_PARAM_BUILDINFO, SIGNET_VERSION},
	};
	OSSL_PARAM *p;

	(void)userdata;
	for (size_t i = 0; i < array_len(texts); i++) {
		p = OSSL_PARAM_locate(params, texts[i].key);
		if (p && !OSSL_PARAM_set_utf8_ptr(p, texts[i].value))
			return 0;
	}
	p = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_STATUS);
	return !p || OSSL_PARAM_set_int(p, 1);
}

static const OSSL_ITEM *get_reason_strings(void *userdata)
{
	(void)userdata;
	return reasons;
}

static const OSSL_ALGORITHM *query_operation(void *userdata, int operation, int *ret_no_store)
{
	(void)userdata;
	*ret_no_store = 0;
	switch (operation) {
	case OSSL_OP_STORE:
		return store_algorithms;
	case OSSL_OP_KEYMGMT:
		return keymgmt_algorithms;
	case OSSL_OP_SIGNATURE:
		return signature_algorithms;
	}
	return NULL;
}

/*
 * libssl takes a group only of the provider whose key type it gets, so the groups of whoever keeps
 * our EC keys are ours as well; the others that are named beside them are not taken from us.
 */
static int get_capabilities(void *userdata, const char *capability, OSSL_CALLBACK *callback,
			    void *callback_data)
{
	const struct provider *p = userdata;
	struct other o;
	int is_done;

	p->set_error_mark(p->handle);
	if (!other_find(&o, p, "EC")) {
		provider_forget_errors(p);
		return 1; /* there are none */
	}
	provider_forget_errors(p);
	is_done = OSSL_PROVIDER_get_capabilities(EVP_KEYMGMT_get0_provider(o.keymgmt), capability,
						 callback, callback_data);
	other_done(&o);
	return is_done;
}

/* --- start and end ---------------------------------------------------------------------------- */

static void teardown(void *userdata)
{
	struct provider *p = userdata;

	pool_done(&p->pool);
	OSSL_LIB_CTX_free(p->libctx);
	OPENSSL_free(p);
}

/* False: the core is not what we know. */
static bool take_functions(struct provider *p, const OSSL_DISPATCH *in)
{
	for (; in->function_id != 0; in++)
		switch (in->function_id) {
		case OSSL_FUNC_CORE_NEW_ERROR:
			p->new_error = OSSL_FUNC_core_new_error(in);
			break;
		case OSSL_FUNC_CORE_SET_ERROR_DEBUG:
			p->set_error_debug = OSSL_FUNC_core_set_error_debug(in);
			break;
		case OSSL_FUNC_CORE_VSET_ERROR:
			p->vset_error = OSSL_FUNC_core_vset_error(in);
			break;
		case OSSL_FUNC_CORE_SET_ERROR_MARK:
			p->set_error_mark = OSSL_FUNC_core_set_error_mark(in);
			break;
		case OSSL_FUNC_CORE_POP_ERROR_TO_MARK:
			p->pop_error_to_mark = OSSL_FUNC_core_pop_error_to_mark(in);
			break;
		}
	return p->new_error && p->set_error_debug && p->vset_error && p->set_error_mark &&
	       p->pop_error_to_mark;
}

OSSL_provider_init_fn OSSL_provider_init;

int OSSL_provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
		       const OSSL_DISPATCH **out, void **provctx)
{
	static const OSSL_DISPATCH functions[] = {
		{OSSL_FUNC_PROVIDER_TEARDOWN, (void (*)(void))teardown},
		{OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, (void (*)(void))gettable_params},
		{OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))get_params},
		{OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query_operation},
		{OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))get_capabilities},
		{OSSL_FUNC_PROVIDER_GET_REASON_STRINGS, (void (*)(void))get_reason_strings},
		{0, NULL},
	};
	struct provider *p = OPENSSL_zalloc(sizeof(*p));

	if (!p)
		return 0;
	p->handle = handle;
	pool_init(&p->pool);
	if (take_functions(p, in))
		p->libctx = OSSL_LIB_CTX_new_child(handle, in);
	if (!p->libctx) {
		teardown(p);
		return 0;
	}
	*out = functions;
	*provctx = p;
	return 1;
}
