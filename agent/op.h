/*
 * op.h - the operations: what a frame can ask for
 */
#ifndef AGENT_OP_H
#define AGENT_OP_H

#include "agent/request.h"
#include "agent/wire/message.h"

enum op_needs {
	OP_NEEDS_NOTHING = 0,
	OP_NEEDS_KEY,     /* the one that is named */
	OP_NEEDS_TOKEN,   /* the one that is named */
	OP_NEEDS_TOKENS,  /* all of them */
	OP_NEEDS_REQUEST, /* the one that is named, among those that wait for approvals */
};

struct op {
	const char *name;      /* as recorded */
	uint8_t message;       /* type of the frame */
	const char *extension; /* NULL, or which extension it is */
	uint8_t kind;          /* 0, or its first byte, where that says what is asked */
	enum op_needs needs;
	const char *action; /* polkit action; NULL: open to everybody */
	bool is_counted;    /* its items are signatures of the key */
	/* Bytes behind type and extension name -> q->ask. 0; -EBADMSG if malformed; -ENOMEM. */
	int (*decode)(struct request *q, struct reader *r);
	/* NEEDS_REQUEST: looks at that request; returns the next state, or PARKED, as RESOLVE does. */
	enum request_state (*resolve)(struct request *q);
	/* Does it; returns REQUEST_PARKED after arming one wake-up, or what request_end() gave. */
	enum request_state (*run)(struct request *q);
	/* Stops what run() has armed: the peer has gone. NULL if run() never parks. */
	void (*stop)(struct request *q);
	/* Appends the answer of a request that ended well (status 0): the result, or a whole frame. */
	void (*reply)(struct request *q, struct writer *w);
};

/* The operation of a frame: r stands behind the type and is moved behind the extension's name. */
const struct op *op_find(uint8_t type, struct reader *r);

/* Appends the whole answer to a request, whatever became of it. */
void op_reply(struct request *q, struct writer *w);

/* What the table names. */
int op_decode_nothing(struct request *q, struct reader *r);
int op_decode_sign(struct request *q, struct reader *r);
int op_decode_ssh_sign(struct request *q, struct reader *r);
int op_decode_list(struct request *q, struct reader *r);
int op_decode_bind(struct request *q, struct reader *r);
int op_decode_unlock(struct request *q, struct reader *r);
int op_decode_lock(struct request *q, struct reader *r);
int op_decode_explain(struct request *q, struct reader *r);
int op_decode_flags(struct request *q, struct reader *r);
int op_decode_request(struct request *q, struct reader *r);
int op_decode_approve(struct request *q, struct reader *r);
enum request_state op_run_query(struct request *q);
enum request_state op_run_status(struct request *q);
enum request_state op_run_bind(struct request *q);
enum request_state op_run_list(struct request *q);
enum request_state op_run_sign(struct request *q);
enum request_state op_run_unlock(struct request *q);
enum request_state op_run_lock(struct request *q);
enum request_state op_run_reload(struct request *q);
enum request_state op_run_explain(struct request *q);
void op_stop_explain(struct request *q);
void op_reply_explain(struct request *q, struct writer *w);
enum request_state op_run_requests(struct request *q);
enum request_state op_run_show(struct request *q);
enum request_state op_run_withdraw(struct request *q);
enum request_state op_run_window(struct request *q);
enum request_state op_run_approve(struct request *q);
enum request_state op_resolve_show(struct request *q);
enum request_state op_resolve_fetch(struct request *q);
enum request_state op_resolve_own(struct request *q);
enum request_state op_resolve_approve(struct request *q);
void op_stop_list(struct request *q);
void op_stop_job(struct request *q);
void op_reply_query(struct request *q, struct writer *w);
void op_reply_bind(struct request *q, struct writer *w);
void op_reply_status(struct request *q, struct writer *w);
void op_reply_list(struct request *q, struct writer *w);
void op_reply_ssh_list(struct request *q, struct writer *w);
void op_reply_sign(struct request *q, struct writer *w);
void op_reply_ssh_sign(struct request *q, struct writer *w);
void op_reply_nothing(struct request *q, struct writer *w);
void op_reply_requests(struct request *q, struct writer *w);
void op_reply_show(struct request *q, struct writer *w);

/*
 * The key is known now: settles what depended on it (how ssh signs, what the bytes prove to be).
 * False with q ended if it does not fit.
 */
bool op_settle_sign(struct request *q, const struct key *key, enum request_state *ret_next);

/* Frees what a listing holds, and an explanation; take NULL. */
struct sift *sift_free(struct sift *s);
struct explanation *explanation_free(struct explanation *e);

/* What would be asked of this key for this purpose: one item that is not there. ret owns nothing. */
void op_imagine(const struct key *key, const char *purpose, struct ask *ret);
/* The first purpose that its file names, or "digest"; NULL if its file allows none. */
const char *op_usual_purpose(const struct key *key);

#endif
