/*
 * cli/authenticode.h - the PKCS #7 structure that signs a PE image (Microsoft's Authenticode)
 */
#ifndef CLIENT_CLI_AUTHENTICODE_H
#define CLIENT_CLI_AUTHENTICODE_H

#include <openssl/pkcs7.h>

#include "client/cli/pkey.h"
#include "client/cli/signer.h"

/*
 * Everything but the signature, for an image of this digest. *ret_signed are the attributes that the
 * agent has to sign.
 */
enum exit_code authenticode_begin(const struct signer *signer, const struct scheme *scheme,
				  const uint8_t *digest, size_t digest_size, PKCS7 **ret,
				  uint8_t **ret_signed, size_t *ret_signed_size);

/* The signature as the agent makes it -> DER, owned by the caller. */
enum exit_code authenticode_finish(PKCS7 *p7, const uint8_t *signature, size_t size, uint8_t **ret,
				   size_t *ret_size);

/*
 * Whether der, at the beginning of it, is a signature by this key of an image of this digest. If the
 * signer has a certificate, the signature must name it.
 */
bool authenticode_is_signed(const struct signer *signer, const struct scheme *scheme,
			    const uint8_t *der, size_t size, const uint8_t *digest,
			    size_t digest_size);

#endif
