/*
 * worker/latch.c - see latch.h
 *
 * The file is text, one line each:
 *   signet-pin-latch 1 KEY counting|silent
 *   refused|open N HASH
 */
#include "agent/worker/latch.h"

#include <assert.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "agent/base/text.h"

#define FILE_NAME "pin-refused"
#define MAGIC "signet-pin-latch 1"
#define FILE_MAX (8u * 1024)
#define OPEN_MAX 1000000u

/* --- reading ----------------------------------------------------------------------------------- */

static bool read_hex(const char *hex, uint8_t *ret, size_t size)
{
	size_t n;

	return hex && strlen(hex) == 2 * size &&
	       sodium_hex2bin(ret, size, hex, 2 * size, NULL, &n, NULL) == 0 && n == size;
}

static bool read_head(struct latch *l, char *line)
{
	char *rest, *key, *counting;

	if (strncmp(line, MAGIC " ", strlen(MAGIC " ")) != 0)
		return false;
	key = strtok_r(line + strlen(MAGIC " "), " ", &rest);
	counting = strtok_r(NULL, "", &rest);
	if (!read_hex(key, l->key, sizeof(l->key)) || !counting)
		return false;
	l->is_counting = strcmp(counting, "counting") == 0;
	return l->is_counting || strcmp(counting, "silent") == 0;
}

static bool read_entry(struct latch *l, char *line)
{
	struct latch_entry *e = &l->entries[l->n];
	char *rest, *state, *n, *hash;
	uint64_t count;

	if (l->n == LATCH_ENTRIES_MAX)
		return false;
	state = strtok_r(line, " ", &rest);
	n = strtok_r(NULL, " ", &rest);
	hash = strtok_r(NULL, "", &rest);
	if (!state || !n || !hash || !read_hex(hash, e->hash, sizeof(e->hash)))
		return false;
	if (text_to_u64(n, OPEN_MAX, &count) < 0)
		return false;
	e->n_open = (unsigned)count;
	e->is_refused = strcmp(state, "refused") == 0;
	if (!e->is_refused && strcmp(state, "open") != 0)
		return false;
	l->n++;
	return true;
}

static int read_file(struct latch *l, char *text)
{
	char *rest, *line;

	line = strtok_r(text, "\n", &rest);
	if (!line || !read_head(l, line))
		return -EBADMSG;
	while ((line = strtok_r(NULL, "\n", &rest)))
		if (!read_entry(l, line))
			return -EBADMSG;
	return 0;
}

int latch_open(const char *directory, struct latch **ret)
{
	_cleanup_(latch_freep) struct latch *l = NULL;
	_cleanup_(freep) char *path = NULL, *text = NULL;
	size_t size;
	int r;

	if (sodium_init() < 0)
		return -ENOSYS;
	l = calloc(1, sizeof(*l));
	path = text_format("%s/" FILE_NAME, directory);
	if (!l || !path)
		return -ENOMEM;
	l->directory = strdup(directory);
	if (!l->directory)
		return -ENOMEM;
	r = fd_read_file(AT_FDCWD, path, FILE_MAX, &text, &size);
	if (r == -ENOENT) {
		randombytes_buf(l->key, sizeof(l->key));
		*ret = take_ptr(l);
		return 0;
	}
	if (r == 0)
		r = strlen(text) == size ? read_file(l, text) : -EBADMSG;
	if (r < 0)
		return r;
	*ret = take_ptr(l);
	return 0;
}

struct latch *latch_free(struct latch *l)
{
	if (!l)
		return NULL;
	free(l->directory);
	free(l);
	return NULL;
}

/* --- writing ----------------------------------------------------------------------------------- */

static int format_file(const struct latch *l, char *buf, size_t size)
{
	char hex[2 * LATCH_KEY_SIZE + 1];
	size_t at = 0;

	text_hex(l->key, sizeof(l->key), hex);
	at += (size_t)snprintf(buf, size, MAGIC " %s %s\n", hex,
			       l->is_counting ? "counting" : "silent");
	for (size_t i = 0; i < l->n; i++) {
		const struct latch_entry *e = &l->entries[i];

		text_hex(e->hash, sizeof(e->hash), hex);
		at += (size_t)snprintf(buf + at, size - at, "%s %u %s\n",
				       e->is_refused ? "refused" : "open", e->n_open, hex);
	}
	assert(at < size); /* FILE_MAX has room for all entries */
	return (int)at;
}

/*
 * What must not be forgotten waits for the disk. A line that has gone, and is there again after the
 * power failed, does no harm, so taking one away does not wait.
 */
enum durability {
	SAVE_LAZY,
	SAVE_SAFELY,
};

/* All or nothing. */
static int save(const struct latch *l, enum durability durability)
{
	_cleanup_(fd_closep) int dir_fd = -EBADF;
	char buf[FILE_MAX];
	int size;

	dir_fd = open(l->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return -errno;
	size = format_file(l, buf, sizeof(buf));
	return fd_replace_file(dir_fd, FILE_NAME ".new", FILE_NAME, buf, (size_t)size,
			       durability == SAVE_SAFELY);
}

/* --- entries ------------------------------------------------------------------------------------ */

static void hash_of(const struct latch *l, const struct latch_facts *f,
		    uint8_t ret[static LATCH_HASH_SIZE])
{
	crypto_generichash_state state;

	/* None of these can fail with sizes that are constants. */
	(void)crypto_generichash_init(&state, l->key, sizeof(l->key), LATCH_HASH_SIZE);
	(void)crypto_generichash_update(&state, (const uint8_t *)f->serial, strlen(f->serial) + 1);
	(void)crypto_generichash_update(&state, (const uint8_t *)f->pin->bytes, f->pin->size);
	(void)crypto_generichash_final(&state, ret, LATCH_HASH_SIZE);
	sodium_memzero(&state, sizeof(state));
}

/* Where the entry of this value is; l->n if there is none. */
static size_t find(const struct latch *l, const struct latch_facts *f)
{
	uint8_t hash[LATCH_HASH_SIZE];
	size_t i;

	hash_of(l, f, hash);
	for (i = 0; i < l->n; i++)
		if (sodium_memcmp(l->entries[i].hash, hash, sizeof(hash)) == 0)
			break;
	return i;
}

static void drop(struct latch *l, size_t i)
{
	l->n--;
	memmove(&l->entries[i], &l->entries[i + 1], (l->n - i) * sizeof(l->entries[0]));
}

/* Where the entry of this value is; a new one if there is none. */
static size_t find_or_add(struct latch *l, const struct latch_facts *f)
{
	size_t i = find(l, f);

	if (i < l->n)
		return i;
	if (l->n == LATCH_ENTRIES_MAX)
		drop(l, 0);
	i = l->n++;
	l->entries[i] = (struct latch_entry){};
	hash_of(l, f, l->entries[i].hash);
	return i;
}

static bool is_counting(const struct latch *l, const struct latch_facts *f)
{
	return l->is_counting || f->is_counting;
}

bool latch_may_try(const struct latch *l, const struct latch_facts *f)
{
	size_t i = find(l, f);
	const struct latch_entry *e = &l->entries[i];

	if (i == l->n)
		return true;
	if (e->is_refused)
		return f->is_person && is_counting(l, f) && !f->is_count_low;
	if (e->n_open == 0)
		return true;
	if (f->is_person)
		return true;
	if (f->is_count_low)
		return false;
	return is_counting(l, f) || f->has_succeeded || e->n_open < 2;
}

int latch_begin(struct latch *l, const struct latch_facts *f)
{
	size_t i = find_or_add(l, f);

	/* A value that was refused stays so, unless it succeeds this time. */
	if (l->entries[i].n_open < OPEN_MAX)
		l->entries[i].n_open++;
	return save(l, SAVE_SAFELY);
}

int latch_succeeded(struct latch *l, const struct latch_facts *f)
{
	size_t i = find(l, f);

	if (i == l->n)
		return 0;
	drop(l, i);
	return save(l, SAVE_LAZY);
}

int latch_refused(struct latch *l, const struct latch_facts *f, bool is_count_low_now)
{
	size_t i = find_or_add(l, f);

	l->entries[i].is_refused = true;
	l->entries[i].n_open = 0;
	/* Set before as well it would prove nothing. */
	if (is_count_low_now && !f->is_count_low)
		l->is_counting = true;
	return save(l, SAVE_SAFELY);
}

int latch_untried(struct latch *l, const struct latch_facts *f)
{
	size_t i = find(l, f);

	if (i == l->n)
		return 0;
	if (l->entries[i].n_open > 0)
		l->entries[i].n_open--;
	if (l->entries[i].n_open == 0 && !l->entries[i].is_refused)
		drop(l, i);
	return save(l, SAVE_LAZY);
}
