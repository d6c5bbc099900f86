/*
 * gpg-agent/grips.c - see grips.h
 */
#include "client/gpg-agent/grips.h"

#include <stdio.h>
#include <string.h>

#include "client/gpg-agent/share.h"

/* Every command about a key, of whoever, waits for the list first. */
#define LIST_USEC UINT64_C(60000000)

static void add(struct grips *g, const struct signet_key *key)
{
	size_t size;
	const uint8_t *spki = signet_key_spki(key, &size);

	/* A key that GnuPG has no name for is none of its. */
	if (!sexp_grip(signet_key_type(key), spki, size, g->all[g->n].grip))
		return;
	sexp_key_id(spki, size, g->all[g->n].id);
	g->all[g->n++].key = key;
}

void grips_load(struct grips *g, struct signet *signet)
{
	size_t n;
	int r;

	if (g->is_loaded)
		return;
	g->is_loaded = true;
	signet_set_timeout(signet, LIST_USEC);
	r = signet_list(signet, NULL, &g->answer);
	signet_set_timeout(signet, SIGNET_TIMEOUT_USEC);
	if (r < 0 || signet_answer_status(g->answer) != SIGNET_STATUS_OK) {
		(void)fprintf(stderr, "the keys of signetd are not known: %s\n",
			      r < 0 ? signet_strerror(r) : signet_answer_sentence(g->answer));
		return;
	}
	n = signet_answer_count(g->answer);
	n = n < GRIPS_MAX ? n : GRIPS_MAX;
	g->all = calloc(n ? n : 1, sizeof(*g->all));
	for (size_t i = 0; g->all && i < n; i++)
		add(g, signet_answer_key(g->answer, i));
}

void grips_done(struct grips *g)
{
	free(g->all);
	signet_answer_free(g->answer);
	*g = (struct grips){};
}

const struct grip *grips_find(const struct grips *g, const uint8_t grip[GRIP_SIZE])
{
	for (size_t i = 0; i < g->n; i++)
		if (memcmp(g->all[i].grip, grip, GRIP_SIZE) == 0)
			return &g->all[i];
	return NULL;
}
