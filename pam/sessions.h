/*
 * pam/sessions.h - whether a session is the last one for which a token was unlocked
 *
 * Each session of a user with a seal for a token holds a shared lock (flock(2)) on DIRECTORY/TOKEN. The
 * kernel takes it back when the session's process has died, so that nothing is counted and nothing goes
 * stale. Who leaves and gets the lock for itself alone was the last.
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
 * Ends the session, which need not have joined in this process (fd is -EBADF then). True if it was the
 * last: then *ret_fd keeps others from joining until it is closed by sessions_left().
 */
bool sessions_leave(const char *directory, const char *token, int fd, int *ret_fd);
void sessions_left(int fd);

#endif
