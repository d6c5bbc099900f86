/*
 * provider/other.h - an algorithm of another provider, whose functions are called as libcrypto does
 *
 * Key types must bear their usual names, so libcrypto may come to us with any key, and we to whom it
 * would have gone else.
 */
#ifndef CLIENT_PROVIDER_OTHER_H
#define CLIENT_PROVIDER_OTHER_H

#include <openssl/evp.h>

#include "client/provider/provider.h"

struct other {
	EVP_KEYMGMT *keymgmt;             /* owned, and keeps the provider; NULL: there is none */
	int operation;                    /* OSSL_OP_* */
	const char *name;                 /* borrowed; lives as long as the provider */
	const OSSL_ALGORITHM *algorithms; /* lent by the provider */
	const OSSL_DISPATCH *functions;   /* one of them */
};

/* All three: false, and an error, if there is none; *o is empty then. */

/* The keys of that type. */
bool other_find(struct other *o, const struct provider *p, const char *type);
/* The signatures that the same provider makes with such keys. */
bool other_find_signature(struct other *o, const struct provider *p, const struct other *keys);
bool other_copy(struct other *o, const struct provider *p, const struct other *from);

/* It may be empty. */
void other_done(struct other *o);

/* Whether both are the same provider's, so that one takes what the other has made. */
bool other_is_same(const struct other *a, const struct other *b);

/* What the provider wants to be called with where there is no object yet. */
void *other_context(const struct other *o);

/* NULL: it has none such. */
const OSSL_DISPATCH *other_function(const struct other *o, int id);

#endif
