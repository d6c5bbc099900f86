/*
 * cli/output.c - see output.h
 */
#include "client/cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "client/cli/input.h"
#include "client/cli/leftovers.h"

/* The last descriptor that a shell can redirect with one digit. */
#define SHELL_FD_MAX 9

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

/* Gives up a name, which is no file's any more. */
static void forget(char **name)
{
	if (*name)
		leftovers_drop(*name);
	free(*name);
	*name = NULL;
}

/* A new name beside path, owned by the caller, for a file that is not complete. */
static int name_beside(const char *path, char **ret)
{
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash - path + 1) : 0;
	uint64_t n;

	if (getrandom(&n, sizeof(n), 0) != (ssize_t)sizeof(n))
		return -EIO;
	if (asprintf(ret, "%.*s.signet-%016" PRIx64, dir_len, path, n) < 0)
		*ret = NULL;
	if (*ret && leftovers_add(*ret) == 0)
		return 0;
	forget(ret);
	return -ENOMEM;
}

/* A file without a name, in the directory of path: whoever is killed leaves nothing behind. */
static int open_nameless(const char *path, mode_t mode)
{
	const char *slash = strrchr(path, '/');
	_cleanup_(freep) char *dir =
		slash ? strndup(path, (size_t)(slash - path + 1)) : strdup(".");

	return dir ? open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, mode) : -1;
}

/* Where files without a name cannot be, one with a name. *ret_name is NULL or owned by the caller. */
static int open_beside(const char *path, mode_t mode, char **ret_name, int *ret_fd)
{
	int fd = open_nameless(path, mode), r;

	for (unsigned tries = 0; fd < 0 && tries < 16; tries++) {
		r = name_beside(path, ret_name);
		if (r < 0)
			return r;
		fd = open(*ret_name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
		if (fd >= 0)
			break;
		r = -errno;
		forget(ret_name);
		if (r != -EEXIST)
			return r;
	}
	*ret_fd = fd;
	return fd < 0 ? -EEXIST : 0;
}

/* Gives it the name under which it can take its place. */
static int link_beside(struct staged *s)
{
	char from[32];
	int r;

	(void)snprintf(from, sizeof(from), "/proc/self/fd/%d", s->fd); /* fits */
	for (unsigned tries = 0; tries < 16; tries++) {
		r = name_beside(s->path, &s->name);
		if (r < 0)
			return r;
		if (linkat(AT_FDCWD, from, AT_FDCWD, s->name, AT_SYMLINK_FOLLOW) == 0)
			return 0;
		r = -errno;
		forget(&s->name);
		if (r != -EEXIST)
			return r;
	}
	return -EEXIST;
}

static enum exit_code begin(const char *path, mode_t mode, struct staged *ret)
{
	struct staged s = {.path = strdup(path), .fd = -1};
	int r = s.path ? open_beside(path, mode, &s.name, &s.fd) : -ENOMEM;

	if (r < 0) {
		staged_done(&s);
		return refuse(path, -r);
	}
	*ret = s;
	return EXIT_DONE;
}

enum exit_code staged_open(const char *path, struct staged *ret)
{
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return refuse(path, S_ISDIR(st.st_mode) ? EISDIR : EINVAL);
	return begin(path, 0600, ret);
}

enum exit_code staged_write(const struct staged *s, const void *data, size_t size)
{
	int r = write_all(s->fd, data, size);

	return r < 0 ? refuse(s->path, -r) : EXIT_DONE;
}

/* A hash, a signature, or rights that were given to other contents. */
static bool is_of_contents(const char *attribute)
{
	return strcmp(attribute, "security.ima") == 0 || strcmp(attribute, "security.evm") == 0 ||
	       strcmp(attribute, "security.capability") == 0;
}

/* A file that is gone is found by the comparison that follows. */
static bool may_be_left_out(int error)
{
	return error == EPERM || error == EACCES || error == ENOTSUP || error == ENODATA ||
	       error == ENOENT;
}

/* value: room for XATTR_SIZE_MAX bytes. */
static int copy_attribute(const char *path, const char *attribute, int fd, void *value)
{
	ssize_t size = lgetxattr(path, attribute, value, XATTR_SIZE_MAX);

	if (size >= 0 && fsetxattr(fd, attribute, value, (size_t)size, 0) == 0)
		return 0;
	return may_be_left_out(errno) ? 0 : -errno;
}

static int copy_attributes(const char *path, int fd)
{
	_cleanup_(freep) char *names = malloc(XATTR_LIST_MAX + XATTR_SIZE_MAX);
	ssize_t n = names ? llistxattr(path, names, XATTR_LIST_MAX) : -1;
	int r = 0;

	if (!names)
		return -ENOMEM;
	if (n < 0)
		return may_be_left_out(errno) ? 0 : -errno;
	for (const char *at = names; at < names + n && r == 0; at += strlen(at) + 1)
		if (!is_of_contents(at))
			r = copy_attribute(path, at, fd, names + XATTR_LIST_MAX);
	return r;
}

static int inherit(const struct staged *s, const char *path, const struct stat *st)
{
	int r = copy_attributes(path, s->fd);

	/* Only root may give files away, others at most to another of their groups. */
	if (fchown(s->fd, st->st_uid, st->st_gid) < 0)
		(void)!fchown(s->fd, (uid_t)-1, st->st_gid);
	if (r == 0 && fchmod(s->fd, st->st_mode & 0777) < 0)
		r = -errno;
	return r;
}

/* All but the last step: complete, and under a name from which it can be moved. */
static int complete(struct staged *s)
{
	int r = 0;

	if (fsync(s->fd) < 0)
		r = -errno;
	if (r == 0 && !s->name)
		r = link_beside(s);
	if (close(s->fd) < 0 && r == 0)
		r = -errno;
	s->fd = -1;
	return r;
}

static enum exit_code take_place(struct staged *s)
{
	if (rename(s->name, s->path) < 0)
		return refuse(s->path, errno);
	forget(&s->name);
	return EXIT_DONE;
}

enum exit_code staged_commit(struct staged *s)
{
	int r = complete(s);

	return r < 0 ? refuse(s->path, -r) : take_place(s);
}

enum exit_code staged_commit_changed(struct staged *s, const char *path, const struct stat *was)
{
	int r = inherit(s, path, was);
	enum exit_code e;

	if (r == 0)
		r = complete(s);
	if (r < 0)
		return refuse(s->path, -r);
	e = source_check_same(path, was); /* as late as can be */
	return e == EXIT_DONE ? take_place(s) : e;
}

void staged_done(struct staged *s)
{
	if (s->fd >= 0)
		(void)close(s->fd); /* is thrown away */
	if (s->name)
		(void)unlink(s->name); /* the first failure is the one that was reported */
	forget(&s->name);
	free(s->path);
	*s = (struct staged){.fd = -1};
}

static bool may_write(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

/*
 * A link to what we were handed open, as /dev/stdout and /dev/fd/3 are: whoever redirected it has
 * said where it goes, and perhaps that it is appended. -1: it is none.
 */
static int handed_over(const char *path)
{
	struct stat name, target, ours;

	if (lstat(path, &name) < 0 || !S_ISLNK(name.st_mode) || stat(path, &target) < 0)
		return -1;
	for (int fd = STDOUT_FILENO; fd <= SHELL_FD_MAX; fd++)
		if (fstat(fd, &ours) == 0 && ours.st_dev == target.st_dev &&
		    ours.st_ino == target.st_ino && may_write(fd))
			return fd;
	return -1;
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

enum exit_code output_replace(const char *path, const void *data, size_t size)
{
	_cleanup_(staged_done) struct staged s = {.fd = -1};
	enum exit_code e;

	e = begin(path, 0644, &s);
	if (e == EXIT_DONE)
		e = staged_write(&s, data, size);
	return e == EXIT_DONE ? staged_commit(&s) : e;
}

enum exit_code output_write(const char *path, const void *data, size_t size)
{
	int fd = strcmp(path, "-") == 0 ? STDOUT_FILENO : handed_over(path), r;
	struct stat st;

	if (fd >= 0)
		r = write_all(fd, data, size);
	else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		r = S_ISDIR(st.st_mode) ? -EISDIR : write_special(path, data, size);
	else
		return output_replace(path, data, size);
	return r < 0 ? refuse(path, -r) : EXIT_DONE;
}
