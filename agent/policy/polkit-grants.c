/*
 * policy/polkit-grants.c - see polkit-grants.h
 */
#include "agent/policy/polkit-grants.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct kept_grant {
	char id[POLKIT_GRANT_ID_MAX + 1]; /* empty: none */
	struct polkit_scope scope;
};

struct polkit_grants {
	size_t max;
	size_t next; /* where the next one goes: in the place of the oldest */
	struct kept_grant grants[];
};

int polkit_grants_new(size_t max, struct polkit_grants **ret)
{
	struct polkit_grants *g;

	assert(max > 0);
	g = calloc(1, sizeof(*g) + max * sizeof(g->grants[0]));
	if (!g)
		return -ENOMEM;
	g->max = max;
	*ret = g;
	return 0;
}

struct polkit_grants *polkit_grants_free(struct polkit_grants *g)
{
	free(g);
	return NULL;
}

static const struct kept_grant *find(const struct polkit_grants *g, const char *id)
{
	for (size_t i = 0; i < g->max; i++)
		if (g->grants[i].id[0] != '\0' && strcmp(g->grants[i].id, id) == 0)
			return &g->grants[i];
	return NULL;
}

void polkit_grants_put(struct polkit_grants *g, const char *id, const struct polkit_matter *m)
{
	size_t size = strlen(id) + 1;
	struct kept_grant *e;

	assert(size > 1 && size <= sizeof(e->id)); /* polkit-bus.c lets no other ones through */
	if (find(g, id))
		return;
	e = &g->grants[g->next];
	g->next = (g->next + 1) % g->max;
	memcpy(e->id, id, size);
	polkit_matter_scope(m, &e->scope);
}

bool polkit_grants_has(const struct polkit_grants *g, const char *id, const struct polkit_matter *m)
{
	const struct kept_grant *e = find(g, id);
	struct polkit_scope scope;

	if (!e)
		return false;
	polkit_matter_scope(m, &scope);
	return memcmp(e->scope.digest, scope.digest, sizeof(scope.digest)) == 0;
}

void polkit_grants_forget_all(struct polkit_grants *g)
{
	memset(g->grants, 0, g->max * sizeof(g->grants[0]));
	g->next = 0;
}
