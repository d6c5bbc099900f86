/*
 * cli/input.h - files that are signed, verified or read as keys; "-" is standard input
 */
#ifndef CLIENT_CLI_INPUT_H
#define CLIENT_CLI_INPUT_H

#include <openssl/bio.h>
#include <sys/stat.h>

#include "client/cli/cli.h"

/* An open input. Standard input is not closed. */
struct source {
	const char *name;
	int fd;
	uint64_t size;   /* 0: not known */
	uint64_t left;   /* how much of it is read at most */
	struct stat was; /* what was opened */
};

#define SOURCE_NONE                           \
	{                                     \
		.fd = -1, .left = UINT64_MAX, \
	}

enum exit_code source_open(struct source *s, const char *path);
/*
 * For a file that is to be changed in its place: no link, no device, not empty. It must be opened
 * by its name only once, or it may be another one.
 */
enum exit_code source_open_regular(struct source *s, const char *path);
/*
 * Whether path still is the file that was opened, unchanged. Says so if not: what was signed would
 * take the place of something newer.
 */
enum exit_code source_check_same(const char *path, const struct stat *was);
/* The same for what is open, which may have no name any more. */
enum exit_code source_check_unchanged(const struct source *s);
/*
 * ret_size is 0 at the end of the input. A regular file that was changed since it was opened has no
 * end but is refused: what was read of it may never have been its contents.
 */
enum exit_code source_read(struct source *s, void *buf, size_t size, size_t *ret_size);
void source_done(struct source *s);

/* Larger is no signature by itself. */
#define INPUT_SIGNATURE_MAX ((size_t)256 * 1024)

/* A whole file in memory: read, because one that is mapped may shrink, and kill us. */
struct contents {
	uint8_t *data; /* owned */
	size_t size;
};

/* At most max bytes. too_long says what more of them means: it follows "'PATH' ". */
enum exit_code input_read(const char *path, size_t max, const char *too_long, struct contents *ret);
void contents_done(struct contents *c);

/* The file as libcrypto reads it; the caller frees it. */
enum exit_code input_bio(const char *path, BIO **ret);

#endif
