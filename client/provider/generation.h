/*
 * provider/generation.h - a new key, which another provider makes
 *
 * The functions are as libcrypto calls them: OSSL_FUNC_KEYMGMT_GEN_*. The agent makes no keys.
 */
#ifndef CLIENT_PROVIDER_GENERATION_H
#define CLIENT_PROVIDER_GENERATION_H

#include "client/provider/key.h"

void *generation_new(struct provider *p, const char *type, int selection,
		     const OSSL_PARAM params[]);
int generation_set_template(void *generation, void *key);
int generation_set_params(void *generation, const OSSL_PARAM params[]);
const OSSL_PARAM *generation_settable_params(void *generation, void *provider);
/* The key, none of the agent's. */
void *generation_run(void *generation, OSSL_CALLBACK *callback, void *userdata);
void generation_free(void *generation);

#endif
