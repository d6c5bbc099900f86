/*
 * cli/options.h - the command line: one table of all options, which verb takes which
 */
#ifndef CLIENT_CLI_OPTIONS_H
#define CLIENT_CLI_OPTIONS_H

#include "client/cli/cli.h"

/*
 * Reads options into args. With verb NULL: what stands before the verb; args->operands then begins
 * at the verb. verb_name is for messages.
 */
enum exit_code options_parse(const struct verb *verb, int argc, char **argv, struct args *args);

/* Prints the options of a verb; NULL: those that every verb takes. */
void options_print(const struct verb *verb);

#endif
