/*
 * wire/job.h - frames between signetd and a token process (PROTOCOL.md 3)
 *
 * Both ends use this file. Readers take the bytes of one frame behind its type and return false
 * if they are malformed; writers append a whole frame, length word included.
 */
#ifndef AGENT_WIRE_JOB_H
#define AGENT_WIRE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/code.h"
#include "agent/wire/reader.h"
#include "agent/wire/writer.h"

#define JOB_VERSION 1u
#define JOB_KEY_ID_SIZE 32u

enum job_type {
	JOB_HELLO = 64,
	JOB_SIGN = 65,
	JOB_UNLOCK = 66,
	JOB_LOCK = 67,
	JOB_END = 68,
	JOB_KEY = 80,
	JOB_STATE = 81,
	JOB_SIGNED = 82,
	JOB_DONE = 83,
};

struct job_sign {
	uint64_t id;
	struct view key_id;
	enum algorithm algorithm;
	enum hash hash;
	enum input input;
	struct view data;
};

struct job_unlock {
	uint64_t id;
	bool is_stored; /* the PIN comes from a file; nobody has typed it just now */
};

struct job_key {
	struct view label; /* clean text, may be empty */
	struct view cka_id;
	enum key_type type;
	uint32_t bits;
	struct view spki;
	struct view ssh_blob;
	struct view certificate; /* may be empty */
};

struct job_state {
	enum token_state state;
	uint64_t ckr; /* what the token said, if that is why; else 0 */
	struct view sentence;
	struct view label;
	struct view serial;
	uint32_t sessions;
	uint32_t keys;
};

/* signed and done; signature is empty for done and for every result but ok. */
struct job_answer {
	uint64_t id;
	enum job_result result;
	uint64_t ckr;
	struct view signature;
	struct view sentence;
};

bool job_read_hello(struct reader *r, uint32_t *ret_version);
bool job_read_sign(struct reader *r, struct job_sign *ret);
bool job_read_unlock(struct reader *r, struct job_unlock *ret);
bool job_read_lock(struct reader *r, uint64_t *ret_id);
bool job_read_key(struct reader *r, struct job_key *ret);
bool job_read_state(struct reader *r, struct job_state *ret);
bool job_read_signed(struct reader *r, struct job_answer *ret);
bool job_read_done(struct reader *r, struct job_answer *ret);

void job_write_hello(struct writer *w);
void job_write_sign(struct writer *w, const struct job_sign *m);
void job_write_unlock(struct writer *w, const struct job_unlock *m);
void job_write_lock(struct writer *w, uint64_t id);
void job_write_end(struct writer *w);
void job_write_key(struct writer *w, const struct job_key *m);
void job_write_state(struct writer *w, const struct job_state *m);
void job_write_signed(struct writer *w, const struct job_answer *m);
void job_write_done(struct writer *w, const struct job_answer *m);

#endif
