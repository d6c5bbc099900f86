/*
 * resolve.h - which key, token or other request a request means; the state RESOLVE of request.c
 */
#ifndef AGENT_RESOLVE_H
#define AGENT_RESOLVE_H

#include "agent/request.h"

/* Parks until the tokens can be spoken of that the request may need; sets q->key. */
enum request_state resolve_step(struct request *q);

/*
 * The key that a name means now: its own, or that of its successor, see rules_heir(). NULL if that
 * is not offered.
 */
const struct key *resolve_name(const struct agent *a, const char *name);

/* The key of q->key as it is now; NULL if it is not offered any more. */
const struct key *resolve_again(const struct request *q);

/* The key that q->ask names, whatever the operation is. */
enum request_state resolve_key(struct request *q);

#endif
