/*
 * worker/jobs.h - a frame of signetd -> a job in a queue
 */
#ifndef AGENT_WORKER_JOBS_H
#define AGENT_WORKER_JOBS_H

#include "agent/wire/reader.h"
#include "agent/worker/channel.h"
#include "agent/worker/hub.h"
#include "agent/worker/manager.h"
#include "agent/worker/queue.h"

/* Where jobs go; all borrowed. */
struct jobs {
	struct queue *queue;
	struct manager *manager;
	struct hub *hub;
};

enum jobs_verdict {
	JOBS_MALFORMED, /* and so is whatever comes behind it: the connection is closed */
	JOBS_TAKEN,
	JOBS_END, /* a job has passed its deadline: the process must go */
};

/* Whoever reads the channel. What cannot be taken in is answered at once. */
enum jobs_verdict jobs_take(const struct jobs *j, struct channel *c, struct view frame);

#endif
