/*
 * policy/limits.h - what a key may be used for, whoever asks; pure, and a part of decide()
 */
#ifndef AGENT_POLICY_LIMITS_H
#define AGENT_POLICY_LIMITS_H

#include <stdbool.h>

#include "agent/policy/decide.h"

#define BREAK_GLASS_ACTION "org.signetd.break-glass"

/*
 * Whether a limit of the key refuses: those that hold for every key, and those of its file in the order
 * of decide.h. False also if there is no key.
 */
bool limits_refuse(const struct situation *s, struct verdict *ret);

/* Whether other people have to agree to what is asked. */
bool limits_need_quorum(const struct situation *s);

#endif
