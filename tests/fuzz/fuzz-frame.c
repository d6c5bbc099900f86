/*
 * fuzz-frame.c - a stream, cut in other places, holds the same frames
 *
 * The first byte says in what pieces the rest arrives.
 */
#include "agent/base/limits.h"
#include "agent/wire/frame.h"
#include "tests/fuzz/fuzz.h"

/* What a stream came to. */
struct outcome {
	unsigned n_frames;
	size_t n_bytes; /* in these frames */
	uint32_t sum;   /* over them, depends on their order and borders */
	bool is_broken;
};

static void take(struct frames *f, struct outcome *o)
{
	struct view v;
	enum frames_state state;

	for (;;) {
		state = frames_next(f, &v);
		o->is_broken = state == FRAMES_BROKEN;
		if (state != FRAMES_COMPLETE)
			return;
		fuzz_check(v.size >= 1 && v.size <= FRAME_MAX, "a frame has 1 to FRAME_MAX bytes");
		for (size_t i = 0; i < v.size; i++)
			o->sum = o->sum * 31 + v.data[i] + 1;
		o->sum = o->sum * 31;
		o->n_frames++;
		o->n_bytes += v.size;
		frames_drop(f);
	}
}

static struct outcome feed(const uint8_t *data, size_t size, size_t piece)
{
	struct outcome o = {};
	struct frames f;

	frames_init(&f);
	for (size_t at = 0; at < size && !o.is_broken; at += piece) {
		size_t n = size - at < piece ? size - at : piece;
		uint8_t *room = frames_room(&f, n);

		fuzz_check(room != NULL, "there is memory");
		memcpy(room, data + at, n);
		frames_filled(&f, n);
		take(&f, &o);
		fuzz_check(frames_held(&f) <= 2 * (at + n) + 1024, "memory follows what came");
		if (!o.is_broken)
			fuzz_check(at + n ==
					   o.n_bytes + 4 * (size_t)o.n_frames + frames_pending(&f),
				   "every byte is in a frame or pending");
	}
	frames_done(&f);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, pieces;

	if (size < 2)
		return 0;
	whole = feed(data + 1, size - 1, size - 1);
	pieces = feed(data + 1, size - 1, 1 + (size_t)data[0]);
	fuzz_check(whole.n_frames == pieces.n_frames && whole.n_bytes == pieces.n_bytes &&
			   whole.sum == pieces.sum && whole.is_broken == pieces.is_broken,
		   "where a stream is cut does not matter");
	return 0;
}
