/*
 * provider/identifier.h - AlgorithmIdentifier of a signature, which certificates and requests carry
 */
#ifndef CLIENT_PROVIDER_IDENTIFIER_H
#define CLIENT_PROVIDER_IDENTIFIER_H

#include "client/provider/scheme.h"

/* DER that lives for ever. NULL: no hash was named, or there is none for this. */
const uint8_t *identifier_of(const struct scheme *s, size_t *ret_size);

#endif
