/*
 * pam/auth.h - letting somebody in who can have a challenge signed
 *
 * The key is the proof, and so is that a process of the user who asks may use it: the child asks the agent
 * as that user, whom the kernel names (the real uid of a set-user-ID program), never PAM_RUSER or the
 * environment. A program that runs as root alone, as sshd and login do, says nothing about who asks, and
 * is refused: the agent would sign for whoever types a name.
 */
#ifndef PAM_AUTH_H
#define PAM_AUTH_H

#include "pam/host.h"

/* A return code of PAM. */
int auth_by_signature(const struct host *h);

#endif
