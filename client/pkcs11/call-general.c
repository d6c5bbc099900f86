/*
 * pkcs11/call-general.c - C_Initialize, C_Finalize, C_GetInfo
 */
#include <string.h>

#include "client/pkcs11/calls.h"
#include "client/pkcs11/module.h"

CK_RV call_initialize(void *args)
{
	return module_start(args);
}

CK_RV call_finalize(void *reserved)
{
	return reserved ? CKR_ARGUMENTS_BAD : module_stop();
}

static CK_RV get_info(CK_INFO *info, CK_VERSION version)
{
	static const CK_INFO plain = {
		.manufacturerID = "signet                          ",
		.libraryDescription = "signing agent of this host      ",
	};
	struct module *m;
	CK_RV rv;

	if (!info)
		return CKR_ARGUMENTS_BAD;
	rv = module_enter(&m);
	if (rv != CKR_OK)
		return rv;
	module_leave(m);
	*info = plain;
	info->cryptokiVersion = version;
	return CKR_OK;
}

CK_RV call_get_info_2(CK_INFO *info)
{
	return get_info(info, (CK_VERSION){2, 40});
}

CK_RV call_get_info_3(CK_INFO *info)
{
	return get_info(info, (CK_VERSION){3, 0});
}
