/*
 * cli/csr.h - certificate requests (PKCS #10) and certificates of one's own, whose last step is done
 * elsewhere
 */
#ifndef CLIENT_CLI_CSR_H
#define CLIENT_CLI_CSR_H

#include <openssl/x509.h>

#include "client/cli/pkey.h"
#include "client/cli/signer.h"

/* One of the two; owned. */
struct csr {
	X509_REQ *request;
	X509 *certificate; /* one that the key gives itself */
};

/*
 * Everything but the signature, as the options say; days: 0 for a request, else how long the
 * certificate is valid. *ret_signed is what the agent has to sign; owned by the caller.
 */
enum exit_code csr_begin(const struct args *args, const struct signer *signer,
			 const struct scheme *scheme, unsigned days, struct csr *ret,
			 uint8_t **ret_signed, size_t *ret_signed_size);

/* The signature as the agent makes it; EXIT_IO: it is not one by this key. */
enum exit_code csr_finish(struct csr *csr, const struct signer *signer, const uint8_t *signature,
			  size_t size);

/* PEM or DER -> bio. */
enum exit_code csr_write(const struct csr *csr, bool is_der, BIO *bio);

void csr_done(struct csr *csr);

#endif
