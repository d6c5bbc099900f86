/*
 * pam/signer.h - asking the agent to sign a challenge, as the user who asks; in the child
 */
#ifndef PAM_SIGNER_H
#define PAM_SIGNER_H

#include <stdint.h>

#include "agent/wire/reader.h"
#include "pam/agent.h"
#include "pam/proof.h"

/* All borrowed. */
struct signer_job {
	struct agent_address agent;
	uint64_t wait_usec; /* for approvals */
	const char *purpose;
	const char *asker; /* his name, for messages */
	const struct proof_rules *rules;
	struct view message;
};

/* For child_start(); userdata is a struct signer_job. */
void signer_work(int fd, void *userdata);

#endif
