/*
 * pkcs11/table.c - the tables of functions, and the three names by which a host finds them
 *
 * The only names that leave this module; signet-pkcs11.map says so too.
 */
#include <pthread.h>
#include <string.h>

#include "client/pkcs11/calls.h"
#include "client/pkcs11/pkcs11.h"
#include "client/pkcs11/refuse.h"

/* Newer headers than those that 3.0 is not in declare them with types of their own. */
CK_RV table_get_interface(CK_UTF8CHAR *name, CK_VERSION *version, struct interface **ret,
			  CK_FLAGS flags) __asm__("C_GetInterface");
CK_RV table_get_interface_list(struct interface *list, CK_ULONG *n) __asm__("C_GetInterfaceList");

static CK_FUNCTION_LIST table_2;
static struct functions table_3;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static CK_UTF8CHAR standard[] = "PKCS 11";

/* The first is what a host gets that does not choose. */
static struct interface interfaces[] = {
	{standard, &table_3, 0},
	{standard, &table_2, 0},
};

static void fill_base(CK_FUNCTION_LIST *t)
{
	t->C_Initialize = call_initialize;
	t->C_Finalize = call_finalize;
	t->C_GetFunctionList = C_GetFunctionList;
	t->C_GetSlotList = call_get_slot_list;
	t->C_GetSlotInfo = call_get_slot_info;
	t->C_GetTokenInfo = call_get_token_info;
	t->C_GetMechanismList = call_get_mechanism_list;
	t->C_GetMechanismInfo = call_get_mechanism_info;
	t->C_OpenSession = call_open_session;
	t->C_CloseSession = call_close_session;
	t->C_CloseAllSessions = call_close_all_sessions;
	t->C_GetSessionInfo = call_get_session_info;
	t->C_Login = call_login;
	t->C_Logout = call_logout;
	t->C_FindObjectsInit = call_find_objects_init;
	t->C_FindObjects = call_find_objects;
	t->C_FindObjectsFinal = call_find_objects_final;
	t->C_GetAttributeValue = call_get_attribute_value;
	t->C_SignInit = call_sign_init;
	t->C_Sign = call_sign;
	t->C_SignUpdate = call_sign_update;
	t->C_SignFinal = call_sign_final;
	t->C_DigestInit = call_digest_init;
	t->C_Digest = call_digest;
	t->C_DigestUpdate = call_digest_update;
	t->C_DigestFinal = call_digest_final;
}

static void fill(void)
{
	table_3 = refuse_all;
	fill_base(&table_3.base);
	table_2 = table_3.base;
	table_2.version = (CK_VERSION){2, 40};
	table_2.C_GetInfo = call_get_info_2;
	table_3.base.version = (CK_VERSION){3, 0};
	table_3.base.C_GetInfo = call_get_info_3;
	table_3.C_GetInterfaceList = table_get_interface_list;
	table_3.C_GetInterface = table_get_interface;
	table_3.C_LoginUser = call_login_user;
	table_3.C_SessionCancel = call_session_cancel;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **ret)
{
	if (!ret)
		return CKR_ARGUMENTS_BAD;
	(void)pthread_once(&once, fill); /* fails for a bad once-control only */
	*ret = &table_2;
	return CKR_OK;
}

CK_RV table_get_interface_list(struct interface *list, CK_ULONG *n)
{
	CK_ULONG room;

	if (!n)
		return CKR_ARGUMENTS_BAD;
	(void)pthread_once(&once, fill); /* fails for a bad once-control only */
	room = *n;
	*n = array_len(interfaces);
	if (!list)
		return CKR_OK;
	if (room < array_len(interfaces))
		return CKR_BUFFER_TOO_SMALL;
	memcpy(list, interfaces, sizeof(interfaces));
	return CKR_OK;
}

static bool is_wanted(const struct interface *i, const CK_UTF8CHAR *name, const CK_VERSION *version,
		      CK_FLAGS flags)
{
	const CK_VERSION *has = i->functions; /* every table begins with it */

	if (name && strcmp((const char *)name, (const char *)i->name) != 0)
		return false;
	if (version && (version->major != has->major || version->minor != has->minor))
		return false;
	return (flags & ~i->flags) == 0;
}

CK_RV table_get_interface(CK_UTF8CHAR *name, CK_VERSION *version, struct interface **ret,
			  CK_FLAGS flags)
{
	if (!ret)
		return CKR_ARGUMENTS_BAD;
	(void)pthread_once(&once, fill); /* fails for a bad once-control only */
	for (size_t i = 0; i < array_len(interfaces); i++)
		if (is_wanted(&interfaces[i], name, version, flags)) {
			*ret = &interfaces[i];
			return CKR_OK;
		}
	return CKR_FUNCTION_FAILED;
}
