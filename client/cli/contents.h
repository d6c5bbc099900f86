/*
 * cli/contents.h - a whole file in memory: read, because one that is mapped may shrink, and kill us
 */
#ifndef CLIENT_CLI_CONTENTS_H
#define CLIENT_CLI_CONTENTS_H

#include "client/cli/cli.h"

/* Larger is no signature by itself. */
#define CONTENTS_SIGNATURE_MAX ((size_t)256 * 1024)

struct contents {
	uint8_t *data; /* not to be written to */
	size_t size;
};

/* At most max bytes; too_long as for input_read(). */
enum exit_code contents_load(const char *path, size_t max, const char *too_long,
			     struct contents *ret);
void contents_done(struct contents *c);

#endif
