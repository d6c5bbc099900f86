/*
 * pkcs11/refuse.c - see refuse.h
 *
 * One function for each shape of parameters that PKCS#11 has. They do not look at what they get.
 */
#include "client/pkcs11/refuse.h"

#pragma GCC diagnostic ignored "-Wunused-parameter" /* in this file all of them are */

static CK_RV refuse_event(CK_FLAGS a, CK_SLOT_ID *b, void *c)
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

static CK_RV refuse_attributes(CK_SESSION_HANDLE a, CK_OBJECT_HANDLE b, CK_ATTRIBUTE *c, CK_ULONG d)
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

static CK_RV refuse_final(CK_SESSION_HANDLE a)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_message(CK_SESSION_HANDLE a, void *b, CK_ULONG c, CK_BYTE *d, CK_ULONG e,
			    CK_BYTE *f, CK_ULONG g, CK_BYTE *h, CK_ULONG *i)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_message_begin(CK_SESSION_HANDLE a, void *b, CK_ULONG c, CK_BYTE *d, CK_ULONG e)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_message_next(CK_SESSION_HANDLE a, void *b, CK_ULONG c, CK_BYTE *d, CK_ULONG e,
				 CK_BYTE *f, CK_ULONG *g, CK_FLAGS h)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_sign_message(CK_SESSION_HANDLE a, void *b, CK_ULONG c, CK_BYTE *d, CK_ULONG e,
				 CK_BYTE *f, CK_ULONG *g)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_parameter(CK_SESSION_HANDLE a, void *b, CK_ULONG c)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV refuse_verify_message(CK_SESSION_HANDLE a, void *b, CK_ULONG c, CK_BYTE *d, CK_ULONG e,
				   CK_BYTE *f, CK_ULONG g)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

/* The standard has a code of its own for tokens without random numbers, which programs look for. */
static CK_RV refuse_random(CK_SESSION_HANDLE a, CK_BYTE *b, CK_ULONG c)
{
	return CKR_RANDOM_NO_RNG;
}

/* What PKCS#11 had before version 2 to look after calls in the background. */
static CK_RV refuse_parallel(CK_SESSION_HANDLE a)
{
	return CKR_FUNCTION_NOT_PARALLEL;
}

/* clang-format off */
const struct functions refuse_all = {
	.base = {
		.C_WaitForSlotEvent = refuse_event,
		.C_InitToken = refuse_init_token,
		.C_InitPIN = refuse_input,
		.C_SetPIN = refuse_two_inputs,
		.C_GetOperationState = refuse_output,
		.C_SetOperationState = refuse_set_state,
		.C_CreateObject = refuse_create,
		.C_CopyObject = refuse_copy,
		.C_DestroyObject = refuse_object,
		.C_GetObjectSize = refuse_object_size,
		.C_SetAttributeValue = refuse_attributes,
		.C_EncryptInit = refuse_begin,
		.C_Encrypt = refuse_input_output,
		.C_EncryptUpdate = refuse_input_output,
		.C_EncryptFinal = refuse_output,
		.C_DecryptInit = refuse_begin,
		.C_Decrypt = refuse_input_output,
		.C_DecryptUpdate = refuse_input_output,
		.C_DecryptFinal = refuse_output,
		.C_DigestKey = refuse_object,
		.C_SignRecoverInit = refuse_begin,
		.C_SignRecover = refuse_input_output,
		.C_VerifyInit = refuse_begin,
		.C_Verify = refuse_two_inputs,
		.C_VerifyUpdate = refuse_input,
		.C_VerifyFinal = refuse_input,
		.C_VerifyRecoverInit = refuse_begin,
		.C_VerifyRecover = refuse_input_output,
		.C_DigestEncryptUpdate = refuse_input_output,
		.C_DecryptDigestUpdate = refuse_input_output,
		.C_SignEncryptUpdate = refuse_input_output,
		.C_DecryptVerifyUpdate = refuse_input_output,
		.C_GenerateKey = refuse_generate,
		.C_GenerateKeyPair = refuse_generate_pair,
		.C_WrapKey = refuse_wrap,
		.C_UnwrapKey = refuse_unwrap,
		.C_DeriveKey = refuse_derive,
		.C_SeedRandom = refuse_random,
		.C_GenerateRandom = refuse_random,
		.C_GetFunctionStatus = refuse_parallel,
		.C_CancelFunction = refuse_parallel,
	},
	.C_MessageEncryptInit = refuse_begin,
	.C_EncryptMessage = refuse_message,
	.C_EncryptMessageBegin = refuse_message_begin,
	.C_EncryptMessageNext = refuse_message_next,
	.C_MessageEncryptFinal = refuse_final,
	.C_MessageDecryptInit = refuse_begin,
	.C_DecryptMessage = refuse_message,
	.C_DecryptMessageBegin = refuse_message_begin,
	.C_DecryptMessageNext = refuse_message_next,
	.C_MessageDecryptFinal = refuse_final,
	.C_MessageSignInit = refuse_begin,
	.C_SignMessage = refuse_sign_message,
	.C_SignMessageBegin = refuse_parameter,
	.C_SignMessageNext = refuse_sign_message,
	.C_MessageSignFinal = refuse_final,
	.C_MessageVerifyInit = refuse_begin,
	.C_VerifyMessage = refuse_verify_message,
	.C_VerifyMessageBegin = refuse_parameter,
	.C_VerifyMessageNext = refuse_verify_message,
	.C_MessageVerifyFinal = refuse_final,
};
/* clang-format on */
