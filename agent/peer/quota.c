/*
 * peer/quota.c - see quota.h
 *
 * A table of the uids that hold something at the moment. A uid that gave everything back has no
 * entry, so the table is never larger than what is held.
 *
 * And one of the uids that lately did what is limited by the second: a bucket of tokens for each.
 * A bucket is one number, the time when it is full again, and is forgotten then.
 */
#include "agent/peer/quota.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "agent/base/clock.h"
#include "agent/base/limits.h"

#define CHAINS 256u

#define TOKEN_USEC (USEC_PER_SEC / UNSIGNED_RATE)
#define BURST_USEC (UNSIGNED_BURST * TOKEN_USEC)
static_assert(UNSIGNED_DELAY_MAX_USEC >= UID_PARKED_MAX * TOKEN_USEC,
	      "requests that wait as long as they are told stay below the rate");

struct holder {
	struct holder *next; /* owned, like the first one of a chain */
	uid_t uid;
	size_t held[_QUOTA_KIND_MAX];
};

struct bucket {
	struct bucket *next; /* owned, like the first one of a chain */
	uid_t uid;
	uint64_t full_usec; /* when it is full again if nothing more is taken */
};

struct quota {
	struct holder *holders[CHAINS];
	size_t total[_QUOTA_KIND_MAX];
	struct bucket *buckets[CHAINS];
	size_t n_buckets;
};

static const size_t limits[_QUOTA_KIND_MAX] = {
	[QUOTA_CONNECTIONS] = UID_CONNECTIONS_MAX,
	[QUOTA_BYTES] = UID_BYTES_MAX,
	[QUOTA_PARKED] = UID_PARKED_MAX,
};

int quota_new(struct quota **ret)
{
	struct quota *q = calloc(1, sizeof(*q));

	if (!q)
		return -ENOMEM;
	*ret = q;
	return 0;
}

static void bucket_drop(struct quota *q, struct bucket **at)
{
	struct bucket *b = *at;

	*at = b->next;
	free(b);
	q->n_buckets--;
}

/* Forgets the buckets that are full again at a time. */
static void drop_buckets(struct quota *q, uint64_t usec)
{
	for (unsigned i = 0; i < CHAINS; i++)
		for (struct bucket **at = &q->buckets[i]; *at;)
			if ((*at)->full_usec <= usec)
				bucket_drop(q, at);
			else
				at = &(*at)->next;
}

struct quota *quota_free(struct quota *q)
{
	if (!q)
		return NULL;
	for (unsigned kind = 0; kind < _QUOTA_KIND_MAX; kind++)
		assert(q->total[kind] == 0); /* whoever charged gives back */
	drop_buckets(q, UINT64_MAX);
	free(q);
	return NULL;
}

/* User numbers come in runs (1000..., 61184...); multiplying spreads them. */
static unsigned chain_of(uid_t uid)
{
	return (uid * 2654435761u) >> 24;
}

/* Where the pointer to the holder of this uid stands, or would stand. */
static struct holder **find(struct quota *q, uid_t uid)
{
	struct holder **at = &q->holders[chain_of(uid)];

	while (*at && (*at)->uid != uid)
		at = &(*at)->next;
	return at;
}

static struct holder *holder_new(uid_t uid)
{
	struct holder *h = calloc(1, sizeof(*h));

	if (h)
		h->uid = uid;
	return h;
}

static bool holds_anything(const struct holder *h)
{
	for (unsigned kind = 0; kind < _QUOTA_KIND_MAX; kind++)
		if (h->held[kind] > 0)
			return true;
	return false;
}

int quota_charge(struct quota *q, uid_t uid, enum quota_kind kind, size_t n, bool *ret_granted)
{
	struct holder **at = find(q, uid);
	size_t held = *at ? (*at)->held[kind] : 0;

	if (n > limits[kind] - held) {
		*ret_granted = false;
		return 0;
	}
	if (n > 0 && !*at) {
		*at = holder_new(uid);
		if (!*at)
			return -ENOMEM;
	}
	if (n > 0) {
		(*at)->held[kind] += n;
		q->total[kind] += n;
	}
	*ret_granted = true;
	return 0;
}

void quota_release(struct quota *q, uid_t uid, enum quota_kind kind, size_t n)
{
	struct holder **at = find(q, uid);
	struct holder *h = *at;

	if (n == 0)
		return;
	assert(h && h->held[kind] >= n); /* nothing is given back that was not charged */
	h->held[kind] -= n;
	q->total[kind] -= n;
	if (holds_anything(h))
		return;
	*at = h->next;
	free(h);
}

size_t quota_total(const struct quota *q, enum quota_kind kind)
{
	return q->total[kind];
}

/* --- what is limited by the second ------------------------------------------------------------ */

static struct bucket *find_bucket(struct quota *q, uid_t uid)
{
	struct bucket *b = q->buckets[chain_of(uid)];

	while (b && b->uid != uid)
		b = b->next;
	return b;
}

/* Whoever took least is the one to be forgotten. */
static void drop_fullest(struct quota *q)
{
	struct bucket **fullest = NULL;

	for (unsigned i = 0; i < CHAINS; i++)
		for (struct bucket **at = &q->buckets[i]; *at; at = &(*at)->next)
			if (!fullest || (*at)->full_usec < (*fullest)->full_usec)
				fullest = at;
	bucket_drop(q, fullest);
}

/* A full one; NULL if there is no memory. */
static struct bucket *bucket_new(struct quota *q, uid_t uid, uint64_t now_usec)
{
	struct bucket *b, **first = &q->buckets[chain_of(uid)];

	if (q->n_buckets == UNSIGNED_UIDS_MAX)
		drop_buckets(q, now_usec);
	if (q->n_buckets == UNSIGNED_UIDS_MAX)
		drop_fullest(q);
	b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	*b = (struct bucket){.next = *first, .uid = uid, .full_usec = now_usec};
	*first = b;
	q->n_buckets++;
	return b;
}

uint64_t quota_delay(struct quota *q, uid_t uid, uint64_t now_usec)
{
	const uint64_t latest_usec = now_usec + BURST_USEC + UNSIGNED_DELAY_MAX_USEC;
	struct bucket *b;

	if (uid == 0)
		return 0;
	b = find_bucket(q, uid);
	if (!b)
		b = bucket_new(q, uid, now_usec);
	if (!b)
		return UNSIGNED_DELAY_MAX_USEC; /* what cannot be counted is taken for too much */
	if (b->full_usec < now_usec)
		b->full_usec = now_usec;
	b->full_usec += TOKEN_USEC;
	if (b->full_usec > latest_usec)
		b->full_usec = latest_usec;
	return b->full_usec > now_usec + BURST_USEC ? b->full_usec - now_usec - BURST_USEC : 0;
}
