/*
 * policy/quorum-file.c - see quorum-file.h
 *
 * A file is written under another name, synced and renamed, and the directory is synced: after a
 * crash there is the old one or the new one, and what was acknowledged is there.
 */
#include "agent/policy/quorum-file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/bytes.h"
#include "agent/base/fd.h"
#include "agent/base/text.h"

#define MAGIC "signet request 1\n"
#define UNIT_MAX 512u

/* --- one file's bytes --------------------------------------------------------------------------- */

static void encode_ask(const struct ask *ask, struct writer *w)
{
	writer_text(w, ask->purpose);
	writer_u8(w, (uint8_t)ask->algorithm);
	writer_u8(w, (uint8_t)ask->hash);
	writer_u8(w, (uint8_t)ask->input);
	writer_u32(w, (uint32_t)ask->n_items);
	for (size_t i = 0; i < ask->n_items; i++) {
		const struct ask_item *item = &ask->items[i];

		writer_string(w, item->data, item->size);
		writer_text(w, item->label);
		writer_string(w, item->digest, item->digest_size);
	}
}

static void encode_approval(const struct approval *a, struct writer *w)
{
	writer_u32(w, a->person.uid);
	writer_text(w, a->person.name);
	writer_u8(w, a->is_by_signature);
	writer_u64(w, a->window.usec);
	writer_u64(w, a->window.signatures);
	writer_u64(w, a->at_usec);
	writer_bytes(w, a->text, sizeof(a->text));
}

void quorum_file_encode(const struct parked *p, struct writer *w)
{
	writer_bytes(w, MAGIC, strlen(MAGIC));
	writer_text(w, p->id);
	writer_u8(w, (uint8_t)p->state);
	writer_u32(w, p->uid);
	writer_text(w, p->unit);
	writer_text(w, p->session);
	writer_text(w, p->comm);
	writer_u8(w, p->is_forwarded);
	writer_text(w, p->key);
	writer_bytes(w, p->key_id, sizeof(p->key_id));
	writer_text(w, p->token);
	encode_ask(&p->ask, w);
	writer_u64(w, p->asked.usec);
	writer_u64(w, p->asked.signatures);
	writer_text(w, p->policy);
	writer_u32(w, p->needed);
	writer_u64(w, p->created_usec);
	writer_u64(w, p->expires_usec);
	writer_u8(w, p->is_used);
	writer_u64(w, p->open_until_usec);
	writer_u64(w, p->n_left);
	writer_u64(w, p->ended_usec);
	writer_u32(w, (uint32_t)p->n_approvals);
	for (size_t i = 0; i < p->n_approvals; i++)
		encode_approval(&p->approvals[i], w);
}

/* *error keeps the first one; what is empty is NULL. */
static char *take_text(struct reader *r, size_t max, int *error)
{
	struct view v = reader_text(r, 0, max);
	char *s;

	if (v.size == 0)
		return NULL;
	s = view_strdup(v);
	if (!s)
		*error = -ENOMEM;
	return s;
}

static bool take_bool(struct reader *r)
{
	uint8_t n = reader_u8(r);

	if (n > 1)
		reader_fail(r);
	return n == 1;
}

/* Of fixed size with a NUL behind it. */
static void take_hex(struct reader *r, char *ret, size_t size)
{
	struct view v = reader_text(r, size, size);

	if (v.size != size)
		return;
	memcpy(ret, v.data, size);
	if (strspn(ret, "0123456789abcdef") != size)
		reader_fail(r);
}

static bool is_digest_of(enum input input, struct view data, struct view digest)
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	if (input == INPUT_DIGEST)
		return view_is_equal(data, digest);
	(void)crypto_hash_sha256(hash, data.data, data.size); /* always 0 */
	return view_is_equal(digest, (struct view){hash, sizeof(hash)});
}

static void decode_item(struct reader *r, const struct ask *ask, struct ask_item *item, int *error)
{
	struct view data = reader_string(r, 0, MESSAGE_MAX), digest;

	item->data = bytes_dup(data.data, data.size);
	if (!item->data)
		*error = -ENOMEM;
	item->size = item->data ? data.size : 0;
	item->label = take_text(r, LABEL_MAX, error);
	digest = reader_string(r, 1, DIGEST_MAX);
	if (!is_digest_of(ask->input, data, digest))
		reader_fail(r); /* what is signed must be what was shown */
	if (digest.size > 0)
		memcpy(item->digest, digest.data, digest.size);
	item->digest_size = digest.size;
}

static void decode_ask(struct reader *r, struct ask *ask, int *error)
{
	struct view purpose = reader_text(r, 1, PURPOSE_MAX);
	uint32_t n;

	if (purpose.size > 0)
		memcpy(ask->purpose, purpose.data, purpose.size);
	ask->algorithm = (enum algorithm)reader_u8(r);
	ask->hash = (enum hash)reader_u8(r);
	ask->input = (enum input)reader_u8(r);
	if (!algorithm_name(ask->algorithm) || ask->hash >= _HASH_MAX || ask->input >= _INPUT_MAX)
		reader_fail(r);
	n = reader_count(r, BATCH_MAX);
	if (r->has_failed || n == 0)
		return;
	*error = ask_set_items(ask, n);
	for (uint32_t i = 0; i < n && *error == 0 && !r->has_failed; i++)
		decode_item(r, ask, &ask->items[i], error);
}

static void decode_approval(struct reader *r, struct approval *a)
{
	struct view name, text;

	a->person.uid = reader_u32(r);
	name = reader_text(r, 0, PERSON_MAX);
	if (name.size > 0)
		memcpy(a->person.name, name.data, name.size);
	if (name.size == 0 && a->person.uid == (uid_t)-1)
		reader_fail(r);
	a->is_by_signature = take_bool(r);
	a->window.usec = reader_u64(r);
	a->window.signatures = reader_u64(r);
	a->at_usec = reader_u64(r);
	text = reader_bytes(r, sizeof(a->text));
	if (text.size > 0)
		memcpy(a->text, text.data, text.size);
}

static void decode_front(struct reader *r, struct parked *p, int *error)
{
	struct view magic = reader_bytes(r, strlen(MAGIC)), key_id;

	if (!view_is(magic, MAGIC))
		reader_fail(r);
	take_hex(r, p->id, PARKED_ID_LEN);
	p->state = (enum parked_state)reader_u8(r);
	if (!parked_state_name(p->state))
		reader_fail(r);
	p->uid = reader_u32(r);
	p->unit = take_text(r, UNIT_MAX, error);
	p->session = take_text(r, UNIT_MAX, error);
	p->comm = take_text(r, UNIT_MAX, error);
	p->is_forwarded = take_bool(r);
	p->key = take_text(r, NAME_MAX_LEN, error);
	key_id = reader_bytes(r, KEY_ID_SIZE);
	if (key_id.size > 0)
		memcpy(p->key_id, key_id.data, key_id.size);
	p->token = take_text(r, NAME_MAX_LEN, error);
}

static void decode_back(struct reader *r, struct parked *p)
{
	uint32_t n;

	p->asked.usec = reader_u64(r);
	p->asked.signatures = reader_u64(r);
	take_hex(r, p->policy, 64);
	p->needed = reader_count(r, QUORUM_MAX);
	p->created_usec = reader_u64(r);
	p->expires_usec = reader_u64(r);
	p->is_used = take_bool(r);
	p->open_until_usec = reader_u64(r);
	p->n_left = reader_u64(r);
	p->ended_usec = reader_u64(r);
	n = reader_count(r, QUORUM_MAX);
	for (; p->n_approvals < n && !r->has_failed; p->n_approvals++)
		decode_approval(r, &p->approvals[p->n_approvals]);
}

static bool is_sane(const struct parked *p)
{
	if (p->uid == (uid_t)-1 || !p->key || !p->token || p->needed == 0)
		return false;
	if (p->ask.n_items == 0 && (!p->is_used || p->asked.usec == 0 || p->asked.signatures == 0))
		return false;
	return p->state != PARKED_APPROVED || p->n_approvals >= p->needed;
}

int quorum_file_decode(struct view v, struct parked **ret)
{
	_cleanup_(parked_freep) struct parked *p = calloc(1, sizeof(*p));
	struct reader r;
	int error = 0;

	if (!p)
		return -ENOMEM;
	list_init(&p->link);
	ask_init(&p->ask);
	reader_init(&r, v.data, v.size);
	decode_front(&r, p, &error);
	if (error == 0 && !r.has_failed)
		decode_ask(&r, &p->ask, &error);
	if (error == 0 && !r.has_failed)
		decode_back(&r, p);
	if (error < 0)
		return error;
	if (!reader_end(&r) || !is_sane(p))
		return -EBADMSG;
	*ret = take_ptr(p);
	return 0;
}

/* --- files -------------------------------------------------------------------------------------- */

/* The last two of the path are ours to make: STATE/agent and what is in it. */
static int make_dir(const char *dir)
{
	_cleanup_(freep) char *parent = strdup(dir);
	char *slash;

	if (!parent)
		return -ENOMEM;
	slash = strrchr(parent, '/');
	if (slash && slash != parent) {
		*slash = '\0';
		if (mkdir(parent, 0700) < 0 && errno != EEXIST && errno != ENOENT)
			return -errno;
	}
	return mkdir(dir, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int open_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int quorum_file_write(const char *dir, const struct parked *p)
{
	_cleanup_(writer_done) struct writer w;
	_cleanup_(fd_closep) int fd = -EBADF;
	char temporary[PARKED_ID_LEN + 8] = ".";
	int r;

	memcpy(temporary + 1, p->id, PARKED_ID_LEN + 1);
	writer_init(&w, PARKED_FILE_MAX);
	quorum_file_encode(p, &w);
	r = writer_end(&w);
	if (r == 0)
		r = make_dir(dir);
	if (r < 0)
		return r;
	fd = open_dir(dir);
	return fd < 0 ? fd : fd_replace_file(fd, temporary, p->id, w.data, w.size, true);
}

int quorum_file_remove(const char *dir, const char *id)
{
	_cleanup_(fd_closep) int fd = open_dir(dir);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (unlinkat(fd, id, 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

static int load_one(int dir_fd, const char *name, struct parked **ret)
{
	_cleanup_(freep) char *data = NULL;
	size_t size;
	int r;

	r = fd_read_file(dir_fd, name, PARKED_FILE_MAX, &data, &size);
	if (r == 0)
		r = quorum_file_decode((struct view){(uint8_t *)data, size}, ret);
	if (r == 0 && strcmp((*ret)->id, name) != 0) {
		*ret = parked_free(*ret);
		r = -EBADMSG;
	}
	return r;
}

int quorum_file_load(const char *dir, void (*take)(struct parked *p, void *userdata),
		     void *userdata, char **ret_broken, size_t *ret_n_broken)
{
	_cleanup_(freep) char *broken = NULL;
	struct parked *p = NULL;
	size_t n_broken = 0;
	struct dirent *e;
	int r = 0;
	DIR *d;

	d = opendir(dir);
	if (!d && errno != ENOENT)
		return -errno;
	while (d && r == 0 && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		r = load_one(dirfd(d), e->d_name, &p);
		if (r == 0)
			take(p, userdata);
		if (r == 0 || r == -ENOMEM)
			continue;
		r = 0;
		if (n_broken++ == 0)
			broken = strdup(e->d_name); /* NULL names none */
	}
	if (d)
		(void)closedir(d); /* only read */
	if (r < 0)
		return r;
	*ret_broken = take_ptr(broken);
	*ret_n_broken = n_broken;
	return 0;
}
