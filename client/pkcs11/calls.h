/*
 * pkcs11/calls.h - the functions of PKCS#11 that do something, by the files that have them
 *
 * Each is the contract of the standard under a name of our own; nothing of it is repeated here.
 * What a host hands in is checked before it is used, and nothing that it does ends the process.
 */
#ifndef CLIENT_PKCS11_CALLS_H
#define CLIENT_PKCS11_CALLS_H

#include "client/pkcs11/pkcs11.h"

/* call-general.c */
CK_RV call_initialize(void *args);
CK_RV call_finalize(void *reserved);
CK_RV call_get_info_2(CK_INFO *info); /* as the table of 2.40 has it */
CK_RV call_get_info_3(CK_INFO *info); /* and that of 3.0 */

/* call-slot.c */
CK_RV call_get_slot_list(CK_BBOOL present, CK_SLOT_ID *list, CK_ULONG *n);
CK_RV call_get_slot_info(CK_SLOT_ID id, CK_SLOT_INFO *info);
CK_RV call_get_token_info(CK_SLOT_ID id, CK_TOKEN_INFO *info);
CK_RV call_get_mechanism_list(CK_SLOT_ID id, CK_MECHANISM_TYPE *list, CK_ULONG *n);
CK_RV call_get_mechanism_info(CK_SLOT_ID id, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info);

/* call-session.c */
CK_RV call_open_session(CK_SLOT_ID id, CK_FLAGS flags, void *application, CK_NOTIFY notify,
			CK_SESSION_HANDLE *ret);
CK_RV call_close_session(CK_SESSION_HANDLE h);
CK_RV call_close_all_sessions(CK_SLOT_ID id);
CK_RV call_get_session_info(CK_SESSION_HANDLE h, CK_SESSION_INFO *info);
CK_RV call_login(CK_SESSION_HANDLE h, CK_USER_TYPE type, CK_UTF8CHAR *pin, CK_ULONG pin_size);
CK_RV call_login_user(CK_SESSION_HANDLE h, CK_USER_TYPE type, CK_UTF8CHAR *pin, CK_ULONG pin_size,
		      CK_UTF8CHAR *name, CK_ULONG name_size);
CK_RV call_logout(CK_SESSION_HANDLE h);
CK_RV call_session_cancel(CK_SESSION_HANDLE h, CK_FLAGS flags);

/* call-object.c */
CK_RV call_find_objects_init(CK_SESSION_HANDLE h, CK_ATTRIBUTE *template, CK_ULONG n);
CK_RV call_find_objects(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE *list, CK_ULONG max, CK_ULONG *n);
CK_RV call_find_objects_final(CK_SESSION_HANDLE h);
CK_RV call_get_attribute_value(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template,
			       CK_ULONG n);

/* call-sign.c */
CK_RV call_sign_init(CK_SESSION_HANDLE h, CK_MECHANISM *m, CK_OBJECT_HANDLE key);
CK_RV call_sign(CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG size, CK_BYTE *signature,
		CK_ULONG *signature_size);
CK_RV call_sign_update(CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG size);
CK_RV call_sign_final(CK_SESSION_HANDLE h, CK_BYTE *signature, CK_ULONG *signature_size);

/* call-digest.c */
CK_RV call_digest_init(CK_SESSION_HANDLE h, CK_MECHANISM *m);
CK_RV call_digest(CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG size, CK_BYTE *digest,
		  CK_ULONG *digest_size);
CK_RV call_digest_update(CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG size);
CK_RV call_digest_final(CK_SESSION_HANDLE h, CK_BYTE *digest, CK_ULONG *digest_size);

#endif
