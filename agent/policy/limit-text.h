/*
 * policy/limit-text.h - what a limit of a key's file is set to, for people; pure
 */
#ifndef AGENT_POLICY_LIMIT_TEXT_H
#define AGENT_POLICY_LIMIT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/policy/decide.h"

/*
 * "NotAfter=2026-12-31T00:00:00Z", by the name of the key in the file; false if it is not set. The
 * state of a key is always told.
 */
bool limit_text(const char *name, const struct key_rule *rule, const struct use *use, char *buf,
		size_t size);

#endif
