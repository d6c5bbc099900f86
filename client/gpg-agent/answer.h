/*
 * gpg-agent/answer.h - what a client hears: our own answers, and those of the gpg-agent behind
 *
 * All return 0, or a negative errno: what is wrong with the client.
 */
#ifndef CLIENT_GPG_AGENT_ANSWER_H
#define CLIENT_GPG_AGENT_ANSWER_H

#include "client/gpg-agent/dialogue.h"

/* A command as it came, and in its words. */
struct order {
	const char *line;
	size_t size;
	struct assuan_command words;
};

int answer_ok(struct dialogue *d);

/* The sentence may be NULL. */
int answer_error(struct dialogue *d, gpg_err_code_t code, const char *sentence);

/* As many lines as it takes, and no end. */
int answer_data(struct dialogue *d, const void *data, size_t size);

int answer_result(struct dialogue *d, const void *data, size_t size);

/* The gpg-agent behind answers all but the end, which is the caller's to send. */
int answer_ask_behind(struct dialogue *d, const struct order *o, struct behind_end *ret);

/* That end; where there is nobody behind, what it would be if somebody were who has nothing. */
int answer_end(struct dialogue *d, const struct order *o, const struct behind_end *end);

/* The gpg-agent behind answers. */
int answer_hand_on(struct dialogue *d, const struct order *o);

/* The end of a list to which the gpg-agent behind has its part to add. */
int answer_end_list(struct dialogue *d, const struct order *o);

#endif
