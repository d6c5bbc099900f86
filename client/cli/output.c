/*
 * cli/output.c - see output.h
 */
#include "client/cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static enum exit_code refuse(const char *path, int error)
{
	complain("'%s' cannot be written: %s", strcmp(path, "-") == 0 ? "standard output" : path,
		 strerror(error));
	return EXIT_IO;
}

/* 0 or a negative errno, as are the functions below. */
static int write_all(int fd, const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size > 0) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

/* A new file beside path. *ret_name is owned by the caller. */
static int open_beside(const char *path, char **ret_name, int *ret_fd)
{
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash - path + 1) : 0;

	for (unsigned tries = 0; tries < 16; tries++) {
		uint64_t n;
		char *name;
		int fd;

		if (getrandom(&n, sizeof(n), 0) != (ssize_t)sizeof(n))
			return -EIO;
		if (asprintf(&name, "%.*s.signet-%016" PRIx64, dir_len, path, n) < 0)
			return -ENOMEM;
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd >= 0) {
			*ret_name = name;
			*ret_fd = fd;
			return 0;
		}
		free(name);
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

static int replace(const char *path, const void *data, size_t size)
{
	_cleanup_(freep) char *name = NULL;
	int fd = -1, r;

	r = open_beside(path, &name, &fd);
	if (r < 0)
		return r;
	r = write_all(fd, data, size);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(name, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(name); /* the first failure is the one to report */
	return r;
}

static int write_special(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY), r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, data, size);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

enum exit_code output_write(const char *path, const void *data, size_t size)
{
	struct stat st;
	int r;

	if (strcmp(path, "-") == 0)
		r = write_all(STDOUT_FILENO, data, size);
	else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		r = S_ISDIR(st.st_mode) ? -EISDIR : write_special(path, data, size);
	else
		r = replace(path, data, size);
	return r < 0 ? refuse(path, -r) : EXIT_DONE;
}

enum exit_code output_replace(const char *path, const void *data, size_t size)
{
	int r = replace(path, data, size);

	return r < 0 ? refuse(path, -r) : EXIT_DONE;
}
