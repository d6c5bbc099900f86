/*
 * worker/signer.h - a thread that signs: one session, one task at a time
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
	CK_SESSION_HANDLE session; /* of this generation */
	unsigned generation;       /* 0: has had no session yet */
	struct verifier verifier;
};

int signer_start(struct signer *s, const struct token *token, struct manager *manager,
		 struct queue *queue);

#endif
