/*
 * gpg-agent/grips.c - see grips.h
 */
#include "client/gpg-agent/grips.h"

#include <stdio.h>
#include <string.h>

#include "client/gpg-agent/share.h"

/* Every command about a key, of whoever, waits for the list first. */
#define LIST_USEC UINT64_C(60000000)

static struct grip *find(const struct grips *g, const uint8_t grip[GRIP_SIZE])
{
	for (size_t i = 0; i < g->n; i++)
		if (memcmp(g->all[i].grip, grip, GRIP_SIZE) == 0)
			return &g->all[i];
	return NULL;
}

static void add(struct grips *g, const struct signet_key *key)
{
	struct grip new = {.key = key}, *same;
	size_t size;
	const uint8_t *spki = signet_key_spki(key, &size);

	/* A key that GnuPG has no name for is none of its. */
	if (!sexp_grip(signet_key_type(key), spki, size, new.grip))
		return;
	sexp_key_id(spki, size, new.id);
	same = find(g, new.grip);
	if (!same)
		g->all[g->n++] = new;
	else if (strcmp(signet_key_name(key), signet_key_name(same->key)) < 0)
		*same = new;
}

/* What signetd lists. NULL, or why that is not all. */
static const char *load(struct grips *g, struct signet *signet)
{
	size_t n;
	int r;

	signet_set_timeout(signet, LIST_USEC);
	r = signet_list(signet, NULL, &g->answer);
	signet_set_timeout(signet, SIGNET_TIMEOUT_USEC);
	if (r < 0)
		return signet_strerror(r);
	if (signet_answer_status(g->answer) != SIGNET_STATUS_OK)
		return signet_answer_sentence(g->answer);
	n = signet_answer_count(g->answer);
	g->all = calloc(n ? n : 1, sizeof(*g->all));
	if (!g->all)
		return "out of memory";
	for (size_t i = 0; i < n; i++) {
		if (g->n == GRIPS_MAX)
			return "there are too many";
		add(g, signet_answer_key(g->answer, i));
	}
	return NULL;
}

void grips_load(struct grips *g, struct signet *signet)
{
	if (g->is_loaded)
		return;
	g->is_loaded = true;
	g->missing = load(g, signet);
	if (g->missing)
		(void)fprintf(stderr, "the keys of signetd are not known: %s\n", g->missing);
}

void grips_done(struct grips *g)
{
	free(g->all);
	signet_answer_free(g->answer);
	*g = (struct grips){};
}

const struct grip *grips_find(const struct grips *g, const uint8_t grip[GRIP_SIZE])
{
	return find(g, grip);
}
