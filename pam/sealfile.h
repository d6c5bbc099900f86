/*
 * pam/sealfile.h - where seals are: DIRECTORY/UID/TOKEN
 *
 * Root's alone, directories 0700 and files 0600. A seal is replaced whole or not at all, and is on the
 * disk when that is said: whatever ends a program in between leaves the old one.
 */
#ifndef PAM_SEALFILE_H
#define PAM_SEALFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "pam/seal.h"

#define SEALFILE_DIRECTORY "/var/lib/signet/pam"
/* Tokens of one user: as many as a host has. */
#define SEALFILE_MAX 64u

/*
 * Opens the directory of a user's seals. -ENOENT if the user has none; -EPERM if it, or the one that it
 * is in, is not owner's alone. is_made: makes what is missing. *ret is the caller's.
 */
int sealfile_open(const char *directory, uid_t owner, uid_t uid, bool is_made, int *ret);

/* The names of the tokens, sorted; at most SEALFILE_MAX. *ret ends with NULL: words_free(). */
int sealfile_list(int dir_fd, char ***ret);

/* Before writing or removing: keeps others from that until dir_fd is closed. -EAGAIN: one is at it. */
int sealfile_lock(int dir_fd);

/* -EBADMSG if it is not as long as a seal. */
int sealfile_read(int dir_fd, const char *token, uint8_t ret[static SEAL_SIZE]);
int sealfile_write(int dir_fd, const char *token, const uint8_t seal[static SEAL_SIZE]);
/* -ENOENT if there is none. */
int sealfile_remove(int dir_fd, const char *token);

#endif
