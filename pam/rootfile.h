/*
 * pam/rootfile.h - files that nobody but root can have written
 *
 * What decides who becomes root is read from nothing else: the file and every directory above it, up
 * to /, belong to root and can be written by nobody else. The path is walked name by name, each opened
 * in the one before, so that what was looked at is what is read. Symbolic links are refused: to follow
 * one safely is to walk its target in the same way, and the path in the configuration can name that
 * target. Never writes.
 */
#ifndef PAM_ROOTFILE_H
#define PAM_ROOTFILE_H

#include <stddef.h>
#include <sys/types.h>

#include "agent/base/ini.h"

/*
 * Reads a regular file of at most max_size bytes. *ret is owned by the caller (free()), always
 * NUL-terminated behind *ret_size bytes. -ENOENT if it or a directory above it is not there; -EINVAL with
 * error filled in if it is refused; another negative errno if it could not be read.
 */
int rootfile_read(const char *path, size_t max_size, char **ret, size_t *ret_size,
		  struct ini_error *error);

/* The same below the directory top_fd, that directory too, with owner in the place of root. */
int rootfile_read_below(int top_fd, uid_t owner, const char *path, size_t max_size, char **ret,
			size_t *ret_size, struct ini_error *error);

/*
 * Puts the user's name for %u and % for %% in a path. *ret is owned by the caller (free()). -EINVAL with
 * error filled in: the path is not absolute or has another %, or the name could lead elsewhere: it is
 * empty, begins with '.' or '-', or holds '/' or a control character.
 */
int rootfile_expand(const char *path, const char *user, char **ret, struct ini_error *error);

#endif
