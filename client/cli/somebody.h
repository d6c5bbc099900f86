/*
 * cli/somebody.h - a caller whom the command line describes, in the kernel's numbers
 */
#ifndef CLIENT_CLI_SOMEBODY_H
#define CLIENT_CLI_SOMEBODY_H

#include "client/cli/cli.h"

struct somebody {
	bool is_set; /* false: the command line describes nobody */
	struct signet_caller caller;
	gid_t *groups; /* owned; those of caller */
};

/*
 * By --uid (with the groups of that user, or else whoever runs this), --group, --unit and --slice.
 * EXIT_USAGE, which was said, if there is no such user or group.
 */
enum exit_code somebody_find(const struct args *args, struct somebody *ret);
void somebody_done(struct somebody *s);

#endif
