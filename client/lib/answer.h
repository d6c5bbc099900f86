/*
 * lib/answer.h - what the agent said, as the caller holds it
 *
 * Owns copies of everything, so that it outlives the connection's buffer and never changes.
 * One of the arrays is set, by the kind of call.
 */
#ifndef CLIENT_LIB_ANSWER_H
#define CLIENT_LIB_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/include/signet.h"
#include "agent/base/cleanup.h"
#include "agent/wire/message.h"
#include "agent/wire/reader.h"

struct bytes {
	uint8_t *data; /* owned; NULL if empty */
	size_t size;
};

struct signet_key {
	char *name;
	char *token;
	enum signet_key_type type;
	unsigned bits;
	enum signet_token_state state;
	struct bytes spki;
	struct bytes certificate;
	struct bytes ssh_certificate;
	enum signet_key_standing standing;
	uint64_t not_before;
	uint64_t not_after;
	uint64_t certificate_not_after;
	uint64_t uses;
	uint64_t last_use;
	unsigned quorum;
	char *successor;
	char *file;
};

struct signet_signature {
	int status;
	char *sentence;
	struct bytes data;
};

struct signet_token {
	char *name;
	enum signet_token_state state;
	char *sentence;
	unsigned keys;
	unsigned sessions;
	unsigned queued;
};

struct signet_agent {
	char *version; /* NULL: the answer is not one to signet_status() */
	uint64_t uptime_usec;
	unsigned connections;
	unsigned requests;
	uint64_t records;
	char *authorization;
};

struct signet_explanation {
	enum signet_verdict verdict;
	char *authority;
	char *sentence;
	char *purpose; /* NULL: the answer is not one to signet_explain() */
	char *algorithm;
	char *hash;
};

struct signet_step {
	char *name;
	char *source;
	unsigned line;
	char *result;
	char *text;
};

struct signet_parked {
	char *id;
	char *unit;
	char *key;
	char *purpose;
	char *label;
	struct message_parked m; /* its numbers; the views are void */
};

struct signet_answer {
	int status;
	char *sentence;
	char *request;
	size_t n;
	struct signet_key *keys;
	struct signet_signature *signatures;
	struct signet_token *tokens;
	struct signet_agent agent;
	struct signet_step *steps;
	struct signet_explanation explanation;
	struct signet_parked *parked;
	char *text;
	bool is_pending;
	struct message_advance advance;
};

struct signet_answer *answer_new(void);
struct signet_answer *answer_free(struct signet_answer *a);
DEFINE_FREEP(struct signet_answer, answer_free)

/*
 * Decoders: take the result of one answer, behind its front, and fill the answer. 0,
 * SIGNET_E_PROTOCOL if it is malformed, SIGNET_E_MEMORY.
 */
int answer_take_front(struct signet_answer *a, const struct message_answer *m);
int answer_take_keys(struct signet_answer *a, struct reader *r, uint32_t n);
int answer_take_signatures(struct signet_answer *a, struct reader *r, uint32_t n);
int answer_take_parked(struct signet_answer *a, struct reader *r, uint32_t n);
int answer_take_text(struct signet_answer *a, struct reader *r);
/* Behind the front of an answer with status 75 there may be how far a request is that waits. */
int answer_take_advance(struct signet_answer *a, struct reader *r);
int answer_take_status(struct signet_answer *a, struct reader *r);
int answer_take_explanation(struct signet_answer *a, struct reader *r);

#endif
