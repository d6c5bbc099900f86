/*
 * cli/output.h - writes a file whole or not at all
 */
#ifndef CLIENT_CLI_OUTPUT_H
#define CLIENT_CLI_OUTPUT_H

#include <sys/stat.h>

#include "client/cli/cli.h"

/*
 * For a path that somebody named, "-" being standard output. A regular file appears with all of its
 * contents or stays what it was: it is written under another name in the same directory, synced and
 * renamed. A device or pipe that is already there is written to, and so is what a link such as
 * /dev/stdout leads to if it is open here; any other link to a regular file is replaced.
 */
enum exit_code output_write(const char *path, const void *data, size_t size);

/*
 * For a path that we made up: whatever has that name is replaced by a regular file, and not looked
 * into. A link or a pipe there is somebody else's idea of where the data should go.
 */
enum exit_code output_replace(const char *path, const void *data, size_t size);

/* A file that is being written beside the one whose place it takes. */
struct staged {
	char *path; /* owned; NULL: there is none */
	char *name; /* owned; what it is called until then; NULL: nothing */
	int fd;     /* owned */
};

/* Begins one, which nobody else may read. Refuses to take the place of anything but a regular file. */
enum exit_code staged_open(const char *path, struct staged *ret);
enum exit_code staged_write(const struct staged *s, const void *data, size_t size);
/* Puts it in its place; after this, done or not, only staged_done() is left. */
enum exit_code staged_commit(struct staged *s);
/*
 * The same for a changed copy of path, if that still is, unchanged, the file that was read. It gets
 * owner and mode of that, and the extended attributes (its label and access list among them), as far
 * as the caller may give them; but not those that vouch for the contents.
 */
enum exit_code staged_commit_changed(struct staged *s, const char *path, const struct stat *was);
/* Removes what was not put in its place. */
void staged_done(struct staged *s);

#endif
