/*
 * bench/agent.h - an agent behind a socket: connections, each with one request under way
 *
 * What is said on them is a protocol's: sign@signetd.org (signet.c), ssh-agent's (ssh.c) or
 * gpg-agent's (gpg.c).
 */
#ifndef TESTS_BENCH_AGENT_H
#define TESTS_BENCH_AGENT_H

#include "agent/wire/frame.h"
#include "agent/wire/writer.h"
#include "tests/bench/load.h"

/* The longest answer in lines: a signature of RSA-4096, all of it escaped, and what is around it. */
#define LINES_MAX 4096u

struct connection {
	int fd;           /* owned */
	struct frames in; /* what has arrived, where answers are frames */
	struct {
		uint8_t data[LINES_MAX];
		size_t size;
	} lines; /* the same where they are lines */
	struct writer out;
	uint64_t n; /* number of the first signature asked for */
	uint64_t sent_nsec;
};

struct protocol {
	/* What a new connection begins with; NULL: nothing. 0, or a negative errno after
	 * worker_complain(). */
	int (*greet)(const struct load *l, struct worker *w, struct connection *c);
	/* Writes a request for the signatures that begin with number n. */
	void (*ask)(const struct load *l, uint64_t n, struct writer *w);
	/* Reads from the socket. 1 when it is an answer, 0 if something is missing. */
	int (*receive)(struct connection *c, struct view *ret);
	/* Reads the answer: how many there were. */
	unsigned (*read)(const struct load *l, struct worker *w, uint64_t n, struct view answer);
	/* The answer is not needed any more. */
	void (*drop)(struct connection *c);
};

/* Connects; the socket blocks, for a while. */
int connection_open(struct connection *c, const char *path);
void connection_done(struct connection *c);
/* Sends what was written. */
int connection_send(struct connection *c);

/* receive() and drop() of a protocol in frames. */
int connection_receive(struct connection *c, struct view *ret);
void connection_drop(struct connection *c);

/* A worker: all its connections ask and are answered until the time is up. */
int agent_run(const struct load *l, struct worker *w, struct gate *g, const struct protocol *p);

#endif
