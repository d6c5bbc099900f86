/*
 * pam/tokens.h - unlocking, locking and re-sealing the tokens of a user; in the child
 *
 * The only place that has a PIN, for as long as it takes to put it into a memfd or under a new seal. Says
 * of each PIN that nobody has typed it, so that one that was refused is not tried again.
 */
#ifndef PAM_TOKENS_H
#define PAM_TOKENS_H

#include <sys/types.h>

#include "pam/agent.h"

/* All borrowed. */
struct tokens_job {
	struct agent_address agent;
	uid_t uid;           /* whose seals */
	char *const *tokens; /* ends with NULL */
	const char *password;
	const char *new_password; /* for tokens_reseal() */
};

/* For child_start(); userdata is a struct tokens_job. */
void tokens_unlock(int fd, void *userdata);
void tokens_lock(int fd, void *userdata);
void tokens_reseal(int fd, void *userdata);

#endif
