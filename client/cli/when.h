/*
 * cli/when.h - moments that people name, as the files of the agent have them
 */
#ifndef CLIENT_CLI_WHEN_H
#define CLIENT_CLI_WHEN_H

#include <time.h>

#include "client/cli/cli.h"

/* "2026-12-31T23:59:59Z" and its end. */
#define WHEN_SIZE 32

/*
 * "2026-12-31" (where that day begins), "2026-12-31T23:59:59Z", or from now on "+90min", "+12h", "+7d",
 * "+2w". False for everything else, and for what is before 1970 or after 9999.
 */
bool when_parse(const char *text, time_t now, time_t *ret);

void when_format(time_t t, char ret[WHEN_SIZE]);

#endif
