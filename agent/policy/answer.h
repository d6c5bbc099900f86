/*
 * policy/answer.h - how a verdict gets its sentence
 *
 * A reason is cut if it does not fit, and always clean text.
 */
#ifndef AGENT_POLICY_ANSWER_H
#define AGENT_POLICY_ANSWER_H

#include <stdbool.h>

#include "agent/model/verdict.h"

/* Returns true, so that a limit can end with it. */
bool answer_deny(struct verdict *ret, enum authority authority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void answer_allow(struct verdict *ret, enum authority authority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void answer_quorum(struct verdict *ret, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
