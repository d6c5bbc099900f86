/*
 * cli/hash.c - see hash.h
 */
#include "client/cli/hash.h"

#include <pthread.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)512 * 1024)
#define N_BLOCKS 4u
/* Below this, starting a thread takes longer than it saves. */
#define LONG_SIZE ((uint64_t)8 * 1024 * 1024)

/* Blocks between the thread that reads and the one that hashes. */
struct feed {
	struct source *source;
	uint8_t *blocks; /* N_BLOCKS of BLOCK_SIZE */
	size_t sizes[N_BLOCKS];
	pthread_mutex_t lock; /* for all below */
	pthread_cond_t moved;
	unsigned n_filled;
	bool is_over;          /* nothing more is filled: the end, or a failure */
	bool is_given_up;      /* nothing more is wanted */
	enum exit_code result; /* of reading */
};

/* What is done with each block. */
struct sink {
	EVP_MD_CTX *ctx;
	const struct staged *copy;
	struct progress *progress;
	uint64_t total;
	uint64_t done;
	const char *name;
};

static enum exit_code put(struct sink *k, const uint8_t *block, size_t size)
{
	enum exit_code e = EXIT_DONE;

	if (EVP_DigestUpdate(k->ctx, block, size) != 1) {
		complain("'%s' cannot be hashed: libcrypto refuses", k->name);
		return EXIT_IO;
	}
	if (k->copy)
		e = staged_write(k->copy, block, size);
	k->done += size;
	if (k->progress)
		progress_bytes(k->progress, k->done, k->total);
	return e;
}

/* --- with one thread -------------------------------------------------------------------------- */

static enum exit_code pump(struct source *s, struct sink *k, uint8_t *block)
{
	enum exit_code e;
	size_t n;

	for (;;) {
		e = source_read(s, block, BLOCK_SIZE, &n);
		if (e != EXIT_DONE || n == 0)
			return e;
		e = put(k, block, n);
		if (e != EXIT_DONE)
			return e;
	}
}

/* --- with two --------------------------------------------------------------------------------- */

/* A whole block, or what is left. */
static enum exit_code read_block(struct source *s, uint8_t *block, size_t *ret_size)
{
	enum exit_code e = EXIT_DONE;
	size_t size = 0, n = 1;

	while (size < BLOCK_SIZE && n > 0 && e == EXIT_DONE) {
		e = source_read(s, block + size, BLOCK_SIZE - size, &n);
		if (e == EXIT_DONE)
			size += n;
	}
	*ret_size = size;
	return e;
}

static void *read_ahead(void *userdata)
{
	struct feed *f = userdata;
	enum exit_code e;

	(void)pthread_mutex_lock(&f->lock);
	for (unsigned at = 0; !f->is_over; at = (at + 1) % N_BLOCKS) {
		while (f->n_filled == N_BLOCKS && !f->is_given_up)
			(void)pthread_cond_wait(&f->moved, &f->lock);
		if (f->is_given_up)
			break;
		(void)pthread_mutex_unlock(&f->lock);
		e = read_block(f->source, f->blocks + at * BLOCK_SIZE, &f->sizes[at]);
		(void)pthread_mutex_lock(&f->lock);
		f->result = e;
		f->is_over = e != EXIT_DONE || f->sizes[at] == 0;
		f->n_filled += !f->is_over;
		(void)pthread_cond_signal(&f->moved);
	}
	(void)pthread_mutex_unlock(&f->lock);
	return NULL;
}

static enum exit_code drain(struct feed *f, struct sink *k)
{
	enum exit_code e = EXIT_DONE;

	(void)pthread_mutex_lock(&f->lock);
	for (unsigned at = 0; e == EXIT_DONE; at = (at + 1) % N_BLOCKS) {
		while (f->n_filled == 0 && !f->is_over)
			(void)pthread_cond_wait(&f->moved, &f->lock);
		if (f->n_filled == 0)
			break;
		(void)pthread_mutex_unlock(&f->lock);
		e = put(k, f->blocks + at * BLOCK_SIZE, f->sizes[at]);
		(void)pthread_mutex_lock(&f->lock);
		f->n_filled--;
		f->is_given_up = e != EXIT_DONE;
		(void)pthread_cond_signal(&f->moved);
	}
	if (e == EXIT_DONE)
		e = f->result;
	(void)pthread_mutex_unlock(&f->lock);
	return e;
}

static enum exit_code pump_ahead(struct source *s, struct sink *k, uint8_t *blocks)
{
	struct feed f = {.source = s, .blocks = blocks};
	enum exit_code e;
	pthread_t thread;

	(void)pthread_mutex_init(&f.lock, NULL); /* neither fails with default attributes */
	(void)pthread_cond_init(&f.moved, NULL);
	if (pthread_create(&thread, NULL, read_ahead, &f) == 0) {
		e = drain(&f, k);
		(void)pthread_join(thread, NULL); /* a thread of ours */
	} else {
		e = pump(s, k, blocks);
	}
	(void)pthread_cond_destroy(&f.moved); /* nobody waits any more */
	(void)pthread_mutex_destroy(&f.lock);
	return e;
}

/* --- both ------------------------------------------------------------------------------------- */

enum exit_code hash_feed(struct source *s, EVP_MD_CTX *ctx, const struct staged *copy,
			 struct progress *progress)
{
	bool is_long = s->size == 0 || s->size >= LONG_SIZE;
	_cleanup_(freep) uint8_t *blocks = malloc((is_long ? N_BLOCKS : 1) * BLOCK_SIZE);
	struct sink k = {
		.ctx = ctx,
		.copy = copy,
		.progress = progress,
		.total = s->size,
		.name = s->name,
	};

	if (!blocks) {
		complain("'%s' cannot be hashed: out of memory", s->name);
		return EXIT_AGAIN;
	}
	return is_long ? pump_ahead(s, &k, blocks) : pump(s, &k, blocks);
}

enum exit_code hash_source(struct source *s, const EVP_MD *md, const struct staged *copy,
			   struct progress *progress, uint8_t *ret, size_t *ret_size)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	enum exit_code e = EXIT_AGAIN;
	unsigned size;

	if (ctx && EVP_DigestInit_ex(ctx, md, NULL) == 1)
		e = hash_feed(s, ctx, copy, progress);
	else
		complain("'%s' cannot be hashed: out of memory", s->name);
	if (e == EXIT_DONE && EVP_DigestFinal_ex(ctx, ret, &size) != 1)
		e = EXIT_IO;
	if (e == EXIT_DONE)
		*ret_size = size;
	EVP_MD_CTX_free(ctx);
	return e;
}

enum exit_code hash_file(const char *path, const EVP_MD *md, struct progress *progress,
			 uint8_t *ret, size_t *ret_size)
{
	_cleanup_(source_done) struct source s = SOURCE_NONE;
	enum exit_code e;

	e = source_open(&s, path);
	return e == EXIT_DONE ? hash_source(&s, md, NULL, progress, ret, ret_size) : e;
}
