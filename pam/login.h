/*
 * pam/login.h - tokens that are unlocked while somebody is logged in
 *
 * Never stops a login, whatever happens. What went wrong is told to the user, but not before the
 * program has let him in: until then it could tell a stranger whether a password was right.
 */
#ifndef PAM_LOGIN_H
#define PAM_LOGIN_H

#include "pam/host.h"

/* With the password that PAM has: unlocks what the user has seals for. */
void login_unlock(const struct host *h);

/* Tells what is to be told. */
void login_tell(const struct host *h);

/* A session begins, and ends; with lock_on_last_close the last one locks. */
void login_join(const struct host *h);
void login_leave(const struct host *h);

/* The password was changed: the seals are made anew. */
void login_reseal(const struct host *h);

#endif
