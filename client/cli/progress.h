/*
 * cli/progress.h - how far long work has come, on a terminal
 *
 * Nothing is shown in the first half second, with -q, or where standard error is no terminal.
 * The line is written over by the next message.
 */
#ifndef CLIENT_CLI_PROGRESS_H
#define CLIENT_CLI_PROGRESS_H

#include "client/cli/cli.h"

struct progress {
	bool is_on;
	bool is_shown;
	uint64_t start_usec;
	uint64_t shown_usec;
};

void progress_start(struct progress *p, const struct args *args);
/* Files of total that were read, and those that are signed. */
void progress_files(struct progress *p, size_t read, size_t done, size_t total);
/* Bytes of a file that were read; total 0: not known. */
void progress_bytes(struct progress *p, uint64_t done, uint64_t total);
void progress_end(struct progress *p);
uint64_t progress_usec(const struct progress *p);

#endif
