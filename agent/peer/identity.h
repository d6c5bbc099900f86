/*
 * peer/identity.h - socket -> caller, in the kernel's words
 */
#ifndef AGENT_PEER_IDENTITY_H
#define AGENT_PEER_IDENTITY_H

#include "agent/model/caller.h"

/*
 * Says who connected fd: SO_PEERCRED, SO_PEERPIDFD, SO_PEERGROUPS, and from /proc, while the
 * process is provably still the same one, its start time, comm and what systemd knows about it.
 * What could not be had is left empty and named in ret->missing. *ret is owned by the caller.
 *
 * A negative errno only if not even SO_PEERCRED answers, or we are out of memory or descriptors:
 * then the connection has no identity and must be closed.
 */
int identity_of_peer(int fd, struct caller **ret);

#endif
