/*
 * pkcs11/call-slot.c - C_GetSlotList, C_GetSlotInfo, C_GetTokenInfo and the lists of mechanisms
 */
#include "client/pkcs11/calls.h"
#include "client/pkcs11/mechanism.h"
#include "client/pkcs11/module.h"
#include "client/pkcs11/slot.h"

/* The rules for lists: NULL asks for the number, and too little room is told with it. */
static CK_RV give_slots(const struct module *m, bool is_present, CK_SLOT_ID *list, CK_ULONG *n)
{
	CK_ULONG room = list ? *n : 0, count = 0;

	for (CK_SLOT_ID id = 0; id < slot_count(m); id++) {
		if (is_present && !slot_is_present(m, id))
			continue;
		if (count < room)
			list[count] = id;
		count++;
	}
	*n = count;
	return list && count > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

/* The list may change when its length is asked for, and only then. */
CK_RV call_get_slot_list(CK_BBOOL present, CK_SLOT_ID *list, CK_ULONG *n)
{
	struct module *m;
	CK_RV rv;

	rv = module_enter(&m);
	if (rv != CKR_OK)
		return rv;
	module_leave(m);
	if (!n)
		return CKR_ARGUMENTS_BAD;
	rv = list ? slot_need() : slot_refresh();
	if (rv == CKR_OK)
		rv = module_enter(&m);
	if (rv != CKR_OK)
		return rv;
	rv = give_slots(m, present != CK_FALSE, list, n);
	module_leave(m);
	return rv;
}

/* Enters the module, which knows the keys. */
static CK_RV enter(struct module **ret)
{
	CK_RV rv = slot_need();

	return rv == CKR_OK ? module_enter(ret) : rv;
}

CK_RV call_get_slot_info(CK_SLOT_ID id, CK_SLOT_INFO *info)
{
	struct module *m;
	CK_RV rv;

	rv = enter(&m);
	if (rv != CKR_OK)
		return rv;
	if (id >= slot_count(m))
		rv = CKR_SLOT_ID_INVALID;
	else if (!info)
		rv = CKR_ARGUMENTS_BAD;
	else
		slot_describe(m, id, info);
	module_leave(m);
	return rv;
}

CK_RV call_get_token_info(CK_SLOT_ID id, CK_TOKEN_INFO *info)
{
	struct module *m;
	CK_RV rv;

	rv = enter(&m);
	if (rv != CKR_OK)
		return rv;
	rv = slot_check_present(m, id);
	if (rv == CKR_OK && !info)
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		slot_describe_token(m, id, info);
	module_leave(m);
	return rv;
}

static CK_RV give_mechanisms(unsigned families, CK_MECHANISM_TYPE *list, CK_ULONG *n)
{
	CK_ULONG room = list ? *n : 0, count = 0;
	const struct mechanism *m;

	for (size_t i = 0; (m = mechanism_at(i)); i++) {
		if (!mechanism_is_for(m, families))
			continue;
		if (count < room)
			list[count] = m->type;
		count++;
	}
	*n = count;
	return list && count > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

CK_RV call_get_mechanism_list(CK_SLOT_ID id, CK_MECHANISM_TYPE *list, CK_ULONG *n)
{
	struct module *m;
	CK_RV rv;

	rv = enter(&m);
	if (rv != CKR_OK)
		return rv;
	rv = slot_check_present(m, id);
	if (rv == CKR_OK)
		rv = n ? give_mechanisms(slot_families(m, id), list, n) : CKR_ARGUMENTS_BAD;
	module_leave(m);
	return rv;
}

CK_RV call_get_mechanism_info(CK_SLOT_ID id, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	const struct mechanism *found = mechanism_find(type);
	struct module *m;
	CK_RV rv;

	rv = enter(&m);
	if (rv != CKR_OK)
		return rv;
	rv = slot_check_present(m, id);
	if (rv == CKR_OK && (!found || !mechanism_is_for(found, slot_families(m, id))))
		rv = CKR_MECHANISM_INVALID;
	if (rv == CKR_OK && !info)
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		mechanism_info(found, info);
	module_leave(m);
	return rv;
}
