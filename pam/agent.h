/*
 * pam/agent.h - the agent, as a child of ours reaches it
 */
#ifndef PAM_AGENT_H
#define PAM_AGENT_H

#include <stdint.h>
#include <sys/types.h>

#include "client/include/signet.h"

struct agent_address {
	const char *socket; /* borrowed */
	uid_t uid;          /* who may listen there, besides root */
	uint64_t timeout_usec;
};

/* 0 or SIGNET_E_*; nothing is sent yet. Closed by signet_close(). */
int agent_open(const struct agent_address *at, struct signet **ret);

static inline void signet_closep(struct signet **s)
{
	signet_close(*s);
}

static inline void answer_freep(struct signet_answer **a)
{
	signet_answer_free(*a);
}

#endif
