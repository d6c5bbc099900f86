/*
 * peer/closer.h - closes what came from a client, on threads that may block for it
 *
 * The last close() of a file does what the file wants done, for as long as that takes, and it is
 * the client who chose the file: a TCP socket with SO_LINGER waits for its peer, a file of a FUSE
 * mount for the client itself, O_NONBLOCK or not. The socket of a client closes the descriptors
 * that were sent and never read. So nothing of this may happen on the thread of the event loop.
 *
 * Never blocks, never fails. What is handed over is not ours any more, and closed soon.
 */
#ifndef AGENT_PEER_CLOSER_H
#define AGENT_PEER_CLOSER_H

#include <stdbool.h>

/* Hands over fd unless it is negative; keeps errno. Returns -EBADF, to be stored in its place. */
int closer_close(int fd);

/* For _cleanup_(closer_hang_upp). */
void closer_hang_upp(int *fd);

/*
 * The same for the socket of a client: it sees the end at once, however long the closing takes.
 * Sockets that hold nothing unread do not queue up behind those that do.
 */
int closer_hang_up(int fd);

/*
 * Whether so many descriptors wait that no more should be received: where the table of descriptors
 * is full the kernel drops those that came with a message, on the thread that reads it.
 */
bool closer_is_crowded(void);

#endif
