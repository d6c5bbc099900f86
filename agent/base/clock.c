/*
 * base/clock.c - see clock.h
 */
#include "agent/base/clock.h"

#include <assert.h>
#include <time.h>

static uint64_t now_usec(clockid_t id)
{
	struct timespec ts;
	int r;

	r = clock_gettime(id, &ts);
	assert(r == 0); /* both clocks exist on every kernel we run on */
	return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t clock_boottime_usec(void)
{
	return now_usec(CLOCK_BOOTTIME);
}

uint64_t clock_realtime_usec(void)
{
	return now_usec(CLOCK_REALTIME);
}

uint64_t clock_monotonic_usec(void)
{
	return now_usec(CLOCK_MONOTONIC);
}
