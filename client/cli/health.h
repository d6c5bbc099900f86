/*
 * cli/health.h - what is wrong with a key, or soon will be, and what is to be done about it
 */
#ifndef CLIENT_CLI_HEALTH_H
#define CLIENT_CLI_HEALTH_H

#include "client/cli/keyfacts.h"

#define FINDINGS_MAX 12

struct finding {
	const char *code;   /* for programs */
	char sentence[480]; /* for people; says what to do */
};

/*
 * Looks at one key; returns how many findings there are. within is how many seconds before its end a
 * key is warned about. Nothing is expected of a key that is retired.
 */
size_t health_check(const struct keyfacts *f, time_t now, time_t within,
		    struct finding ret[FINDINGS_MAX]);

#endif
