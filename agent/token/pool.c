/*
 * token/pool.c - see pool.h
 */
#include "agent/token/pool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/limits.h"
#include "agent/token/token.h"

struct pool {
	sd_event *event;                  /* owned reference */
	char *runtime_dir;                /* owned */
	const struct pool_events *events; /* borrowed */
	void *userdata;
	struct token **tokens; /* owned */
	size_t n_tokens;
	struct list finished; /* tickets to call back when the loop turns */
};

void pool_results_done(struct pool_results *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->items[i].signature);
		free(r->items[i].sentence);
	}
	free(r->items);
	*r = (struct pool_results){};
}

/* --- from the tokens ---------------------------------------------------------------------------------- */

static void on_changed(struct token *t, enum token_state before, void *userdata)
{
	struct pool *p = userdata;
	struct token_info info = token_info(t);

	p->events->changed(&info, before, p->userdata);
}

static void on_finished(struct pool_ticket *ticket, void *userdata)
{
	struct pool *p = userdata;

	list_append(&p->finished, &ticket->link);
}

static const struct token_events token_events = {
	.changed = on_changed,
	.finished = on_finished,
};

void pool_turn(struct pool *p)
{
	/* A callback may finish others at once; they are called in this turn too. */
	while (!list_is_empty(&p->finished)) {
		_cleanup_(ticket_freep) struct pool_ticket *t =
			container_of(p->finished.next, struct pool_ticket, link);

		list_remove(&t->link);
		if (t->callback)
			t->callback(&t->results, t->userdata);
	}
	for (size_t i = 0; i < p->n_tokens; i++)
		token_send(p->tokens[i]);
}

/* --- asking -------------------------------------------------------------------------------------------- */

static struct token *find(const struct pool *p, const char *name)
{
	for (size_t i = 0; i < p->n_tokens; i++)
		if (strcmp(p->tokens[i]->name, name) == 0)
			return p->tokens[i];
	return NULL;
}

static int ticket_new(size_t n, pool_callback callback, void *userdata, struct pool_ticket **ret)
{
	_cleanup_(ticket_freep) struct pool_ticket *t = NULL;

	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->results.items = calloc(n, sizeof(*t->results.items));
	if (!t->results.items)
		return -ENOMEM;
	t->results.n = t->open = n;
	t->callback = callback;
	t->userdata = userdata;
	list_init(&t->link);
	*ret = take_ptr(t);
	return 0;
}

int pool_sign(struct pool *p, const struct key *key, uid_t uid, const struct ask *ask,
	      pool_callback callback, void *userdata, struct pool_ticket **ret)
{
	_cleanup_(ticket_freep) struct pool_ticket *ticket = NULL;
	struct token *t = find(p, key->token);
	int r;

	if (!t)
		return -ENOENT;
	r = ticket_new(ask->n_items, callback, userdata, &ticket);
	if (r < 0)
		return r;
	ticket->ask = ask;
	memcpy(ticket->key_id, key->info.id, sizeof(ticket->key_id));
	ticket->signature_size = code_signature_size(key->info.type, key->info.bits);
	r = token_queue(t, ticket, uid);
	if (r < 0)
		return r;
	*ret = take_ptr(ticket);
	return 0;
}

static int control(struct pool *p, const char *token, int *pin_fd, bool is_stored,
		   pool_callback callback, void *userdata, struct pool_ticket **ret)
{
	_cleanup_(ticket_freep) struct pool_ticket *ticket = NULL;
	struct token *t = find(p, token);
	int r;

	if (!t)
		return -ENOENT;
	r = ticket_new(1, callback, userdata, &ticket);
	if (r < 0)
		return r;
	if (!t->channel || !t->has_state) {
		ticket_refuse(ticket, t, JOB_RESULT_LOST, t->why_lost);
	} else {
		r = token_control(t, ticket, pin_fd, is_stored);
		if (r < 0)
			return r;
	}
	*ret = take_ptr(ticket);
	return 0;
}

int pool_unlock(struct pool *p, const char *token, int *pin_fd, bool is_stored,
		pool_callback callback, void *userdata, struct pool_ticket **ret)
{
	return control(p, token, pin_fd, is_stored, callback, userdata, ret);
}

int pool_lock(struct pool *p, const char *token, pool_callback callback, void *userdata,
	      struct pool_ticket **ret)
{
	return control(p, token, NULL, false, callback, userdata, ret);
}

void pool_cancel(struct pool_ticket *t)
{
	if (!t)
		return;
	t->callback = NULL;
	if (!t->token)
		return; /* finished: the loop frees it */
	token_forget(t);
	(void)ticket_free(t);
}

bool pool_has_begun(const struct pool_ticket *t)
{
	return t->next > 0;
}

/* --- tokens ------------------------------------------------------------------------------------------- */

size_t pool_count(const struct pool *p)
{
	return p->n_tokens;
}

struct token_info pool_at(const struct pool *p, size_t i)
{
	return token_info(p->tokens[i]);
}

bool pool_find(const struct pool *p, const char *name, struct token_info *ret)
{
	struct token *t = find(p, name);

	if (t)
		*ret = token_info(t);
	return t;
}

void pool_wake(struct pool *p, const char *name)
{
	for (size_t i = 0; i < p->n_tokens; i++)
		if (!name || strcmp(p->tokens[i]->name, name) == 0)
			token_wake(p->tokens[i]);
}

bool pool_is_settled(const struct pool *p, const char *name)
{
	for (size_t i = 0; i < p->n_tokens; i++) {
		const struct token *t = p->tokens[i];
		bool is_meant = name ? strcmp(t->name, name) == 0 : !t->is_late;

		if (is_meant && !t->is_settled)
			return false;
	}
	return true;
}

static struct token *take_by_name(struct token **tokens, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (tokens[i] && strcmp(tokens[i]->name, name) == 0)
			return take_ptr(tokens[i]);
	return NULL;
}

void pool_describe(const struct pool *pool, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < pool_count(pool) && at < size; i++) {
		struct token_info t = pool_at(pool, i);

		if (t.state != TOKEN_STATE_READY)
			at += (size_t)snprintf(buf + at, size - at, "; token '%s' is %s: %s",
					       t.name, token_state_name(t.state), t.sentence);
	}
	if (pool_count(pool) == 0)
		(void)snprintf(buf, size, "; no token is configured in tokens.d");
}

static void drop_tokens(struct token **tokens, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)token_free(tokens[i]);
	free(tokens);
}

int pool_configure(struct pool *p, char *const *names, uint64_t timeout_usec)
{
	struct token **tokens, **old = p->tokens;
	size_t n = 0, n_old = p->n_tokens;
	int r;

	while (names[n])
		n++;
	tokens = calloc(n + 1, sizeof(*tokens));
	if (!tokens)
		return -ENOMEM;
	/* First what can fail: those that are new. Then those that stay move over. */
	for (size_t i = 0; i < n; i++) {
		r = find(p, names[i]) ? 0
				      : token_new(p->event, p->runtime_dir, names[i], &token_events,
						  p, &tokens[i]);
		if (r < 0) {
			drop_tokens(tokens, n);
			return r;
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (!tokens[i])
			tokens[i] = take_by_name(old, n_old, names[i]);
		tokens[i]->timeout_usec = timeout_usec;
	}
	p->tokens = tokens;
	p->n_tokens = n;
	for (size_t i = 0; i < n_old; i++)
		if (old[i])
			token_lose(old[i], "it is not configured any more");
	drop_tokens(old, n_old);
	return 0;
}

struct pool *pool_free(struct pool *p)
{
	if (!p)
		return NULL;
	drop_tokens(p->tokens, p->n_tokens);
	while (!list_is_empty(&p->finished)) {
		struct pool_ticket *t = container_of(p->finished.next, struct pool_ticket, link);

		list_remove(&t->link);
		(void)ticket_free(t);
	}
	(void)sd_event_unref(p->event);
	free(p->runtime_dir);
	free(p);
	return NULL;
}

int pool_new(sd_event *event, const char *runtime_dir, const struct pool_events *events,
	     void *userdata, struct pool **ret)
{
	_cleanup_(pool_freep) struct pool *p = NULL;

	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	list_init(&p->finished);
	p->event = sd_event_ref(event);
	p->events = events;
	p->userdata = userdata;
	p->runtime_dir = strdup(runtime_dir);
	if (!p->runtime_dir)
		return -ENOMEM;
	*ret = take_ptr(p);
	return 0;
}
