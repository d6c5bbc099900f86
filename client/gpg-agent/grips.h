/*
 * gpg-agent/grips.h - the keys of signetd that the user may use, found by keygrip
 */
#ifndef CLIENT_GPG_AGENT_GRIPS_H
#define CLIENT_GPG_AGENT_GRIPS_H

#include "client/gpg-agent/assuan.h"
#include "client/gpg-agent/sexp.h"

/* Keys beyond that are not offered. */
#define GRIPS_MAX 1024

struct grip {
	uint8_t grip[GRIP_SIZE];
	uint8_t id[SIGNET_KEY_ID_SIZE];
	const struct signet_key *key; /* belongs to the answer */
};

struct grips {
	struct signet_answer *answer; /* owned; NULL: not loaded, or there was none */
	bool is_loaded;
	const char *missing; /* why there may be more keys than these; NULL: these are all */
	size_t n;
	struct grip *all; /* owned */
};

/*
 * Asks signetd, unless that was done since grips_done(). What is missing is logged. Of names for one
 * public key the first is taken, in the order of their bytes.
 */
void grips_load(struct grips *g, struct signet *signet);
void grips_done(struct grips *g);

/* The key; NULL: none of ours. */
const struct grip *grips_find(const struct grips *g, const uint8_t grip[GRIP_SIZE]);

#endif
