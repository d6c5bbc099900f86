/*
 * fuzz.h - what the targets share
 *
 * A target is one function over bytes. libFuzzer calls it when one searches (`make fuzz`), main.c
 * when the corpus is replayed (`make check`). Beyond not crashing, a target says with fuzz_check()
 * what must hold for every input.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/wire/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_check(bool holds, const char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "this does not hold: %s\n", what);
	abort();
}

/* What was written again is what had been read: no two ways to say one thing. */
static inline void fuzz_check_same(struct view written, const uint8_t *data, size_t size)
{
	fuzz_check(written.size == size, "what is read is as long when written again");
	fuzz_check(size == 0 || memcmp(written.data, data, size) == 0,
		   "what is read is the same when written again");
}

#endif
