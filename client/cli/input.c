/*
 * cli/input.c - see input.h
 */
#include "client/cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK ((size_t)128 * 1024)

void source_done(struct source *s)
{
	if (s->fd > STDIN_FILENO)
		(void)close(s->fd); /* was only read */
	s->fd = -1;
}

enum exit_code source_open(struct source *s, const char *path)
{
	s->name = shown_name(path);
	s->size = 0;
	s->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (s->fd < 0) {
		complain("'%s' cannot be opened: %s", s->name, strerror(errno));
		return EXIT_DATA;
	}
	if (fstat(s->fd, &s->was) == 0 && S_ISREG(s->was.st_mode) && s->was.st_size > 0)
		s->size = (uint64_t)s->was.st_size;
	(void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* a pipe takes no advice */
	return EXIT_DONE;
}

enum exit_code source_open_regular(struct source *s, const char *path)
{
	s->name = shown_name(path);
	if (strcmp(path, "-") == 0) {
		complain("standard input cannot be changed in its place: name a file");
		return EXIT_USAGE;
	}
	s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	if (s->fd < 0 && errno == ELOOP) {
		complain("'%s' is a symbolic link: name the file itself", path);
		return EXIT_DATA;
	}
	if (s->fd < 0 || fstat(s->fd, &s->was) < 0) {
		complain("'%s' cannot be opened: %s", path, strerror(errno));
		return EXIT_DATA;
	}
	if (!S_ISREG(s->was.st_mode) || s->was.st_size == 0) {
		complain("'%s' is %s", path, S_ISREG(s->was.st_mode) ? "empty" : "no regular file");
		return EXIT_DATA;
	}
	s->size = (uint64_t)s->was.st_size;
	(void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* only advice */
	return EXIT_DONE;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

enum exit_code source_check_same(const char *path, const struct stat *was)
{
	struct stat is;

	if (lstat(path, &is) == 0 && is_same(&is, was))
		return EXIT_DONE;
	complain("'%s' was changed while it was signed, and stays as it is now", path);
	return EXIT_DATA;
}

enum exit_code source_check_unchanged(const struct source *s)
{
	struct stat is;

	if (!S_ISREG(s->was.st_mode) || (fstat(s->fd, &is) == 0 && is_same(&is, &s->was)))
		return EXIT_DONE;
	complain("'%s' was changed while it was read", s->name);
	return EXIT_DATA;
}

enum exit_code source_read(struct source *s, void *buf, size_t size, size_t *ret_size)
{
	ssize_t n;

	if (size > s->left)
		size = (size_t)s->left;
	do
		n = read(s->fd, buf, size);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		bool is_directory = errno == EISDIR;

		complain("'%s' cannot be read: %s", s->name, strerror(errno));
		return is_directory ? EXIT_DATA : EXIT_IO;
	}
	s->left -= (uint64_t)n;
	*ret_size = (size_t)n;
	return n == 0 ? source_check_unchanged(s) : EXIT_DONE;
}

/* Doubles the room, to at most max + 1 bytes: the one more shows that there is more. */
static bool grow(uint8_t **buf, size_t *room, size_t max)
{
	size_t more = *room > max / 2 ? max + 1 : *room * 2;
	uint8_t *bigger = realloc(*buf, more);

	if (!bigger)
		return false;
	*buf = bigger;
	*room = more;
	return true;
}

enum exit_code input_read(const char *path, size_t max, const char *too_long, struct contents *ret)
{
	_cleanup_(source_done) struct source s = SOURCE_NONE;
	_cleanup_(freep) uint8_t *buf = NULL;
	size_t room = BLOCK / 2, size = 0, n;
	enum exit_code e;

	e = source_open(&s, path);
	if (e != EXIT_DONE)
		return e;
	for (;;) {
		if ((!buf || size == room) && !grow(&buf, &room, max)) {
			complain("'%s' cannot be read: out of memory", s.name);
			return EXIT_AGAIN;
		}
		e = source_read(&s, buf + size, room - size, &n);
		if (e != EXIT_DONE)
			return e;
		if (n == 0)
			break;
		size += n;
		if (size > max) {
			complain("'%s' %s", s.name, too_long);
			return EXIT_DATA;
		}
	}
	*ret = (struct contents){.data = buf, .size = size};
	buf = NULL;
	return EXIT_DONE;
}

void contents_done(struct contents *c)
{
	free(c->data);
	*c = (struct contents){};
}

enum exit_code input_bio(const char *path, BIO **ret)
{
	struct source s = SOURCE_NONE;
	enum exit_code e;

	e = source_open(&s, path);
	if (e != EXIT_DONE)
		return e;
	*ret = BIO_new_fd(s.fd, s.fd > STDIN_FILENO ? BIO_CLOSE : BIO_NOCLOSE);
	if (*ret)
		return EXIT_DONE;
	source_done(&s);
	complain("out of memory");
	return EXIT_AGAIN;
}
