/*
 * base/secret.h - the only type that may hold a PIN
 *
 * The bytes live in libsodium's guarded memory: locked, left out of core dumps, between guard
 * pages, wiped when freed. Only the token process has one. A secret is never printed, logged,
 * compared with memcmp(), copied to the stack or put into a frame.
 */
#ifndef AGENT_BASE_SECRET_H
#define AGENT_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/cleanup.h"

struct secret {
	char *bytes; /* owned; NUL-terminated behind size bytes */
	size_t size;
};

/*
 * Reads a secret of 1 to max_size bytes from the start of fd. One newline at the end is dropped.
 * *ret is owned by the caller. -ENODATA if it is empty, -EFBIG if longer, -EINVAL if it contains
 * a NUL, which PKCS#11 modules would take for its end.
 */
int secret_read(int fd, size_t max_size, struct secret **ret);

/* In constant time for secrets of one length. */
bool secret_is_equal(const struct secret *a, const struct secret *b);

/* Wipes and frees; takes NULL; returns NULL. */
struct secret *secret_free(struct secret *s);
DEFINE_FREEP(struct secret, secret_free)

#endif
