/*
 * gpg-agent/lines.h - lines of Assuan over a socket, each with a limit and a deadline
 *
 * Owns the socket. Results are 0 or a negative errno: -EPIPE (the other side has hung up),
 * -EMSGSIZE (a line that is too long), -ETIMEDOUT, -ECONNRESET (who was watched has hung up).
 * After any of them there is no way to go on with the connection.
 */
#ifndef CLIENT_GPG_AGENT_LINES_H
#define CLIENT_GPG_AGENT_LINES_H

#include <stddef.h>

#include "client/gpg-agent/assuan.h"

/* A client may be silent between two commands for as long as it likes. */
#define LINES_NO_DEADLINE (-1)
/* Who does not take what is sent to him. */
#define LINES_WRITE_MSEC 60000

struct lines {
	int fd;       /* -EBADF: none */
	size_t begin; /* of what was received and not taken yet */
	size_t end;
	char buf[ASSUAN_LINE_MAX];
};

/* Whether the other side of a socket is a process of our own user, by the kernel's word. */
bool lines_are_mine(int fd);

/* Takes the descriptor over. */
void lines_init(struct lines *l, int fd);
void lines_done(struct lines *l);

/*
 * The next line, without its end; lives until the next call. watch_fd is another connection: when
 * both directions of it have ended, the wait ends as well; -1: none.
 */
int lines_read(struct lines *l, int watch_fd, int timeout_msec, const char **ret, size_t *ret_size);

/* Whether something has come that was not taken yet, or the other side has hung up. */
bool lines_are_pending(const struct lines *l);

/* Sends a line of at most ASSUAN_LINE_MAX - 1 bytes and ends it. */
int lines_write(struct lines *l, const char *line, size_t size);

#endif
