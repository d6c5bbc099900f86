/*
 * cli/format-raw.c - the signature alone, as openssl reads it
 *
 * PKCS #1 v1.5 or PSS for RSA, DER for ECDSA, of the digest of the file; Ed25519 of the file itself.
 */
#include "client/cli/format.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "client/cli/hash.h"
#include "client/cli/input.h"

static enum exit_code read_message(struct job *job)
{
	struct contents c;
	enum exit_code e;

	e = input_read(job->path, SIGNET_MESSAGE_MAX,
		       "is too long to be signed with Ed25519, which signs the file itself and not "
		       "a digest: at most 258048 bytes; use an RSA or ECDSA key",
		       &c);
	if (e != EXIT_DONE)
		return e;
	job->signed_data = c.data;
	job->signed_size = c.size;
	return EXIT_DONE;
}

static enum exit_code prepare(const struct recipe *r, struct job *job)
{
	if (!r->scheme.md)
		return read_message(job);
	job->signed_data = malloc(EVP_MAX_MD_SIZE);
	if (!job->signed_data) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	return hash_file(job->path, r->scheme.md, r->progress, job->signed_data, &job->signed_size);
}

static enum exit_code finish(const struct recipe *r, struct job *job, const uint8_t *signature,
			     size_t size)
{
	return format_write(r, job->path, signature, size);
}

/* 1: verifies. Anything else: does not. */
static int verify_digest(EVP_PKEY *key, const struct scheme *scheme, const uint8_t *digest,
			 size_t digest_size, const struct contents *signature)
{
	int padding =
		scheme->algorithm == SIGNET_RSA_PSS ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	int ok = ctx ? EVP_PKEY_verify_init(ctx) : 0;

	if (ok == 1 && scheme->algorithm != SIGNET_ECDSA)
		ok = EVP_PKEY_CTX_set_rsa_padding(ctx, padding);
	if (ok == 1)
		ok = EVP_PKEY_CTX_set_signature_md(ctx, scheme->md);
	if (ok == 1)
		ok = EVP_PKEY_verify(ctx, signature->data, signature->size, digest, digest_size);
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static int verify_message(EVP_PKEY *key, const struct contents *message,
			  const struct contents *signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = ctx ? EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) : 0;

	if (ok == 1)
		ok = EVP_DigestVerify(ctx, signature->data, signature->size, message->data,
				      message->size);
	EVP_MD_CTX_free(ctx);
	return ok;
}

static enum exit_code verify(const struct recipe *r, const char *path, const char *signature_path)
{
	_cleanup_(contents_done) struct contents message = {}, signature = {};
	uint8_t digest[EVP_MAX_MD_SIZE];
	enum exit_code e;
	size_t size;
	int ok = 0;

	e = input_read(signature_path, INPUT_SIGNATURE_MAX, "is too long for a signature",
		       &signature);
	if (e != EXIT_DONE)
		return e;
	if (r->scheme.md) {
		e = hash_file(path, r->scheme.md, r->progress, digest, &size);
		if (e == EXIT_DONE)
			ok = verify_digest(r->signer.public, &r->scheme, digest, size, &signature);
	} else {
		e = input_read(path, SIZE_MAX / 4, "is too long", &message);
		if (e == EXIT_DONE)
			ok = verify_message(r->signer.public, &message, &signature);
	}
	ERR_clear_error();
	return e == EXIT_DONE && ok != 1 ? EXIT_NO_MATCH : e;
}

const struct format format_raw = {
	.name = "raw",
	.purpose = "digest",
	.suffix = ".sig",
	.prepare = prepare,
	.finish = finish,
	.verify = verify,
};
