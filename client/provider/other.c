/*
 * provider/other.c - see other.h
 */
#include "client/provider/other.h"

#include <openssl/provider.h>
#include <string.h>
#include <strings.h>

/* names are separated by colons. */
static bool has_name(const char *names, const char *name)
{
	size_t size = strlen(name);

	for (; names; names = strchr(names, ':')) {
		names += *names == ':';
		if (strncasecmp(names, name, size) == 0 &&
		    (names[size] == ':' || names[size] == '\0'))
			return true;
	}
	return false;
}

static const OSSL_DISPATCH *find_functions(const OSSL_ALGORITHM *at, const char *name)
{
	for (; at && at->algorithm_names; at++)
		if (has_name(at->algorithm_names, name))
			return at->implementation;
	return NULL;
}

/* Takes keymgmt over. */
static bool other_init(struct other *o, const struct provider *p, EVP_KEYMGMT *keymgmt,
		       int operation, const char *name)
{
	int is_not_kept;

	*o = (struct other){.keymgmt = keymgmt, .operation = operation, .name = name};
	if (keymgmt)
		o->algorithms = OSSL_PROVIDER_query_operation(EVP_KEYMGMT_get0_provider(keymgmt),
							      operation, &is_not_kept);
	o->functions = find_functions(o->algorithms, name);
	if (o->functions)
		return true;
	other_done(o);
	provider_raise(p, __func__, REASON_LIBRARY,
		       "no other provider has '%s'; is 'default' there?", name);
	return false;
}

bool other_find(struct other *o, const struct provider *p, const char *type)
{
	return other_init(o, p, EVP_KEYMGMT_fetch(p->libctx, type, OF_OTHERS), OSSL_OP_KEYMGMT,
			  type);
}

static EVP_KEYMGMT *share(EVP_KEYMGMT *keymgmt)
{
	return EVP_KEYMGMT_up_ref(keymgmt) == 1 ? keymgmt : NULL;
}

bool other_find_signature(struct other *o, const struct provider *p, const struct other *keys)
{
	const OSSL_DISPATCH *f = other_function(keys, OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME);
	const char *name;

	name = f ? OSSL_FUNC_keymgmt_query_operation_name(f)(OSSL_OP_SIGNATURE) : NULL;
	return other_init(o, p, share(keys->keymgmt), OSSL_OP_SIGNATURE, name ? name : keys->name);
}

bool other_copy(struct other *o, const struct provider *p, const struct other *from)
{
	return other_init(o, p, share(from->keymgmt), from->operation, from->name);
}

void other_done(struct other *o)
{
	if (o->algorithms)
		OSSL_PROVIDER_unquery_operation(EVP_KEYMGMT_get0_provider(o->keymgmt), o->operation,
						o->algorithms);
	EVP_KEYMGMT_free(o->keymgmt);
	*o = (struct other){};
}

bool other_is_same(const struct other *a, const struct other *b)
{
	return EVP_KEYMGMT_get0_provider(a->keymgmt) == EVP_KEYMGMT_get0_provider(b->keymgmt);
}

void *other_context(const struct other *o)
{
	return OSSL_PROVIDER_get0_provider_ctx(EVP_KEYMGMT_get0_provider(o->keymgmt));
}

const OSSL_DISPATCH *other_function(const struct other *o, int id)
{
	for (const OSSL_DISPATCH *f = o->functions; f && f->function_id != 0; f++)
		if (f->function_id == id)
			return f;
	return NULL;
}
