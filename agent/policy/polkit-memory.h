/*
 * policy/polkit-memory.h - answers of polkit that are kept for a few seconds
 *
 * Bounded; the oldest answer makes room for a new one. It knows no clock: who calls says how late
 * it is (CLOCK_BOOTTIME).
 */
#ifndef AGENT_POLICY_POLKIT_MEMORY_H
#define AGENT_POLICY_POLKIT_MEMORY_H

#include <stdint.h>

#include "agent/base/cleanup.h"
#include "agent/policy/decide.h"
#include "agent/policy/polkit-matter.h"

struct polkit_memory;

int polkit_memory_new(size_t max, struct polkit_memory **ret);
struct polkit_memory *polkit_memory_free(struct polkit_memory *k);
DEFINE_FREEP(struct polkit_memory, polkit_memory_free)

/* POLKIT_ANSWER_NONE if there is none. */
enum polkit_answer polkit_memory_get(struct polkit_memory *k, const struct polkit_matter *m,
				     uint64_t now_usec);

/*
 * Keeps an answer until until_usec, in place of an earlier one; takes m over, leaving it empty.
 * Out of memory it keeps nothing.
 */
void polkit_memory_put(struct polkit_memory *k, struct polkit_matter *m, enum polkit_answer answer,
		       uint64_t until_usec);

void polkit_memory_forget(struct polkit_memory *k, const struct polkit_matter *m);
void polkit_memory_forget_all(struct polkit_memory *k);

#endif
