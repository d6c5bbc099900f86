/*
 * cli/keylimits.h - what the file of a key names as its purposes and hashes
 *
 * The agent tells where the file is, and not what stands in it. It need not have read it as it is now.
 */
#ifndef CLIENT_CLI_KEYLIMITS_H
#define CLIENT_CLI_KEYLIMITS_H

#include "client/cli/cli.h"

/* Words with spaces between, owned; NULL: not set, so everything is allowed. "": nothing is. */
struct keylimits {
	char *purposes;
	char *hashes;
	char *template; /* owned; NULL or "": the file names none */
};

/* With its drop-ins and its template. False: they cannot be read; nothing was said. */
bool keylimits_read(const char *path, struct keylimits *ret);
void keylimits_done(struct keylimits *k);

#endif
