/*
 * resolve.c - see resolve.h
 */
#include "agent/resolve.h"

#include <string.h>

#include "agent/base/clock.h"
#include "agent/op.h"

static const char *heir(const struct agent *a, const char *name)
{
	return rules_heir(a->rules, name, clock_realtime_usec());
}

const struct key *resolve_name(const struct agent *a, const char *name)
{
	return keys_by_name(a->keys, heir(a, name));
}

/* A public key means itself and nothing that comes after it. */
static const struct key *find_key(const struct request *q)
{
	if (q->ask.ssh_blob)
		return keys_by_blob(q->agent->keys, q->ask.ssh_blob, q->ask.ssh_blob_size);
	return q->ask.key ? resolve_name(q->agent, q->ask.key) : NULL;
}

/* Asks for a token (NULL: all) to be there; true if it or they have said what they have to say. */
static bool is_token_known(struct request *q, const char *token)
{
	pool_wake(q->agent->pool, token);
	return pool_is_settled(q->agent->pool, token);
}

static enum request_state no_such_key(struct request *q)
{
	const char *name = q->ask.key ? heir(q->agent, q->ask.key) : NULL;
	char tokens[300];

	pool_describe(q->agent->pool, tokens, sizeof(tokens));
	if (name && strcmp(name, q->ask.key) != 0)
		return request_end(q, OUTCOME_FAILED, STATUS_UNAVAILABLE,
				   "there is no key '%s' here, the successor of '%s'%s", name,
				   q->ask.key, tokens);
	return request_end(q, OUTCOME_FAILED, STATUS_UNAVAILABLE, "there is no key '%s' here%s",
			   q->ask.key ? q->ask.key : "(by its ssh public key)", tokens);
}

enum request_state resolve_key(struct request *q)
{
	const struct key *key = find_key(q);
	enum request_state next;

	if (!is_token_known(q, key ? key->token : NULL))
		return REQUEST_PARKED; /* requests_wake() */
	key = find_key(q);
	if (!key)
		return no_such_key(q);
	q->key = key_copy(key);
	if (!q->key)
		return request_end(q, OUTCOME_FAILED, STATUS_AGAIN, "signetd is short of memory");
	return op_settle_sign(q, key, &next) ? REQUEST_DECIDE : next;
}

static enum request_state find_token(struct request *q)
{
	struct token_info t;

	if (!pool_find(q->agent->pool, q->ask.token, &t))
		return request_end(q, OUTCOME_FAILED, STATUS_UNAVAILABLE,
				   "there is no token '%s' in tokens.d", q->ask.token);
	return is_token_known(q, q->ask.token) ? REQUEST_DECIDE : REQUEST_PARKED;
}

enum request_state resolve_step(struct request *q)
{
	switch (q->op->needs) {
	case OP_NEEDS_KEY:
		return resolve_key(q);
	case OP_NEEDS_TOKEN:
		return find_token(q);
	case OP_NEEDS_TOKENS:
		return is_token_known(q, NULL) ? REQUEST_DECIDE : REQUEST_PARKED;
	case OP_NEEDS_REQUEST:
		return q->op->resolve(q);
	case OP_NEEDS_NOTHING:
		break;
	}
	return REQUEST_DECIDE;
}

const struct key *resolve_again(const struct request *q)
{
	const struct key *key = keys_by_name(q->agent->keys, q->key->name);

	if (!key || memcmp(key->info.id, q->key->info.id, KEY_ID_SIZE) != 0)
		return NULL;
	return key;
}
