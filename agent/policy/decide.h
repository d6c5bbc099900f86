/*
 * policy/decide.h - caller + ask + key + rules -> verdict; pure
 *
 * Asked before and again after every wait. It never waits, reads no file and no clock. Whatever
 * is missing or not foreseen is a deny.
 */
#ifndef AGENT_POLICY_DECIDE_H
#define AGENT_POLICY_DECIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/model/ask.h"
#include "agent/model/caller.h"
#include "agent/model/grant.h"
#include "agent/model/key.h"
#include "agent/model/quorum.h"
#include "agent/model/verdict.h"
#include "agent/policy/rules.h"
#include "agent/policy/trace.h"

/* What polkit has said so far about this very request. */
enum polkit_answer {
	POLKIT_ANSWER_NONE = 0, /* not asked yet */
	POLKIT_ANSWER_YES,
	POLKIT_ANSWER_NO,
	POLKIT_ANSWER_CHALLENGE, /* would need a person, and none may be asked */
	POLKIT_ANSWER_DISMISSED, /* a person was asked and did not authenticate */
	POLKIT_ANSWER_SILENCE,   /* no answer in time, or polkit could not be reached */
	_POLKIT_ANSWER_MAX,
};

/* How often the key has signed; policy/uses.h keeps count. */
struct use {
	uint64_t n_signed;   /* ever */
	uint64_t last_usec;  /* CLOCK_REALTIME of the last one; 0: none */
	uint64_t n_left;     /* how many more RateLimit= allows at this moment */
	const char *unknown; /* why all of these cannot be told; NULL: they are right */
	bool is_counted;     /* this request is among them already */
};

struct situation {
	const struct settings *settings;
	const struct caller *caller;
	const struct ask *ask;
	const char *action;    /* polkit action of the operation; NULL: open to everybody */
	const struct key *key; /* NULL for operations without one */
	uid_t agent_uid;
	uint64_t now_usec; /* CLOCK_REALTIME */
	enum polkit_answer polkit;
	const struct grant_entry *grants; /* of the rules in force */
	size_t n_grants;
	struct use use;
	enum quorum_standing quorum;
	const char
		*quorum_request; /* id under which approval was or is to be had; NULL: none yet */
	struct trace *trace;     /* gets each step, in their order; NULL: nobody wants to know */
};

/*
 * In order: the key's own limits (state, validity, certificate, bits, algorithm, hash, purpose, rate,
 * number; authority key-file), then who asks: same-user (root and the agent's own uid), or a grant,
 * or polkit; last, for a key with Quorum=, who else has to agree. The reason of a deny names the
 * action, the key and the limit, and says what to do where that is known.
 */
void decide(const struct situation *s, struct verdict *ret);

#endif
