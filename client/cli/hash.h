/*
 * cli/hash.h - the digest of an input, and a copy of it from the same reading
 */
#ifndef CLIENT_CLI_HASH_H
#define CLIENT_CLI_HASH_H

#include <openssl/evp.h>

#include "client/cli/input.h"
#include "client/cli/output.h"
#include "client/cli/progress.h"

/*
 * Reads a source to its end and hashes it. What is long is read by one thread and hashed by another,
 * so that it takes no longer than hashing alone. copy: gets the very bytes that were hashed; may be
 * NULL, as may progress. ret has room for EVP_MAX_MD_SIZE bytes.
 */
enum exit_code hash_source(struct source *s, const EVP_MD *md, const struct staged *copy,
			   struct progress *progress, uint8_t *ret, size_t *ret_size);

/* The same for a hash that has begun already and goes on afterwards. */
enum exit_code hash_feed(struct source *s, EVP_MD_CTX *ctx, const struct staged *copy,
			 struct progress *progress);

/* The digest of a whole file. */
enum exit_code hash_file(const char *path, const EVP_MD *md, struct progress *progress,
			 uint8_t *ret, size_t *ret_size);

#endif
