/*
 * policy/grant.c - see grant.h
 */
#include "agent/policy/grant.h"

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

const struct grant *grant_find(struct grant *const *grants, size_t n, const struct caller *c,
			       const char *key, const struct ask *ask, uint64_t now_usec)
{
	for (size_t i = 0; i < n; i++) {
		const struct grant *g = grants[i];

		if (is_among(key, g->keys) && purpose_is_among(ask->purpose, g->purposes) &&
		    (!ask->is_forwarded || g->may_be_forwarded) && fits_time(g, now_usec) &&
		    fits_caller(g, c))
			return g;
	}
	return NULL;
}
