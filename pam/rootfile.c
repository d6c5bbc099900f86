/*
 * pam/rootfile.c - see rootfile.h
 */
#include "pam/rootfile.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/fd.h"
#include "agent/base/text.h"
#include "agent/wire/writer.h"

#define USER_MAX 255u

/* The way to a file: how much of the path was walked, and where that led. */
struct walk {
	const char *path; /* borrowed */
	size_t done;      /* bytes of path */
	int fd;           /* owned */
	uid_t owner;
	struct ini_error *error; /* borrowed */
};

static int refuse(const struct walk *w, const char *why)
{
	int len = w->done > 0 ? (int)w->done : 1; /* at the start that is the '/' in front */

	return ini_refuse(w->error, 0, "'%.*s' %s", len, w->path, why);
}

/* Whether what was opened is of the right kind, and nobody but its owner can change it. */
static int check(const struct walk *w, bool is_last)
{
	struct stat st;

	if (fstat(w->fd, &st) < 0)
		return -errno;
	if (is_last && !S_ISREG(st.st_mode))
		return refuse(w, "is not a regular file");
	if (st.st_uid != w->owner)
		return refuse(w, "does not belong to root");
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return refuse(w, "can be written by others than its owner");
	return 0;
}

/* Opens the next name of the path in place of the directory before. */
static int step(struct walk *w, bool *ret_is_last)
{
	const char *name = w->path + w->done + strspn(w->path + w->done, "/");
	size_t len = strcspn(name, "/");
	bool is_last = name[len] == '\0';
	char buf[NAME_MAX + 1];
	int fd;

	if (len == 0)
		return refuse(w, "is a directory, expected a file");
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(buf, name, len);
	buf[len] = '\0';
	fd = openat(w->fd, buf,
		    O_CLOEXEC | O_NOFOLLOW |
			    (is_last ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH | O_DIRECTORY));
	w->done = (size_t)(name + len - w->path);
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return refuse(w, "is a symbolic link or no directory");
	if (fd < 0)
		return -errno;
	(void)fd_close(w->fd); /* only walked through */
	w->fd = fd;
	*ret_is_last = is_last;
	return 0;
}

static int read_at_end(struct walk *w, size_t max_size, char **ret, size_t *ret_size)
{
	bool is_last = false;
	int r;

	r = check(w, false);
	while (r == 0 && !is_last) {
		r = step(w, &is_last);
		if (r == 0)
			r = check(w, is_last);
	}
	if (r < 0)
		return r;
	r = fd_read_all(w->fd, max_size, ret, ret_size);
	return r == -EFBIG ? refuse(w, "is longer than it may be") : r;
}

int rootfile_read_below(int top_fd, uid_t owner, const char *path, size_t max_size, char **ret,
			size_t *ret_size, struct ini_error *error)
{
	struct walk w = {.path = path, .owner = owner, .error = error};
	int r;

	w.fd = openat(top_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w.fd < 0)
		return -errno;
	r = read_at_end(&w, max_size, ret, ret_size);
	(void)fd_close(w.fd); /* only read */
	return r;
}

int rootfile_read(const char *path, size_t max_size, char **ret, size_t *ret_size,
		  struct ini_error *error)
{
	_cleanup_(fd_closep) int root = -EBADF;

	if (path[0] != '/')
		return ini_refuse(error, 0, "'%s' does not begin with '/'", path);
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	return rootfile_read_below(root, 0, path, max_size, ret, ret_size, error);
}

/* Whether it stays one name, and one that is nothing else, wherever it is put. */
static bool is_harmless(const char *user)
{
	return text_is_clean(user, strlen(user), USER_MAX) && user[0] != '.' && user[0] != '-' &&
	       !strchr(user, '/');
}

static int expand(const char *path, const char *user, struct writer *w, struct ini_error *error)
{
	for (const char *at = path; *at != '\0'; at++) {
		if (*at != '%') {
			writer_u8(w, (uint8_t)*at);
			continue;
		}
		at++;
		if (*at == '%')
			writer_u8(w, '%');
		else if (*at != 'u')
			return ini_refuse(error, 0, "'%s' has a '%%' that is neither %%u nor %%%%",
					  path);
		else if (!is_harmless(user))
			return ini_refuse(error, 0, "the user's name cannot stand in a path");
		else
			writer_bytes(w, user, strlen(user));
	}
	writer_u8(w, '\0');
	return writer_end(w);
}

int rootfile_expand(const char *path, const char *user, char **ret, struct ini_error *error)
{
	struct writer w;
	int r;

	if (path[0] != '/')
		return ini_refuse(error, 0, "'%s' does not begin with '/'", path);
	writer_init(&w, PATH_MAX);
	r = expand(path, user, &w, error);
	if (r < 0)
		writer_done(&w);
	else
		*ret = (char *)w.data;
	return r == -EMSGSIZE ? ini_refuse(error, 0, "'%s' becomes too long", path) : r;
}
