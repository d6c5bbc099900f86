/*
 * cli/input.h - files that are signed, verified or read as keys; "-" is standard input
 */
#ifndef CLIENT_CLI_INPUT_H
#define CLIENT_CLI_INPUT_H

#include <openssl/evp.h>

#include "client/cli/cli.h"
#include "client/cli/progress.h"

/* The digest of a whole file. ret has room for EVP_MAX_MD_SIZE bytes. progress may be NULL. */
enum exit_code input_digest(const char *path, const EVP_MD *md, struct progress *progress,
			    uint8_t *ret, size_t *ret_size);

/*
 * A whole file of at most max bytes; owned by the caller. too_long says what a longer one means:
 * it follows "'PATH' ".
 */
enum exit_code input_read(const char *path, size_t max, const char *too_long, uint8_t **ret,
			  size_t *ret_size);

#endif
