/*
 * provider/verify.c - see verify.h
 */
#include "client/provider/verify.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

/* As the scheme has it, for another provider. */
static void write_params(const struct scheme *s, int *padding, int *salt, OSSL_PARAM *at)
{
	const struct hash *mgf1 = s->mgf1 ? s->mgf1 : s->hash;

	*padding = s->is_pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
	*salt = s->salt;
	*at++ = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, (char *)s->hash->name,
						 0);
	if (s->key->type == SIGNET_KEY_RSA)
		*at++ = OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PAD_MODE, padding);
	if (s->is_pss) {
		*at++ = OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, salt);
		*at++ = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST,
							 (char *)mgf1->name, 0);
	}
	*at = OSSL_PARAM_construct_end();
}

bool verify_digest(const struct scheme *s, const uint8_t *digest, size_t digest_size,
		   const uint8_t *signature, size_t size)
{
	const struct key *k = s->key;
	OSSL_PARAM params[5];
	EVP_PKEY_CTX *ctx;
	int padding, salt;
	bool is_right;

	write_params(s, &padding, &salt, params);
	ctx = EVP_PKEY_CTX_new_from_pkey(k->provider->libctx, k->public, OF_OTHERS);
	is_right = ctx && EVP_PKEY_verify_init_ex(ctx, params) == 1 &&
		   EVP_PKEY_verify(ctx, signature, size, digest, digest_size) == 1;
	EVP_PKEY_CTX_free(ctx);
	return is_right;
}

bool verify_message(const struct key *k, const uint8_t *message, size_t message_size,
		    const uint8_t *signature, size_t size)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool is_right;

	is_right = ctx &&
		   EVP_DigestVerifyInit_ex(ctx, NULL, NULL, k->provider->libctx, OF_OTHERS,
					   k->public, NULL) == 1 &&
		   EVP_DigestVerify(ctx, signature, size, message, message_size) == 1;
	EVP_MD_CTX_free(ctx);
	return is_right;
}
