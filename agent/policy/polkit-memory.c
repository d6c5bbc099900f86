/*
 * policy/polkit-memory.c - see polkit-memory.h
 */
#include "agent/policy/polkit-memory.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/base/list.h"

#define BUCKETS 1024u

struct kept {
	struct list bucket;
	struct list age;
	struct polkit_matter matter; /* owned */
	enum polkit_answer answer;
	uint64_t until_usec;
};

struct polkit_memory {
	struct list buckets[BUCKETS]; /* by hash of the matter */
	struct list age;              /* the oldest in front */
	size_t n;
	size_t max;
};

int polkit_memory_new(size_t max, struct polkit_memory **ret)
{
	struct polkit_memory *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	for (size_t i = 0; i < BUCKETS; i++)
		list_init(&k->buckets[i]);
	list_init(&k->age);
	k->max = max;
	*ret = k;
	return 0;
}

static void drop(struct polkit_memory *k, struct kept *e)
{
	list_remove(&e->bucket);
	list_remove(&e->age);
	polkit_matter_done(&e->matter);
	free(e);
	k->n--;
}

static struct kept *find(struct polkit_memory *k, const struct polkit_matter *m)
{
	struct list *l;

	list_for_each(l, &k->buckets[m->hash % BUCKETS]) {
		struct kept *e = container_of(l, struct kept, bucket);

		if (polkit_matter_is_equal(&e->matter, m))
			return e;
	}
	return NULL;
}

enum polkit_answer polkit_memory_get(struct polkit_memory *k, const struct polkit_matter *m,
				     uint64_t now_usec)
{
	struct kept *e = find(k, m);

	if (!e)
		return POLKIT_ANSWER_NONE;
	if (now_usec < e->until_usec)
		return e->answer;
	drop(k, e);
	return POLKIT_ANSWER_NONE;
}

void polkit_memory_put(struct polkit_memory *k, struct polkit_matter *m, enum polkit_answer answer,
		       uint64_t until_usec)
{
	struct kept *e;

	polkit_memory_forget(k, m);
	if (k->n >= k->max)
		drop(k, container_of(k->age.next, struct kept, age));
	e = calloc(1, sizeof(*e));
	if (!e)
		return;
	e->matter = *m;
	*m = (struct polkit_matter){};
	e->answer = answer;
	e->until_usec = until_usec;
	list_append(&k->buckets[e->matter.hash % BUCKETS], &e->bucket);
	list_append(&k->age, &e->age);
	k->n++;
}

void polkit_memory_forget(struct polkit_memory *k, const struct polkit_matter *m)
{
	struct kept *e = find(k, m);

	if (e)
		drop(k, e);
}

void polkit_memory_forget_all(struct polkit_memory *k)
{
	while (!list_is_empty(&k->age))
		drop(k, container_of(k->age.next, struct kept, age));
}

struct polkit_memory *polkit_memory_free(struct polkit_memory *k)
{
	if (!k)
		return NULL;
	polkit_memory_forget_all(k);
	free(k);
	return NULL;
}
