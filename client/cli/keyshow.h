/*
 * cli/keyshow.h - keys with all that is known about them, for people and for programs
 */
#ifndef CLIENT_CLI_KEYSHOW_H
#define CLIENT_CLI_KEYSHOW_H

#include "client/cli/cli.h"

/* The keys that the caller may use; with args->is_all every key, for those who manage the agent. */
enum exit_code keyshow_list(const struct args *args);

/*
 * One key; also one that cannot be used now, for those who manage the agent. With args->is_all the
 * name is not that of a successor.
 */
enum exit_code keyshow_one(const struct args *args, const char *name);

#endif
