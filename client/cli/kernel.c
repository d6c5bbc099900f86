/*
 * cli/kernel.c - see kernel.h
 */
#include "client/cli/kernel.h"

#include <openssl/bio.h>

#include "client/cli/input.h"

enum exit_code kernel_choose(struct recipe *r)
{
	if (r->scheme.md && !r->args->is_pss)
		return EXIT_DONE;
	complain("the kernel checks signatures by RSA (PKCS #1 v1.5) and ECDSA keys only");
	return EXIT_USAGE;
}

enum exit_code kernel_begin(const struct recipe *r, const uint8_t *digest, size_t size,
			    CMS_ContentInfo **ret, struct job *job)
{
	const struct cms_wish wish = {};

	return cms_begin(&r->signer, &r->scheme, &wish, digest, size, ret, &job->signed_data,
			 &job->signed_size);
}

enum exit_code kernel_begin_bytes(const struct recipe *r, const void *data, size_t size,
				  struct job *job)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	CMS_ContentInfo *cms = NULL;
	enum exit_code e;
	unsigned n;

	if (EVP_Digest(data, size, digest, &n, r->scheme.md, NULL) != 1) {
		complain("'%s' cannot be hashed: libcrypto refuses", shown_name(job->path));
		return EXIT_IO;
	}
	e = kernel_begin(r, digest, n, &cms, job);
	job->made = cms;
	return e;
}

enum exit_code kernel_finish(const struct recipe *r, struct job *job, const uint8_t *signature,
			     size_t size)
{
	_cleanup_(freep) uint8_t *der = NULL;
	enum exit_code e;
	size_t der_size;

	e = cms_finish(job->made, signature, size, &der, &der_size);
	return e == EXIT_DONE ? format_write(r, job->path, der, der_size) : e;
}

void kernel_drop(void *made)
{
	CMS_ContentInfo_free(made);
}

enum exit_code kernel_verify_bytes(const struct recipe *r, const void *data, size_t size,
				   const char *signature_path)
{
	_cleanup_(contents_done) struct contents signature = {};
	enum exit_code e;
	BIO *bio;

	e = input_read(signature_path, INPUT_SIGNATURE_MAX, "is too long for a signature",
		       &signature);
	if (e != EXIT_DONE)
		return e;
	bio = BIO_new_mem_buf(data, (int)size);
	e = bio ? cms_verify(&r->signer, signature.data, signature.size, bio) : EXIT_NO_MATCH;
	BIO_free(bio);
	return e;
}
