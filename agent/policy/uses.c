/*
 * policy/uses.c - see uses.h
 *
 * RateLimit= is a bucket that holds as many signatures as it allows in its time, and is kept as the
 * moment at which it is full again: each signature puts that off by its share of the time.
 */
#include "agent/policy/uses.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/base/list.h"
#include "agent/base/text.h"
#include "agent/policy/usewriter.h"

#define BUCKETS 1024u
/* So many are written ahead at most, and of a small limit no more than a small part. */
#define STEP_MAX 64u
#define STEP_PART 16u
/* Counts of keys without a limit are written so often. */
#define LAZY_USEC (10 * USEC_PER_SEC)

/* One key. */
struct entry {
	struct entry *next; /* owned; in its bucket */
	uint8_t id[KEY_ID_SIZE];
	uint64_t n_signed;  /* what was taken is among them */
	uint64_t n_durable; /* so many the file allows for: what is above must not be signed */
	uint64_t last_usec; /* CLOCK_REALTIME */
	uint64_t full_usec; /* CLOCK_BOOTTIME: when RateLimit= allows all it can again */
	uint64_t rate;      /* the limits by which full_usec was made */
	uint64_t rate_usec;
	uint64_t maximum;
	bool is_writing;     /* a write is under way */
	bool is_dirty;       /* the file is to be written, and nobody waits for it */
	char *unknown;       /* owned; why the file could not be read; NULL if it could */
	struct list waiting; /* struct uses_ticket */
};

struct uses_ticket {
	struct list link;
	uint64_t n_signed; /* the count that has to be on the disk */
	uses_callback callback;
	void *userdata;
};

struct uses {
	struct entry *buckets[BUCKETS]; /* owned */
	size_t n;
	char boot_id[BOOT_ID_SIZE + 1];
	char *dir;                /* owned */
	char *problem;            /* owned; the first one */
	char *unknown;            /* owned; why no count can be kept at all; NULL if they can */
	struct usewriter *writer; /* owned; NULL if no count can be kept */
	sd_event_source *lazy;    /* owned; on while something is dirty */
	bool is_lazy_on;
};

/* --- the bucket ------------------------------------------------------------------------------- */

/* What n signatures put off; keyfile.c bounds rate and rate_usec so that nothing overflows. */
static uint64_t cost(uint64_t rate, uint64_t rate_usec, uint64_t n)
{
	uint64_t usec;

	if (rate == 0)
		return 0;
	if (__builtin_mul_overflow(n, rate_usec, &usec))
		return rate_usec;
	return usec / rate > 0 ? usec / rate : n > 0;
}

static uint64_t left(const struct key_rule *rule, uint64_t full_usec, uint64_t now_usec)
{
	uint64_t debt = full_usec > now_usec ? full_usec - now_usec : 0;

	return debt < rule->rate_usec ? (rule->rate_usec - debt) * rule->rate / rule->rate_usec : 0;
}

/* --- entries ---------------------------------------------------------------------------------- */

/* The id is a hash: any of its bytes will do. */
static size_t bucket_of(const uint8_t *id)
{
	return (size_t)(id[0] << 8 | id[1]) % BUCKETS;
}

static struct entry *find(const struct uses *u, const uint8_t *id)
{
	struct entry *e = u->buckets[bucket_of(id)];

	while (e && memcmp(e->id, id, KEY_ID_SIZE) != 0)
		e = e->next;
	return e;
}

static struct entry *add(struct uses *u, const uint8_t *id)
{
	struct entry *e = calloc(1, sizeof(*e)), **bucket = &u->buckets[bucket_of(id)];

	if (!e)
		return NULL;
	memcpy(e->id, id, KEY_ID_SIZE);
	list_init(&e->waiting);
	e->next = *bucket;
	*bucket = e;
	u->n++;
	return e;
}

static bool is_limited(const struct key_rule *rule)
{
	return rule && (rule->maximum_signatures > 0 || rule->rate_usec > 0);
}

/* --- reading ---------------------------------------------------------------------------------- */

static int add_problem(struct uses *u, const char *sentence)
{
	if (!u->problem)
		u->problem = strdup(sentence);
	return u->problem ? 0 : -ENOMEM;
}

static int note_unreadable(struct uses *u, struct entry *e, const char *name, int error)
{
	e->unknown =
		text_format("%s/%s: %s", u->dir, name,
			    error == -EBADMSG ? "it is not what signetd writes" : strerror(-error));
	return e->unknown ? add_problem(u, e->unknown) : -ENOMEM;
}

static int on_file(const struct usefile_found *found, void *userdata)
{
	uint64_t now_usec = clock_boottime_usec();
	const struct usefile *f = &found->file;
	struct uses *u = userdata;
	struct entry *e;

	if (u->n == USES_MAX)
		return -E2BIG;
	e = add(u, found->id);
	if (!e)
		return -ENOMEM;
	if (found->error < 0)
		return note_unreadable(u, e, found->name, found->error);
	e->n_signed = e->n_durable = f->n_signed;
	e->last_usec = f->last_usec;
	e->full_usec = now_usec + usefile_debt(f, u->boot_id, now_usec, clock_realtime_usec());
	return 0;
}

static void on_written(struct usewrite *w, void *userdata);
static int on_lazy(sd_event_source *s, uint64_t usec, void *userdata);

/* -ENOMEM and the like are the caller's; all else leaves us without counts. */
static int open_state(struct uses *u, sd_event *event, const char *state_dir)
{
	_cleanup_(fd_closep) int fd = -EBADF;
	int r;

	if (!state_dir) {
		u->unknown = strdup("signetd has no directory to keep it in");
		return u->unknown ? 0 : -ENOMEM;
	}
	u->dir = usefile_dir(state_dir);
	if (!u->dir)
		return -ENOMEM;
	r = usefile_open_dir(state_dir, &fd);
	if (r == 0)
		r = usefile_walk(fd, on_file, u);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		u->unknown = text_format("%s: %s", u->dir, strerror(-r));
		return u->unknown ? add_problem(u, u->unknown) : -ENOMEM;
	}
	return usewriter_new(event, take_fd(&fd), on_written, u, &u->writer);
}

int uses_new(sd_event *event, const char *state_dir, struct uses **ret)
{
	_cleanup_(uses_freep) struct uses *u = calloc(1, sizeof(*u));
	int r;

	if (!u)
		return -ENOMEM;
	usefile_boot_id(u->boot_id);
	r = open_state(u, event, state_dir);
	if (r == 0)
		r = sd_event_add_time(event, &u->lazy, CLOCK_BOOTTIME, UINT64_MAX, 0, on_lazy, u);
	if (r < 0)
		return r;
	*ret = take_ptr(u);
	return 0;
}

const char *uses_problem(const struct uses *u)
{
	return u->problem;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* How many more than were taken are written, so that not each of them has to wait for the disk. */
static uint64_t step_of(const struct entry *e)
{
	uint64_t step = STEP_MAX;

	if (e->maximum == 0 && e->rate_usec == 0)
		return 0;
	if (e->maximum > 0 && e->maximum / STEP_PART < step)
		step = e->maximum / STEP_PART;
	if (e->rate_usec > 0 && e->rate / STEP_PART < step)
		step = e->rate / STEP_PART;
	if (e->maximum > 0 && e->n_signed < e->maximum && step > e->maximum - e->n_signed)
		step = e->maximum - e->n_signed;
	return step;
}

/* Puts the count, and so many more, on its way to the disk. -ENOMEM. */
static int write_entry(struct uses *u, struct entry *e, uint64_t ahead)
{
	uint64_t now_usec = clock_boottime_usec();
	uint64_t full_usec = (e->full_usec > now_usec ? e->full_usec : now_usec) +
			     cost(e->rate, e->rate_usec, ahead);
	struct usefile f = {
		.n_signed = e->n_signed + ahead,
		.last_usec = e->last_usec,
		.debt_usec = full_usec - now_usec,
		.boottime_usec = now_usec,
		.realtime_usec = clock_realtime_usec(),
	};
	struct usewrite *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	memcpy(f.boot_id, u->boot_id, sizeof(f.boot_id));
	list_init(&w->link);
	w->entry = e;
	w->n_signed = f.n_signed;
	text_hex(e->id, KEY_ID_SIZE, w->name);
	usefile_format(&f, w->text);
	if (e->n_durable > w->n_signed)
		e->n_durable = w->n_signed; /* as soon as the file is replaced */
	e->is_writing = true;
	e->is_dirty = false;
	usewriter_put(u->writer, w);
	return 0;
}

/* Tells those whose count is on the disk, or all that it cannot be brought there. */
static void wake(struct entry *e, int result)
{
	struct list ready, *at, *next;

	list_init(&ready);
	for (at = e->waiting.next; at != &e->waiting; at = next) {
		struct uses_ticket *t = container_of(at, struct uses_ticket, link);

		next = at->next;
		if (result == 0 && t->n_signed > e->n_durable)
			continue;
		list_remove(&t->link);
		list_append(&ready, &t->link);
	}
	while (!list_is_empty(&ready)) {
		struct uses_ticket *t = container_of(ready.next, struct uses_ticket, link);
		struct uses_ticket copy = *t;

		uses_cancel(t);
		copy.callback(result, copy.userdata);
	}
}

static void on_written(struct usewrite *w, void *userdata)
{
	struct uses *u = userdata;
	struct entry *e = w->entry;
	int result = w->result;

	e->is_writing = false;
	e->n_durable = result == 0 ? w->n_signed : 0;
	free(w);
	wake(e, result);
	if (!e->is_writing && !list_is_empty(&e->waiting)) {
		result = write_entry(u, e, step_of(e));
		if (result < 0)
			wake(e, result);
	}
}

static int on_lazy(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct uses *u = userdata;

	(void)s;
	(void)usec;
	u->is_lazy_on = false;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct entry *e = u->buckets[i]; e; e = e->next)
			if (e->is_dirty && !e->is_writing)
				(void)write_entry(u, e, step_of(e)); /* or at the end */
	return 0;
}

static void write_some_time(struct uses *u, struct entry *e)
{
	if (!u->writer || e->unknown)
		return;
	e->is_dirty = true;
	if (u->is_lazy_on)
		return;
	u->is_lazy_on = sd_event_source_set_time_relative(u->lazy, LAZY_USEC) >= 0 &&
			sd_event_source_set_enabled(u->lazy, SD_EVENT_ONESHOT) >= 0;
}

/* --- counting --------------------------------------------------------------------------------- */

/* What another rule has cost delays no longer than the time of this one. */
static void adopt_limits(struct entry *e, const struct key_rule *rule)
{
	const struct key_rule none = {};
	uint64_t latest_usec;

	if (!rule)
		rule = &none;
	e->maximum = rule->maximum_signatures;
	if (e->rate == rule->rate && e->rate_usec == rule->rate_usec)
		return;
	e->rate = rule->rate;
	e->rate_usec = rule->rate_usec;
	latest_usec = clock_boottime_usec() + e->rate_usec;
	if (e->rate_usec > 0 && e->full_usec > latest_usec)
		e->full_usec = latest_usec;
}

void uses_look(struct uses *u, const struct key *key, struct use *ret)
{
	struct entry *e = find(u, key->info.id);

	*ret = (struct use){.unknown = u->unknown ? u->unknown : e ? e->unknown : NULL};
	if (e) {
		adopt_limits(e, key->rule);
		ret->n_signed = e->n_signed;
		ret->last_usec = e->last_usec;
	}
	if (key->rule && key->rule->rate_usec > 0)
		ret->n_left =
			e ? left(key->rule, e->full_usec, clock_boottime_usec()) : key->rule->rate;
}

static int wait_for_disk(struct uses *u, struct entry *e, struct uses_ticket *t)
{
	int r = e->is_writing ? 0 : write_entry(u, e, step_of(e));

	if (r == 0)
		list_append(&e->waiting, &t->link);
	return r;
}

static void count(struct entry *e, uint64_t n)
{
	uint64_t now_usec = clock_boottime_usec();

	if (e->full_usec < now_usec)
		e->full_usec = now_usec;
	e->full_usec += cost(e->rate, e->rate_usec, n);
	e->n_signed += n;
}

static void give_back(struct entry *e, uint64_t n)
{
	uint64_t usec = cost(e->rate, e->rate_usec, n);

	e->n_signed -= n < e->n_signed ? n : e->n_signed;
	e->full_usec -= usec < e->full_usec ? usec : e->full_usec;
}

int uses_take(struct uses *u, const struct key *key, uint64_t n, uses_callback callback,
	      void *userdata, struct uses_ticket **ret)
{
	struct entry *e = find(u, key->info.id);
	struct uses_ticket *t;

	if (!e)
		e = add(u, key->info.id);
	if (!e)
		return -ENOMEM;
	adopt_limits(e, key->rule);
	count(e, n);
	*ret = NULL;
	if (!is_limited(key->rule) || !u->writer || e->n_signed <= e->n_durable)
		return 0;
	t = calloc(1, sizeof(*t));
	if (t) {
		*t = (struct uses_ticket){.n_signed = e->n_signed,
					  .callback = callback,
					  .userdata = userdata};
		list_init(&t->link);
	}
	if (!t || wait_for_disk(u, e, t) < 0) {
		give_back(e, n);
		free(t);
		return -ENOMEM;
	}
	*ret = t;
	return 0;
}

void uses_settle(struct uses *u, const struct key_info *key, uint64_t taken, uint64_t n)
{
	struct entry *e = find(u, key->id);

	if (!e || taken == 0)
		return;
	if (n > 0)
		give_back(e, n);
	if (n < taken)
		e->last_usec = clock_realtime_usec();
	write_some_time(u, e);
}

void uses_cancel(struct uses_ticket *t)
{
	if (!t)
		return;
	list_remove(&t->link);
	free(t);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void end_entry(struct uses *u, struct entry *e)
{
	while (!list_is_empty(&e->waiting))
		uses_cancel(container_of(e->waiting.next, struct uses_ticket, link));
	if (u->writer && !e->unknown &&
	    (e->is_dirty || e->is_writing || e->n_durable != e->n_signed))
		(void)write_entry(u, e, 0); /* if it fails, what was written ahead stays */
}

struct uses *uses_free(struct uses *u)
{
	if (!u)
		return NULL;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct entry *e = u->buckets[i]; e; e = e->next)
			end_entry(u, e);
	(void)usewriter_free(u->writer);
	(void)sd_event_source_disable_unref(u->lazy);
	for (size_t i = 0; i < BUCKETS; i++) {
		while (u->buckets[i]) {
			struct entry *e = u->buckets[i];

			u->buckets[i] = e->next;
			free(e->unknown);
			free(e);
		}
	}
	free(u->dir);
	free(u->problem);
	free(u->unknown);
	free(u);
	return NULL;
}
