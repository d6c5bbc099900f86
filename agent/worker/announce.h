/*
 * worker/announce.h - the token's state and keys, as signetd, systemd and the log are told them
 */
#ifndef AGENT_WORKER_ANNOUNCE_H
#define AGENT_WORKER_ANNOUNCE_H

#include "agent/worker/hub.h"
#include "agent/worker/token.h"

/* Manager thread. Without memory nothing is told, and signetd goes on with what it knows. */
void announce(const struct token *t, struct hub *hub);

#endif
