/*
 * model/grant.h - a grant: who may sign with which keys for what, in a file that root owns
 */
#ifndef AGENT_MODEL_GRANT_H
#define AGENT_MODEL_GRANT_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/cleanup.h"
#include "agent/model/people.h"

/*
 * All that is set has to fit. Keys and purposes are always set, and so is at least one of people,
 * units and slices. Lists are owned and end with NULL; NULL: not set.
 */
struct grant {
	char *id;   /* owned; the file's name without ".conf" */
	char *path; /* owned; for messages */
	char **keys;
	char **purposes; /* as in a key's file */
	struct people people;
	bool has_users; /* Users= was said, if only to name nobody */
	char **units;   /* "build.service", or "build@.service" for all its instances */
	char **slices;  /* "build.slice", and not the slices in it */
	uint64_t not_before;
	uint64_t not_after;    /* Until=: the first moment at which it is over; 0: never */
	bool may_be_forwarded; /* AllowForwarded= */
};

struct grant *grant_free(struct grant *g);
DEFINE_FREEP(struct grant, grant_free)

#endif
