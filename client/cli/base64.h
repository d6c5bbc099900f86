/*
 * cli/base64.h - base64 with libcrypto, and the variant for URLs (RFC 4648)
 */
#ifndef CLIENT_CLI_BASE64_H
#define CLIENT_CLI_BASE64_H

#include "client/cli/cli.h"

/* Both give a string or bytes that the caller frees; NULL: out of memory, or no base64. */
char *base64_encode(const void *data, size_t size, bool is_url);
uint8_t *base64_decode(const char *text, size_t size, bool is_url, size_t *ret_size);

#endif
