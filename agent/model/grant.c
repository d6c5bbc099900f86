/*
 * model/grant.c - see grant.h
 */
#include "agent/model/grant.h"

#include <stdlib.h>

#include "agent/base/words.h"

struct grant *grant_free(struct grant *g)
{
	if (!g)
		return NULL;
	free(g->id);
	free(g->path);
	words_free(g->keys);
	words_free(g->purposes);
	words_free(g->units);
	words_free(g->slices);
	people_done(&g->people);
	free(g);
	return NULL;
}
