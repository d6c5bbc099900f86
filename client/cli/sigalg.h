/*
 * cli/sigalg.h - how a signature is made, as X.509 writes it (AlgorithmIdentifier)
 */
#ifndef CLIENT_CLI_SIGALG_H
#define CLIENT_CLI_SIGALG_H

#include <openssl/x509.h>

#include "client/cli/pkey.h"

/* False: libcrypto could not; nothing was said. key is the public half of what signs. */
bool sigalg_set(EVP_PKEY *key, const struct scheme *scheme, X509_ALGOR *to);

#endif
