/*
 * cli/sigalg.c - see sigalg.h
 */
#include "client/cli/sigalg.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

/* As libcrypto would write it: for PSS it has parameters, which it makes itself. */
static X509_ALGOR *pss_algorithm(EVP_PKEY *key, const EVP_MD *md)
{
	unsigned char der[256];
	const unsigned char *at = der;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, der,
						  sizeof(der)),
		OSSL_PARAM_construct_end(),
	};
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	X509_ALGOR *algorithm = NULL;
	EVP_PKEY_CTX *how;

	if (ctx && EVP_DigestVerifyInit(ctx, &how, md, NULL, key) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1 &&
	    EVP_PKEY_CTX_get_params(how, params) == 1)
		algorithm = d2i_X509_ALGOR(NULL, &at, (long)params[0].return_size);
	EVP_MD_CTX_free(ctx);
	return algorithm;
}

static bool set_pss(EVP_PKEY *key, const EVP_MD *md, X509_ALGOR *to)
{
	X509_ALGOR *pss = pss_algorithm(key, md);
	bool is_done = pss && X509_ALGOR_copy(to, pss) == 1;

	X509_ALGOR_free(pss);
	return is_done;
}

/* The one name that a hash and a type of key have together. */
static bool set_joint(const EVP_MD *md, int key_nid, int parameters, X509_ALGOR *to)
{
	int nid;

	return OBJ_find_sigid_by_algs(&nid, EVP_MD_get_type(md), key_nid) == 1 &&
	       X509_ALGOR_set0(to, OBJ_nid2obj(nid), parameters, NULL) == 1;
}

bool sigalg_set(EVP_PKEY *key, const struct scheme *scheme, X509_ALGOR *to)
{
	switch (scheme->algorithm) {
	case SIGNET_RSA_PKCS1:
		return set_joint(scheme->md, NID_rsaEncryption, V_ASN1_NULL, to);
	case SIGNET_ECDSA:
		return set_joint(scheme->md, NID_X9_62_id_ecPublicKey, V_ASN1_UNDEF, to);
	case SIGNET_EDDSA:
		return X509_ALGOR_set0(to, OBJ_nid2obj(NID_ED25519), V_ASN1_UNDEF, NULL);
	case SIGNET_RSA_PSS:
		return set_pss(key, scheme->md, to);
	}
	return false;
}
