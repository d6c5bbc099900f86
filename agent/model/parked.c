/*
 * model/parked.c - see parked.h
 */
#include "agent/model/parked.h"

#include <stdlib.h>
#include <string.h>

struct parked *parked_free(struct parked *p)
{
	if (!p)
		return NULL;
	if (p->link.next)
		list_remove(&p->link);
	free(p->unit);
	free(p->session);
	free(p->comm);
	free(p->key);
	free(p->token);
	ask_done(&p->ask);
	free(p);
	return NULL;
}

/* What is not known is the same as nothing but what is not known either. */
static bool is_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool parked_is_of(const struct parked *p, const struct caller *c, bool is_forwarded)
{
	if (p->uid != c->uid || p->is_forwarded != is_forwarded || !is_equal(p->unit, c->unit))
		return false;
	return p->unit || is_equal(p->session, c->session);
}

static bool is_same_item(const struct ask_item *a, const struct ask_item *b)
{
	return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

bool parked_is_same(const struct parked *p, const uint8_t key_id[static KEY_ID_SIZE],
		    const struct ask *ask)
{
	const struct ask *own = &p->ask;

	if (memcmp(p->key_id, key_id, KEY_ID_SIZE) != 0 ||
	    strcmp(own->purpose, ask->purpose) != 0 || own->algorithm != ask->algorithm ||
	    own->hash != ask->hash || own->input != ask->input || own->n_items != ask->n_items)
		return false;
	for (size_t i = 0; i < own->n_items; i++)
		if (!is_same_item(&own->items[i], &ask->items[i]))
			return false;
	return true;
}

static size_t length(const char *s)
{
	return s ? strlen(s) : 0;
}

size_t parked_size(const struct parked *p)
{
	size_t size = sizeof(*p) + length(p->unit) + length(p->session) + length(p->comm) +
		      length(p->key) + length(p->token);

	for (size_t i = 0; i < p->ask.n_items; i++)
		size += sizeof(struct ask_item) + p->ask.items[i].size +
			length(p->ask.items[i].label);
	return size;
}

const char *parked_state_name(enum parked_state s)
{
	static const char *const names[_PARKED_STATE_MAX] = {
		[PARKED_PENDING] = "pending", [PARKED_APPROVED] = "approved",
		[PARKED_VETOED] = "vetoed",   [PARKED_EXPIRED] = "expired",
		[PARKED_VOIDED] = "voided",   [PARKED_WITHDRAWN] = "withdrawn",
	};

	return (size_t)s < array_len(names) ? names[s] : NULL;
}
