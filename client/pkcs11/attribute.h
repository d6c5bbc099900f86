/*
 * pkcs11/attribute.h - what the objects of a key say about themselves
 *
 * A key has a private key object, which is only a name for it, a public one, and a certificate if
 * the agent has one. All are made from a struct keypair when they are asked; nothing is stored.
 */
#ifndef CLIENT_PKCS11_ATTRIBUTE_H
#define CLIENT_PKCS11_ATTRIBUTE_H

#include "client/pkcs11/keypair.h"
#include "client/pkcs11/pkcs11.h"

/* As bits, so that an attribute can name those that have it. */
enum kind {
	KIND_PRIVATE = 1,
	KIND_PUBLIC = 2,
	KIND_CERTIFICATE = 4,
};

/* More attributes in one template than this no program means. */
#define TEMPLATE_MAX 1024u

/*
 * Answers for each attribute of the template, as C_GetAttributeValue does: CKR_OK, or the last of
 * CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID and CKR_BUFFER_TOO_SMALL that any of them gave.
 */
CK_RV attribute_read_all(const struct keypair *k, enum kind kind, CK_ATTRIBUTE *template,
			 CK_ULONG n);

/* The object has every attribute of the template, with that value. */
bool attribute_match_all(const struct keypair *k, enum kind kind, const CK_ATTRIBUTE *template,
			 CK_ULONG n);

#endif
