/*
 * gpg-agent/share.h - the few macros that the files of signet-gpg-agent share
 */
#ifndef CLIENT_GPG_AGENT_SHARE_H
#define CLIENT_GPG_AGENT_SHARE_H

#include <stddef.h>
#include <stdlib.h>

#define _cleanup_(release) __attribute__((cleanup(release)))
#define array_len(a) (sizeof(a) / sizeof((a)[0]))

/* For _cleanup_ on any pointer from malloc(). */
static inline void freep(void *ptr)
{
	free(*(void **)ptr);
}

#endif
