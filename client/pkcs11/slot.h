/*
 * pkcs11/slot.h - slots, tokens and objects, as a view of the agent's list of keys
 *
 * Each key has a slot of its own, so that one whose type a program cannot take hides no other; or,
 * where SIGNET_PKCS11_ONE_SLOT says so, all are on one token. Slots are numbered in the order in
 * which their keys were first seen. A key that is not listed any more leaves its slot without a
 * token; sessions that were open go on, and hear from the agent what became of it.
 *
 * All but slot_refresh() and slot_need() want the module's lock held.
 */
#ifndef CLIENT_PKCS11_SLOT_H
#define CLIENT_PKCS11_SLOT_H

#include "client/pkcs11/attribute.h"
#include "client/pkcs11/module.h"
#include "client/pkcs11/pkcs11.h"

/* Asks the agent for its keys. An agent that does not answer has none. CKR_HOST_MEMORY. */
CK_RV slot_refresh(void);

/* The same, unless it was done since C_Initialize. */
CK_RV slot_need(void);

/* How many slots there are; theirs are the ids from 0. */
CK_ULONG slot_count(const struct module *m);
bool slot_is_present(const struct module *m, CK_SLOT_ID id);
/* CKR_SLOT_ID_INVALID, CKR_TOKEN_NOT_PRESENT. */
CK_RV slot_check_present(const struct module *m, CK_SLOT_ID id);
/* Of the keys on the token. */
unsigned slot_families(const struct module *m, CK_SLOT_ID id);
bool *slot_login(struct module *m, CK_SLOT_ID id);

void slot_describe(const struct module *m, CK_SLOT_ID id, CK_SLOT_INFO *ret);
void slot_describe_token(const struct module *m, CK_SLOT_ID id, CK_TOKEN_INFO *ret);

/* The handles of a slot's objects that match. *ret is the caller's to free. CKR_HOST_MEMORY. */
CK_RV slot_find_objects(const struct module *m, CK_SLOT_ID id, const CK_ATTRIBUTE *template,
			CK_ULONG n, CK_OBJECT_HANDLE **ret, size_t *ret_n);

/* What a handle means in a slot; ret_key is a reference. CKR_OBJECT_HANDLE_INVALID. */
CK_RV slot_get_object(const struct module *m, CK_SLOT_ID id, CK_OBJECT_HANDLE h,
		      struct keypair **ret_key, enum kind *ret_kind);

#endif
