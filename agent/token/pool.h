/*
 * token/pool.h - the tokens of this host, and the jobs that wait for them
 *
 * One channel a token, opened when it is first needed. Jobs queue here, not in the token process:
 * the token gets no more at a time than keeps its sessions busy, one item in turn from each user
 * who waits and from each of that user's requests, so that a batch of thousands delays nobody by
 * more than a few signatures.
 *
 * A job that was handed to a token process which then died, hung or was cut off has an unknown
 * outcome and is never sent again. Nothing of this blocks. Callbacks come from pool_turn(), and so
 * never from inside the call that asked.
 */
#ifndef AGENT_TOKEN_POOL_H
#define AGENT_TOKEN_POOL_H

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "agent/base/cleanup.h"
#include "agent/model/ask.h"
#include "agent/model/key.h"
#include "agent/token/channel.h"

struct pool;
struct pool_ticket;

/* What is known of one token; borrowed from the pool. */
struct token_info {
	const char *name;
	const struct inventory *inventory; /* keys stay known while the token is lost */
	enum token_state state;            /* inventory->state, or LOST while there is no channel */
	const char *sentence;
	size_t n_queued;
	bool is_settled; /* has a state, or the attempt to reach it has failed */
};

/* One item's end. */
struct pool_result {
	enum job_result result;
	uint64_t ckr;
	uint8_t *signature; /* owned; as code_signature_size() says; NULL unless result is OK */
	size_t signature_size;
	char *sentence; /* owned; may be NULL */
};

struct pool_results {
	size_t n;
	struct pool_result *items; /* owned */
};

void pool_results_done(struct pool_results *r);

/* The callee takes what it wants out of *r. */
typedef void (*pool_callback)(struct pool_results *r, void *userdata);

struct pool_events {
	/* A token settled or is late, or its state or keys changed. */
	void (*changed)(const struct token_info *t, enum token_state before, void *userdata);
};

/* runtime_dir: where token/NAME.sock are. events is borrowed. */
int pool_new(sd_event *event, const char *runtime_dir, const struct pool_events *events,
	     void *userdata, struct pool **ret);
struct pool *pool_free(struct pool *p); /* no tickets may be left */
DEFINE_FREEP(struct pool, pool_free)

/*
 * To be called when the loop turns, before it waits: calls back those whose results are complete,
 * and sends the tokens what was queued for them since, all at once.
 */
void pool_turn(struct pool *p);

/*
 * The tokens there are from now on, NULL-terminated; jobs of those that are gone end as lost.
 * timeout_usec bounds one signature, and the first answer of a token process. changed() may be called
 * from in here, for those that go.
 */
int pool_configure(struct pool *p, char *const *names, uint64_t timeout_usec);

size_t pool_count(const struct pool *p);
struct token_info pool_at(const struct pool *p, size_t i);
/* False if there is no token of that name. */
bool pool_find(const struct pool *p, const char *name, struct token_info *ret);

/*
 * Names the tokens that cannot say what keys they have, because they need something first:
 * "; token 'main' is locked: ...". Empty if there are none; says so if none is configured.
 */
void pool_describe(const struct pool *p, char *buf, size_t size);

/* Tries to reach all tokens (name NULL), or one, that have no channel. */
void pool_wake(struct pool *p, const char *name);
/*
 * Whether that one is settled, or (name NULL) all that do not take unusually long. A name that is
 * not there is.
 */
bool pool_is_settled(const struct pool *p, const char *name);

/*
 * Signs all items of ask (borrowed until the callback or pool_cancel()) with the key. Results come
 * back together, one for each item.
 */
int pool_sign(struct pool *p, const struct key *key, uid_t uid, const struct ask *ask,
	      pool_callback callback, void *userdata, struct pool_ticket **ret);
/* One result. *pin_fd is taken on success; is_stored: it comes from a file, and not from a person now. */
int pool_unlock(struct pool *p, const char *token, int *pin_fd, bool is_stored,
		pool_callback callback, void *userdata, struct pool_ticket **ret);
int pool_lock(struct pool *p, const char *token, pool_callback callback, void *userdata,
	      struct pool_ticket **ret);

/* Nobody waits any more: what is queued is dropped, what is under way is forgotten. Takes NULL. */
void pool_cancel(struct pool_ticket *t);
/* Whether any item was handed to the token process, so that it may be signed. */
bool pool_has_begun(const struct pool_ticket *t);

#endif
