/*
 * bench/histogram.h - how long things took: counts by duration, in a fixed amount of memory
 *
 * Durations are nanoseconds. A bucket is at most 1/64 wide, which is the error of what is read.
 */
#ifndef TESTS_BENCH_HISTOGRAM_H
#define TESTS_BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS 3776u

struct histogram {
	uint64_t count;
	uint32_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t nsec);
void histogram_merge(struct histogram *h, const struct histogram *other);
/* The duration that this share (0 to 1) of all stayed below; 0 if there are none. */
uint64_t histogram_quantile(const struct histogram *h, double share);

#endif
