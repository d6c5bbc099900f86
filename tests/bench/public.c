/*
 * bench/public.c - see public.h
 */
#include "tests/bench/public.h"

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int public_read(const char *path, struct public *ret)
{
	EVP_PKEY *pkey = NULL;
	FILE *file = fopen(path, "re");

	if (file) {
		pkey = PEM_read_PUBKEY(file, NULL, NULL, NULL);
		(void)fclose(file); /* only read from */
	}
	if (!pkey)
		return -EINVAL;
	*ret = (struct public){.pkey = pkey, .bits = (unsigned)EVP_PKEY_get_bits(pkey)};
	if (EVP_PKEY_is_a(pkey, "RSA"))
		ret->type = KEY_TYPE_RSA;
	else if (EVP_PKEY_is_a(pkey, "EC") && ret->bits == 256)
		ret->type = KEY_TYPE_P256;
	else if (EVP_PKEY_is_a(pkey, "ED25519"))
		ret->type = KEY_TYPE_ED25519;
	else
		return -ENOTSUP;
	return 0;
}

void public_done(struct public *p)
{
	EVP_PKEY_free(p->pkey);
	p->pkey = NULL;
}

void public_sample(uint64_t n, uint8_t ret[DATA_SIZE])
{
	const uint64_t words[DATA_SIZE / 8] = {n, (uint64_t)getpid(), ~n, n * 0x9e3779b97f4a7c15u};

	memcpy(ret, words, DATA_SIZE);
}

/* --- verifying -------------------------------------------------------------------------------- */

/* r and s in DER, to be released with OPENSSL_free(); their size, or 0. */
static int der_of(struct view r, struct view s, uint8_t **ret)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *bn_r = BN_bin2bn(r.data, (int)r.size, NULL);
	BIGNUM *bn_s = BN_bin2bn(s.data, (int)s.size, NULL);
	int size;

	if (!sig || !bn_r || !bn_s || ECDSA_SIG_set0(sig, bn_r, bn_s) != 1) {
		BN_free(bn_r);
		BN_free(bn_s);
		ECDSA_SIG_free(sig);
		return 0;
	}
	size = i2d_ECDSA_SIG(sig, ret);
	ECDSA_SIG_free(sig);
	return size > 0 ? size : 0;
}

static bool digest_verifies(const struct public *p, const uint8_t *digest, struct view signature)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(p->pkey, NULL);
	bool is_right;

	is_right = ctx && EVP_PKEY_verify_init(ctx) == 1 &&
		   (p->type != KEY_TYPE_RSA ||
		    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1) &&
		   EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
		   EVP_PKEY_verify(ctx, signature.data, signature.size, digest, DATA_SIZE) == 1;
	EVP_PKEY_CTX_free(ctx);
	return is_right;
}

static bool message_verifies(const struct public *p, const uint8_t *message, struct view signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool is_right;

	is_right = ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, p->pkey) == 1 &&
		   EVP_DigestVerify(ctx, signature.data, signature.size, message, DATA_SIZE) == 1;
	EVP_MD_CTX_free(ctx);
	return is_right;
}

static bool pair_verifies(const struct public *p, const uint8_t *digest, enum form form,
			  struct view signature)
{
	struct view r = {signature.data, signature.size / 2};
	struct view s = {signature.data + r.size, r.size};
	uint8_t *der = NULL;
	bool is_right;
	int size;

	if (form == FORM_SSH) {
		struct reader reader;

		reader_init(&reader, signature.data, signature.size);
		r = reader_string(&reader, 1, 33);
		s = reader_string(&reader, 1, 33);
		if (!reader_end(&reader))
			return false;
	} else if (signature.size != 64) {
		return false;
	}
	size = der_of(r, s, &der);
	is_right = size > 0 && digest_verifies(p, digest, (struct view){der, (size_t)size});
	OPENSSL_free(der);
	return is_right;
}

bool public_verifies(const struct public *p, const uint8_t data[DATA_SIZE], enum form form,
		     struct view signature)
{
	uint8_t digest[DATA_SIZE];

	if (p->type == KEY_TYPE_ED25519)
		return message_verifies(p, data, signature);
	memcpy(digest, data, DATA_SIZE);
	if (form == FORM_SSH && EVP_Digest(data, DATA_SIZE, digest, NULL, EVP_sha256(), NULL) != 1)
		return false;
	if (p->type == KEY_TYPE_P256 && form != FORM_SIGNET)
		return pair_verifies(p, digest, form, signature);
	return digest_verifies(p, digest, signature);
}
