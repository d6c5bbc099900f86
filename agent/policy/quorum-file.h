/*
 * policy/quorum-file.h - requests that wait for approvals, as files
 *
 * DIR/ID, one for each, written whole and synced before anything is said or signed on account of
 * it. Only our own user can reach the directory; what is read is checked all the same.
 */
#ifndef AGENT_POLICY_QUORUM_FILE_H
#define AGENT_POLICY_QUORUM_FILE_H

#include "agent/model/parked.h"
#include "agent/wire/reader.h"
#include "agent/wire/writer.h"

/* Makes the directory, and those above it, if need be. 0 or a negative errno; all of these. */
int quorum_file_write(const char *dir, const struct parked *p);
int quorum_file_remove(const char *dir, const char *id);

/*
 * Reads all; calls take, which owns what it gets, for each. A file that is none is left where it is, and
 * named in *ret_broken (owned by the caller) with the number of such files, 0 and NULL if there are none.
 * A directory that is not there is an empty one.
 */
int quorum_file_load(const char *dir, void (*take)(struct parked *p, void *userdata),
		     void *userdata, char **ret_broken, size_t *ret_n_broken);

/* The bytes of a file; pure. False: they are none. */
void quorum_file_encode(const struct parked *p, struct writer *w);
int quorum_file_decode(struct view v, struct parked **ret);

#endif
