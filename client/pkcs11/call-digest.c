/*
 * pkcs11/call-digest.c - C_DigestInit, C_Digest, C_DigestUpdate, C_DigestFinal
 *
 * Hashed in this process, and nobody is asked. It is here because programs that find a hash among
 * the mechanisms use it, and some do not use PSS unless they find one.
 */
#include <string.h>

#include "client/pkcs11/calls.h"
#include "client/pkcs11/mechanism.h"
#include "client/pkcs11/session.h"

static CK_RV begin(struct session *s, const CK_MECHANISM *from)
{
	const struct mechanism *m;
	enum signet_hash hash;
	CK_RV rv;

	if (!from) { /* in 3.0, this drops what is under way */
		rv = s->is_digesting ? CKR_OK : CKR_ARGUMENTS_BAD;
		s->is_digesting = false;
		return rv;
	}
	if (s->is_digesting)
		return CKR_OPERATION_ACTIVE;
	m = mechanism_find(from->mechanism);
	if (!m || m->form != FORM_DIGESTED)
		return CKR_MECHANISM_INVALID;
	rv = mechanism_check(m, from, &hash);
	if (rv != CKR_OK)
		return rv;
	digest_init(&s->digest, hash);
	s->is_digesting = true;
	s->is_digest_begun = false;
	return CKR_OK;
}

CK_RV call_digest_init(CK_SESSION_HANDLE h, CK_MECHANISM *m)
{
	struct session *s;
	CK_RV rv;

	rv = session_take(h, &s);
	if (rv != CKR_OK)
		return rv;
	return session_give_back(s, begin(s, m));
}

/* input is NULL: what came by C_DigestUpdate. Ends what is under way unless only its size is told. */
static CK_RV finish(struct session *s, const struct octets *input, CK_BYTE *digest, CK_ULONG *size)
{
	size_t needed = digest_size(s->digest.hash);
	uint8_t all[DIGEST_SIZE_MAX];
	CK_ULONG room;

	if (!s->is_digesting)
		return CKR_OPERATION_NOT_INITIALIZED;
	s->is_digesting = false;
	if (!size || (input && !input->data && input->size > 0))
		return CKR_ARGUMENTS_BAD;
	if (input && s->is_digest_begun)
		return CKR_OPERATION_ACTIVE;
	room = *size;
	*size = needed;
	if (!digest || room < needed) {
		s->is_digesting = true;
		return digest ? CKR_BUFFER_TOO_SMALL : CKR_OK;
	}
	if (input)
		digest_update(&s->digest, input->data, input->size);
	digest_final(&s->digest, all);
	memcpy(digest, all, needed);
	return CKR_OK;
}

CK_RV call_digest(CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG data_size, CK_BYTE *digest,
		  CK_ULONG *size)
{
	const struct octets input = {data, data_size};
	struct session *s;
	CK_RV rv;

	rv = session_take(h, &s);
	if (rv != CKR_OK)
		return rv;
	return session_give_back(s, finish(s, &input, digest, size));
}

CK_RV call_digest_final(CK_SESSION_HANDLE h, CK_BYTE *digest, CK_ULONG *size)
{
	struct session *s;
	CK_RV rv;

	rv = session_take(h, &s);
	if (rv != CKR_OK)
		return rv;
	return session_give_back(s, finish(s, NULL, digest, size));
}

static CK_RV update(struct session *s, struct octets part)
{
	if (!s->is_digesting)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (!part.data && part.size > 0) {
		s->is_digesting = false;
		return CKR_ARGUMENTS_BAD;
	}
	digest_update(&s->digest, part.data, part.size);
	s->is_digest_begun = true;
	return CKR_OK;
}

CK_RV call_digest_update(CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG size)
{
	struct session *s;
	CK_RV rv;

	rv = session_take(h, &s);
	if (rv != CKR_OK)
		return rv;
	return session_give_back(s, update(s, (struct octets){data, size}));
}
