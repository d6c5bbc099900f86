/*
 * cli/keychange.h - what root changes about a key: its state, and who comes after it
 *
 * Each is a drop-in of its own to the file of the key, so that the file stays as it was written.
 */
#ifndef CLIENT_CLI_KEYCHANGE_H
#define CLIENT_CLI_KEYCHANGE_H

#include "client/cli/cli.h"

/* state is a word of State=, args->reason goes beside it. In force when this returns EXIT_DONE. */
enum exit_code keychange_state(const struct args *args, const char *key, const char *state);

/* From args->from on, or when the old key cannot sign any more, its name means the new one. */
enum exit_code keychange_successor(const struct args *args, const char *key, const char *successor);

#endif
