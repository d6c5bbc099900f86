/*
 * wire/frame.h - bytes of a stream -> frames
 *
 * A frame is a length word and that many bytes, 1 to FRAME_MAX, of which the first is the type.
 * The buffer grows with what has arrived, never with what a length word announces.
 */
#ifndef AGENT_WIRE_FRAME_H
#define AGENT_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/wire/reader.h"

struct frames {
	uint8_t *data; /* owned; what has arrived and is not dropped yet */
	size_t size;
	size_t room;
	size_t dropped; /* bytes at the front that were handed out already */
};

enum frames_state {
	FRAMES_PARTIAL,  /* bytes are missing */
	FRAMES_COMPLETE, /* a frame is there */
	FRAMES_BROKEN,   /* a length of 0 or above FRAME_MAX: the stream cannot be read on */
};

void frames_init(struct frames *f);
void frames_done(struct frames *f);

/*
 * Makes room for reading up to size more bytes and returns where they go; NULL if out of memory.
 * frames_filled() says how many came. Views of earlier frames are void after this.
 */
uint8_t *frames_room(struct frames *f, size_t size);
void frames_filled(struct frames *f, size_t size);

/*
 * Looks at the next frame. FRAMES_COMPLETE fills ret with its bytes behind the length word;
 * frames_drop() moves past it.
 */
enum frames_state frames_next(const struct frames *f, struct view *ret);
void frames_drop(struct frames *f);

/* Bytes that have arrived and were not dropped. */
size_t frames_pending(const struct frames *f);

/* Memory held. */
size_t frames_held(const struct frames *f);

#endif
