/*
 * policy/certificate.h - a certificate file -> DER; pure
 *
 * Nothing in a certificate is trusted or looked at here: it is handed to callers as it is. Only
 * its outer shape is checked, so that a wrong file is found when the configuration is read.
 */
#ifndef AGENT_POLICY_CERTIFICATE_H
#define AGENT_POLICY_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads one X.509 certificate, PEM (text around it is ignored) or DER. *ret is owned by the
 * caller. -EINVAL with a sentence in why; -ENOMEM.
 */
int certificate_decode(const char *data, size_t size, uint8_t **ret, size_t *ret_size, char *why,
		       size_t why_size);

#endif
