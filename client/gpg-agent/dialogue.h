/*
 * gpg-agent/dialogue.h - one client: what it may say, and who answers
 */
#ifndef CLIENT_GPG_AGENT_DIALOGUE_H
#define CLIENT_GPG_AGENT_DIALOGUE_H

#include "client/gpg-agent/behind.h"
#include "client/gpg-agent/grips.h"
#include "client/gpg-agent/lines.h"
#include "client/gpg-agent/pksign.h"

struct dialogue {
	struct lines client;
	struct behind behind; /* the user's own gpg-agent */
	struct signet *signet;
	struct grips grips;
	struct pksign task; /* what is to be signed next */
	bool is_over;
};

/* Takes client_fd over. behind is the path of the other gpg-agent and stays the caller's. SIGNET_E_*. */
int dialogue_init(struct dialogue *d, int client_fd, const char *behind);
void dialogue_done(struct dialogue *d);

/* Greets and answers, until either side ends it. */
void dialogue_run(struct dialogue *d);

#endif
