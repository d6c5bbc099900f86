/*
 * policy/grant.c - see grant.h
 */
#include "agent/policy/grant.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/policy/purpose.h"

static bool is_among(const char *word, char *const *list)
{
	for (size_t i = 0; list[i]; i++)
		if (strcmp(list[i], word) == 0)
			return true;
	return false;
}

/* "build@.service" means "build@ANY.service", as systemd's templates do. */
static bool is_unit(const char *unit, const char *allowed)
{
	const char *at = strstr(allowed, "@.");
	size_t front;

	if (!at)
		return strcmp(unit, allowed) == 0;
	front = (size_t)(at + 1 - allowed);
	return strncmp(unit, allowed, front) == 0 && strrchr(unit, '.') > unit + front &&
	       strcmp(strrchr(unit, '.'), at + 1) == 0;
}

static bool is_unit_among(const char *unit, char *const *list)
{
	for (size_t i = 0; list[i]; i++)
		if (is_unit(unit, list[i]))
			return true;
	return false;
}

/* What is not known of the caller fits nothing that is asked for. */
static bool fits_caller(const struct grant *g, const struct caller *c)
{
	bool is_limited = false;

	if (g->units) {
		if (!c->unit || !is_unit_among(c->unit, g->units))
			return false;
		is_limited = true;
	}
	if (g->slices) {
		if (!c->slice || !is_among(c->slice, g->slices))
			return false;
		is_limited = true;
	}
	if (people_is_empty(&g->people))
		return is_limited;
	return people_has(&g->people, c);
}

static bool fits_time(const struct grant *g, uint64_t now_usec)
{
	return now_usec >= g->not_before && (g->not_after == 0 || now_usec < g->not_after);
}

/* Where the entries for a key begin, or would. */
static size_t first_of(const struct grant_entry *entries, size_t n, const char *key)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(entries[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct grant *grant_next(const struct grant_entry *entries, size_t n, const struct caller *c,
			       const char *key, bool is_forwarded, uint64_t now_usec, size_t *at)
{
	size_t i = *at > 0 ? *at : first_of(entries, n, key);

	for (; i < n && strcmp(entries[i].key, key) == 0; i++) {
		const struct grant *g = entries[i].grant;

		if ((is_forwarded && !g->may_be_forwarded) || !fits_time(g, now_usec) ||
		    !fits_caller(g, c))
			continue;
		*at = i + 1;
		return g;
	}
	return NULL;
}

const struct grant *grant_find(const struct grant_entry *entries, size_t n, const struct caller *c,
			       const char *key, const struct ask *ask, uint64_t now_usec)
{
	const struct grant *g;
	size_t at = 0;

	do
		g = grant_next(entries, n, c, key, ask->is_forwarded, now_usec, &at);
	while (g && !purpose_is_among(ask->purpose, g->purposes));
	return g;
}

size_t grant_count(const struct grant_entry *entries, size_t n, const char *key)
{
	size_t first = first_of(entries, n, key), i = first;

	while (i < n && strcmp(entries[i].key, key) == 0)
		i++;
	return i - first;
}

static int by_key_and_id(const void *a, const void *b)
{
	const struct grant_entry *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c != 0 ? c : strcmp(x->grant->id, y->grant->id);
}

static size_t count_keys(const struct grant *g)
{
	size_t n = 0;

	while (g->keys[n])
		n++;
	return n;
}

int grant_index(struct grant *const *grants, size_t n, struct grant_entry **ret, size_t *ret_n)
{
	struct grant_entry *entries;
	size_t max = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		max += count_keys(grants[i]);
	entries = calloc(max + 1, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; grants[i]->keys[k]; k++)
			entries[at++] = (struct grant_entry){grants[i]->keys[k], grants[i]};
	qsort(entries, at, sizeof(*entries), by_key_and_id);
	*ret = entries;
	*ret_n = at;
	return 0;
}
