/*
 * worker/inlet.h - the connections from signetd, read by whoever has nothing else to do
 *
 * A thread that waits for a task reads (see queue.h), and the main thread when all of them are
 * busy. The main thread alone adds and removes connections; a thread that finds one over says so
 * and rings, nothing more.
 */
#ifndef AGENT_WORKER_INLET_H
#define AGENT_WORKER_INLET_H

#include "agent/worker/hub.h"
#include "agent/worker/jobs.h"

struct inlet {
	struct jobs jobs; /* where frames go, and in the hub the channels they come from */
};

/* jobs' rooms are borrowed; the queue must have been made with inlet_readable() and this inlet. */
void inlet_init(struct inlet *inlet, const struct jobs *jobs);

/* Main thread. *fd is taken on success; -ENOSPC if there are HUB_CHANNELS_MAX connections. */
int inlet_add(struct inlet *inlet, int *fd);
/* Main thread, for the next ones as well: nothing more is read from anybody. */
void inlet_stop(struct inlet *inlet);
/* Sends what waits to be sent, as far as that goes now. */
void inlet_flush(struct inlet *inlet);
/* Borrowed; NULL if there is none. */
struct channel *inlet_at(const struct inlet *inlet, size_t i);
/* NULL while the connection lives; then why it is over, "" for an ordinary end. */
const char *inlet_why_over(const struct inlet *inlet, size_t i);
/* Closes it and drops its jobs that wait. Returns a reference if some of them still run. */
struct channel *inlet_remove(struct inlet *inlet, size_t i);

/* Any thread; a queue_readable. Reads what has come, and puts it where it belongs. */
void inlet_readable(unsigned i, void *inlet);

#endif
