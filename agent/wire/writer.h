/*
 * wire/writer.h - writes bytes for outside, in the order they stand
 *
 * A growing buffer with a limit. A write that does not fit, or for which there is no memory,
 * makes the writer fail; later writes do nothing, and writer_end() reports it. Integers are big
 * endian.
 */
#ifndef AGENT_WIRE_WRITER_H
#define AGENT_WIRE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/wire/reader.h"

struct writer {
	uint8_t *data; /* owned */
	size_t size;
	size_t room;
	size_t max;
	int error; /* 0, -ENOMEM, -EMSGSIZE or -EINVAL; sticks */
};

/* An empty writer for at most max bytes; allocates nothing yet. */
void writer_init(struct writer *w, size_t max);
void writer_done(struct writer *w);

void writer_u8(struct writer *w, uint8_t n);
void writer_u32(struct writer *w, uint32_t n);
void writer_u64(struct writer *w, uint64_t n);
void writer_bytes(struct writer *w, const void *data, size_t size);
/* A length word and the bytes. */
void writer_string(struct writer *w, const void *data, size_t size);
/* The same for a C string; NULL is written as an empty one. */
void writer_text(struct writer *w, const char *s);
/* An unsigned big-endian number as an ssh mpint: no leading zeroes, one if the top bit is set. */
void writer_mpint(struct writer *w, const uint8_t *data, size_t size);

/*
 * Opens a length word that counts what is written until writer_close(), which gets what
 * writer_open() returned. May be nested.
 */
size_t writer_open(struct writer *w);
void writer_close(struct writer *w, size_t mark);

/* Says that what was to be written is not acceptable: -EINVAL, unless it failed before. */
void writer_fail(struct writer *w);

/* 0, or the error that stopped the writer. */
int writer_end(const struct writer *w);

/* Ends a part that was written aside: its failure, if it had one, is w's from here on. */
void writer_inherit(struct writer *w, struct writer *part);

/* What was written, valid until the next write. */
struct view writer_view(const struct writer *w);

#endif
