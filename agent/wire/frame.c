/*
 * wire/frame.c - see frame.h
 */
#include "agent/wire/frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/limits.h"

void frames_init(struct frames *f)
{
	*f = (struct frames){};
}

void frames_done(struct frames *f)
{
	free(f->data);
	*f = (struct frames){};
}

size_t frames_pending(const struct frames *f)
{
	return f->size - f->dropped;
}

size_t frames_held(const struct frames *f)
{
	return f->room;
}

static void compact(struct frames *f)
{
	if (f->dropped == 0)
		return;
	if (f->size > f->dropped)
		memmove(f->data, f->data + f->dropped, f->size - f->dropped);
	f->size -= f->dropped;
	f->dropped = 0;
	/* A large frame is the exception: do not hold its room for the rest of the connection. */
	if (f->size == 0 && f->room > 16384) {
		free(f->data);
		*f = (struct frames){};
	}
}

uint8_t *frames_room(struct frames *f, size_t size)
{
	uint8_t *data;
	size_t room;

	compact(f);
	if (size > f->room - f->size) {
		room = f->room ? f->room : 1024;
		while (room < f->size + size)
			room *= 2;
		data = realloc(f->data, room);
		if (!data)
			return NULL;
		f->data = data;
		f->room = room;
	}
	return f->data + f->size;
}

void frames_filled(struct frames *f, size_t size)
{
	assert(size <= f->room - f->size); /* no more than was asked for in frames_room() */
	f->size += size;
}

enum frames_state frames_next(const struct frames *f, struct view *ret)
{
	struct reader r;
	uint32_t size;

	if (frames_pending(f) < 4)
		return FRAMES_PARTIAL;
	reader_init(&r, f->data + f->dropped, frames_pending(f));
	size = reader_u32(&r);
	if (size == 0 || size > FRAME_MAX)
		return FRAMES_BROKEN;
	if (size > r.left)
		return FRAMES_PARTIAL;
	*ret = reader_bytes(&r, size);
	return FRAMES_COMPLETE;
}

void frames_drop(struct frames *f)
{
	struct view v;
	enum frames_state state;

	state = frames_next(f, &v);
	assert(state == FRAMES_COMPLETE); /* callers drop only what they were given */
	f->dropped += 4 + v.size;
}
