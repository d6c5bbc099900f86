/*
 * provider/pool.h - handles of libsignet that nobody uses just now
 *
 * A handle carries one request at a time, so each call takes one for itself, and threads sign side
 * by side. What is given back keeps its connection for the next call.
 */
#ifndef CLIENT_PROVIDER_POOL_H
#define CLIENT_PROVIDER_POOL_H

#include <pthread.h>

#include "client/include/signet.h"

/* As many as threads that sign all the time; what is given back beyond that is closed. */
#define POOL_MAX 32u

struct pool {
	pthread_mutex_t lock; /* only ever tried for: a fork may have left it taken */
	struct signet *idle[POOL_MAX];
	unsigned n;
};

void pool_init(struct pool *pool);
void pool_done(struct pool *pool);

/* 0, or one of SIGNET_E_*. The handle is given back by pool_give(). */
int pool_take(struct pool *pool, struct signet **ret);
void pool_give(struct pool *pool, struct signet *s);

#endif
