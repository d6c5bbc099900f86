/*
 * worker/signer.h - a thread that signs: one task at a time, with the session of the task's lane
 */
#ifndef AGENT_WORKER_SIGNER_H
#define AGENT_WORKER_SIGNER_H

#include <pthread.h>

#include "agent/worker/manager.h"
#include "agent/worker/queue.h"
#include "agent/worker/token.h"
#include "agent/worker/verify.h"

struct signer {
	pthread_t thread;
	const struct token *token; /* borrowed, as the next two; read while a task runs */
	struct manager *manager;
	struct queue *queue;
	struct verifier verifier;
	unsigned generation; /* of the keys in it */
};

int signer_start(struct signer *s, const struct token *token, struct manager *manager,
		 struct queue *queue);

#endif
