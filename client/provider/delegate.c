/*
 * provider/delegate.c - see delegate.h
 */
#include "client/provider/delegate.h"

void delegate_done(struct delegate *d)
{
	const OSSL_DISPATCH *f = other_function(&d->other, OSSL_FUNC_SIGNATURE_FREECTX);

	if (f && d->ctx)
		OSSL_FUNC_signature_freectx(f)(d->ctx);
	other_done(&d->other);
	d->ctx = NULL;
}

bool delegate_begin(struct delegate *d, const struct key *k, const char *properties)
{
	const OSSL_DISPATCH *f;

	delegate_done(d);
	if (!other_find_signature(&d->other, k->provider, &k->other))
		return false;
	f = other_function(&d->other, OSSL_FUNC_SIGNATURE_NEWCTX);
	if (f)
		d->ctx = OSSL_FUNC_signature_newctx(f)(other_context(&d->other), properties);
	return d->ctx != NULL;
}

bool delegate_copy(struct delegate *d, const struct provider *p, const struct delegate *from)
{
	const OSSL_DISPATCH *f = other_function(&from->other, OSSL_FUNC_SIGNATURE_DUPCTX);

	*d = (struct delegate){};
	if (!from->ctx)
		return true;
	if (f && other_copy(&d->other, p, &from->other))
		d->ctx = OSSL_FUNC_signature_dupctx(f)(from->ctx);
	return d->ctx != NULL;
}

/* --- calls, of which each has a shape that libcrypto gives ------------------------------------- */

bool delegate_init(const struct delegate *d, int id, const struct key *k, const OSSL_PARAM params[])
{
	const OSSL_DISPATCH *f = other_function(&d->other, id);

	return f && OSSL_FUNC_signature_sign_init(f)(d->ctx, k->data, params) == 1;
}

bool delegate_init_hash(const struct delegate *d, int id, const char *name, const struct key *k,
			const OSSL_PARAM params[])
{
	const OSSL_DISPATCH *f = other_function(&d->other, id);

	return f && OSSL_FUNC_signature_digest_sign_init(f)(d->ctx, name, k->data, params) == 1;
}

bool delegate_update(const struct delegate *d, int id, const uint8_t *data, size_t size)
{
	const OSSL_DISPATCH *f = other_function(&d->other, id);

	return f && OSSL_FUNC_signature_digest_sign_update(f)(d->ctx, data, size) == 1;
}

bool delegate_make(const struct delegate *d, int id, uint8_t *ret, size_t *ret_size, size_t size,
		   const uint8_t *input, size_t input_size)
{
	const OSSL_DISPATCH *f = other_function(&d->other, id);

	return f &&
	       OSSL_FUNC_signature_sign(f)(d->ctx, ret, ret_size, size, input, input_size) == 1;
}

bool delegate_finish(const struct delegate *d, uint8_t *ret, size_t *ret_size, size_t size)
{
	const OSSL_DISPATCH *f = other_function(&d->other, OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL);

	return f && OSSL_FUNC_signature_digest_sign_final(f)(d->ctx, ret, ret_size, size) == 1;
}

int delegate_verify(const struct delegate *d, int id, const uint8_t *signature, size_t size,
		    const uint8_t *input, size_t input_size)
{
	const OSSL_DISPATCH *f = other_function(&d->other, id);

	return f ? OSSL_FUNC_signature_verify(f)(d->ctx, signature, size, input, input_size) : 0;
}

int delegate_verify_hashed(const struct delegate *d, const uint8_t *signature, size_t size)
{
	const OSSL_DISPATCH *f = other_function(&d->other, OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_FINAL);

	return f ? OSSL_FUNC_signature_digest_verify_final(f)(d->ctx, signature, size) : 0;
}

bool delegate_get(const struct delegate *d, int id, OSSL_PARAM params[])
{
	const OSSL_DISPATCH *f = other_function(&d->other, id);

	return f && OSSL_FUNC_signature_get_ctx_params(f)(d->ctx, params) == 1;
}

bool delegate_set(const struct delegate *d, int id, const OSSL_PARAM params[])
{
	const OSSL_DISPATCH *f = other_function(&d->other, id);

	return f && OSSL_FUNC_signature_set_ctx_params(f)(d->ctx, params) == 1;
}

/* Those of the hash are asked for without a provider. */
const OSSL_PARAM *delegate_list(const struct delegate *d, int id)
{
	const OSSL_DISPATCH *f = other_function(&d->other, id);

	if (!f)
		return NULL;
	if (id == OSSL_FUNC_SIGNATURE_GETTABLE_CTX_MD_PARAMS ||
	    id == OSSL_FUNC_SIGNATURE_SETTABLE_CTX_MD_PARAMS)
		return OSSL_FUNC_signature_gettable_ctx_md_params(f)(d->ctx);
	return OSSL_FUNC_signature_gettable_ctx_params(f)(d->ctx, other_context(&d->other));
}
