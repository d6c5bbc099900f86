/*
 * worker/proof.h - does each private key belong to its public half? A test signature tells
 *
 * Made at each activation, with what the token calls the key at that moment. The signatures are of
 * a text that is good for nothing else, and never leave this file.
 */
#ifndef AGENT_WORKER_PROOF_H
#define AGENT_WORKER_PROOF_H

#include "agent/model/tokenfile.h"
#include "agent/worker/keys.h"

/*
 * Manager thread, logged in. Sets is_proven of the keys whose test signature verifies; a wrong one
 * is noted. Keys that cannot be tested by what tokens.d allows, or not in the time there is, stay as
 * they are.
 */
void proof_run(struct keys *keys, const struct tokenfile *config, CK_FUNCTION_LIST *p11,
	       CK_SESSION_HANDLE session);

#endif
