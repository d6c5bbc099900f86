/*
 * worker/slot.c - see slot.h
 */
#include "agent/worker/slot.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/text.h"
#include "agent/worker/recovery.h"

/* Without the spaces that fill a field; empty if the rest is no clean text. */
static void trim(const CK_UTF8CHAR *field, size_t size, char *ret)
{
	while (size > 0 && field[size - 1] == ' ')
		size--;
	if (!text_is_clean(field, size, size))
		size = 0;
	memcpy(ret, field, size);
	ret[size] = '\0';
}

static bool matches(const struct uri *uri, const CK_TOKEN_INFO *info, struct slot *slot)
{
	char manufacturer[33], model[17];

	trim(info->label, sizeof(info->label), slot->label);
	trim(info->serialNumber, sizeof(info->serialNumber), slot->serial);
	trim(info->manufacturerID, sizeof(info->manufacturerID), manufacturer);
	trim(info->model, sizeof(info->model), model);
	slot->max_sessions = info->ulMaxSessionCount;
	if (slot->max_sessions == CK_UNAVAILABLE_INFORMATION)
		slot->max_sessions = CK_EFFECTIVELY_INFINITE;
	return uri_matches_token(uri, slot->label, slot->serial) &&
	       (!uri->manufacturer || strcmp(uri->manufacturer, manufacturer) == 0) &&
	       (!uri->model || strcmp(uri->model, model) == 0);
}

static CK_RV list_slots(CK_FUNCTION_LIST *p11, CK_SLOT_ID **ret, CK_ULONG *ret_n)
{
	_cleanup_(freep) CK_SLOT_ID *list = calloc(SLOTS_MAX, sizeof(*list));
	CK_ULONG n = 0;
	CK_RV rv;

	if (!list)
		return CKR_HOST_MEMORY;
	/* Asked for the size first: some modules look for new tokens only then. */
	rv = p11->C_GetSlotList(CK_TRUE, NULL, &n);
	if (rv != CKR_OK)
		return rv;
	n = SLOTS_MAX;
	rv = p11->C_GetSlotList(CK_TRUE, list, &n);
	if (rv != CKR_OK)
		return rv;
	*ret = take_ptr(list);
	*ret_n = n;
	return CKR_OK;
}

void slot_find(CK_FUNCTION_LIST *p11, const struct uri *uri, struct slot *ret,
	       struct answer *ret_answer)
{
	_cleanup_(freep) CK_SLOT_ID *list = NULL;
	char name[RECOVERY_NAME_SIZE];
	CK_ULONG n = 0, n_found = 0;
	CK_RV rv;

	rv = list_slots(p11, &list, &n);
	if (rv != CKR_OK) {
		answer_set(ret_answer, JOB_RESULT_LOST, rv, "the slots cannot be listed: %s",
			   recovery_name(rv, name));
		return;
	}
	for (CK_ULONG i = 0; i < n; i++) {
		struct slot slot = {.id = list[i]};
		CK_TOKEN_INFO info = {};

		/* One broken slot is no reason not to look at the others. */
		if (p11->C_GetTokenInfo(list[i], &info) != CKR_OK || !matches(uri, &info, &slot))
			continue;
		if (n_found++ == 0)
			*ret = slot;
	}
	if (n_found == 1)
		answer_ok(ret_answer);
	else if (n_found == 0)
		answer_set(ret_answer, JOB_RESULT_LOST, CKR_TOKEN_NOT_PRESENT,
			   "the token is not there: none of %lu slots has %s '%s'", n,
			   uri->token ? "token" : "serial", uri->token ? uri->token : uri->serial);
	else
		answer_set(ret_answer, JOB_RESULT_LOST, 0,
			   "%lu tokens match URI=: add 'serial=' to it", n_found);
}
