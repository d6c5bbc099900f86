/*
 * bench/histogram.c - see histogram.h
 *
 * The first 64 buckets are one nanosecond wide; from there each power of two has 64.
 */
#include "tests/bench/histogram.h"

static unsigned bucket_of(uint64_t nsec)
{
	unsigned shift;

	if (nsec < 64)
		return (unsigned)nsec;
	shift = 63u - (unsigned)__builtin_clzll(nsec) - 6;
	return (shift + 1) * 64 + (unsigned)((nsec >> shift) - 64);
}

static uint64_t nsec_of(unsigned bucket)
{
	unsigned shift;

	if (bucket < 64)
		return bucket;
	shift = bucket / 64 - 1;
	return (uint64_t)(bucket % 64 + 64) << shift;
}

void histogram_add(struct histogram *h, uint64_t nsec)
{
	h->count++;
	h->buckets[bucket_of(nsec)]++;
}

void histogram_merge(struct histogram *h, const struct histogram *other)
{
	h->count += other->count;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		h->buckets[i] += other->buckets[i];
}

uint64_t histogram_quantile(const struct histogram *h, double share)
{
	uint64_t rank = (uint64_t)(share * (double)h->count), seen = 0;

	if (rank == h->count)
		rank--; /* the longest; there is nobody behind it */

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen > rank)
			return nsec_of(i);
	}
	return 0;
}
