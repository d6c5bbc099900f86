/*
 * cli/filelist.h - the files that are to be signed: the operands, and those of --files-from
 */
#ifndef CLIENT_CLI_FILELIST_H
#define CLIENT_CLI_FILELIST_H

#include "client/cli/cli.h"

struct filelist {
	char **names; /* owned; the names are borrowed from the operands and from text */
	size_t n;
	char *text; /* owned */
};

/* Each name once. There may be none if they came from a list; it is wrong to name none at all. */
enum exit_code filelist_read(const struct args *args, struct filelist *ret);
void filelist_done(struct filelist *l);

#endif
