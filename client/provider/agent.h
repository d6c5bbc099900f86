/*
 * provider/agent.h - what the provider asks the agent; what the agent refuses is an error in the
 * queue of the thread, with the agent's own sentence
 */
#ifndef CLIENT_PROVIDER_AGENT_H
#define CLIENT_PROVIDER_AGENT_H

#include "client/provider/key.h"

/*
 * The keys that the caller may use, or with a name only that one; a name that is not listed is an
 * error. The caller frees the answer.
 */
bool agent_list(struct provider *p, const char *name, struct signet_answer **ret);

/*
 * Has one thing signed; request->items is set here. The signature is as long as the key makes them,
 * and at most size bytes.
 */
bool agent_sign(const struct key *k, struct signet_request request, const void *data,
		size_t data_size, uint8_t *ret, size_t size, size_t *ret_size);

static inline void answer_freep(struct signet_answer **a)
{
	signet_answer_free(*a);
}

#endif
