/*
 * worker/verify.c - see verify.h
 */
#include "agent/worker/verify.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "agent/base/cleanup.h"

static void context_done(struct verify_context *c)
{
	EVP_PKEY_CTX_free(c->ctx);
	EVP_PKEY_free(c->key);
	*c = (struct verify_context){};
}

void verifier_done(struct verifier *v)
{
	for (size_t i = 0; i < VERIFY_CONTEXTS_MAX; i++)
		context_done(&v->contexts[i]);
	v->next = 0;
}

static const EVP_MD *md_of(enum hash hash)
{
	switch (hash) {
	case HASH_SHA256:
		return EVP_sha256();
	case HASH_SHA384:
		return EVP_sha384();
	case HASH_SHA512:
		return EVP_sha512();
	case HASH_NONE:
	case HASH_SHA1:
	case _HASH_MAX:
		break;
	}
	return NULL;
}

static bool set_padding(EVP_PKEY_CTX *ctx, enum algorithm algorithm)
{
	if (algorithm == ALGORITHM_RSA_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0;
	if (algorithm == ALGORITHM_RSA_PSS)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0;
	return true;
}

static bool open_context(struct verify_context *c, EVP_PKEY *key, enum algorithm algorithm,
			 enum hash hash)
{
	if (EVP_PKEY_up_ref(key) <= 0)
		return false;
	c->key = key;
	c->algorithm = algorithm;
	c->hash = hash;
	c->ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	return c->ctx && EVP_PKEY_verify_init(c->ctx) > 0 && set_padding(c->ctx, algorithm) &&
	       EVP_PKEY_CTX_set_signature_md(c->ctx, md_of(hash)) > 0;
}

/* The context for this key, algorithm and hash; NULL if there can be none. */
static EVP_PKEY_CTX *context_of(struct verifier *v, const struct sign_task *task)
{
	struct verify_context *c;

	for (size_t i = 0; i < VERIFY_CONTEXTS_MAX; i++) {
		c = &v->contexts[i];
		if (c->key == task->public->key && c->algorithm == task->algorithm &&
		    c->hash == task->hash)
			return c->ctx;
	}
	c = &v->contexts[v->next];
	v->next = (v->next + 1) % VERIFY_CONTEXTS_MAX;
	context_done(c);
	if (!open_context(c, task->public->key, task->algorithm, task->hash)) {
		context_done(c);
		return NULL;
	}
	return c->ctx;
}

static bool check_rsa(EVP_PKEY_CTX *ctx, const struct sign_input *input, const uint8_t *signature,
		      size_t size)
{
	return EVP_PKEY_verify(ctx, signature, size, input->digest, input->digest_size) == 1;
}

/* OpenSSL wants r and s in DER. */
static bool check_ecdsa(EVP_PKEY_CTX *ctx, const struct sign_input *input, const uint8_t *signature,
			size_t size)
{
	BIGNUM *r = BN_bin2bn(signature, (int)(size / 2), NULL);
	BIGNUM *s = BN_bin2bn(signature + size / 2, (int)(size / 2), NULL);
	ECDSA_SIG *pair = ECDSA_SIG_new();
	unsigned char *der = NULL;
	bool is_right = false;
	int n;

	if (!r || !s || !pair || ECDSA_SIG_set0(pair, r, s) <= 0) {
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(pair);
		return false;
	}
	n = i2d_ECDSA_SIG(pair, &der);
	if (n > 0)
		is_right = EVP_PKEY_verify(ctx, der, (size_t)n, input->digest,
					   input->digest_size) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(pair);
	return is_right;
}

static bool check_ed25519(EVP_PKEY *key, struct view message, const uint8_t *signature, size_t size)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool is_right;

	is_right = ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) > 0 &&
		   EVP_DigestVerify(ctx, signature, size, message.data, message.size) == 1;
	EVP_MD_CTX_free(ctx);
	return is_right;
}

bool verifier_check(struct verifier *v, const struct sign_task *task,
		    const struct sign_input *input, const uint8_t *signature, size_t size)
{
	const struct public *p = task->public;
	EVP_PKEY_CTX *ctx;
	bool is_right;

	/* The module may have left errors of its own in the queue of this thread. */
	ERR_clear_error();
	if (size != code_signature_size(p->type, p->bits))
		return false;
	if (task->algorithm == ALGORITHM_EDDSA) {
		is_right = check_ed25519(p->key, task->data, signature, size);
	} else {
		ctx = context_of(v, task);
		is_right = ctx && (task->algorithm == ALGORITHM_ECDSA
					   ? check_ecdsa(ctx, input, signature, size)
					   : check_rsa(ctx, input, signature, size));
	}
	ERR_clear_error();
	return is_right;
}
