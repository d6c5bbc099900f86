/*
 * wire/reader.h - reads bytes from outside, in the order they stand
 *
 * A decoder is a straight list of reads and one reader_end(). The first read that does not fit
 * makes the reader fail; all reads after it give zeroes and empty views, and reader_end() says
 * that the input was malformed. Nothing is copied: views point into the input and live as long
 * as it does. Integers are big endian. No recursion, no allocation.
 */
#ifndef AGENT_WIRE_READER_H
#define AGENT_WIRE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run of bytes that somebody else owns. data may be NULL when size is 0. */
struct view {
	const uint8_t *data;
	size_t size;
};

struct reader {
	const uint8_t *at; /* borrowed */
	size_t left;
	bool has_failed;
};

void reader_init(struct reader *r, const void *data, size_t size);

uint8_t reader_u8(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);

/* Exactly size bytes. */
struct view reader_bytes(struct reader *r, size_t size);

/* A length word and that many bytes, min to max of them. */
struct view reader_string(struct reader *r, size_t min, size_t max);

/* A string that is clean text (base/text.h) of min to max bytes; empty only if min is 0. */
struct view reader_text(struct reader *r, size_t min, size_t max);

/* A number that may not be larger than max: counts, before they multiply. */
uint32_t reader_count(struct reader *r, uint32_t max);

/* Says that what was read is not acceptable. */
void reader_fail(struct reader *r);

/* True if everything was read, nothing is left over, and no read failed. */
bool reader_end(const struct reader *r);

/* The bytes of a string, without its NUL. */
struct view view_of(const char *s);
bool view_is(struct view v, const char *s);
bool view_is_equal(struct view a, struct view b);

/* A string, owned by the caller, that ends with the view or its first NUL. NULL when out of memory. */
char *view_strdup(struct view v);

#endif
