/*
 * pkcs11/call-object.c - C_FindObjects and C_GetAttributeValue
 */
#include <string.h>

#include "client/pkcs11/attribute.h"
#include "client/pkcs11/calls.h"
#include "client/pkcs11/session.h"
#include "client/pkcs11/slot.h"

static bool is_template(const CK_ATTRIBUTE *template, CK_ULONG n)
{
	return n <= TEMPLATE_MAX && (template || n == 0);
}

/* The objects are found at once; what changes later does not move them. */
static CK_RV begin_find(struct session *s, const CK_ATTRIBUTE *template, CK_ULONG n)
{
	struct module *m = s->module;
	CK_RV rv;

	if (s->is_finding)
		return CKR_OPERATION_ACTIVE;
	if (!is_template(template, n))
		return CKR_ARGUMENTS_BAD;
	module_lock(m);
	rv = slot_find_objects(m, s->slot, template, n, &s->found, &s->n_found);
	module_leave(m);
	s->is_finding = rv == CKR_OK;
	return rv;
}

CK_RV call_find_objects_init(CK_SESSION_HANDLE h, CK_ATTRIBUTE *template, CK_ULONG n)
{
	struct session *s;
	CK_RV rv;

	rv = session_take(h, &s);
	if (rv != CKR_OK)
		return rv;
	return session_give_back(s, begin_find(s, template, n));
}

static CK_RV tell_found(struct session *s, CK_OBJECT_HANDLE *list, CK_ULONG max, CK_ULONG *ret)
{
	size_t left = s->n_found - s->n_told;

	if (!s->is_finding)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (!ret || (!list && max > 0))
		return CKR_ARGUMENTS_BAD;
	*ret = left < max ? left : max;
	if (*ret > 0)
		memcpy(list, s->found + s->n_told, *ret * sizeof(*list));
	s->n_told += *ret;
	return CKR_OK;
}

CK_RV call_find_objects(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE *list, CK_ULONG max, CK_ULONG *n)
{
	struct session *s;
	CK_RV rv;

	rv = session_take(h, &s);
	if (rv != CKR_OK)
		return rv;
	return session_give_back(s, tell_found(s, list, max, n));
}

CK_RV call_find_objects_final(CK_SESSION_HANDLE h)
{
	struct session *s;
	CK_RV rv;

	rv = session_take(h, &s);
	if (rv != CKR_OK)
		return rv;
	rv = s->is_finding ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
	session_end_find(s);
	return session_give_back(s, rv);
}

/* Does not wait for what is under way on the session. */
CK_RV call_get_attribute_value(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template,
			       CK_ULONG n)
{
	_cleanup_(keypair_unrefp) struct keypair *k = NULL;
	const struct session *s;
	struct module *m;
	enum kind kind;
	CK_RV rv;

	rv = module_enter(&m);
	if (rv != CKR_OK)
		return rv;
	s = session_find(m, h);
	rv = s ? slot_get_object(m, s->slot, object, &k, &kind) : CKR_SESSION_HANDLE_INVALID;
	module_leave(m);
	if (rv != CKR_OK)
		return rv;
	if (!is_template(template, n))
		return CKR_ARGUMENTS_BAD;
	return attribute_read_all(k, kind, template, n);
}
