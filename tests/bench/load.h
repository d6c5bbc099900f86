/*
 * bench/load.h - one measurement: what asks for signatures, how much of it, and what came of it
 *
 * A worker is a thread that asks in a closed loop: the next request when the last was answered. It
 * gets ready, signs once and has that verified, waits at the gate for all others, and goes on
 * until the time is up; what is under way then still counts.
 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/histogram.h"
#include "tests/bench/public.h"

struct load {
	const char *path; /* of a socket or a module */
	const char *token;
	const char *pin;
	const char *key; /* its name or label */
	struct public public;
	uint64_t began_nsec; /* when the process was started */
	uint64_t duration_nsec;
	unsigned connections; /* of one worker */
	unsigned batch;       /* signatures in one request */
	bool is_soak;         /* verify them all */
};

/* What a worker has to tell; in memory that its parent shares. */
struct worker {
	uint64_t started_nsec;      /* when it passed the gate; what came before is not measured */
	uint64_t ended_nsec;        /* when its last request was answered */
	struct histogram latencies; /* of requests */
	uint64_t first_nsec;        /* from the start of the process to the first signature */
	uint64_t n_signed;          /* since started_nsec */
	uint64_t asked;             /* requests, the first ones included */
	uint64_t right;             /* signatures that were not, or could not be, found wrong */
	uint64_t wrong;
	uint64_t refused;   /* asked for and not given */
	char sentence[256]; /* the first thing that went wrong */
};

/*
 * A kind of load. prepare() is done once in a process, one process at a time, and is tried again
 * when it fails. run() is a worker; it calls gate_pass() exactly once. Both return 0 or a negative
 * errno, after worker_complain().
 */
struct gate;
struct kind {
	const char *name;
	int (*prepare)(struct load *l, struct worker *w);
	int (*run)(const struct load *l, struct worker *w, struct gate *g);
};

extern const struct kind kind_module, kind_signet, kind_ssh, kind_gpg, kind_provider, kind_echo;

uint64_t load_now_nsec(void);
/* Waits for all workers; returns when the time will be up. */
uint64_t gate_pass(struct gate *g, const struct load *l, struct worker *w);
/* Keeps the first sentence. */
void worker_complain(struct worker *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Notes that a request was answered just now. */
void worker_answered(struct worker *w, uint64_t sent_nsec, unsigned n_signed);
/* Notes a signature; it is verified in a soak, and if it is the worker's first. */
void worker_signed(struct worker *w, const struct load *l, uint64_t n, enum form form,
		   struct view signature);

#endif
