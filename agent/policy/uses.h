/*
 * policy/uses.h - how often each key has signed, across restarts: MaximumSignatures=, RateLimit=
 *
 * Keys are told apart by the SHA-256 of their public key, whatever their files are called. What is
 * taken is counted before it is signed. For a key with a limit the count has to be on the disk by
 * then, and is written some steps ahead: a crash leaves it too high, never too low. (RateLimit= may
 * then give back a sixteenth of what it allows.) The counts of all other keys are written now and
 * then, and all of them at the end, exactly.
 *
 * A count that could not be read is unknown, never 0; it stays unknown until signetd starts again.
 * Nothing here blocks but uses_new() and uses_free().
 */
#ifndef AGENT_POLICY_USES_H
#define AGENT_POLICY_USES_H

#include <systemd/sd-event.h>

#include "agent/base/cleanup.h"
#include "agent/model/key.h"
#include "agent/policy/decide.h"

struct uses;
struct uses_ticket;

/* 0, or why the count could not be brought to the disk: a negative errno. */
typedef void (*uses_callback)(int result, void *userdata);

/*
 * Reads the counts in state_dir/agent/uses, a directory that it makes if need be; NULL: nothing is
 * kept. 0 also if they cannot be read; uses_problem() tells. -ENOMEM, or what threads and events give.
 */
int uses_new(sd_event *event, const char *state_dir, struct uses **ret);
/* Writes what is exact by now. No tickets may be left. */
struct uses *uses_free(struct uses *u);
DEFINE_FREEP(struct uses, uses_free)

/* A sentence about what could not be read; NULL if all could. */
const char *uses_problem(const struct uses *u);

/* What is known of the key, under the limits of its rule. */
void uses_look(struct uses *u, const struct key *key, struct use *ret);

/*
 * Counts n signatures with the key. 0 with a ticket: callback tells when they may be made; without
 * (NULL): now. -ENOMEM: nothing was counted.
 */
int uses_take(struct uses *u, const struct key *key, uint64_t n, uses_callback callback,
	      void *userdata, struct uses_ticket **ret);
/* Of those that were taken n have certainly not been made; the others have, or may have. */
void uses_settle(struct uses *u, const struct key_info *key, uint64_t taken, uint64_t n);
/* Nobody waits any more; what was taken stays so. Takes NULL. */
void uses_cancel(struct uses_ticket *t);

#endif
