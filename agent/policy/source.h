/*
 * policy/source.h - the files that the policy is made of: who may write them, what was in them
 *
 * Only files and directories of root or of our own user that nobody else may write are read, and
 * all that is read goes into one hash, which names the policy that was in force.
 */
#ifndef AGENT_POLICY_SOURCE_H
#define AGENT_POLICY_SOURCE_H

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/base/ini.h"
#include "agent/policy/rules.h"

struct source {
	crypto_hash_sha256_state hash;
	struct rules_error *error; /* borrowed; where and why something was refused */
	const char *at;            /* borrowed; the file that is being parsed, for its handler */
};

/* 0 or -EIO (libsodium cannot start). */
int source_init(struct source *s, struct rules_error *error);

/* Writes the hash of all that was added, 64 hex digits and a NUL; s is void after this. */
void source_hash(struct source *s, char ret[65]);

/* Fills s->error and returns -EINVAL. */
int source_refuse(struct source *s, const char *path, unsigned line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Fills s->error for an errno that a system call gave, and returns it negative as it came. */
int source_fail(struct source *s, const char *path, int r);

/*
 * Lists the *.conf of a directory like ini_scan(), after checking who may write it. A missing one
 * is empty if is_optional.
 */
int source_scan(struct source *s, const char *dir, bool is_optional, char ***ret, size_t *ret_n);

/*
 * Reads and adds a regular file. *ret is owned by the caller, NUL-terminated. -ENOENT leaves the
 * error empty: the caller knows whether that matters.
 */
int source_read(struct source *s, const char *path, size_t max_size, char **ret, size_t *ret_size);

/* "release.conf" -> "release", owned by the caller; -EINVAL if that is no name. path is for the error. */
int source_name_of(struct source *s, const char *path, const char *file, char **ret);

/*
 * Drop-ins in dir for what is not among files would be limits that hold for nothing. Who wrote them
 * believes that they do, so they are refused. noun: what a file is for.
 */
int source_check_orphans(struct source *s, const char *dir, const char *noun, char **files,
			 size_t n);

/* A file and its drop-ins, in the order in which they count. */
struct texts {
	struct text {
		char *path; /* owned, as what stands in it */
		char *data;
		size_t size;
	} * list; /* owned */
	size_t n;
};

/* Reads a file and its drop-ins, once; -ENOENT with error filled in if there is no file. */
int source_read_texts(struct source *s, const char *path, bool is_optional, struct texts *ret);
void texts_done(struct texts *t);

/* Parses what was read; as often as wanted. */
int source_parse_texts(struct source *s, const struct texts *t, ini_handler handler,
		       void *userdata);

/* Both in one. */
int source_parse(struct source *s, const char *path, bool is_optional, ini_handler handler,
		 void *userdata);

#endif
