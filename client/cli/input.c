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

/* An open input. Standard input is not closed. */
struct source {
	const char *name;
	int fd;
	uint64_t size; /* 0: not known */
};

static void source_done(struct source *s)
{
	if (s->fd > STDIN_FILENO)
		(void)close(s->fd); /* was only read */
}

static enum exit_code source_open(struct source *s, const char *path)
{
	struct stat st;

	s->name = shown_name(path);
	s->size = 0;
	s->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (s->fd < 0) {
		complain("'%s' cannot be opened: %s", s->name, strerror(errno));
		return EXIT_DATA;
	}
	if (fstat(s->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		s->size = (uint64_t)st.st_size;
	(void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* a pipe takes no advice */
	return EXIT_DONE;
}

/* ret_size is 0 at the end of the input. */
static enum exit_code source_read(const struct source *s, void *buf, size_t size, size_t *ret_size)
{
	ssize_t n;

	do
		n = read(s->fd, buf, size);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		bool is_directory = errno == EISDIR;

		complain("'%s' cannot be read: %s", s->name, strerror(errno));
		return is_directory ? EXIT_DATA : EXIT_IO;
	}
	*ret_size = (size_t)n;
	return EXIT_DONE;
}

static enum exit_code digest_source(const struct source *s, EVP_MD_CTX *ctx, uint8_t *block,
				    struct progress *progress)
{
	uint64_t done = 0;
	enum exit_code e;
	size_t n;

	for (;;) {
		e = source_read(s, block, BLOCK, &n);
		if (e != EXIT_DONE || n == 0)
			return e;
		if (EVP_DigestUpdate(ctx, block, n) != 1) {
			complain("'%s' cannot be hashed: libcrypto refuses", s->name);
			return EXIT_IO;
		}
		done += n;
		if (progress)
			progress_bytes(progress, done, s->size);
	}
}

enum exit_code input_digest(const char *path, const EVP_MD *md, struct progress *progress,
			    uint8_t *ret, size_t *ret_size)
{
	_cleanup_(source_done) struct source s = {.fd = -1};
	_cleanup_(freep) uint8_t *block = malloc(BLOCK);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	enum exit_code e = EXIT_DONE;
	unsigned size;

	if (!block || !ctx || EVP_DigestInit_ex(ctx, md, NULL) != 1) {
		complain("'%s' cannot be hashed: out of memory", shown_name(path));
		e = EXIT_AGAIN;
	}
	if (e == EXIT_DONE)
		e = source_open(&s, path);
	if (e == EXIT_DONE)
		e = digest_source(&s, ctx, block, progress);
	if (e == EXIT_DONE && EVP_DigestFinal_ex(ctx, ret, &size) != 1)
		e = EXIT_IO;
	if (e == EXIT_DONE)
		*ret_size = size;
	EVP_MD_CTX_free(ctx);
	return e;
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

enum exit_code input_read(const char *path, size_t max, const char *too_long, uint8_t **ret,
			  size_t *ret_size)
{
	_cleanup_(source_done) struct source s = {.fd = -1};
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
	*ret = buf;
	*ret_size = size;
	buf = NULL;
	return EXIT_DONE;
}
