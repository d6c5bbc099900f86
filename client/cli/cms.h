/*
 * cli/cms.h - CMS signatures (RFC 5652) whose last step is done elsewhere
 *
 * libcrypto builds the structure and writes it; what it would sign is told, so that it can travel to
 * the agent with that of other files, and the signature is put in when it comes back.
 */
#ifndef CLIENT_CLI_CMS_H
#define CLIENT_CLI_CMS_H

#include <openssl/cms.h>
#include <openssl/evp.h>

#include "client/cli/pkey.h"
#include "client/cli/signer.h"

struct cms_wish {
	bool has_attributes; /* signed attributes; without them the digest of the content is signed */
	bool has_time;       /* among them */
	bool has_certificates;
	const uint8_t *content; /* to be enclosed; NULL: the signature is detached */
	size_t content_size;
};

/*
 * Everything but the signature. digest is that of the content, by scheme->md. *ret_signed is what
 * the agent has to sign: the attributes, which it hashes, or a copy of the digest.
 */
enum exit_code cms_begin(const struct signer *signer, const struct scheme *scheme,
			 const struct cms_wish *wish, const uint8_t *digest, size_t digest_size,
			 CMS_ContentInfo **ret, uint8_t **ret_signed, size_t *ret_signed_size);

/* The signature as the agent makes it -> DER, owned by the caller. */
enum exit_code cms_finish(CMS_ContentInfo *cms, const uint8_t *signature, size_t size,
			  uint8_t **ret, size_t *ret_size);

/*
 * Whether a signature is one by this key. content is read to its end: that of a detached signature,
 * and else it must be what is enclosed; NULL: whatever is enclosed. Certificates are not judged: the
 * key is known. If the signer has one, the signature must name it. EXIT_NO_MATCH without a word.
 */
enum exit_code cms_verify(const struct signer *signer, const uint8_t *der, size_t size,
			  BIO *content);

/* Whether it has no attributes and encloses nothing: the kernel takes no other for a module. */
bool cms_is_bare(const uint8_t *der, size_t size);

#endif
