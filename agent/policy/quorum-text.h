/*
 * policy/quorum-text.h - a request as the text that approvers read, and sign with ssh-keygen; pure
 *
 * One field a line, always all of them and in this order; a text of another version begins
 * otherwise. PROTOCOL.md has an example.
 */
#ifndef AGENT_POLICY_QUORUM_TEXT_H
#define AGENT_POLICY_QUORUM_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/model/parked.h"

#define QUORUM_TEXT_NAMESPACE "approve@signetd.org"

/*
 * What an approval (or denial) says that allows this window. host: the machine id. Owned by the
 * caller; NULL when out of memory.
 */
char *quorum_text(const struct parked *p, const char *host, bool is_denied,
		  const struct window *window);

/* The smaller of what both allow; what one does not limit the other does. */
struct window window_narrow(const struct window *a, const struct window *b);
bool window_is_set(const struct window *w);

#endif
