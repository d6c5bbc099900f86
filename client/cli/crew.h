/*
 * cli/crew.h - many files, signed in one go: read, hashed and written by several threads, and sent
 * to the agent many to a request
 *
 * While a request is with the agent, the files of the next one are prepared and those of the one
 * before are written. What was prepared by the time the agent is free goes out together. Few files
 * are on their way at once, so that memory does not grow with their number.
 */
#ifndef CLIENT_CLI_CREW_H
#define CLIENT_CLI_CREW_H

#include "client/cli/format.h"

#define CREW_THREADS_MAX 64u

struct tally {
	size_t n_files;
	size_t n_signed;
	size_t n_skipped; /* needed nothing */
	size_t n_failed;
	size_t n_untried;     /* after a request was refused as a whole, or with --fail-fast */
	enum exit_code first; /* what went wrong first */
};

/* Signs the files, with at most CREW_THREADS_MAX threads beside this one, and says what went wrong with each. */
void crew_run(const struct recipe *r, struct signet *agent, char *const *files, size_t n,
	      size_t n_threads, struct progress *progress, struct tally *ret);

#endif
