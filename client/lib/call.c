/*
 * lib/call.c - the calls of signet.h: checks arguments, writes the request, decodes the result
 */
#include "client/include/signet.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/lib/answer.h"
#include "client/lib/handle.h"
#include "agent/base/cleanup.h"
#include "agent/base/clock.h"
#include "agent/base/code.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/wire/message.h"
#include "agent/wire/writer.h"

/* A frame and its length word. */
#define REQUEST_ROOM ((size_t)FRAME_MAX + 4)
/* More keys than this no agent has: as many as all tokens can hold. */
#define KEYS_MAX ((size_t)TOKENS_MAX * TOKEN_KEYS_MAX)
/* And not as large: what all pages of a list hold together. */
#define LIST_MAX ((size_t)64 * 1024 * 1024)

static bool is_name(const char *s)
{
	return s && text_is_clean(s, strlen(s), NAME_MAX_LEN);
}

static bool is_reason(const char *s)
{
	return text_is_clean(s, strlen(s), REASON_MAX);
}

static bool has_only_known(unsigned flags)
{
	return (flags & ~SIGNET_MAY_ASK) == 0;
}

/* --- list ------------------------------------------------------------------------------------- */

struct page {
	const char *name;    /* NULL: all keys */
	const char *purpose; /* NULL: the usual ones */
	uint8_t flags;
	uint32_t first;
	uint32_t next; /* 0: this was the last */
	size_t room;   /* for what is still to come */
};

/* The agent may send the keys in pages, each starting behind the one before. */
static int decode_page(struct signet_answer *a, struct reader *r, void *userdata)
{
	struct page *p = userdata;
	size_t before = a->n;
	uint32_t n;
	int e;

	if (r->left > p->room)
		return SIGNET_E_PROTOCOL;
	p->room -= r->left;
	p->next = reader_u32(r);
	n = reader_count(r, FRAME_MAX / 32); /* no key takes less room */
	if (r->has_failed || (p->next != 0 && (p->next <= p->first || n == 0)))
		return SIGNET_E_PROTOCOL;
	if (n > KEYS_MAX - a->n)
		return SIGNET_E_PROTOCOL;
	e = answer_take_keys(a, r, n);
	for (size_t i = before; i < a->n && e == 0 && p->name; i++)
		if (strcmp(a->keys[i].name, p->name) != 0)
			e = SIGNET_E_PROTOCOL;
	return e;
}

static int list_page(struct signet *s, struct signet_answer *a, struct page *p)
{
	_cleanup_(writer_done) struct writer w;

	writer_init(&w, REQUEST_ROOM);
	message_write_list(&w, p->first, p->name, p->flags, p->purpose);
	return handle_call(s, "list", &w, -EBADF, a, decode_page, p);
}

static int list(struct signet *s, struct page p, struct signet_answer **ret)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	uint64_t deadline_usec = handle_deadline(s);
	int r;

	if (p.name && !is_name(p.name))
		return SIGNET_E_INVALID;
	p.room = LIST_MAX;
	a = answer_new();
	if (!a)
		return SIGNET_E_MEMORY;
	do {
		if (clock_boottime_usec() >= deadline_usec)
			return SIGNET_E_TIMEOUT; /* each page has come in time, but not all */
		p.first = p.next;
		p.next = 0;
		r = list_page(s, a, &p);
		if (r < 0)
			return r;
	} while (p.next != 0);
	*ret = take_ptr(a);
	return 0;
}

int signet_list(struct signet *s, const char *name, struct signet_answer **ret)
{
	return list(s, (struct page){.name = name}, ret);
}

int signet_list_for(struct signet *s, const char *purpose, struct signet_answer **ret)
{
	if (!purpose || !text_is_clean(purpose, strlen(purpose), PURPOSE_MAX))
		return SIGNET_E_INVALID;
	return list(s, (struct page){.purpose = purpose}, ret);
}

int signet_list_all(struct signet *s, const char *name, unsigned flags, struct signet_answer **ret)
{
	if (!has_only_known(flags))
		return SIGNET_E_INVALID;
	return list(s, (struct page){.name = name, .flags = (uint8_t)(flags | MESSAGE_ALL)}, ret);
}

/* --- sign ------------------------------------------------------------------------------------- */

/* Data and labels of all items fit one request, and each item has the size that it must have. */
static bool has_sane_items(const struct signet_request *q)
{
	size_t digest = hash_size((enum hash)q->hash), sum = 0;

	if (!q->items || q->n_items == 0 || q->n_items > BATCH_MAX)
		return false;
	for (size_t i = 0; i < q->n_items; i++) {
		const struct signet_item *item = &q->items[i];

		if (item->size > MESSAGE_MAX || (item->size > 0 && !item->data))
			return false;
		if (q->input == SIGNET_DIGEST && item->size != digest)
			return false;
		sum += item->size + 8 + (item->label ? strnlen(item->label, LABEL_MAX) : 0);
	}
	return sum <= SIGNET_REQUEST_MAX;
}

static bool is_sane(const struct signet_request *q)
{
	bool is_hashed = hash_size((enum hash)q->hash) > 0;

	if (!is_name(q->key) || !algorithm_name((enum algorithm)q->algorithm))
		return false;
	if (!is_hashed && q->hash != SIGNET_NO_HASH)
		return false;
	if (q->input != SIGNET_MESSAGE && (q->input != SIGNET_DIGEST || !is_hashed))
		return false;
	if (q->break_glass && !is_reason(q->break_glass))
		return false;
	return has_only_known(q->flags) && has_sane_items(q);
}

/* Text that fits the wire: the end of the label, which tells more than the beginning of a path. */
static void clean_label(const char *label, char *buf, size_t size)
{
	size_t len = strlen(label);

	if (len >= size)
		label += len - (size - 1);
	/* Not from the middle of a character. */
	while ((*label & 0xc0) == 0x80)
		label++;
	text_sanitise(label, buf, size);
}

struct labels {
	char text[BATCH_MAX][LABEL_MAX + 1];
};

static void fill_message(const struct signet_request *q, struct labels *labels,
			 struct message_sign *m)
{
	m->key = (struct view){.data = (const uint8_t *)q->key, .size = strlen(q->key)};
	m->algorithm = (enum algorithm)q->algorithm;
	m->hash = (enum hash)q->hash;
	m->input = (enum input)q->input;
	m->flags = (uint8_t)(q->flags | (q->break_glass ? MESSAGE_BREAK_GLASS : 0));
	m->break_glass = (struct view){};
	if (q->break_glass)
		m->break_glass = view_of(q->break_glass);
	m->n_items = (uint32_t)q->n_items;
	m->key_id = (struct view){q->key_id, q->key_id ? SIGNET_KEY_ID_SIZE : 0};
	for (size_t i = 0; i < q->n_items; i++) {
		char *label = labels->text[i];

		clean_label(q->items[i].label ? q->items[i].label : "", label, LABEL_MAX + 1);
		m->items[i].label = (struct view){(const uint8_t *)label, strlen(label)};
		m->items[i].data = (struct view){q->items[i].data, q->items[i].size};
	}
}

/* 70 KiB of labels and 8 KiB of views: too much for the stack of somebody else's thread. */
static int write_sign(struct writer *w, const struct signet_request *q)
{
	_cleanup_(freep) struct labels *labels = malloc(sizeof(*labels));
	_cleanup_(freep) struct message_sign *m = malloc(sizeof(*m));

	if (!labels || !m)
		return SIGNET_E_MEMORY;
	fill_message(q, labels, m);
	message_write_sign(w, m);
	return 0;
}

static int decode_signatures(struct signet_answer *a, struct reader *r, void *userdata)
{
	const struct signet_request *q = userdata;
	uint32_t n = reader_count(r, BATCH_MAX);

	if (r->has_failed || n != q->n_items)
		return SIGNET_E_PROTOCOL;
	return answer_take_signatures(a, r, n);
}

int signet_sign(struct signet *s, const struct signet_request *request, struct signet_answer **ret)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(writer_done) struct writer w;
	int r;

	writer_init(&w, REQUEST_ROOM);
	if (!is_sane(request))
		return SIGNET_E_INVALID;
	a = answer_new();
	if (!a)
		return SIGNET_E_MEMORY;
	r = write_sign(&w, request);
	if (r < 0)
		return r;
	r = handle_call(s, "sign", &w, -EBADF, a, decode_signatures, (void *)request);
	if (r < 0)
		return r;
	*ret = take_ptr(a);
	return 0;
}

/* --- unlock, lock ----------------------------------------------------------------------------- */

static int call_token(struct signet *s, const char *operation, const char *token, unsigned flags,
		      int fd, struct signet_answer **ret)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(writer_done) struct writer w;
	int r;

	writer_init(&w, REQUEST_ROOM);
	if (!is_name(token))
		return SIGNET_E_INVALID;
	a = answer_new();
	if (!a)
		return SIGNET_E_MEMORY;
	message_write_token(&w, operation, token, (uint8_t)flags);
	r = handle_call(s, operation, &w, fd, a, NULL, NULL);
	if (r < 0)
		return r;
	*ret = take_ptr(a);
	return 0;
}

int signet_unlock(struct signet *s, const char *token, unsigned flags, int pin_fd,
		  struct signet_answer **ret)
{
	bool is_sealed;

	if (!has_only_known(flags & ~SIGNET_STORED_PIN))
		return SIGNET_E_INVALID;
	if (pin_fd < 0 || fd_is_sealed_memfd(pin_fd, PIN_MAX, &is_sealed) < 0 || !is_sealed)
		return SIGNET_E_INVALID;
	return call_token(s, "unlock", token, flags, pin_fd, ret);
}

int signet_lock(struct signet *s, const char *token, unsigned flags, struct signet_answer **ret)
{
	if (!has_only_known(flags))
		return SIGNET_E_INVALID;
	return call_token(s, "lock", token, flags, -EBADF, ret);
}

int signet_pin(const void *pin, size_t size, int *ret_fd)
{
	_cleanup_(fd_closep) int fd = -EBADF;

	if (!pin || size == 0 || size > PIN_MAX || memchr(pin, '\0', size))
		return SIGNET_E_INVALID;
	fd = memfd_create("signet-pin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return SIGNET_E_IO;
	/* Memory: a short write means that there is none. */
	if (pwrite(fd, pin, size, 0) != (ssize_t)size)
		return SIGNET_E_IO;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return SIGNET_E_IO;
	*ret_fd = take_fd(&fd);
	return 0;
}

/* --- explain ---------------------------------------------------------------------------------- */

static struct view text_of(const char *s)
{
	return (struct view){(const uint8_t *)s, s ? strlen(s) : 0};
}

static bool is_text(const char *s, size_t max)
{
	return !s || text_is_clean(s, strlen(s), max);
}

static bool is_sane_caller(const struct signet_caller *c)
{
	return c->n_groups <= SIGNET_GROUPS_MAX && (c->groups || c->n_groups == 0) &&
	       is_text(c->unit, SIGNET_UNIT_MAX) && is_text(c->slice, SIGNET_UNIT_MAX);
}

static bool is_sane_question(const struct signet_question *q)
{
	bool is_hash = q->hash == SIGNET_NO_HASH || hash_size((enum hash)q->hash) > 0;
	bool is_algorithm = q->algorithm == 0 || algorithm_name((enum algorithm)q->algorithm);

	return is_name(q->key) && is_text(q->purpose, PURPOSE_MAX) && is_hash && is_algorithm &&
	       (q->flags & ~(SIGNET_MAY_ASK | SIGNET_FORWARDED)) == 0 &&
	       (!q->caller || is_sane_caller(q->caller));
}

static void write_explain(struct writer *w, const struct signet_question *q)
{
	const struct signet_caller *c = q->caller;
	struct message_explain m = {
		.key = text_of(q->key),
		.purpose = text_of(q->purpose),
		.algorithm = (enum algorithm)q->algorithm,
		.hash = (enum hash)q->hash,
		.flags = (uint8_t)(q->flags | (c ? MESSAGE_OTHER : 0)),
	};

	if (c) {
		m.uid = c->uid;
		m.gid = c->gid;
		m.n_groups = (uint32_t)c->n_groups;
		for (size_t i = 0; i < c->n_groups; i++)
			m.groups[i] = c->groups[i];
		m.unit = text_of(c->unit);
		m.slice = text_of(c->slice);
	}
	message_write_explain(w, &m);
}

static int decode_explanation(struct signet_answer *a, struct reader *r, void *userdata)
{
	(void)userdata; /* the agent says itself what it has looked at */
	return answer_take_explanation(a, r);
}

int signet_explain(struct signet *s, const struct signet_question *question,
		   struct signet_answer **ret)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(writer_done) struct writer w;
	int r;

	writer_init(&w, REQUEST_ROOM);
	if (!is_sane_question(question))
		return SIGNET_E_INVALID;
	a = answer_new();
	if (!a)
		return SIGNET_E_MEMORY;
	write_explain(&w, question);
	r = handle_call(s, "explain", &w, -EBADF, a, decode_explanation, NULL);
	if (r < 0)
		return r;
	*ret = take_ptr(a);
	return 0;
}

/* --- reload ----------------------------------------------------------------------------------- */

int signet_reload(struct signet *s, unsigned flags, struct signet_answer **ret)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(writer_done) struct writer w;
	int r;

	writer_init(&w, REQUEST_ROOM);
	if (!has_only_known(flags))
		return SIGNET_E_INVALID;
	a = answer_new();
	if (!a)
		return SIGNET_E_MEMORY;
	message_write_reload(&w, (uint8_t)flags);
	r = handle_call(s, "reload", &w, -EBADF, a, NULL, NULL);
	if (r < 0)
		return r;
	*ret = take_ptr(a);
	return 0;
}

/* --- status ----------------------------------------------------------------------------------- */

static int decode_status(struct signet_answer *a, struct reader *r, void *userdata)
{
	(void)userdata; /* nothing was asked that the answer must fit */
	return answer_take_status(a, r);
}

int signet_status(struct signet *s, struct signet_answer **ret)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(writer_done) struct writer w;
	int r;

	writer_init(&w, REQUEST_ROOM);
	a = answer_new();
	if (!a)
		return SIGNET_E_MEMORY;
	message_write_status(&w);
	r = handle_call(s, "status", &w, -EBADF, a, decode_status, NULL);
	if (r < 0)
		return r;
	*ret = take_ptr(a);
	return 0;
}
