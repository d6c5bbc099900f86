/*
 * cli/output.h - writes a file whole or not at all
 */
#ifndef CLIENT_CLI_OUTPUT_H
#define CLIENT_CLI_OUTPUT_H

#include "client/cli/cli.h"

/*
 * For a path that somebody named, "-" being standard output. A regular file appears with all of its
 * contents or stays what it was: it is written under another name in the same directory, synced and
 * renamed. A device or pipe that is already there is written to.
 */
enum exit_code output_write(const char *path, const void *data, size_t size);

/*
 * For a path that we made up: whatever has that name is replaced by a regular file, and not looked
 * into. A link or a pipe there is somebody else's idea of where the data should go.
 */
enum exit_code output_replace(const char *path, const void *data, size_t size);

#endif
