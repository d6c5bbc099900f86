/*
 * cli/inifile.h - the lines of the agent's configuration, to show what they say
 *
 * What they mean is decided in the agent, which reads them with base/ini.h; nothing is refused here.
 */
#ifndef CLIENT_CLI_INIFILE_H
#define CLIENT_CLI_INIFILE_H

#include <dirent.h>

#include "client/cli/cli.h"

struct inifile {
	char *rest;    /* borrowed, and cut into pieces; NULL: nothing is left */
	unsigned line; /* number of the one that was read last; joined ones count as one */
	char *key;     /* what stands in it, up to the '=' */
	char *value;   /* what stands behind that; NULL: it has none, as "[Key]" */
};

/* A backslash at the end of a line of text joins the next one. */
void inifile_init(struct inifile *f, char *text);

/* The next line that is neither empty nor a comment; false behind the last. */
bool inifile_next(struct inifile *f);

/* Lines of a list add up, an empty one forgets what stood before. False when out of memory. */
bool inifile_add_words(char **list, const char *value);

/*
 * The *.conf in a directory, sorted by name, as scandir() gives them: how many, 0 if it is not there, or
 * a negative errno.
 */
int inifile_scan(const char *dir, struct dirent ***ret);

#endif
