/*
 * pkcs11/call-sign.c - C_SignInit, C_Sign, C_SignUpdate, C_SignFinal
 *
 * How long a signature will be is answered here: that asks nobody, and ends nothing. Everything
 * else ends what C_SignInit began, a refusal and a mistake of the host as well as a signature.
 */
#include "client/pkcs11/calls.h"
#include "client/pkcs11/session.h"
#include "client/pkcs11/slot.h"

static CK_RV find_key(const struct session *s, CK_OBJECT_HANDLE h, struct keypair **ret)
{
	struct module *m = s->module;
	struct keypair *k;
	enum kind kind;
	CK_RV rv;

	module_lock(m);
	rv = slot_get_object(m, s->slot, h, &k, &kind);
	module_leave(m);
	if (rv != CKR_OK)
		return CKR_KEY_HANDLE_INVALID;
	if (kind == KIND_PRIVATE) {
		*ret = k;
		return CKR_OK;
	}
	(void)keypair_unref(k); /* returns NULL */
	return kind == KIND_PUBLIC ? CKR_KEY_FUNCTION_NOT_PERMITTED : CKR_KEY_HANDLE_INVALID;
}

/* In 3.0, no mechanism means that what is under way is dropped. */
static CK_RV cancel(struct session *s)
{
	CK_RV rv = s->signing.mechanism ? CKR_OK : CKR_ARGUMENTS_BAD;

	signing_end(&s->signing);
	return rv;
}

static CK_RV begin(struct session *s, const CK_MECHANISM *m, CK_OBJECT_HANDLE h)
{
	struct keypair *k;
	CK_RV rv;

	if (!m)
		return cancel(s);
	if (s->signing.mechanism)
		return CKR_OPERATION_ACTIVE;
	rv = find_key(s, h, &k);
	if (rv != CKR_OK)
		return rv;
	rv = signing_begin(&s->signing, m, k);
	if (rv != CKR_OK)
		(void)keypair_unref(k); /* returns NULL */
	return rv;
}

CK_RV call_sign_init(CK_SESSION_HANDLE h, CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	struct session *s;
	CK_RV rv;

	rv = session_take(h, &s);
	if (rv != CKR_OK)
		return rv;
	return session_give_back(s, begin(s, m, key));
}

/* True if that was all that was asked: how long it will be. */
static bool tell_size(const struct signing *g, const CK_BYTE *signature, CK_ULONG *size, CK_RV *ret)
{
	size_t needed = keypair_signature_size(g->key);

	*ret = CKR_OK;
	if (signature && *size < needed)
		*ret = CKR_BUFFER_TOO_SMALL;
	else if (signature)
		return false;
	*size = needed;
	return true;
}

/* input is NULL: what came by C_SignUpdate. */
static CK_RV sign(struct session *s, const struct octets *input, CK_BYTE *signature, CK_ULONG *size)
{
	struct signing *g = &s->signing;
	CK_RV rv;

	if (!g->mechanism)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (!size || (input && !input->data && input->size > 0))
		rv = CKR_ARGUMENTS_BAD;
	else if (input && g->is_begun)
		rv = CKR_OPERATION_ACTIVE;
	else if (tell_size(g, signature, size, &rv))
		return rv;
	else if (input)
		rv = signing_finish_whole(g, *input, &s->agent, signature);
	else
		rv = signing_finish(g, &s->agent, signature);
	if (rv == CKR_OK)
		*size = keypair_signature_size(g->key);
	signing_end(g);
	return rv;
}

CK_RV call_sign(CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG data_size, CK_BYTE *signature,
		CK_ULONG *size)
{
	const struct octets input = {data, data_size};
	struct session *s;
	CK_RV rv;

	rv = session_take(h, &s);
	if (rv != CKR_OK)
		return rv;
	return session_give_back(s, sign(s, &input, signature, size));
}

CK_RV call_sign_final(CK_SESSION_HANDLE h, CK_BYTE *signature, CK_ULONG *size)
{
	struct session *s;
	CK_RV rv;

	rv = session_take(h, &s);
	if (rv != CKR_OK)
		return rv;
	return session_give_back(s, sign(s, NULL, signature, size));
}

static CK_RV update(struct session *s, struct octets part)
{
	CK_RV rv;

	if (!s->signing.mechanism)
		return CKR_OPERATION_NOT_INITIALIZED;
	rv = !part.data && part.size > 0 ? CKR_ARGUMENTS_BAD : signing_update(&s->signing, part);
	if (rv != CKR_OK)
		signing_end(&s->signing);
	return rv;
}

CK_RV call_sign_update(CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG size)
{
	struct session *s;
	CK_RV rv;

	rv = session_take(h, &s);
	if (rv != CKR_OK)
		return rv;
	return session_give_back(s, update(s, (struct octets){data, size}));
}
