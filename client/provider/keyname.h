/*
 * provider/keyname.h - names of keys as URIs: 'signet:' and the name, percent-encoded (RFC 3986)
 *
 * 'signet:' alone means all keys.
 */
#ifndef CLIENT_PROVIDER_KEYNAME_H
#define CLIENT_PROVIDER_KEYNAME_H

#include <stdbool.h>

#include "client/include/signet.h"

/* The name with each byte as three. */
#define KEYNAME_URI_MAX (sizeof("signet:") + 3 * SIGNET_NAME_MAX)

/*
 * Decodes a URI. NULL, or why it is none, as the end of a sentence; then ret is not written. Whether
 * the name is UTF-8 is left to libsignet, which refuses what is not.
 */
const char *keyname_decode(const char *uri, char ret[static SIGNET_NAME_MAX + 1]);

/* The URI of a key. False: the name is longer than any. */
bool keyname_encode(const char *name, char ret[static KEYNAME_URI_MAX]);

#endif
