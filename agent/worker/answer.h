/*
 * worker/answer.h - what became of something that was tried: the result, and why, for people
 *
 * What a token, a module or a PIN says is an answer, not an error of ours. Functions that talk to
 * them fill in one of these; an int of the same function is only about what we could not do.
 */
#ifndef AGENT_WORKER_ANSWER_H
#define AGENT_WORKER_ANSWER_H

#include "agent/base/code.h"

/* Text in an answer, its end included: every sentence here is shorter. */
#define ANSWER_SENTENCE_SIZE 400

struct answer {
	enum job_result result;
	unsigned long ckr; /* the exact CK_RV of the token, 0 if it is not about one */
	char sentence[ANSWER_SENTENCE_SIZE]; /* clean text; empty when the result is OK */
};

void answer_ok(struct answer *a);

/* Fills in all of it; the sentence is made clean, whatever a token put into it. */
void answer_set(struct answer *a, enum job_result result, unsigned long ckr, const char *format,
		...) __attribute__((format(printf, 4, 5)));

#endif
