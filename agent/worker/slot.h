/*
 * worker/slot.h - which of a module's slots holds the token that a URI names
 */
#ifndef AGENT_WORKER_SLOT_H
#define AGENT_WORKER_SLOT_H

#include <p11-kit/pkcs11.h>

#include "agent/model/uri.h"
#include "agent/worker/answer.h"

/* Slots that are looked at. */
#define SLOTS_MAX 1024

/* A token, in text; empty what is not clean text. */
struct slot {
	CK_SLOT_ID id;
	char label[33];
	char serial[17];
	unsigned long max_sessions; /* 0: as many as one likes */
};

/*
 * Finds the one slot whose token the URI means: all that it names compared as a whole, never the
 * beginning of it. OK with ret filled in; LOST if there is none, or more than one.
 */
void slot_find(CK_FUNCTION_LIST *p11, const struct uri *uri, struct slot *ret,
	       struct answer *ret_answer);

#endif
