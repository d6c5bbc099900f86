/*
 * wire/reader.c - see reader.h
 */
#include "agent/wire/reader.h"

#include <string.h>

#include "agent/base/text.h"

void reader_init(struct reader *r, const void *data, size_t size)
{
	r->at = data;
	r->left = size;
	r->has_failed = false;
}

void reader_fail(struct reader *r)
{
	r->has_failed = true;
	r->left = 0;
}

struct view reader_bytes(struct reader *r, size_t size)
{
	struct view v = {};

	if (r->has_failed || size > r->left) {
		reader_fail(r);
		return v;
	}
	/* An empty input may be a NULL pointer, to which not even 0 may be added. */
	if (size == 0)
		return v;
	v.data = r->at;
	v.size = size;
	r->at += size;
	r->left -= size;
	return v;
}

static uint64_t read_number(struct reader *r, size_t size)
{
	struct view v = reader_bytes(r, size);
	uint64_t n = 0;

	for (size_t i = 0; i < v.size; i++)
		n = n << 8 | v.data[i];
	return n;
}

uint8_t reader_u8(struct reader *r)
{
	return (uint8_t)read_number(r, 1);
}

uint32_t reader_u32(struct reader *r)
{
	return (uint32_t)read_number(r, 4);
}

uint64_t reader_u64(struct reader *r)
{
	return read_number(r, 8);
}

struct view reader_string(struct reader *r, size_t min, size_t max)
{
	uint32_t size = reader_u32(r);

	if (size < min || size > max)
		reader_fail(r);
	if (r->has_failed)
		return (struct view){};
	return reader_bytes(r, size);
}

struct view reader_text(struct reader *r, size_t min, size_t max)
{
	struct view v = reader_string(r, min, max);

	if (v.size > 0 && !text_is_clean(v.data, v.size, max)) {
		reader_fail(r);
		return (struct view){};
	}
	return v;
}

uint32_t reader_count(struct reader *r, uint32_t max)
{
	uint32_t n = reader_u32(r);

	if (n > max) {
		reader_fail(r);
		return 0;
	}
	return n;
}

bool reader_end(const struct reader *r)
{
	return !r->has_failed && r->left == 0;
}

struct view view_of(const char *s)
{
	return (struct view){.data = (const uint8_t *)s, .size = strlen(s)};
}

bool view_is(struct view v, const char *s)
{
	return v.size == strlen(s) && (v.size == 0 || memcmp(v.data, s, v.size) == 0);
}

bool view_is_equal(struct view a, struct view b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

char *view_strdup(struct view v)
{
	return v.size > 0 ? strndup((const char *)v.data, v.size) : strdup("");
}
