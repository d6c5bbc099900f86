/*
 * cli/format-cms.c - CMS (RFC 5652) with signed attributes: detached in FILE.p7s, or enclosing the
 * file
 */
#include "client/cli/format.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "client/cli/cms.h"
#include "client/cli/hash.h"
#include "client/cli/input.h"
#include "client/cli/output.h"

/* What is enclosed is in memory as a whole. */
#define ENCLOSED_MAX ((size_t)256 * 1024 * 1024)
#define TOO_LONG "is too long to be enclosed: at most 256 MiB; leave out --attached"

static enum exit_code load(const struct recipe *r, const char *path, struct contents *content,
			   uint8_t *digest, size_t *ret_size)
{
	const EVP_MD *md = r->scheme.md ? r->scheme.md : EVP_sha512();
	enum exit_code e;
	unsigned size;

	if (!r->args->is_attached)
		return hash_file(path, md, r->progress, digest, ret_size);
	e = input_read(path, ENCLOSED_MAX, TOO_LONG, content);
	if (e != EXIT_DONE)
		return e;
	if (EVP_Digest(content->data, content->size, digest, &size, md, NULL) != 1) {
		complain("'%s' cannot be hashed: libcrypto refuses", shown_name(path));
		return EXIT_IO;
	}
	*ret_size = size;
	return EXIT_DONE;
}

static enum exit_code prepare(const struct recipe *r, struct job *job)
{
	_cleanup_(contents_done) struct contents content = {};
	struct cms_wish wish = {
		.has_attributes = true,
		.has_time = r->args->has_time,
		.has_certificates = true,
	};
	uint8_t digest[EVP_MAX_MD_SIZE];
	CMS_ContentInfo *cms = NULL;
	enum exit_code e;
	size_t size;

	e = load(r, job->path, &content, digest, &size);
	if (e != EXIT_DONE)
		return e;
	if (r->args->is_attached) {
		wish.content = content.data ? content.data : (const uint8_t *)"";
		wish.content_size = content.size;
		job->held = content.size;
	}
	e = cms_begin(&r->signer, &r->scheme, &wish, digest, size, &cms, &job->signed_data,
		      &job->signed_size);
	job->made = cms;
	return e;
}

static enum exit_code write_pem(const struct recipe *r, const char *path, const uint8_t *der,
				size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	enum exit_code e = EXIT_AGAIN;
	char *text;
	long length;

	if (bio && PEM_write_bio(bio, PEM_STRING_CMS, "", der, (long)size) > 0) {
		length = BIO_get_mem_data(bio, &text);
		e = format_write(r, path, text, (size_t)length);
	} else {
		complain("out of memory");
	}
	BIO_free(bio);
	return e;
}

static enum exit_code finish(const struct recipe *r, struct job *job, const uint8_t *signature,
			     size_t size)
{
	_cleanup_(freep) uint8_t *der = NULL;
	enum exit_code e;
	size_t der_size;

	e = cms_finish(job->made, signature, size, &der, &der_size);
	if (e != EXIT_DONE)
		return e;
	if (r->args->is_pem)
		return write_pem(r, job->path, der, der_size);
	return format_write(r, job->path, der, der_size);
}

static void drop(void *made)
{
	CMS_ContentInfo_free(made);
}

/* --- verifying -------------------------------------------------------------------------------- */

/* DER, out of PEM if it is that: PEM anywhere else may be part of what DER encloses. */
static uint8_t *unwrap(const struct contents *c, size_t *ret_size)
{
	static const char begin[] = "-----BEGIN ";
	unsigned char *der = NULL;
	char *name = NULL, *header = NULL;
	long size = 0;
	BIO *bio;

	if (c->size < sizeof(begin) - 1 || memcmp(c->data, begin, sizeof(begin) - 1) != 0)
		return NULL;
	bio = BIO_new_mem_buf(c->data, (int)c->size);
	if (bio && PEM_read_bio(bio, &name, &header, &der, &size) == 1)
		*ret_size = (size_t)size;
	OPENSSL_free(name);
	OPENSSL_free(header);
	BIO_free(bio);
	ERR_clear_error();
	return der;
}

/* Without a signature of its own the file is one that encloses its content. */
static enum exit_code verify(const struct recipe *r, const char *path, const char *signature_path)
{
	_cleanup_(contents_done) struct contents signature = {};
	bool is_own = strcmp(path, signature_path) == 0;
	BIO *content = NULL;
	enum exit_code e;
	uint8_t *der;
	size_t size;

	e = input_read(signature_path, ENCLOSED_MAX + INPUT_SIGNATURE_MAX,
		       "is too long for a CMS signature", &signature);
	if (e == EXIT_DONE && !is_own)
		e = input_bio(path, &content);
	if (e != EXIT_DONE)
		return e;
	der = unwrap(&signature, &size);
	e = cms_verify(&r->signer, der ? der : signature.data, der ? size : signature.size,
		       content);
	OPENSSL_free(der);
	BIO_free(content);
	return e;
}

const struct format format_cms = {
	.name = "cms",
	.purpose = "cms",
	.suffix = ".p7s",
	.needs_certificate = true,
	.is_message = true,
	.prepare = prepare,
	.finish = finish,
	.drop = drop,
	.verify = verify,
};
