/*
 * cli/pack.h - compressed files: gzip, xz and zstd, as kernels and kmod unpack them
 */
#ifndef CLIENT_CLI_PACK_H
#define CLIENT_CLI_PACK_H

#include "client/cli/input.h"

enum packing {
	PACKING_NONE,
	PACKING_GZIP,
	PACKING_XZ,
	PACKING_ZSTD,
};

/* By the first bytes of a file. */
enum packing packing_of(const uint8_t *head, size_t size);
/* "xz", or NULL. */
const char *packing_name(enum packing p);

/*
 * The contents of a packed file, at most max bytes. path is for messages. What stands behind the end
 * of the packed data is refused.
 */
enum exit_code unpack(enum packing p, const char *path, const struct contents *packed, size_t max,
		      struct contents *ret);

/* Packs with the settings of the kernel's Makefile.modinst; the same bytes for the same contents. */
enum exit_code pack(enum packing p, const char *path, const struct contents *plain,
		    struct contents *ret);

#endif
