/*
 * model/grant.c - see grant.h
 */
#include "agent/model/grant.h"

#include <stdlib.h>

static void free_words(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

struct grant *grant_free(struct grant *g)
{
	if (!g)
		return NULL;
	free(g->id);
	free(g->path);
	free_words(g->keys);
	free_words(g->purposes);
	free_words(g->units);
	free_words(g->slices);
	people_done(&g->people);
	free(g);
	return NULL;
}
