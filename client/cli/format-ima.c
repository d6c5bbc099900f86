/*
 * cli/format-ima.c - IMA: a version 2 signature of a file, in FILE.sig or in its security.ima
 *
 * Nine bytes stand before the signature: type, version, number of the hash, the end of the key's
 * identifier, and the length. The kernel finds the key by that identifier.
 */
#include "client/cli/format.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/xattr.h>

#include "client/cli/hash.h"
#include "client/cli/input.h"

#define ATTRIBUTE "security.ima"
#define TYPE_SIGNATURE 3u
#define VERSION 2u
#define HEADER_SIZE 9u
#define SIGNATURE_SIZE_MAX 1024u

/* Numbers of the kernel's enum hash_algo. */
static uint8_t hash_number(enum signet_hash hash)
{
	switch (hash) {
	case SIGNET_SHA256:
		return 4;
	case SIGNET_SHA384:
		return 5;
	case SIGNET_SHA512:
		return 6;
	case SIGNET_NO_HASH:
	case SIGNET_SHA1:
		break;
	}
	return 0;
}

static enum exit_code choose(struct recipe *r)
{
	if (r->scheme.md && !r->args->is_pss)
		return EXIT_DONE;
	complain("IMA takes signatures by RSA (PKCS #1 v1.5) and ECDSA keys only");
	return EXIT_USAGE;
}

/* The identifier that the certificate gives the key, else the usual one: SHA-1 of its bits. */
static bool find_keyid(const struct signer *signer, uint8_t ret[4])
{
	const ASN1_OCTET_STRING *id =
		signer->certificate ? X509_get0_subject_key_id(signer->certificate) : NULL;
	uint8_t digest[SHA_DIGEST_LENGTH];
	X509_PUBKEY *public = NULL;
	const unsigned char *bits;
	int size = 0;

	if (id && ASN1_STRING_length(id) >= 4) {
		memcpy(ret, ASN1_STRING_get0_data(id) + ASN1_STRING_length(id) - 4, 4);
		return true;
	}
	if (X509_PUBKEY_set(&public, signer->public) == 1 &&
	    X509_PUBKEY_get0_param(NULL, &bits, &size, NULL, public) == 1 &&
	    EVP_Digest(bits, (size_t)size, digest, NULL, EVP_sha1(), NULL) == 1)
		memcpy(ret, digest + sizeof(digest) - 4, 4);
	else
		size = 0;
	X509_PUBKEY_free(public);
	return size > 0;
}

static enum exit_code prepare(const struct recipe *r, struct job *job)
{
	job->signed_data = malloc(EVP_MAX_MD_SIZE);
	if (!job->signed_data) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	return hash_file(job->path, r->scheme.md, r->progress, job->signed_data, &job->signed_size);
}

static enum exit_code write_attribute(const char *path, const uint8_t *data, size_t size)
{
	if (setxattr(path, ATTRIBUTE, data, size, 0) == 0)
		return EXIT_DONE;
	complain("'%s' cannot be given the attribute " ATTRIBUTE ": %s%s", path, strerror(errno),
		 errno == EPERM ? "; that takes CAP_SYS_ADMIN, leave out --xattr for a file" : "");
	return EXIT_IO;
}

static enum exit_code finish(const struct recipe *r, struct job *job, const uint8_t *signature,
			     size_t size)
{
	uint8_t data[HEADER_SIZE + SIGNATURE_SIZE_MAX] = {
		TYPE_SIGNATURE,
		VERSION,
		hash_number(r->scheme.hash),
	};

	if (size > SIGNATURE_SIZE_MAX || !find_keyid(&r->signer, data + 3)) {
		complain("'%s': this signature is none for IMA", job->path);
		return EXIT_DATA;
	}
	data[7] = (uint8_t)(size >> 8);
	data[8] = (uint8_t)size;
	memcpy(data + HEADER_SIZE, signature, size);
	if (r->args->is_xattr)
		return write_attribute(job->path, data, HEADER_SIZE + size);
	return format_write(r, job->path, data, HEADER_SIZE + size);
}

/* --- verifying -------------------------------------------------------------------------------- */

static enum exit_code load_signature(const struct recipe *r, const char *path,
				     const char *signature_path, struct contents *ret)
{
	ssize_t n;

	if (!r->args->is_xattr)
		return input_read(signature_path, INPUT_SIGNATURE_MAX,
				  "is too long for a signature", ret);
	ret->data = malloc(HEADER_SIZE + SIGNATURE_SIZE_MAX);
	n = ret->data ? getxattr(path, ATTRIBUTE, ret->data, HEADER_SIZE + SIGNATURE_SIZE_MAX) : -1;
	if (n < 0) {
		complain("'%s': the attribute " ATTRIBUTE " cannot be read: %s", path,
			 strerror(errno));
		return EXIT_DATA;
	}
	ret->size = (size_t)n;
	return EXIT_DONE;
}

static bool has_header(const struct recipe *r, const struct contents *c)
{
	uint8_t keyid[4];

	return find_keyid(&r->signer, keyid) && c->size > HEADER_SIZE &&
	       c->data[0] == TYPE_SIGNATURE && c->data[1] == VERSION &&
	       c->data[2] == hash_number(r->scheme.hash) &&
	       memcmp(c->data + 3, keyid, sizeof(keyid)) == 0 &&
	       (size_t)(c->data[7] << 8 | c->data[8]) == c->size - HEADER_SIZE;
}

static bool is_right(const struct recipe *r, const struct contents *c, const uint8_t *digest,
		     size_t size)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(r->signer.public, NULL);
	bool is_good = ctx && has_header(r, c) && EVP_PKEY_verify_init(ctx) == 1 &&
		       EVP_PKEY_CTX_set_signature_md(ctx, r->scheme.md) == 1 &&
		       EVP_PKEY_verify(ctx, c->data + HEADER_SIZE, c->size - HEADER_SIZE, digest,
				       size) == 1;

	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return is_good;
}

static enum exit_code verify(const struct recipe *r, const char *path, const char *signature_path)
{
	_cleanup_(contents_done) struct contents signature = {};
	uint8_t digest[EVP_MAX_MD_SIZE];
	enum exit_code e;
	size_t size;

	e = load_signature(r, path, signature_path, &signature);
	if (e == EXIT_DONE)
		e = hash_file(path, r->scheme.md, r->progress, digest, &size);
	if (e != EXIT_DONE)
		return e;
	return is_right(r, &signature, digest, size) ? EXIT_DONE : EXIT_NO_MATCH;
}

const struct format format_ima = {
	.name = "ima",
	.purpose = "digest",
	.suffix = ".sig",
	.choose = choose,
	.prepare = prepare,
	.finish = finish,
	.verify = verify,
};
