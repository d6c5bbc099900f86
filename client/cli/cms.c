/*
 * cli/cms.c - see cms.h
 */
#include "client/cli/cms.h"

#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "client/cli/sigalg.h"

/* More attributes than we ever put in. */
#define ATTRIBUTES_MAX 8

static enum exit_code fail(const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	complain("%s: %s", what, reason ? reason : "out of memory");
	ERR_clear_error();
	return EXIT_AGAIN;
}

/* --- how it is signed ------------------------------------------------------------------------- */

static bool set_algorithm(const struct signer *signer, const struct scheme *scheme, X509_ALGOR *to)
{
	/* The name that all readers know, the kernel among them. */
	if (scheme->algorithm == SIGNET_RSA_PKCS1)
		return X509_ALGOR_set0(to, OBJ_nid2obj(NID_rsaEncryption), V_ASN1_NULL, NULL);
	return sigalg_set(signer->public, scheme, to);
}

/* --- attributes ------------------------------------------------------------------------------- */

static bool add_time(CMS_SignerInfo *si)
{
	ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
	bool is_done = now && CMS_signed_add1_attr_by_NID(si, NID_pkcs9_signingTime, now->type, now,
							  -1) == 1;

	ASN1_TIME_free(now);
	return is_done;
}

static bool add_attributes(CMS_SignerInfo *si, const struct cms_wish *wish, const uint8_t *digest,
			   size_t digest_size)
{
	return CMS_signed_add1_attr_by_NID(si, NID_pkcs9_contentType, V_ASN1_OBJECT,
					   OBJ_nid2obj(NID_pkcs7_data), -1) == 1 &&
	       CMS_signed_add1_attr_by_NID(si, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest,
					   (int)digest_size) == 1 &&
	       (!wish->has_time || add_time(si));
}

struct der {
	unsigned char *data; /* owned, by libcrypto */
	int size;
};

static int by_contents(const void *a, const void *b)
{
	const struct der *x = a, *y = b;
	int order = memcmp(x->data, y->data, (size_t)(x->size < y->size ? x->size : y->size));

	return order ? order : x->size - y->size;
}

/* The SET OF attributes as it is signed (RFC 5652, 5.4): in DER, so in the order of the encodings. */
static bool join(struct der *attributes, int n, uint8_t **ret, size_t *ret_size)
{
	int length = 0, total;
	unsigned char *out, *at;

	for (int i = 0; i < n; i++)
		length += attributes[i].size;
	total = ASN1_object_size(1, length, V_ASN1_SET);
	out = total > 0 ? malloc((size_t)total) : NULL;
	if (!out)
		return false;
	at = out;
	ASN1_put_object(&at, 1, length, V_ASN1_SET, V_ASN1_UNIVERSAL);
	qsort(attributes, (size_t)n, sizeof(*attributes), by_contents);
	for (int i = 0; i < n; i++) {
		memcpy(at, attributes[i].data, (size_t)attributes[i].size);
		at += attributes[i].size;
	}
	*ret = out;
	*ret_size = (size_t)total;
	return true;
}

static bool encode_attributes(CMS_SignerInfo *si, uint8_t **ret, size_t *ret_size)
{
	struct der attributes[ATTRIBUTES_MAX] = {};
	int n = CMS_signed_get_attr_count(si);
	bool is_done = n > 0 && n <= ATTRIBUTES_MAX;

	for (int i = 0; i < n && is_done; i++) {
		attributes[i].size =
			i2d_X509_ATTRIBUTE(CMS_signed_get_attr(si, i), &attributes[i].data);
		is_done = attributes[i].size > 0;
	}
	if (is_done)
		is_done = join(attributes, n, ret, ret_size);
	for (int i = 0; i < ATTRIBUTES_MAX; i++)
		OPENSSL_free(attributes[i].data);
	return is_done;
}

/* --- the structure ---------------------------------------------------------------------------- */

static bool enclose(CMS_ContentInfo *cms, const struct cms_wish *wish)
{
	ASN1_OCTET_STRING **content = CMS_get0_content(cms);

	return content && *content &&
	       ASN1_OCTET_STRING_set(*content, wish->content, (int)wish->content_size) == 1;
}

static CMS_SignerInfo *add_signer(CMS_ContentInfo *cms, const struct signer *signer,
				  const struct scheme *scheme, const EVP_MD *md,
				  const struct cms_wish *wish, unsigned flags)
{
	CMS_SignerInfo *si = CMS_add1_signer(cms, signer->certificate, signer->public, md, flags);
	X509_ALGOR *algorithm = NULL;

	if (!si)
		return NULL;
	for (int i = 0; wish->has_certificates && i < sk_X509_num(signer->chain); i++)
		if (CMS_add1_cert(cms, sk_X509_value(signer->chain, i)) != 1)
			return NULL;
	CMS_SignerInfo_get0_algs(si, NULL, NULL, NULL, &algorithm);
	return set_algorithm(signer, scheme, algorithm) ? si : NULL;
}

static CMS_ContentInfo *build(const struct signer *signer, const struct scheme *scheme,
			      const struct cms_wish *wish, const uint8_t *digest,
			      size_t digest_size, uint8_t **ret_signed, size_t *ret_signed_size)
{
	unsigned flags = CMS_PARTIAL | CMS_BINARY | CMS_NOSMIMECAP;
	const EVP_MD *md = scheme->md ? scheme->md : EVP_sha512(); /* RFC 8419 for Ed25519 */
	CMS_ContentInfo *cms;
	CMS_SignerInfo *si;
	bool is_done;

	flags |= wish->has_attributes ? 0 : CMS_NOATTR;
	flags |= wish->has_certificates ? 0 : CMS_NOCERTS;
	flags |= wish->content ? 0 : CMS_DETACHED;
	cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	si = cms ? add_signer(cms, signer, scheme, md, wish, flags) : NULL;
	is_done = si && (!wish->content || enclose(cms, wish));
	if (is_done && wish->has_attributes)
		is_done = add_attributes(si, wish, digest, digest_size) &&
			  encode_attributes(si, ret_signed, ret_signed_size);
	if (is_done)
		return cms;
	CMS_ContentInfo_free(cms);
	return NULL;
}

enum exit_code cms_begin(const struct signer *signer, const struct scheme *scheme,
			 const struct cms_wish *wish, const uint8_t *digest, size_t digest_size,
			 CMS_ContentInfo **ret, uint8_t **ret_signed, size_t *ret_signed_size)
{
	_cleanup_(freep) uint8_t *data = NULL;
	CMS_ContentInfo *cms;
	size_t size = digest_size;

	cms = build(signer, scheme, wish, digest, digest_size, &data, &size);
	if (!cms)
		return fail("the CMS structure cannot be made");
	if (!wish->has_attributes) {
		data = malloc(digest_size);
		if (!data) {
			CMS_ContentInfo_free(cms);
			return fail("the CMS structure cannot be made");
		}
		memcpy(data, digest, digest_size);
	}
	*ret = cms;
	*ret_signed = data;
	*ret_signed_size = size;
	data = NULL;
	return EXIT_DONE;
}

enum exit_code cms_finish(CMS_ContentInfo *cms, const uint8_t *signature, size_t size,
			  uint8_t **ret, size_t *ret_size)
{
	CMS_SignerInfo *si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	unsigned char *der = NULL;
	int length = -1;

	if (ASN1_STRING_set(CMS_SignerInfo_get0_signature(si), signature, (int)size) == 1)
		length = i2d_CMS_ContentInfo(cms, &der);
	if (length <= 0)
		return fail("the CMS structure cannot be written");
	*ret = malloc((size_t)length);
	if (*ret)
		memcpy(*ret, der, (size_t)length);
	OPENSSL_free(der);
	if (!*ret)
		return fail("the CMS structure cannot be written");
	*ret_size = (size_t)length;
	return EXIT_DONE;
}

/* --- verifying -------------------------------------------------------------------------------- */

/* The hash is not signed, but others go by it. */
static bool is_hashed_by(CMS_SignerInfo *si, const EVP_MD *md)
{
	const ASN1_OBJECT *oid;
	X509_ALGOR *hash;

	CMS_SignerInfo_get0_algs(si, NULL, NULL, &hash, NULL);
	X509_ALGOR_get0(&oid, NULL, NULL, hash);
	return OBJ_obj2nid(oid) == EVP_MD_get_type(md);
}

/*
 * The one signer must be the one that is meant: his key is put in, whatever certificate came along.
 * What the signature calls him is not signed either; it is what others find his certificate by.
 */
static bool set_key(CMS_ContentInfo *cms, const struct signer *signer)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	CMS_SignerInfo *si =
		sk_CMS_SignerInfo_num(signers) == 1 ? sk_CMS_SignerInfo_value(signers, 0) : NULL;
	X509 *x = X509_new();
	bool is_done =
		si && x && X509_set_pubkey(x, signer->public) == 1 &&
		(!signer->certificate || CMS_SignerInfo_cert_cmp(si, signer->certificate) == 0);

	if (is_done)
		CMS_SignerInfo_set1_signer_cert(si, signer->certificate ? signer->certificate : x);
	X509_free(x);
	return is_done;
}

/* What is enclosed is the content, to the last byte. */
static bool encloses(CMS_ContentInfo *cms, BIO *content)
{
	ASN1_OCTET_STRING **enclosed = CMS_get0_content(cms);
	const uint8_t *at = enclosed && *enclosed ? ASN1_STRING_get0_data(*enclosed) : NULL;
	size_t left = at ? (size_t)ASN1_STRING_length(*enclosed) : 0;
	uint8_t block[16384];
	int n;

	while ((n = BIO_read(content, block, sizeof(block))) > 0) {
		if ((size_t)n > left || memcmp(at, block, (size_t)n) != 0)
			return false;
		at += n;
		left -= (size_t)n;
	}
	return at && left == 0;
}

/* Hashes what is left of a BIO, or if there is none what is enclosed. */
static bool hash_content(CMS_ContentInfo *cms, BIO *content, const EVP_MD *md, uint8_t *ret,
			 unsigned *ret_size)
{
	ASN1_OCTET_STRING **enclosed = CMS_get0_content(cms);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool is_done = ctx && EVP_DigestInit_ex(ctx, md, NULL) == 1;
	uint8_t block[16384];
	int n = 0;

	if (content)
		while (is_done && (n = BIO_read(content, block, sizeof(block))) > 0)
			is_done = EVP_DigestUpdate(ctx, block, (size_t)n) == 1;
	else
		is_done = is_done && enclosed && *enclosed &&
			  EVP_DigestUpdate(ctx, ASN1_STRING_get0_data(*enclosed),
					   (size_t)ASN1_STRING_length(*enclosed)) == 1;
	is_done = is_done && EVP_DigestFinal_ex(ctx, ret, ret_size) == 1;
	EVP_MD_CTX_free(ctx);
	return is_done;
}

/*
 * Ed25519 with attributes and SHA-512, as we write it (RFC 8419): libcrypto before 3.2 verifies no
 * such CMS.
 */
static bool verify_eddsa(CMS_ContentInfo *cms, const struct signer *signer, BIO *content)
{
	CMS_SignerInfo *si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	const ASN1_OCTET_STRING *claimed =
		CMS_signed_get0_data_by_OBJ(si, OBJ_nid2obj(NID_pkcs9_messageDigest), -3,
					    V_ASN1_OCTET_STRING);
	const ASN1_OBJECT *type =
		CMS_signed_get0_data_by_OBJ(si, OBJ_nid2obj(NID_pkcs9_contentType), -3,
					    V_ASN1_OBJECT);
	_cleanup_(freep) uint8_t *attributes = NULL;
	uint8_t digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ASN1_OCTET_STRING *signature = CMS_SignerInfo_get0_signature(si);
	bool is_right = false;
	size_t size;
	unsigned n;

	if (ctx && claimed && type && is_hashed_by(si, EVP_sha512()) &&
	    OBJ_cmp(type, CMS_get0_eContentType(cms)) == 0 &&
	    hash_content(cms, content, EVP_sha512(), digest, &n) &&
	    ASN1_STRING_length(claimed) == (int)n &&
	    memcmp(ASN1_STRING_get0_data(claimed), digest, n) == 0 &&
	    encode_attributes(si, &attributes, &size) &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, signer->public) == 1)
		is_right = EVP_DigestVerify(ctx, ASN1_STRING_get0_data(signature),
					    (size_t)ASN1_STRING_length(signature), attributes,
					    size) == 1;
	EVP_MD_CTX_free(ctx);
	return is_right;
}

static bool verify(CMS_ContentInfo *cms, const struct signer *signer, BIO *content)
{
	bool is_detached = CMS_is_detached(cms) == 1;

	if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed || !set_key(cms, signer))
		return false;
	if (is_detached ? !content : content && !encloses(cms, content))
		return false;
	if (signer->type == SIGNET_KEY_ED25519)
		return verify_eddsa(cms, signer, is_detached ? content : NULL);
	return CMS_verify(cms, NULL, NULL, is_detached ? content : NULL, NULL,
			  CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY | CMS_NOINTERN) == 1;
}

enum exit_code cms_verify(const struct signer *signer, const uint8_t *der, size_t size,
			  BIO *content)
{
	const unsigned char *at = der;
	CMS_ContentInfo *cms = size <= LONG_MAX ? d2i_CMS_ContentInfo(NULL, &at, (long)size) : NULL;
	bool is_right = cms && at == der + size && verify(cms, signer, content);

	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return is_right ? EXIT_DONE : EXIT_NO_MATCH;
}

bool cms_is_bare(const uint8_t *der, size_t size)
{
	const unsigned char *at = der;
	CMS_ContentInfo *cms = size <= LONG_MAX ? d2i_CMS_ContentInfo(NULL, &at, (long)size) : NULL;
	STACK_OF(CMS_SignerInfo) *signers = cms ? CMS_get0_SignerInfos(cms) : NULL;
	bool is_bare = sk_CMS_SignerInfo_num(signers) == 1 && CMS_is_detached(cms) == 1 &&
		       OBJ_obj2nid(CMS_get0_eContentType(cms)) == NID_pkcs7_data &&
		       CMS_signed_get_attr_count(sk_CMS_SignerInfo_value(signers, 0)) < 0;

	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return is_bare;
}
