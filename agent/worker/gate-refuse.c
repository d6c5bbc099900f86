/*
 * worker/gate-refuse.c - see gate-refuse.h
 *
 * One function for each shape of parameters that PKCS#11 has. They do not look at what they get.
 */
#include "agent/worker/gate-refuse.h"

#pragma GCC diagnostic ignored "-Wunused-parameter" /* in this file all of them are */

static CK_RV refuse_event(CK_FLAGS a, CK_SLOT_ID *b, void *c)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_mechanisms(CK_SLOT_ID a, CK_MECHANISM_TYPE *b, CK_ULONG *c)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_mechanism_info(CK_SLOT_ID a, CK_MECHANISM_TYPE b, CK_MECHANISM_INFO *c)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_init_token(CK_SLOT_ID a, CK_BYTE *b, CK_ULONG c, CK_BYTE *d)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_input(CK_SESSION_HANDLE a, CK_BYTE *b, CK_ULONG c)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_two_inputs(CK_SESSION_HANDLE a, CK_BYTE *b, CK_ULONG c, CK_BYTE *d, CK_ULONG e)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_output(CK_SESSION_HANDLE a, CK_BYTE *b, CK_ULONG *c)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_set_state(CK_SESSION_HANDLE a, CK_BYTE *b, CK_ULONG c, CK_OBJECT_HANDLE d,
			      CK_OBJECT_HANDLE e)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_create(CK_SESSION_HANDLE a, CK_ATTRIBUTE *b, CK_ULONG c, CK_OBJECT_HANDLE *d)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_copy(CK_SESSION_HANDLE a, CK_OBJECT_HANDLE b, CK_ATTRIBUTE *c, CK_ULONG d,
			 CK_OBJECT_HANDLE *e)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_object(CK_SESSION_HANDLE a, CK_OBJECT_HANDLE b)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_object_size(CK_SESSION_HANDLE a, CK_OBJECT_HANDLE b, CK_ULONG *c)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_set_attributes(CK_SESSION_HANDLE a, CK_OBJECT_HANDLE b, CK_ATTRIBUTE *c,
				   CK_ULONG d)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_begin(CK_SESSION_HANDLE a, CK_MECHANISM *b, CK_OBJECT_HANDLE c)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_input_output(CK_SESSION_HANDLE a, CK_BYTE *b, CK_ULONG c, CK_BYTE *d,
				 CK_ULONG *e)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_begin_digest(CK_SESSION_HANDLE a, CK_MECHANISM *b)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_generate(CK_SESSION_HANDLE a, CK_MECHANISM *b, CK_ATTRIBUTE *c, CK_ULONG d,
			     CK_OBJECT_HANDLE *e)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_generate_pair(CK_SESSION_HANDLE a, CK_MECHANISM *b, CK_ATTRIBUTE *c, CK_ULONG d,
				  CK_ATTRIBUTE *e, CK_ULONG f, CK_OBJECT_HANDLE *g,
				  CK_OBJECT_HANDLE *h)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_wrap(CK_SESSION_HANDLE a, CK_MECHANISM *b, CK_OBJECT_HANDLE c,
			 CK_OBJECT_HANDLE d, CK_BYTE *e, CK_ULONG *f)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_unwrap(CK_SESSION_HANDLE a, CK_MECHANISM *b, CK_OBJECT_HANDLE c, CK_BYTE *d,
			   CK_ULONG e, CK_ATTRIBUTE *f, CK_ULONG g, CK_OBJECT_HANDLE *h)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_derive(CK_SESSION_HANDLE a, CK_MECHANISM *b, CK_OBJECT_HANDLE c,
			   CK_ATTRIBUTE *d, CK_ULONG e, CK_OBJECT_HANDLE *f)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_session(CK_SESSION_HANDLE a)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

/* clang-format off */
const CK_FUNCTION_LIST gate_refuse_all = {
	.version = {2, 40},
	.C_WaitForSlotEvent = refuse_event,
	.C_GetMechanismList = refuse_mechanisms,
	.C_GetMechanismInfo = refuse_mechanism_info,
	.C_InitToken = refuse_init_token,
	.C_InitPIN = refuse_input,
	.C_DigestUpdate = refuse_input,
	.C_SignUpdate = refuse_input,
	.C_VerifyUpdate = refuse_input,
	.C_VerifyFinal = refuse_input,
	.C_SeedRandom = refuse_input,
	.C_GenerateRandom = refuse_input,
	.C_SetPIN = refuse_two_inputs,
	.C_Verify = refuse_two_inputs,
	.C_GetOperationState = refuse_output,
	.C_EncryptFinal = refuse_output,
	.C_DecryptFinal = refuse_output,
	.C_DigestFinal = refuse_output,
	.C_SignFinal = refuse_output,
	.C_SetOperationState = refuse_set_state,
	.C_CreateObject = refuse_create,
	.C_CopyObject = refuse_copy,
	.C_DestroyObject = refuse_object,
	.C_DigestKey = refuse_object,
	.C_GetObjectSize = refuse_object_size,
	.C_SetAttributeValue = refuse_set_attributes,
	.C_EncryptInit = refuse_begin,
	.C_DecryptInit = refuse_begin,
	.C_SignRecoverInit = refuse_begin,
	.C_VerifyInit = refuse_begin,
	.C_VerifyRecoverInit = refuse_begin,
	.C_Encrypt = refuse_input_output,
	.C_EncryptUpdate = refuse_input_output,
	.C_Decrypt = refuse_input_output,
	.C_DecryptUpdate = refuse_input_output,
	.C_Digest = refuse_input_output,
	.C_SignRecover = refuse_input_output,
	.C_VerifyRecover = refuse_input_output,
	.C_DigestEncryptUpdate = refuse_input_output,
	.C_DecryptDigestUpdate = refuse_input_output,
	.C_SignEncryptUpdate = refuse_input_output,
	.C_DecryptVerifyUpdate = refuse_input_output,
	.C_DigestInit = refuse_begin_digest,
	.C_GenerateKey = refuse_generate,
	.C_GenerateKeyPair = refuse_generate_pair,
	.C_WrapKey = refuse_wrap,
	.C_UnwrapKey = refuse_unwrap,
	.C_DeriveKey = refuse_derive,
	.C_GetFunctionStatus = refuse_session,
	.C_CancelFunction = refuse_session,
};
/* clang-format on */
