/*
 * cli/extensions.h - what a certificate says beyond the name and the key: --san, --eku, --ca
 */
#ifndef CLIENT_CLI_EXTENSIONS_H
#define CLIENT_CLI_EXTENSIONS_H

#include <openssl/x509.h>

#include "client/cli/cli.h"

/*
 * Basic constraints and key usage, always, and the names and uses that the options list, with commas
 * between. With issuer, whose key is set, also its identifiers. The caller frees *ret.
 * EXIT_USAGE: an option names what is not known or not right.
 */
enum exit_code extensions_make(const struct args *args, const X509 *issuer, X509_EXTENSIONS **ret);

static inline void extensions_freep(X509_EXTENSIONS **extensions)
{
	sk_X509_EXTENSION_pop_free(*extensions, X509_EXTENSION_free);
}

#endif
