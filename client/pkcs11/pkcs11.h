/*
 * pkcs11/pkcs11.h - PKCS#11 as this module speaks it: p11-kit's header, and what it does not have
 *
 * The header is all that is taken from p11-kit. The older of those in use know 2.40 only; what 3.0
 * adds has names of our own here, so that it meets no newer header.
 */
#ifndef CLIENT_PKCS11_PKCS11_H
#define CLIENT_PKCS11_PKCS11_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define _cleanup_(release) __attribute__((cleanup(release)))
#define array_len(a) (sizeof(a) / sizeof((a)[0]))

/* --- 3.0 -------------------------------------------------------------------------------------- */

#define CANCEL_FIND ((CK_FLAGS)1 << 6) /* CKF_FIND_OBJECTS */

/* CK_EDDSA_PARAMS */
struct eddsa_params {
	CK_BBOOL is_prehashed;
	CK_ULONG context_size;
	CK_BYTE *context;
};

/* CK_INTERFACE */
struct interface {
	CK_UTF8CHAR *name;
	void *functions;
	CK_FLAGS flags;
};

/* The shapes of what CK_FUNCTION_LIST_3_0 has more. */
typedef CK_RV (*get_interface_list)(struct interface *list, CK_ULONG *n);
typedef CK_RV (*get_interface)(CK_UTF8CHAR *name, CK_VERSION *version, struct interface **ret,
			       CK_FLAGS flags);
typedef CK_RV (*login_user)(CK_SESSION_HANDLE h, CK_USER_TYPE type, CK_UTF8CHAR *pin,
			    CK_ULONG pin_size, CK_UTF8CHAR *name, CK_ULONG name_size);
typedef CK_RV (*session_cancel)(CK_SESSION_HANDLE h, CK_FLAGS flags);
typedef CK_RV (*message_init)(CK_SESSION_HANDLE h, CK_MECHANISM *m, CK_OBJECT_HANDLE key);
typedef CK_RV (*message_whole)(CK_SESSION_HANDLE h, void *parameter, CK_ULONG parameter_size,
			       CK_BYTE *associated, CK_ULONG associated_size, CK_BYTE *in,
			       CK_ULONG in_size, CK_BYTE *out, CK_ULONG *out_size);
typedef CK_RV (*message_begin)(CK_SESSION_HANDLE h, void *parameter, CK_ULONG parameter_size,
			       CK_BYTE *associated, CK_ULONG associated_size);
typedef CK_RV (*message_next)(CK_SESSION_HANDLE h, void *parameter, CK_ULONG parameter_size,
			      CK_BYTE *in, CK_ULONG in_size, CK_BYTE *out, CK_ULONG *out_size,
			      CK_FLAGS flags);
typedef CK_RV (*message_final)(CK_SESSION_HANDLE h);
typedef CK_RV (*sign_message)(CK_SESSION_HANDLE h, void *parameter, CK_ULONG parameter_size,
			      CK_BYTE *in, CK_ULONG in_size, CK_BYTE *out, CK_ULONG *out_size);
typedef CK_RV (*sign_begin)(CK_SESSION_HANDLE h, void *parameter, CK_ULONG parameter_size);
typedef CK_RV (*verify_message)(CK_SESSION_HANDLE h, void *parameter, CK_ULONG parameter_size,
				CK_BYTE *in, CK_ULONG in_size, CK_BYTE *signature, CK_ULONG size);

/* CK_FUNCTION_LIST_3_0: that of 2.40, which ends with a pointer, and these behind it. */
struct functions {
	CK_FUNCTION_LIST base;
	get_interface_list C_GetInterfaceList;
	get_interface C_GetInterface;
	login_user C_LoginUser;
	session_cancel C_SessionCancel;
	message_init C_MessageEncryptInit;
	message_whole C_EncryptMessage;
	message_begin C_EncryptMessageBegin;
	message_next C_EncryptMessageNext;
	message_final C_MessageEncryptFinal;
	message_init C_MessageDecryptInit;
	message_whole C_DecryptMessage;
	message_begin C_DecryptMessageBegin;
	message_next C_DecryptMessageNext;
	message_final C_MessageDecryptFinal;
	message_init C_MessageSignInit;
	sign_message C_SignMessage;
	sign_begin C_SignMessageBegin;
	sign_message C_SignMessageNext;
	message_final C_MessageSignFinal;
	message_init C_MessageVerifyInit;
	verify_message C_VerifyMessage;
	sign_begin C_VerifyMessageBegin;
	verify_message C_VerifyMessageNext;
	message_final C_MessageVerifyFinal;
};

/* --- bytes ------------------------------------------------------------------------------------ */

/* Borrowed; NULL: there are none. */
struct octets {
	const uint8_t *data;
	size_t size;
};

#endif
