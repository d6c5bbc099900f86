/*
 * provider/pool.c - see pool.h
 *
 * The lock is never waited for: whoever does not get it at once opens a handle of his own, or closes
 * the one he has. So nothing here can hang, also not in a child whose parent held it at the fork.
 */
#include "client/provider/pool.h"

void pool_init(struct pool *pool)
{
	(void)pthread_mutex_init(&pool->lock, NULL); /* cannot fail without attributes */
	pool->n = 0;
}

void pool_done(struct pool *pool)
{
	while (pool->n > 0)
		signet_close(pool->idle[--pool->n]);
	(void)pthread_mutex_destroy(&pool->lock); /* fails if a fork left it taken */
}

int pool_take(struct pool *pool, struct signet **ret)
{
	struct signet *s = NULL;

	if (pthread_mutex_trylock(&pool->lock) == 0) {
		if (pool->n > 0)
			s = pool->idle[--pool->n];
		(void)pthread_mutex_unlock(&pool->lock); /* is ours */
	}
	if (!s)
		return signet_open(NULL, ret);
	*ret = s;
	return 0;
}

void pool_give(struct pool *pool, struct signet *s)
{
	if (pthread_mutex_trylock(&pool->lock) == 0) {
		if (pool->n < POOL_MAX) {
			pool->idle[pool->n++] = s;
			s = NULL;
		}
		(void)pthread_mutex_unlock(&pool->lock); /* is ours */
	}
	signet_close(s);
}
