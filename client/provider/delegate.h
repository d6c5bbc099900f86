/*
 * provider/delegate.h - a signature that another provider makes or verifies
 *
 * The functions take the OSSL_FUNC_SIGNATURE_* that is meant, and pass on what libcrypto gave us;
 * those of one shape share one. What the other provider does not have fails.
 */
#ifndef CLIENT_PROVIDER_DELEGATE_H
#define CLIENT_PROVIDER_DELEGATE_H

#include "client/provider/key.h"

struct delegate {
	struct other other;
	void *ctx; /* owned; the same there. NULL: nothing is delegated */
};

/* Empties *d first. properties may be NULL. */
bool delegate_begin(struct delegate *d, const struct key *k, const char *properties);
bool delegate_copy(struct delegate *d, const struct provider *p, const struct delegate *from);
void delegate_done(struct delegate *d);

bool delegate_init(const struct delegate *d, int id, const struct key *k,
		   const OSSL_PARAM params[]);
bool delegate_init_hash(const struct delegate *d, int id, const char *name, const struct key *k,
			const OSSL_PARAM params[]);
bool delegate_update(const struct delegate *d, int id, const uint8_t *data, size_t size);

/* *ret_size has what was found or made; input is a digest, a message or a signature. */
bool delegate_make(const struct delegate *d, int id, uint8_t *ret, size_t *ret_size, size_t size,
		   const uint8_t *input, size_t input_size);
bool delegate_finish(const struct delegate *d, uint8_t *ret, size_t *ret_size, size_t size);
/* 1, or what libcrypto shall say of the signature. */
int delegate_verify(const struct delegate *d, int id, const uint8_t *signature, size_t size,
		    const uint8_t *input, size_t input_size);
int delegate_verify_hashed(const struct delegate *d, const uint8_t *signature, size_t size);

bool delegate_get(const struct delegate *d, int id, OSSL_PARAM params[]);
bool delegate_set(const struct delegate *d, int id, const OSSL_PARAM params[]);
const OSSL_PARAM *delegate_list(const struct delegate *d, int id);

#endif
