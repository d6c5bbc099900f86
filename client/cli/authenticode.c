/*
 * cli/authenticode.c - see authenticode.h
 */
#include "client/cli/authenticode.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <string.h>

#define OID_INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"

/*
 * SpcAttributeTypeAndOptionalValue of a PE image: its OID, and the flags and link that always are
 * the same.
 */
static const uint8_t image_data[] = {
	0x30, 0x17, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01,
	0x0f, 0x30, 0x09, 0x03, 0x01, 0x00, 0xa0, 0x04, 0xa2, 0x02, 0x80, 0x00,
};

static enum exit_code fail(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	complain("the Authenticode structure cannot be made: %s",
		 reason ? reason : "out of memory");
	ERR_clear_error();
	return EXIT_AGAIN;
}

/* --- SpcIndirectDataContent: what the signature is about -------------------------------------- */

/* Its value, without tag and length: that is what messageDigest is made of. */
static uint8_t *indirect_value(const EVP_MD *md, const uint8_t *digest, size_t digest_size,
			       size_t *ret_size)
{
	X509_SIG *info = X509_SIG_new();
	unsigned char *der = NULL;
	uint8_t *value = NULL;
	X509_ALGOR *algorithm;
	ASN1_OCTET_STRING *octets;
	int n = -1;

	if (info) {
		X509_SIG_getm(info, &algorithm, &octets);
		if (X509_ALGOR_set0(algorithm, OBJ_nid2obj(EVP_MD_get_type(md)), V_ASN1_NULL,
				    NULL) == 1 &&
		    ASN1_OCTET_STRING_set(octets, digest, (int)digest_size) == 1)
			n = i2d_X509_SIG(info, &der);
	}
	if (n > 0)
		value = malloc(sizeof(image_data) + (size_t)n);
	if (value) {
		memcpy(value, image_data, sizeof(image_data));
		memcpy(value + sizeof(image_data), der, (size_t)n);
		*ret_size = sizeof(image_data) + (size_t)n;
	}
	OPENSSL_free(der);
	X509_SIG_free(info);
	return value;
}

static bool set_content(PKCS7 *p7, const uint8_t *value, size_t size)
{
	int total = ASN1_object_size(1, (int)size, V_ASN1_SEQUENCE);
	_cleanup_(freep) unsigned char *der = total > 0 ? malloc((size_t)total) : NULL;
	PKCS7 *content = PKCS7_new();
	ASN1_STRING *sequence = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
	unsigned char *at = der;
	bool is_done = false;

	if (der && content && sequence) {
		ASN1_put_object(&at, 1, (int)size, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
		memcpy(at, value, size);
		content->type = OBJ_txt2obj(OID_INDIRECT_DATA, 1);
		content->d.other = ASN1_TYPE_new();
		is_done = content->type && content->d.other &&
			  ASN1_STRING_set(sequence, der, total) == 1;
	}
	if (is_done) {
		ASN1_TYPE_set(content->d.other, V_ASN1_SEQUENCE, sequence);
		sequence = NULL; /* taken over */
		is_done = PKCS7_set_content(p7, content) == 1;
	}
	if (is_done)
		return true;
	ASN1_STRING_free(sequence);
	PKCS7_free(content);
	return false;
}

/* --- building --------------------------------------------------------------------------------- */

static bool add_attributes(PKCS7_SIGNER_INFO *si, const EVP_MD *md, const uint8_t *value,
			   size_t size)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	ASN1_OBJECT *type = OBJ_txt2obj(OID_INDIRECT_DATA, 1);
	unsigned n;

	if (!type)
		return false;
	if (PKCS7_add_signed_attribute(si, NID_pkcs9_contentType, V_ASN1_OBJECT, type) != 1) {
		ASN1_OBJECT_free(type);
		return false;
	}
	return EVP_Digest(value, size, digest, &n, md, NULL) == 1 &&
	       PKCS7_add1_attrib_digest(si, digest, (int)n) == 1;
}

static bool add_certificates(PKCS7 *p7, const struct signer *signer)
{
	if (PKCS7_add_certificate(p7, signer->certificate) != 1)
		return false;
	for (int i = 0; i < sk_X509_num(signer->chain); i++)
		if (PKCS7_add_certificate(p7, sk_X509_value(signer->chain, i)) != 1)
			return false;
	return true;
}

/* Taken over by p7 once it is added. */
static PKCS7_SIGNER_INFO *add_signer(PKCS7 *p7, const struct signer *signer, const EVP_MD *md)
{
	PKCS7_SIGNER_INFO *si = PKCS7_SIGNER_INFO_new();

	if (si && PKCS7_SIGNER_INFO_set(si, signer->certificate, signer->public, md) == 1 &&
	    PKCS7_add_signer(p7, si) == 1)
		return si;
	PKCS7_SIGNER_INFO_free(si);
	return NULL;
}

static bool encode_attributes(const PKCS7_SIGNER_INFO *si, uint8_t **ret, size_t *ret_size)
{
	unsigned char *der = NULL;
	int n = ASN1_item_i2d((const ASN1_VALUE *)si->auth_attr, &der,
			      ASN1_ITEM_rptr(PKCS7_ATTR_SIGN));

	*ret = n > 0 ? malloc((size_t)n) : NULL;
	if (*ret) {
		memcpy(*ret, der, (size_t)n);
		*ret_size = (size_t)n;
	}
	OPENSSL_free(der);
	return *ret != NULL;
}

enum exit_code authenticode_begin(const struct signer *signer, const struct scheme *scheme,
				  const uint8_t *digest, size_t digest_size, PKCS7 **ret,
				  uint8_t **ret_signed, size_t *ret_signed_size)
{
	_cleanup_(freep) uint8_t *value = NULL;
	PKCS7_SIGNER_INFO *si = NULL;
	PKCS7 *p7 = PKCS7_new();
	size_t size;

	value = indirect_value(scheme->md, digest, digest_size, &size);
	if (p7 && value && PKCS7_set_type(p7, NID_pkcs7_signed) == 1)
		si = add_signer(p7, signer, scheme->md);
	if (si && add_certificates(p7, signer) && set_content(p7, value, size) &&
	    add_attributes(si, scheme->md, value, size) &&
	    encode_attributes(si, ret_signed, ret_signed_size)) {
		*ret = p7;
		return EXIT_DONE;
	}
	PKCS7_free(p7);
	return fail();
}

enum exit_code authenticode_finish(PKCS7 *p7, const uint8_t *signature, size_t size, uint8_t **ret,
				   size_t *ret_size)
{
	PKCS7_SIGNER_INFO *si = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(p7), 0);
	unsigned char *der = NULL;
	int n = -1;

	if (ASN1_STRING_set(si->enc_digest, signature, (int)size) == 1)
		n = i2d_PKCS7(p7, &der);
	*ret = n > 0 ? malloc((size_t)n) : NULL;
	if (*ret) {
		memcpy(*ret, der, (size_t)n);
		*ret_size = (size_t)n;
	}
	OPENSSL_free(der);
	return *ret ? EXIT_DONE : fail();
}

/* --- verifying -------------------------------------------------------------------------------- */

/* The SEQUENCE that is signed, without tag and length; NULL: it is about something else. */
static const unsigned char *get_value(const PKCS7 *p7, long *ret_size)
{
	const PKCS7 *content = p7->d.sign->contents;
	const ASN1_TYPE *other = content ? content->d.other : NULL;
	char oid[64] = "";
	const unsigned char *at;
	int tag, class;

	if (!other || other->type != V_ASN1_SEQUENCE)
		return NULL;
	(void)OBJ_obj2txt(oid, sizeof(oid), content->type, 1); /* too long is not it either */
	at = other->value.sequence->data;
	if (strcmp(oid, OID_INDIRECT_DATA) != 0 ||
	    (ASN1_get_object(&at, ret_size, &tag, &class, other->value.sequence->length) & 0x80))
		return NULL;
	return at;
}

/* Behind what describes the image, which each program writes a little differently, its digest. */
static bool has_digest_info(const unsigned char *value, long size, const EVP_MD *md,
			    const uint8_t *digest, size_t digest_size)
{
	const unsigned char *at = value, *end = value + size;
	const ASN1_OCTET_STRING *octets;
	const X509_ALGOR *algorithm;
	const ASN1_OBJECT *oid;
	X509_SIG *info = NULL;
	bool is_it = false;
	int tag, class;
	long length;

	if (!(ASN1_get_object(&at, &length, &tag, &class, size) & 0x80)) {
		at += length;
		info = d2i_X509_SIG(NULL, &at, end - at);
	}
	if (info && at == end) {
		X509_SIG_get0(info, &algorithm, &octets);
		X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
		is_it = OBJ_obj2nid(oid) == EVP_MD_get_type(md) &&
			ASN1_STRING_length(octets) == (int)digest_size &&
			memcmp(ASN1_STRING_get0_data(octets), digest, digest_size) == 0;
	}
	X509_SIG_free(info);
	return is_it;
}

static bool has_attribute(const PKCS7_SIGNER_INFO *si, const EVP_MD *md, const unsigned char *value,
			  long size)
{
	const ASN1_OCTET_STRING *claimed = PKCS7_digest_from_attributes(si->auth_attr);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned n;

	return claimed && EVP_Digest(value, (size_t)size, digest, &n, md, NULL) == 1 &&
	       ASN1_STRING_length(claimed) == (int)n &&
	       memcmp(ASN1_STRING_get0_data(claimed), digest, n) == 0;
}

/* Neither the hash nor what the signer is called is signed, but others go by them. */
static bool is_called_right(const PKCS7_SIGNER_INFO *si, const struct signer *signer,
			    const EVP_MD *md)
{
	const PKCS7_ISSUER_AND_SERIAL *name = si->issuer_and_serial;
	const X509 *x = signer->certificate;

	return OBJ_obj2nid(si->digest_alg->algorithm) == EVP_MD_get_type(md) &&
	       (!x || (X509_NAME_cmp(name->issuer, X509_get_issuer_name(x)) == 0 &&
		       ASN1_INTEGER_cmp(name->serial, X509_get0_serialNumber(x)) == 0));
}

static bool is_by_key(const PKCS7_SIGNER_INFO *si, const struct signer *signer, const EVP_MD *md)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	int n = ASN1_item_i2d((const ASN1_VALUE *)si->auth_attr, &der,
			      ASN1_ITEM_rptr(PKCS7_ATTR_VERIFY));
	bool is_right = ctx && n > 0 &&
			EVP_DigestVerifyInit(ctx, NULL, md, NULL, signer->public) == 1 &&
			EVP_DigestVerify(ctx, si->enc_digest->data, (size_t)si->enc_digest->length,
					 der, (size_t)n) == 1;

	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	return is_right;
}

bool authenticode_is_signed(const struct signer *signer, const struct scheme *scheme,
			    const uint8_t *der, size_t size, const uint8_t *digest,
			    size_t digest_size)
{
	const unsigned char *at = der;
	PKCS7 *p7 = d2i_PKCS7(NULL, &at, (long)size);
	const PKCS7_SIGNER_INFO *si = NULL;
	const unsigned char *value = NULL;
	bool is_right = false;
	long value_size;

	if (p7 && PKCS7_type_is_signed(p7) &&
	    sk_PKCS7_SIGNER_INFO_num(PKCS7_get_signer_info(p7)) == 1)
		si = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(p7), 0);
	if (si && si->auth_attr && si->enc_digest)
		value = get_value(p7, &value_size);
	if (value)
		is_right = has_digest_info(value, value_size, scheme->md, digest, digest_size) &&
			   has_attribute(si, scheme->md, value, value_size) &&
			   is_called_right(si, signer, scheme->md) &&
			   is_by_key(si, signer, scheme->md);
	PKCS7_free(p7);
	ERR_clear_error();
	return is_right;
}
