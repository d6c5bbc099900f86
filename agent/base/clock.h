/*
 * base/clock.h - time: BOOTTIME for deadlines, REALTIME only to show to people and for validity
 *
 * All times are microseconds in a uint64_t.
 */
#ifndef AGENT_BASE_CLOCK_H
#define AGENT_BASE_CLOCK_H

#include <stdint.h>

#define USEC_PER_MSEC UINT64_C(1000)
#define USEC_PER_SEC UINT64_C(1000000)

uint64_t clock_boottime_usec(void);
uint64_t clock_realtime_usec(void);
/* Only for what systemd wants in this clock. */
uint64_t clock_monotonic_usec(void);

#endif
