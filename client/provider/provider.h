/*
 * provider/provider.h - what one activation of the provider 'signet' owns, and how it says no
 *
 * Nothing is kept outside of struct provider. Everything public about a key is left to the other
 * providers of the host: it is done in a library context of our own, the child of the one that
 * loaded us, and never by ourselves.
 */
#ifndef CLIENT_PROVIDER_PROVIDER_H
#define CLIENT_PROVIDER_PROVIDER_H

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/include/signet.h"
#include "client/provider/pool.h"

#define _cleanup_(release) __attribute__((cleanup(release)))
#define array_len(a) (sizeof(a) / sizeof((a)[0]))

/* What is fetched in the child is never ours. */
#define OF_OTHERS "provider!=signet"

/* Why something was refused; the texts are in provider.c. Programs see these numbers: keep them. */
enum reason {
	REASON_NONE,
	REASON_DENIED,
	REASON_UNAVAILABLE,
	REASON_USAGE,
	REASON_FAILED,
	REASON_AGAIN,
	REASON_CONFIG,
	REASON_NO_AGENT,
	REASON_NO_KEY,
	REASON_BAD_URI,
	REASON_BAD_KEY,
	REASON_BAD_SIGNATURE,
	REASON_PRIVATE,
	REASON_HASH,
	REASON_PADDING,
	REASON_SALT,
	REASON_SIZE,
	REASON_LIBRARY,
};

struct provider {
	const OSSL_CORE_HANDLE *handle; /* borrowed */
	OSSL_LIB_CTX *libctx;           /* owned; the child */
	struct pool pool;               /* handles of libsignet */

	OSSL_FUNC_core_new_error_fn *new_error;
	OSSL_FUNC_core_set_error_debug_fn *set_error_debug;
	OSSL_FUNC_core_vset_error_fn *vset_error;
	OSSL_FUNC_core_set_error_mark_fn *set_error_mark;
	OSSL_FUNC_core_pop_error_to_mark_fn *pop_error_to_mark;
};

/* Puts an error into the queue of the thread, with a sentence for people. */
void provider_raise(const struct provider *p, const char *function, enum reason reason,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Forgets the errors since the last set_error_mark(). */
void provider_forget_errors(const struct provider *p);

/*
 * Algorithms of signet.so, one table for each operation. Key types bear the usual names, since
 * programs know them by these. Signatures bear names of their own, which only our keys ask for.
 */
extern const OSSL_ALGORITHM store_algorithms[], keymgmt_algorithms[], signature_algorithms[];

#endif
