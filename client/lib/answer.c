/*
 * lib/answer.c - see answer.h
 */
#include "client/lib/answer.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/limits.h"
#include "agent/base/text.h"

struct signet_answer *answer_new(void)
{
	return calloc(1, sizeof(struct signet_answer));
}

static void free_key(struct signet_key *k)
{
	free(k->name);
	free(k->token);
	free(k->successor);
	free(k->file);
	free(k->spki.data);
	free(k->certificate.data);
	free(k->ssh_certificate.data);
}

static void free_signature(struct signet_signature *g)
{
	free(g->sentence);
	free(g->data.data);
}

static void free_token(struct signet_token *t)
{
	free(t->name);
	free(t->sentence);
}

static void free_step(struct signet_step *t)
{
	free(t->name);
	free(t->source);
	free(t->result);
	free(t->text);
}

static void free_explanation(struct signet_explanation *e)
{
	free(e->authority);
	free(e->sentence);
	free(e->purpose);
	free(e->algorithm);
	free(e->hash);
}

static void free_parked(struct signet_parked *p)
{
	free(p->id);
	free(p->unit);
	free(p->key);
	free(p->purpose);
	free(p->label);
}

struct signet_answer *answer_free(struct signet_answer *a)
{
	if (!a)
		return NULL;
	for (size_t i = 0; i < a->n; i++) {
		if (a->keys)
			free_key(&a->keys[i]);
		if (a->signatures)
			free_signature(&a->signatures[i]);
		if (a->tokens)
			free_token(&a->tokens[i]);
		if (a->steps)
			free_step(&a->steps[i]);
		if (a->parked)
			free_parked(&a->parked[i]);
	}
	free(a->steps);
	free_explanation(&a->explanation);
	free(a->keys);
	free(a->signatures);
	free(a->tokens);
	free(a->parked);
	free(a->text);
	free(a->agent.version);
	free(a->agent.authorization);
	free(a->sentence);
	free(a->request);
	free(a);
	return NULL;
}

/* Copies text, which the reader has checked, into a string. An empty view gives "". */
static int copy_text(struct view v, char **ret)
{
	char *s = malloc(v.size + 1);

	if (!s)
		return SIGNET_E_MEMORY;
	if (v.size > 0)
		memcpy(s, v.data, v.size);
	s[v.size] = '\0';
	free(*ret);
	*ret = s;
	return 0;
}

static int copy_bytes(struct view v, struct bytes *ret)
{
	if (v.size == 0)
		return 0;
	ret->data = malloc(v.size);
	if (!ret->data)
		return SIGNET_E_MEMORY;
	memcpy(ret->data, v.data, v.size);
	ret->size = v.size;
	return 0;
}

/* Makes room for n more zeroed elements behind those that are there. */
static int grow(void **array, size_t have, size_t n, size_t size)
{
	uint8_t *bigger = reallocarray(*array, have + n > 0 ? have + n : 1, size);

	if (!bigger)
		return SIGNET_E_MEMORY;
	memset(bigger + have * size, 0, n * size);
	*array = bigger;
	return 0;
}

int answer_take_front(struct signet_answer *a, const struct message_answer *m)
{
	int r;

	a->status = (int)m->status;
	r = copy_text(m->sentence, &a->sentence);
	if (r < 0)
		return r;
	return copy_text(m->request, &a->request);
}

static int take_key(struct signet_key *k, struct reader *r)
{
	struct message_key m;

	message_read_key(r, &m);
	if (r->has_failed)
		return SIGNET_E_PROTOCOL;
	k->type = (enum signet_key_type)m.type;
	k->bits = m.bits;
	k->state = (enum signet_token_state)m.state;
	k->standing = (enum signet_key_standing)m.key_state;
	k->not_before = m.not_before;
	k->not_after = m.not_after;
	k->certificate_not_after = m.certificate_not_after;
	k->uses = m.uses;
	k->last_use = m.last_use;
	k->quorum = m.quorum;
	if (copy_text(m.name, &k->name) < 0 || copy_text(m.token, &k->token) < 0 ||
	    copy_text(m.successor, &k->successor) < 0 || copy_text(m.file, &k->file) < 0 ||
	    copy_bytes(m.spki, &k->spki) < 0 || copy_bytes(m.certificate, &k->certificate) < 0 ||
	    copy_bytes(m.ssh_certificate, &k->ssh_certificate) < 0)
		return SIGNET_E_MEMORY;
	return 0;
}

int answer_take_keys(struct signet_answer *a, struct reader *r, uint32_t n)
{
	int e = grow((void **)&a->keys, a->n, n, sizeof(*a->keys));

	for (uint32_t i = 0; i < n && e == 0; i++)
		e = take_key(&a->keys[a->n++],
			     r); /* counted first: a half-filled one is freed too */
	if (e == 0 && !reader_end(r))
		e = SIGNET_E_PROTOCOL;
	return e;
}

static int take_signature(struct signet_signature *g, struct reader *r)
{
	struct message_signature m;

	message_read_signature(r, &m);
	if (r->has_failed)
		return SIGNET_E_PROTOCOL;
	g->status = (int)m.status;
	if (copy_text(m.sentence, &g->sentence) < 0 || copy_bytes(m.signature, &g->data) < 0)
		return SIGNET_E_MEMORY;
	return 0;
}

int answer_take_signatures(struct signet_answer *a, struct reader *r, uint32_t n)
{
	int e = grow((void **)&a->signatures, a->n, n, sizeof(*a->signatures));

	for (uint32_t i = 0; i < n && e == 0; i++)
		e = take_signature(&a->signatures[a->n++], r);
	if (e == 0 && !reader_end(r))
		e = SIGNET_E_PROTOCOL;
	return e;
}

static int take_parked(struct signet_parked *p, struct reader *r)
{
	struct message_parked m;

	message_read_parked(r, &m);
	if (r->has_failed)
		return SIGNET_E_PROTOCOL;
	p->m = m;
	if (copy_text(m.id, &p->id) < 0 || copy_text(m.unit, &p->unit) < 0 ||
	    copy_text(m.key, &p->key) < 0 || copy_text(m.purpose, &p->purpose) < 0 ||
	    copy_text(m.label, &p->label) < 0)
		return SIGNET_E_MEMORY;
	return 0;
}

int answer_take_parked(struct signet_answer *a, struct reader *r, uint32_t n)
{
	int e = grow((void **)&a->parked, a->n, n, sizeof(*a->parked));

	for (uint32_t i = 0; i < n && e == 0; i++)
		e = take_parked(&a->parked[a->n++], r);
	if (e == 0 && !reader_end(r))
		e = SIGNET_E_PROTOCOL;
	return e;
}

/* Lines of clean text, each with its end. */
static bool is_lines(struct view v)
{
	while (v.size > 0) {
		const uint8_t *end = memchr(v.data, '\n', v.size);
		size_t len = end ? (size_t)(end - v.data) : 0;

		if (len == 0 || !text_is_clean(v.data, len, len))
			return false;
		v.data += len + 1;
		v.size -= len + 1;
	}
	return true;
}

int answer_take_text(struct signet_answer *a, struct reader *r)
{
	struct view text = reader_string(r, 1, FRAME_MAX);

	if (!reader_end(r) || !is_lines(text))
		return SIGNET_E_PROTOCOL;
	return copy_text(text, &a->text);
}

int answer_take_advance(struct signet_answer *a, struct reader *r)
{
	if (r->left == 0 || a->status != STATUS_AGAIN)
		return reader_end(r) ? 0 : SIGNET_E_PROTOCOL;
	message_read_advance(r, &a->advance);
	a->is_pending = reader_end(r);
	return a->is_pending ? 0 : SIGNET_E_PROTOCOL;
}

static int take_token(struct signet_token *t, struct reader *r)
{
	struct message_status_token m;

	message_read_status_token(r, &m);
	if (r->has_failed)
		return SIGNET_E_PROTOCOL;
	t->state = (enum signet_token_state)m.state;
	t->keys = m.keys;
	t->sessions = m.sessions;
	t->queued = m.queued;
	if (copy_text(m.name, &t->name) < 0 || copy_text(m.sentence, &t->sentence) < 0)
		return SIGNET_E_MEMORY;
	return 0;
}

static int take_agent(struct signet_agent *g, struct reader *r)
{
	struct message_status m;

	message_read_status_front(r, &m);
	if (r->has_failed)
		return SIGNET_E_PROTOCOL;
	g->uptime_usec = m.uptime_usec;
	g->connections = m.connections;
	g->requests = m.requests;
	g->records = m.records;
	if (copy_text(m.version, &g->version) < 0 ||
	    copy_text(m.authorization, &g->authorization) < 0)
		return SIGNET_E_MEMORY;
	return 0;
}

int answer_take_status(struct signet_answer *a, struct reader *r)
{
	uint32_t n;
	int e;

	e = take_agent(&a->agent, r);
	if (e < 0)
		return e;
	n = reader_count(r, TOKENS_MAX);
	e = grow((void **)&a->tokens, a->n, n, sizeof(*a->tokens));
	for (uint32_t i = 0; i < n && e == 0; i++)
		e = take_token(&a->tokens[a->n++], r);
	if (e == 0 && !reader_end(r))
		e = SIGNET_E_PROTOCOL;
	return e;
}

static int take_step(struct signet_step *t, struct reader *r)
{
	struct message_step m;

	message_read_step(r, &m);
	if (r->has_failed)
		return SIGNET_E_PROTOCOL;
	t->line = m.line;
	if (copy_text(m.name, &t->name) < 0 || copy_text(m.source, &t->source) < 0 ||
	    copy_text(m.result, &t->result) < 0 || copy_text(m.text, &t->text) < 0)
		return SIGNET_E_MEMORY;
	return 0;
}

static int take_explanation(struct signet_explanation *e, struct reader *r)
{
	struct message_explanation m;

	message_read_explanation(r, &m);
	if (r->has_failed)
		return SIGNET_E_PROTOCOL;
	e->verdict = (enum signet_verdict)m.verdict;
	if (copy_text(m.authority, &e->authority) < 0 || copy_text(m.sentence, &e->sentence) < 0 ||
	    copy_text(m.purpose, &e->purpose) < 0 || copy_text(m.algorithm, &e->algorithm) < 0 ||
	    copy_text(m.hash, &e->hash) < 0)
		return SIGNET_E_MEMORY;
	return 0;
}

int answer_take_explanation(struct signet_answer *a, struct reader *r)
{
	uint32_t n;
	int e;

	e = take_explanation(&a->explanation, r);
	if (e < 0)
		return e;
	n = reader_count(r, TRACE_STEPS_MAX);
	e = grow((void **)&a->steps, a->n, n, sizeof(*a->steps));
	for (uint32_t i = 0; i < n && e == 0; i++)
		e = take_step(&a->steps[a->n++], r);
	if (e == 0 && !reader_end(r))
		e = SIGNET_E_PROTOCOL;
	return e;
}
