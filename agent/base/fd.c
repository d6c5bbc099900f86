/*
 * base/fd.c - see fd.h
 */
#include "agent/base/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/cleanup.h"

int fd_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		(void)close(fd); /* nothing can be done about a failing close */
	errno = saved;
	return -EBADF;
}

void fd_closep(int *fd)
{
	*fd = fd_close(*fd);
}

int fd_above_stdio(int fd)
{
	int higher;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	(void)fd_close(fd); /* keeps errno */
	return higher;
}

int fd_unix_address(const char *path, struct sockaddr_un *ret, unsigned *ret_len)
{
	size_t len = strlen(path);

	if (len == 0)
		return -EINVAL;
	if (len >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	memcpy(ret->sun_path, path, len + 1);
	*ret_len = (unsigned)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	return 0;
}

int fd_is_sealed_memfd(int fd, size_t max_size, bool *ret)
{
	const int wanted = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
	struct stat st;
	int seals;

	seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0) {
		if (errno != EINVAL)
			return -errno;
		*ret = false;
		return 0;
	}
	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = (seals & wanted) == wanted && S_ISREG(st.st_mode) && st.st_size >= 0 &&
	       (size_t)st.st_size <= max_size;
	return 0;
}

static int read_all(int fd, char *buf, size_t size, size_t *ret_size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, buf + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	*ret_size = have;
	return 0;
}

int fd_read_all(int fd, size_t max_size, char **ret, size_t *ret_size)
{
	_cleanup_(freep) char *buf = NULL;
	size_t size = 0;
	int r;

	/* One byte more than allowed shows a file that grew meanwhile, one more ends it. */
	buf = malloc(max_size + 2);
	if (!buf)
		return -ENOMEM;
	r = read_all(fd, buf, max_size + 1, &size);
	if (r < 0)
		return r;
	if (size > max_size)
		return -EFBIG;
	buf[size] = '\0';
	*ret = take_ptr(buf);
	*ret_size = size;
	return 0;
}

int fd_read_file(int dir_fd, const char *path, size_t max_size, char **ret, size_t *ret_size)
{
	_cleanup_(fd_closep) int fd = -EBADF;
	struct stat st;

	fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return fd_read_all(fd, max_size, ret, ret_size);
}

int fd_write_all(int fd, const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size > 0) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

static int write_temporary(int dir_fd, const char *name, const void *data, size_t size,
			   bool is_synced)
{
	_cleanup_(fd_closep) int fd = -EBADF;
	int r;

	fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = fd_write_all(fd, data, size);
	return r == 0 && is_synced && fsync(fd) < 0 ? -errno : r;
}

int fd_replace_file(int dir_fd, const char *temporary, const char *name, const void *data,
		    size_t size, bool is_synced)
{
	int r = write_temporary(dir_fd, temporary, data, size, is_synced);

	if (r == 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dir_fd, temporary, 0); /* nobody reads it anyway */
		return r;
	}
	return is_synced && fsync(dir_fd) < 0 ? -errno : 0;
}

void fd_ring(int fd, uint64_t n)
{
	if (write(fd, &n, sizeof(n)) < 0)
		return; /* the counter is full: then it has rung, and nobody has looked yet */
}
