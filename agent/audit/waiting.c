/*
 * audit/waiting.c - see waiting.h
 *
 * Users stand in a ring and, to be found by their number, in one of many chains. A user is freed
 * with the last thing that waits for it, so there are never more users than items.
 */
#include "agent/audit/waiting.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "agent/base/cleanup.h"

struct waiting_user {
	struct list ring;
	struct list chain;
	struct list items; /* never empty, the oldest first */
	uid_t uid;
	size_t size; /* bytes of the items */
};

void waiting_init(struct waiting *w)
{
	list_init(&w->ring);
	for (size_t i = 0; i < array_len(w->chains); i++)
		list_init(&w->chains[i]);
	w->size = 0;
}

/* User numbers come in runs (1000..., 61184...); multiplying spreads them. */
static unsigned chain_of(uid_t uid)
{
	return (uid * 2654435761u) >> 24;
}

static struct waiting_user *find(const struct waiting *w, uid_t uid)
{
	const struct list *chain = &w->chains[chain_of(uid)];
	struct list *link;

	list_for_each(link, chain) {
		struct waiting_user *u = container_of(link, struct waiting_user, chain);

		if (u->uid == uid)
			return u;
	}
	return NULL;
}

static struct waiting_user *user_new(struct waiting *w, uid_t uid)
{
	struct waiting_user *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->uid = uid;
	list_init(&u->items);
	list_append(&w->ring, &u->ring);
	list_append(&w->chains[chain_of(uid)], &u->chain);
	return u;
}

static void user_free(struct waiting_user *u)
{
	list_remove(&u->ring);
	list_remove(&u->chain);
	free(u);
}

bool waiting_has_room(const struct waiting *w, uid_t uid)
{
	const struct waiting_user *u = find(w, uid);

	return w->size < WAITING_MAX && (!u || u->size < UID_WAITING_MAX);
}

int waiting_add(struct waiting *w, uid_t uid, size_t size, struct waiting_item *item)
{
	struct waiting_user *u = find(w, uid);

	assert(!item->user);
	if (!u)
		u = user_new(w, uid);
	if (!u)
		return -ENOMEM;
	item->user = u;
	item->size = size;
	list_append(&u->items, &item->link);
	u->size += size;
	w->size += size;
	return 0;
}

struct waiting_item *waiting_front(const struct waiting *w)
{
	struct waiting_user *u;

	if (list_is_empty(&w->ring))
		return NULL;
	u = container_of(w->ring.next, struct waiting_user, ring);
	return container_of(u->items.next, struct waiting_item, link);
}

void waiting_take(struct waiting *w, struct waiting_item *item)
{
	struct waiting_user *u = item->user;

	list_remove(&u->ring);
	list_append(&w->ring, &u->ring);
	waiting_remove(w, item);
}

void waiting_remove(struct waiting *w, struct waiting_item *item)
{
	struct waiting_user *u = item->user;

	if (!u)
		return;
	item->user = NULL;
	list_remove(&item->link);
	u->size -= item->size;
	w->size -= item->size;
	if (list_is_empty(&u->items))
		user_free(u);
}
