/*
 * peer/quota.c - see quota.h
 *
 * A table of the uids that hold something at the moment. A uid that gave everything back has no
 * entry, so the table is never larger than what is held.
 */
#include "agent/peer/quota.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "agent/base/limits.h"

#define BUCKETS 256u

struct holder {
	struct holder *next; /* owned, like the first one of a bucket */
	uid_t uid;
	size_t held[_QUOTA_KIND_MAX];
};

struct quota {
	struct holder *buckets[BUCKETS];
	size_t total[_QUOTA_KIND_MAX];
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

struct quota *quota_free(struct quota *q)
{
	if (!q)
		return NULL;
	for (unsigned kind = 0; kind < _QUOTA_KIND_MAX; kind++)
		assert(q->total[kind] == 0); /* whoever charged gives back */
	free(q);
	return NULL;
}

/* Where the pointer to the holder of this uid stands, or would stand. */
static struct holder **find(struct quota *q, uid_t uid)
{
	/* User numbers come in runs (1000..., 61184...); multiplying spreads them. */
	struct holder **at = &q->buckets[(uid * 2654435761u) >> 24];

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
