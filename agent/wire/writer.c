/*
 * wire/writer.c - see writer.h
 */
#include "agent/wire/writer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void writer_init(struct writer *w, size_t max)
{
	*w = (struct writer){.max = max};
}

void writer_done(struct writer *w)
{
	free(w->data);
	*w = (struct writer){};
}

/* Makes room for size more bytes and returns where they go, NULL if there is none. */
static uint8_t *grow(struct writer *w, size_t size)
{
	size_t room;
	uint8_t *data, *at;

	if (w->error < 0)
		return NULL;
	if (size > w->max - w->size) {
		w->error = -EMSGSIZE;
		return NULL;
	}
	if (size > w->room - w->size) {
		room = w->room ? w->room : 1024; /* most frames and records fit */
		while (room < w->size + size)
			room *= 2;
		if (room > w->max)
			room = w->max;
		data = realloc(w->data, room);
		if (!data) {
			w->error = -ENOMEM;
			return NULL;
		}
		w->data = data;
		w->room = room;
	}
	at = w->data + w->size;
	w->size += size;
	return at;
}

static void put_number(uint8_t *at, uint64_t n, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)(n >> 8 * (size - 1 - i));
}

static void write_number(struct writer *w, uint64_t n, size_t size)
{
	uint8_t *at = grow(w, size);

	if (at)
		put_number(at, n, size);
}

void writer_u8(struct writer *w, uint8_t n)
{
	write_number(w, n, 1);
}

void writer_u32(struct writer *w, uint32_t n)
{
	write_number(w, n, 4);
}

void writer_u64(struct writer *w, uint64_t n)
{
	write_number(w, n, 8);
}

void writer_bytes(struct writer *w, const void *data, size_t size)
{
	uint8_t *at;

	if (size == 0)
		return;
	at = grow(w, size);
	if (at)
		memcpy(at, data, size);
}

void writer_string(struct writer *w, const void *data, size_t size)
{
	if (size > UINT32_MAX) {
		w->error = -EMSGSIZE;
		return;
	}
	writer_u32(w, (uint32_t)size);
	writer_bytes(w, data, size);
}

void writer_text(struct writer *w, const char *s)
{
	writer_string(w, s, s ? strlen(s) : 0);
}

void writer_mpint(struct writer *w, const uint8_t *data, size_t size)
{
	size_t mark;

	while (size > 0 && *data == 0) {
		data++;
		size--;
	}
	mark = writer_open(w);
	if (size > 0 && *data & 0x80)
		writer_u8(w, 0);
	writer_bytes(w, data, size);
	writer_close(w, mark);
}

size_t writer_open(struct writer *w)
{
	size_t mark = w->size;

	writer_u32(w, 0);
	return mark;
}

void writer_close(struct writer *w, size_t mark)
{
	if (w->error < 0)
		return;
	assert(mark + 4 <= w->size); /* our own bookkeeping */
	put_number(w->data + mark, w->size - mark - 4, 4);
}

void writer_fail(struct writer *w)
{
	if (w->error == 0)
		w->error = -EINVAL;
}

int writer_end(const struct writer *w)
{
	return w->error;
}

void writer_inherit(struct writer *w, struct writer *part)
{
	if (w->error == 0)
		w->error = part->error;
	writer_done(part);
}

struct view writer_view(const struct writer *w)
{
	return (struct view){.data = w->data, .size = w->size};
}
