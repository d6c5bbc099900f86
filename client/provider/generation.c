/*
 * provider/generation.c - see generation.h
 */
#include "client/provider/generation.h"

#include <openssl/crypto.h>

struct generation {
	struct provider *provider; /* borrowed */
	struct other other;        /* who makes the key */
	void *data;                /* owned; the same there */
};

void *generation_new(struct provider *p, const char *type, int selection, const OSSL_PARAM params[])
{
	struct generation *g = OPENSSL_zalloc(sizeof(*g));
	const OSSL_DISPATCH *f = NULL;

	if (!g)
		return NULL;
	g->provider = p;
	if (other_find(&g->other, p, type))
		f = other_function(&g->other, OSSL_FUNC_KEYMGMT_GEN_INIT);
	if (f)
		g->data =
			OSSL_FUNC_keymgmt_gen_init(f)(other_context(&g->other), selection, params);
	if (g->data)
		return g;
	generation_free(g);
	return NULL;
}

/* As in libcrypto, who knows no templates needs none. */
int generation_set_template(void *generation, void *key)
{
	const struct generation *g = generation;
	const struct key *k = key;
	const OSSL_DISPATCH *f = other_function(&g->other, OSSL_FUNC_KEYMGMT_GEN_SET_TEMPLATE);

	return !f || (other_is_same(&g->other, &k->other) &&
		      OSSL_FUNC_keymgmt_gen_set_template(f)(g->data, k->data));
}

int generation_set_params(void *generation, const OSSL_PARAM params[])
{
	const struct generation *g = generation;
	const OSSL_DISPATCH *f = other_function(&g->other, OSSL_FUNC_KEYMGMT_GEN_SET_PARAMS);

	return f && OSSL_FUNC_keymgmt_gen_set_params(f)(g->data, params);
}

const OSSL_PARAM *generation_settable_params(void *generation, void *provider)
{
	const struct generation *g = generation;
	const OSSL_DISPATCH *f = other_function(&g->other, OSSL_FUNC_KEYMGMT_GEN_SETTABLE_PARAMS);

	(void)provider; /* ours */
	return f ? OSSL_FUNC_keymgmt_gen_settable_params(f)(g->data, other_context(&g->other))
		 : NULL;
}

void *generation_run(void *generation, OSSL_CALLBACK *callback, void *userdata)
{
	const struct generation *g = generation;
	const OSSL_DISPATCH *f = other_function(&g->other, OSSL_FUNC_KEYMGMT_GEN);

	if (!f)
		return NULL;
	return key_wrap(g->provider, &g->other,
			OSSL_FUNC_keymgmt_gen(f)(g->data, callback, userdata));
}

void generation_free(void *generation)
{
	struct generation *g = generation;
	const OSSL_DISPATCH *f;

	if (!g)
		return;
	f = other_function(&g->other, OSSL_FUNC_KEYMGMT_GEN_CLEANUP);
	if (f && g->data)
		OSSL_FUNC_keymgmt_gen_cleanup(f)(g->data);
	other_done(&g->other);
	OPENSSL_free(g);
}
