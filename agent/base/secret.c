/*
 * base/secret.c - see secret.h
 */
#include "agent/base/secret.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

struct secret *secret_free(struct secret *s)
{
	if (!s)
		return NULL;
	sodium_free(s->bytes); /* wipes; takes NULL */
	free(s);
	return NULL;
}

/* Reads straight into the guarded memory, so that no copy is left anywhere else. */
static int fill(struct secret *s, int fd, size_t room)
{
	while (s->size < room) {
		ssize_t n = pread(fd, s->bytes + s->size, room - s->size, (off_t)s->size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		s->size += (size_t)n;
	}
	return -EFBIG;
}

int secret_read(int fd, size_t max_size, struct secret **ret)
{
	_cleanup_(secret_freep) struct secret *s = NULL;
	int r;

	if (sodium_init() < 0)
		return -ENOSYS;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	/* A newline that is dropped, and the byte that shows that there is too much. */
	s->bytes = sodium_malloc(max_size + 2);
	if (!s->bytes)
		return -ENOMEM;
	r = fill(s, fd, max_size + 2);
	if (r < 0)
		return r;
	if (s->size > 0 && s->bytes[s->size - 1] == '\n')
		s->size--;
	if (s->size == 0)
		return -ENODATA;
	if (s->size > max_size)
		return -EFBIG;
	s->bytes[s->size] = '\0';
	if (strlen(s->bytes) != s->size)
		return -EINVAL;
	*ret = take_ptr(s);
	return 0;
}

bool secret_is_equal(const struct secret *a, const struct secret *b)
{
	return a->size == b->size && sodium_memcmp(a->bytes, b->bytes, a->size) == 0;
}
