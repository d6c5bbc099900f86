/*
 * cli/textagent.h - polkit's agent on the terminal, for as long as a verb runs
 *
 * It is a program of polkit's, pkttyagent(1), that asks for the password on the terminal; signet(1)
 * never sees that. Without it polkit asks whatever agent the session has, or nobody.
 */
#ifndef CLIENT_CLI_TEXTAGENT_H
#define CLIENT_CLI_TEXTAGENT_H

#include <sys/types.h>

#include "client/cli/cli.h"

struct textagent {
	pid_t pid; /* 0: none */
};

/*
 * Starts it and waits until polkit knows it. Does nothing without a terminal on standard input and
 * standard error, after --no-ask-password, and for root, whom polkit asks nothing. That it cannot be
 * had is no error: the agent's refusal says that nobody could be asked. To be called while there is
 * one thread.
 */
void textagent_start(struct textagent *t, const struct args *args);

/* Ends it; t may be all zeroes. If signet(1) is killed instead, the kernel ends it. */
void textagent_stop(struct textagent *t);

#endif
