/*
 * base/fd.h - file descriptors: one owner, -EBADF for none
 *
 * Every descriptor is CLOEXEC and, where it can block, NONBLOCK from birth.
 */
#ifndef AGENT_BASE_FD_H
#define AGENT_BASE_FD_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

/* Closes fd unless it is negative; keeps errno. Returns -EBADF, to be stored in its place. */
int fd_close(int fd);

/* For _cleanup_(fd_closep). */
void fd_closep(int *fd);

/* Moves a descriptor out of *fd, leaving -EBADF. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -EBADF;
	return taken;
}

/*
 * For descriptors in somebody else's process: what a host writes to a standard stream that it has closed
 * must not come here. Takes fd, or an error, as the kernel gave it, and returns another descriptor for
 * the same, or -1 and errno.
 */
int fd_above_stdio(int fd);

/*
 * Fills ret with an AF_UNIX address for a path. 0, or -ENAMETOOLONG / -EINVAL (empty path).
 * ret_len is what bind() and connect() take.
 */
int fd_unix_address(const char *path, struct sockaddr_un *ret, unsigned *ret_len);

/*
 * Says in ret whether fd is a memfd that nobody can change any more: sealed against writing,
 * growing and shrinking, and not longer than max_size. 0, or a negative errno if that could not
 * be found out. A descriptor of another kind is an answer (false), not an error.
 */
int fd_is_sealed_memfd(int fd, size_t max_size, bool *ret);

/*
 * Reads what is left of fd, at most max_size bytes. *ret is owned by the caller (free()), always
 * NUL-terminated behind *ret_size bytes. -EFBIG if there is more.
 */
int fd_read_all(int fd, size_t max_size, char **ret, size_t *ret_size);

/*
 * Reads a regular file of at most max_size bytes. *ret is owned by the caller (free()), always
 * NUL-terminated behind *ret_size bytes. -EFBIG if it is longer; -EISDIR, -EINVAL if it is no
 * regular file.
 */
int fd_read_file(int dir_fd, const char *path, size_t max_size, char **ret, size_t *ret_size);

/* Writes all of it. */
int fd_write_all(int fd, const void *data, size_t size);

/*
 * Puts a file of mode 0600 in the place of name, whole or not at all: it is written as temporary
 * beside it and renamed. is_synced: it is on the disk, and so is its name, when this returns 0.
 */
int fd_replace_file(int dir_fd, const char *temporary, const char *name, const void *data,
		    size_t size, bool is_synced);

/* Adds n to an eventfd, whose reader is woken by it. */
void fd_ring(int fd, uint64_t n);

#endif
