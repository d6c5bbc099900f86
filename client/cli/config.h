/*
 * cli/config.h - the configuration of the agent, as root changes it from here
 *
 * signetd cannot write its own configuration: it runs without privileges, in a system that is
 * read-only to it. So the files are written here, and the agent is asked to read them.
 */
#ifndef CLIENT_CLI_CONFIG_H
#define CLIENT_CLI_CONFIG_H

#include "client/cli/cli.h"

#define CONFIG_DIR "/etc/signet"

/* What the names of its files are made of, without ".conf". */
#define CONFIG_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-"

struct config_file {
	const char *name; /* below the directory: "grants.d/nightly.conf" */
	const char *text; /* all that is to stand in it; NULL: there is to be no such file */
};

/* The directory that the command line names, or else CONFIG_DIR. */
const char *config_dir(const struct args *args);

/* Whether the agent takes NAME.conf for a file of tokens.d, keys.d or grants.d. */
bool config_is_file_name(const char *name);

/* DIR/NAME, owned by the caller; NULL when out of memory, which was said. */
char *config_path(const struct args *args, const char *name);

/* What stands in a file, owned by the caller; NULL if there is none. Failures were said. */
enum exit_code config_read(const struct args *args, const char *name, char **ret);

/*
 * Writes or removes n files, each whole or not at all, makes the directories that they stand in, and
 * asks the agent to read its configuration again. If the agent refuses it, all is as it was before,
 * and the person was told why (EXIT_CONFIG). If the agent could not be asked, the files stay, which
 * was said as well; where nobody listens there is nothing to reload. EXIT_DENIED for those who may
 * not write there.
 */
enum exit_code config_change(const struct args *args, const struct config_file *files, size_t n);

#endif
