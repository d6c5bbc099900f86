/*
 * policy/certificate.h - a certificate file -> its bytes; pure
 *
 * Nothing in a certificate is trusted or looked at here: it is handed to callers as it is. Only
 * its outer shape is checked, so that a wrong file is found when the configuration is read; until
 * when it is valid is read by expiry.c.
 */
#ifndef AGENT_POLICY_CERTIFICATE_H
#define AGENT_POLICY_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

enum certificate_kind {
	CERTIFICATE_X509 = 1, /* DER */
	CERTIFICATE_SSH,      /* the blob that the ssh protocols carry */
};

struct certificate {
	enum certificate_kind kind;
	uint8_t *data; /* owned */
	size_t size;
};

/*
 * Reads one certificate: X.509, PEM (text around it is ignored) or DER, or OpenSSH's, the line of
 * a -cert.pub file. -EINVAL with a sentence in why; -ENOMEM.
 */
int certificate_decode(const char *data, size_t size, struct certificate *ret, char *why,
		       size_t why_size);

#endif
