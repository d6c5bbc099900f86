/*
 * cli/grants.h - grants, as the files of grants.d say them
 *
 * Read here for people; what they allow is decided in the agent.
 */
#ifndef CLIENT_CLI_GRANTS_H
#define CLIENT_CLI_GRANTS_H

#include <time.h>

#include "client/cli/cli.h"

#define GRANTS_DIR "grants.d"

/* One file. Lists are words with spaces between, as they stand there; empty: not set. */
struct grant {
	char *id; /* all owned */
	char *keys;
	char *purposes;
	char *users; /* "alice", "@group" */
	char *units;
	char *slices;
	time_t from;  /* 0: none */
	time_t until; /* 0: never */
	bool is_forwarded;
};

enum grant_state {
	GRANT_ACTIVE,
	GRANT_NOT_YET,
	GRANT_OVER,
};

/* "grants.d/ID.conf", owned by the caller; NULL if that is no name for a grant, or out of memory. */
char *grants_file(const char *id);

/*
 * The files that a grant is made of, in the order in which they are read: its own, and its drop-ins.
 * Their names are owned by the caller, as is the list; EXIT_UNAVAILABLE, which was said, if there is no
 * such grant.
 */
enum exit_code grants_files(const struct args *args, const char *id, char ***ret, size_t *ret_n);
void grants_free_files(char **files, size_t n);

/*
 * All grants, by id. What cannot be understood is left out and said; then EXIT_CONFIG, with those that
 * could be.
 */
enum exit_code grants_read(const struct args *args, struct grant **ret, size_t *ret_n);
void grants_free(struct grant *grants, size_t n);

enum grant_state grant_state(const struct grant *g, time_t now);

/* What it means, as a sentence; owned by the caller, NULL when out of memory. */
char *grant_sentence(const struct grant *g);

#endif
