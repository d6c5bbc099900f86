/*
 * pam/sessions.h - whether a session is the last one for which a token was unlocked
 *
 * Each session of a user with a seal for a token holds a shared lock (flock(2)) on DIRECTORY/TOKEN. The
 * kernel takes it back when the session's process has died, so that nothing is counted and nothing goes
 * stale. When somebody gets the lock for itself alone, no session is left.
 */
#ifndef PAM_SESSIONS_H
#define PAM_SESSIONS_H

#include <stdbool.h>

#define SESSIONS_DIRECTORY "/run/signet/pam"

/*
 * Opens a token's file and, where that is not held by one who leaves, the lock; makes directory and file
 * if they are missing. -EPERM if the directory is not the caller's alone; -EAGAIN when who leaves takes
 * too long. *ret_fd is the session's until sessions_leave().
 */
int sessions_join(const char *directory, const char *token, int *ret_fd);

/*
 * Whether no session is left, in this process or any other. True: *ret_fd keeps new ones from joining. For
 * a process that nobody but root can stop: while it holds this, nobody joins.
 */
bool sessions_are_over(const char *directory, const char *token, int *ret_fd);

/* Gives back what either has given; fd may be -EBADF. */
void sessions_leave(int fd);

#endif
