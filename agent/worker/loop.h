/*
 * worker/loop.h - the main thread: connections, signals, deadlines; never a call into the module
 *
 * Because it never waits for the module, it can always end the process: when signetd says that a
 * job has passed its deadline, when a job hangs that nobody waits for any more, or when systemd
 * wants it. It leaves by _exit(): clean-up handlers of vendor code do not get to run.
 */
#ifndef AGENT_WORKER_LOOP_H
#define AGENT_WORKER_LOOP_H

#include "agent/worker/hub.h"
#include "agent/worker/inlet.h"
#include "agent/worker/manager.h"
#include "agent/worker/queue.h"

/* Why the process ends, as its exit status. */
enum loop_exit {
	LOOP_EXIT_ASKED = 0,  /* SIGTERM, SIGINT */
	LOOP_EXIT_FAILED = 1, /* our own trouble; logged */
	LOOP_EXIT_HUNG = 75,  /* a job did not come back, or the module is beyond repair */
};

struct loop {
	const char *name; /* borrowed, as the next four */
	struct inlet *inlet;
	struct queue *queue;
	struct manager *manager;
	struct hub *hub;
	int listener_fd; /* borrowed */
	int signal_fd;   /* borrowed; signalfd for SIGTERM, SIGINT and SIGHUP */
};

/* Runs until the process is to end; the caller exits with what is returned. */
enum loop_exit loop_run(const struct loop *l);

#endif
