/*
 * worker/config.h - tokens.d/NAME.conf: which token, through which module (signet-tokens.d(5))
 */
#ifndef AGENT_WORKER_CONFIG_H
#define AGENT_WORKER_CONFIG_H

#include "agent/model/tokenfile.h"

/*
 * Reads DIRECTORY/tokens.d/NAME.conf and its drop-ins. -EINVAL with error filled in and ret_path
 * (owned by the caller) naming the file; another negative errno, ret_path set as well, if it cannot be read.
 */
int config_read(const char *directory, const char *name, struct tokenfile *ret,
		struct ini_error *error, char **ret_path);

/* Signatures that may be made at once, before the token itself sets a limit. */
unsigned config_sessions(const struct tokenfile *c);

#endif
