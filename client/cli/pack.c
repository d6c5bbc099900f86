/*
 * cli/pack.c - see pack.h
 *
 * zlib, liblzma and libzstd do the work.
 */
#include "client/cli/pack.h"

#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* The kernel's decoder checks nothing but CRC32, and has this much room. */
#define XZ_DICTIONARY ((uint32_t)1024 * 1024)
/* Of memory to unpack xz: what its highest setting takes. */
#define XZ_MEMORY_MAX ((uint64_t)80 * 1024 * 1024)
/* A window beyond this is refused by kmod and kernels, too. */
#define ZSTD_WINDOW_LOG_MAX 27
#define GZIP_BITS (15 + 16) /* the largest window, and gzip's header */

/* clang-format off */
static const struct kind {
	const char *name;
	const char *magic;
	size_t size;
} kinds[] = {
	[PACKING_GZIP] = {"gzip", "\x1f\x8b",             2},
	[PACKING_XZ]   = {"xz",   "\xfd" "7zXZ\0",        6},
	[PACKING_ZSTD] = {"zstd", "\x28\xb5\x2f\xfd",     4},
};
/* clang-format on */

enum packing packing_of(const uint8_t *head, size_t size)
{
	for (size_t i = PACKING_GZIP; i < array_len(kinds); i++)
		if (size >= kinds[i].size && memcmp(head, kinds[i].magic, kinds[i].size) == 0)
			return (enum packing)i;
	return PACKING_NONE;
}

const char *packing_name(enum packing p)
{
	return kinds[p].name;
}

/* --- unpacking: in steps, since nobody says how much it becomes ---------------------------------- */

enum step {
	STEP_MORE, /* room is wanted */
	STEP_END,
	STEP_BROKEN,
};

/* In and out: what is left of each. */
struct flow {
	const uint8_t *in;
	size_t in_left;
	uint8_t *out;
	size_t out_left;
};

static bool gzip_start(void *state)
{
	return inflateInit2((z_stream *)state, GZIP_BITS) == Z_OK;
}

static enum step gzip_step(void *state, struct flow *f)
{
	/* Its counters are narrow. */
	size_t in = f->in_left < UINT32_MAX ? f->in_left : UINT32_MAX;
	size_t out = f->out_left < UINT32_MAX ? f->out_left : UINT32_MAX;
	z_stream *z = state;
	int r;

	z->next_in = (Bytef *)f->in;
	z->avail_in = (uInt)in;
	z->next_out = f->out;
	z->avail_out = (uInt)out;
	r = inflate(z, Z_NO_FLUSH);
	f->in += in - z->avail_in;
	f->in_left -= in - z->avail_in;
	f->out += out - z->avail_out;
	f->out_left -= out - z->avail_out;
	if (r == Z_STREAM_END)
		return STEP_END;
	return r == Z_OK && z->avail_out == 0 ? STEP_MORE : STEP_BROKEN;
}

static void gzip_end(void *state)
{
	(void)inflateEnd((z_stream *)state); /* frees */
}

static bool xz_start(void *state)
{
	return lzma_stream_decoder((lzma_stream *)state, XZ_MEMORY_MAX, 0) == LZMA_OK;
}

static enum step xz_step(void *state, struct flow *f)
{
	lzma_stream *s = state;
	lzma_ret r;

	s->next_in = f->in;
	s->avail_in = f->in_left;
	s->next_out = f->out;
	s->avail_out = f->out_left;
	r = lzma_code(s, LZMA_FINISH);
	*f = (struct flow){s->next_in, s->avail_in, s->next_out, s->avail_out};
	if (r == LZMA_STREAM_END)
		return STEP_END;
	return r == LZMA_OK && s->avail_out == 0 ? STEP_MORE : STEP_BROKEN;
}

static void xz_end(void *state)
{
	lzma_end((lzma_stream *)state);
}

static bool zstd_start(void *state)
{
	ZSTD_DCtx **ctx = state;

	*ctx = ZSTD_createDCtx();
	return *ctx && !ZSTD_isError(ZSTD_DCtx_setParameter(*ctx, ZSTD_d_windowLogMax,
							    ZSTD_WINDOW_LOG_MAX));
}

static enum step zstd_step(void *state, struct flow *f)
{
	ZSTD_inBuffer in = {.src = f->in, .size = f->in_left};
	ZSTD_outBuffer out = {.dst = f->out, .size = f->out_left};
	size_t r = ZSTD_decompressStream(*(ZSTD_DCtx **)state, &out, &in);

	f->in += in.pos;
	f->in_left -= in.pos;
	f->out += out.pos;
	f->out_left -= out.pos;
	if (r == 0)
		return STEP_END;
	return !ZSTD_isError(r) && out.pos == out.size ? STEP_MORE : STEP_BROKEN;
}

static void zstd_end(void *state)
{
	(void)ZSTD_freeDCtx(*(ZSTD_DCtx **)state); /* frees; NULL is allowed */
}

struct unpacker {
	bool (*start)(void *state);
	enum step (*step)(void *state, struct flow *f);
	void (*end)(void *state);
};

static const struct unpacker unpackers[] = {
	[PACKING_GZIP] = {gzip_start, gzip_step, gzip_end},
	[PACKING_XZ] = {xz_start, xz_step, xz_end},
	[PACKING_ZSTD] = {zstd_start, zstd_step, zstd_end},
};

/* Twice the room, up to max. False: there is no more. */
static bool grow(struct contents *c, size_t max)
{
	size_t size = c->size > max / 2 ? max : c->size * 2;
	uint8_t *data = size > c->size ? realloc(c->data, size) : NULL;

	if (!data)
		return false;
	c->data = data;
	c->size = size;
	return true;
}

static enum exit_code run(const struct unpacker *u, void *state, struct flow *f, size_t max,
			  const char *path, struct contents *ret)
{
	enum step step;
	size_t done;

	do {
		done = ret->data ? (size_t)(f->out - ret->data) : 0;
		if (!grow(ret, max)) {
			complain("'%s' is too long when it is unpacked", path);
			return EXIT_DATA;
		}
		f->out = ret->data + done;
		f->out_left = ret->size - done;
		step = u->step(state, f);
	} while (step == STEP_MORE);
	ret->size -= f->out_left;
	if (step == STEP_END && f->in_left == 0)
		return EXIT_DONE;
	complain("'%s' cannot be unpacked: it is damaged, or not at its end where it should be",
		 path);
	return EXIT_DATA;
}

enum exit_code unpack(enum packing p, const char *path, const struct contents *packed, size_t max,
		      struct contents *ret)
{
	struct contents plain = {.size = packed->size}; /* the room there is next time: twice */
	struct flow f = {.in = packed->data, .in_left = packed->size};
	union {
		z_stream gzip;
		lzma_stream xz;
		ZSTD_DCtx *zstd;
	} state = {};
	enum exit_code e = EXIT_AGAIN;

	if (unpackers[p].start(&state))
		e = run(&unpackers[p], &state, &f, max, path, &plain);
	else
		complain("out of memory");
	unpackers[p].end(&state);
	if (e == EXIT_DONE)
		*ret = plain;
	else
		free(plain.data);
	return e;
}

/* --- packing ------------------------------------------------------------------------------------ */

/* Each into room that is enough for the worst. Returns the size, 0 if it fails. */

static size_t gzip_bound(size_t size)
{
	return compressBound(size) + 32; /* gzip's header and trailer are longer than zlib's */
}

static size_t gzip_pack(const struct contents *plain, uint8_t *out, size_t room)
{
	z_stream z = {};
	size_t size = 0;

	if (plain->size > UINT32_MAX || room > UINT32_MAX ||
	    deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_BITS, 8, Z_DEFAULT_STRATEGY) !=
		    Z_OK)
		return 0;
	z.next_in = plain->data;
	z.avail_in = (uInt)plain->size;
	z.next_out = out;
	z.avail_out = (uInt)room;
	if (deflate(&z, Z_FINISH) == Z_STREAM_END)
		size = room - z.avail_out;
	(void)deflateEnd(&z); /* frees */
	return size;
}

static size_t xz_pack(const struct contents *plain, uint8_t *out, size_t room)
{
	lzma_options_lzma options;
	const lzma_filter filters[] = {
		{.id = LZMA_FILTER_LZMA2, .options = &options},
		{.id = LZMA_VLI_UNKNOWN},
	};
	size_t size = 0;

	if (lzma_lzma_preset(&options, LZMA_PRESET_DEFAULT))
		return 0;
	options.dict_size = XZ_DICTIONARY;
	if (lzma_stream_buffer_encode((lzma_filter *)filters, LZMA_CHECK_CRC32, NULL, plain->data,
				      plain->size, out, &size, room) != LZMA_OK)
		return 0;
	return size;
}

static size_t zstd_pack(const struct contents *plain, uint8_t *out, size_t room)
{
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	size_t size = 0;

	if (ctx && !ZSTD_isError(ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 1)))
		size = ZSTD_compress2(ctx, out, room, plain->data, plain->size);
	(void)ZSTD_freeCCtx(ctx); /* frees; NULL is allowed */
	return ZSTD_isError(size) ? 0 : size;
}

static const struct packer {
	size_t (*bound)(size_t size);
	size_t (*pack)(const struct contents *plain, uint8_t *out, size_t room);
} packers[] = {
	[PACKING_GZIP] = {gzip_bound, gzip_pack},
	[PACKING_XZ] = {lzma_stream_buffer_bound, xz_pack},
	[PACKING_ZSTD] = {ZSTD_compressBound, zstd_pack},
};

enum exit_code pack(enum packing p, const char *path, const struct contents *plain,
		    struct contents *ret)
{
	size_t room = packers[p].bound(plain->size);
	uint8_t *data = malloc(room);
	size_t size = data ? packers[p].pack(plain, data, room) : 0;

	if (size == 0) {
		complain("'%s' cannot be packed with %s: out of memory", path, packing_name(p));
		free(data);
		return EXIT_AGAIN;
	}
	*ret = (struct contents){.data = data, .size = size};
	return EXIT_DONE;
}
