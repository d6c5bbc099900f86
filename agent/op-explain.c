/*
 * op-explain.c - whether a signature would be allowed, and what decides; signs and counts nothing
 *
 * The trace is written by decide() itself. About the caller polkit is asked as for a list, without
 * disturbing anybody; about a caller that is only imagined it cannot be asked at all.
 */
#include "agent/op.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/resolve.h"

struct explanation {
	struct request *request;  /* borrowed */
	struct caller *other;     /* owned; NULL: about the caller itself */
	enum algorithm algorithm; /* as asked; NONE: what the key's type implies */
	enum hash hash;
	bool is_forwarded;
	struct ask ask; /* what is imagined to be asked; owns nothing, see op_imagine() */
	struct trace trace;
	enum explain_verdict verdict;
	enum authority authority;
	char sentence[SENTENCE_MAX + 1];
	struct polkit_ticket *ticket; /* set while polkit is asked */
};

struct explanation *explanation_free(struct explanation *e)
{
	if (!e)
		return NULL;
	polkit_cancel(e->ticket);
	(void)caller_free(e->other); /* returns NULL by convention */
	free(e);
	return NULL;
}

/* --- what is asked ------------------------------------------------------------------------------ */

static char *dup_text(struct view v)
{
	return v.size > 0 ? view_strdup(v) : NULL;
}

static int imagine_caller(const struct message_explain *m, struct caller **ret)
{
	_cleanup_(caller_freep) struct caller *c = caller_new();

	if (!c)
		return -ENOMEM;
	c->uid = m->uid;
	c->gid = m->gid;
	c->unit = dup_text(m->unit);
	c->slice = dup_text(m->slice);
	c->groups = calloc(m->n_groups + 1, sizeof(*c->groups));
	if (!c->groups || (m->unit.size > 0 && !c->unit) || (m->slice.size > 0 && !c->slice))
		return -ENOMEM;
	for (uint32_t i = 0; i < m->n_groups; i++)
		c->groups[i] = m->groups[i];
	c->n_groups = m->n_groups;
	*ret = take_ptr(c);
	return 0;
}

int op_decode_explain(struct request *q, struct reader *r)
{
	struct explanation *e;
	struct message_explain m;

	if (!message_read_explain(r, &m))
		return -EBADMSG;
	q->explanation = e = calloc(1, sizeof(*e));
	q->ask.key = dup_text(m.key);
	if (!e || !q->ask.key)
		return -ENOMEM;
	e->request = q;
	e->algorithm = m.algorithm;
	e->hash = m.hash;
	e->is_forwarded = (m.flags & MESSAGE_FORWARDED) || q->ask.is_forwarded;
	q->ask.may_interact = m.flags & MESSAGE_INTERACTIVE;
	/* What is copied here is text of a length that the reader has checked. */
	(void)snprintf(q->ask.purpose, sizeof(q->ask.purpose), "%.*s", (int)m.purpose.size,
		       (const char *)m.purpose.data);
	if (!(m.flags & MESSAGE_OTHER))
		return 0;
	q->action = "org.signetd.manage";
	return imagine_caller(&m, &e->other);
}

/* --- what would be decided ---------------------------------------------------------------------- */

/* True if polkit has to be waited for; else *ret_answer is what it has said, SILENCE at worst. */
static bool ask_polkit(struct explanation *e, const struct key *key,
		       enum polkit_answer *ret_answer);

static void note_key(struct explanation *e, const struct key *key)
{
	const char *name = e->request->ask.key;
	char source[PATH_SHOWN_MAX + 1];

	if (strcmp(name, key->name) != 0)
		trace_add(&e->trace, "Successor", "keys.d", 0, TRACE_RESULT_PASSED,
			  "the name '%s' means key '%s' now", name, key->name);
	(void)snprintf(source, sizeof(source), "token %s", key->token); /* fits */
	trace_add(&e->trace, "key", source, 0, TRACE_RESULT_PASSED,
		  "'%s' is a key of type %s, %u bits%s%s", key->name, key_type_name(key->info.type),
		  key->info.bits, key->rule ? ", limited by " : "; no file of keys.d limits it",
		  key->rule ? key->rule->path : "");
}

static void conclude(struct explanation *e, const struct verdict *v, enum polkit_answer answer)
{
	bool needs_person = v->kind == VERDICT_DENY && v->authority == AUTHORITY_POLKIT &&
			    answer == POLKIT_ANSWER_CHALLENGE;
	const char *sentence = v->reason;

	if (v->kind == VERDICT_ALLOW) {
		e->verdict = EXPLAIN_ALLOWED;
	} else if (v->kind == VERDICT_QUORUM) {
		e->verdict = EXPLAIN_APPROVALS;
	} else if (v->kind == VERDICT_ASK) {
		e->verdict = EXPLAIN_ASKS;
		sentence = "polkit decides when such a process asks; signetd cannot ask about one "
			   "that does not exist";
	} else if (needs_person) {
		e->verdict = EXPLAIN_ASKS;
		sentence = "allowed only if a person authenticates to polkit";
	} else {
		e->verdict = EXPLAIN_REFUSED;
	}
	e->authority = v->authority;
	(void)snprintf(e->sentence, sizeof(e->sentence), "%s", sentence); /* fits */
}

/* True if polkit has to be waited for. */
static bool look(struct explanation *e, const struct key *key, enum polkit_answer answer)
{
	struct request *q = e->request;
	struct verdict verdict;
	struct situation s = request_situation(q);

	if (e->other)
		s.caller = e->other;
	s.ask = &e->ask;
	s.action = "org.signetd.sign";
	s.key = key;
	s.polkit = answer;
	s.trace = &e->trace;
	uses_look(q->agent->uses, key, &s.use);
	e->trace.n = 0;
	note_key(e, key);
	decide(&s, &verdict);
	if (verdict.kind == VERDICT_ASK && !e->other) {
		if (ask_polkit(e, key, &answer))
			return true;
		return look(e, key, answer);
	}
	conclude(e, &verdict, answer);
	return false;
}

static enum request_state finish(struct explanation *e)
{
	return request_end(e->request, OUTCOME_DONE, STATUS_OK, "%s", e->sentence);
}

static void on_polkit(enum polkit_answer answer, void *userdata)
{
	struct explanation *e = userdata;
	struct request *q = e->request;
	const struct key *key = resolve_again(q);

	e->ticket = NULL;
	if (!key)
		(void)request_end(q, OUTCOME_FAILED, STATUS_AGAIN,
				  "key '%s' was taken away meanwhile", q->key->name);
	else if (!look(e, key, answer))
		(void)finish(e);
	request_ran(q);
}

static bool ask_polkit(struct explanation *e, const struct key *key, enum polkit_answer *ret_answer)
{
	struct request *q = e->request;
	const struct polkit_question question = {
		.caller = request_caller(q),
		.action = "org.signetd.sign",
		.key = key->name,
		.token = key->token,
		.purpose = e->ask.purpose,
		.algorithm = algorithm_name(e->ask.algorithm),
		.hash = hash_name(e->ask.hash),
		.count = 1,
		.is_forwarded = e->is_forwarded,
	};

	*ret_answer = polkit_kept(q->agent->polkit, &question);
	if (*ret_answer != POLKIT_ANSWER_NONE)
		return false;
	if (polkit_ask(q->agent->polkit, &question, on_polkit, e, &e->ticket) == 0)
		return true;
	*ret_answer = POLKIT_ANSWER_SILENCE;
	return false;
}

/* What is asked for, as far as the request says it, and else what is usual for such a key. */
static bool settle(struct explanation *e, const struct key *key)
{
	struct ask *asked = &e->request->ask;
	const char *purpose = asked->purpose[0] ? asked->purpose : op_usual_purpose(key);

	if (!purpose)
		purpose = "digest"; /* it is refused: its file names none at all */
	op_imagine(key, purpose, &e->ask);
	e->ask.is_forwarded = e->is_forwarded;
	if (e->algorithm != ALGORITHM_NONE)
		e->ask.algorithm = e->algorithm;
	if (e->hash != HASH_NONE)
		e->ask.hash = e->hash;
	memcpy(asked->purpose, e->ask.purpose, sizeof(asked->purpose));
	asked->algorithm = e->ask.algorithm;
	asked->hash = e->ask.hash;
	return e->ask.hash == HASH_SHA1 ||
	       code_is_signable(key->info.type, e->ask.algorithm, e->ask.hash, e->ask.input);
}

enum request_state op_run_explain(struct request *q)
{
	struct explanation *e = q->explanation;
	const struct key *key = resolve_name(q->agent, q->ask.key);
	char tokens[300];

	if (!key) {
		pool_describe(q->agent->pool, tokens, sizeof(tokens));
		return request_end(q, OUTCOME_FAILED, STATUS_UNAVAILABLE,
				   "there is no key '%s' here%s", q->ask.key, tokens);
	}
	q->key = key_copy(key);
	if (!q->key)
		return request_end(q, OUTCOME_FAILED, STATUS_AGAIN, "signetd is short of memory");
	if (!settle(e, key))
		return request_end(q, OUTCOME_FAILED, STATUS_DATA,
				   "key '%s' is of type %s and cannot make such a signature (%s)",
				   key->name, key_type_name(key->info.type),
				   algorithm_name(e->ask.algorithm));
	return look(e, key, POLKIT_ANSWER_NONE) ? REQUEST_PARKED : finish(e);
}

void op_stop_explain(struct request *q)
{
	polkit_cancel(take_ptr(q->explanation->ticket));
}

/* --- answering ---------------------------------------------------------------------------------- */

static struct view view_or_none(const char *text)
{
	return view_of(text ? text : "");
}

void op_reply_explain(struct request *q, struct writer *w)
{
	const struct explanation *e = q->explanation;
	const struct message_explanation m = {
		.verdict = e->verdict,
		.authority = view_or_none(authority_name(e->authority)),
		.sentence = view_of(e->sentence),
		.purpose = view_of(e->ask.purpose),
		.algorithm = view_or_none(algorithm_name(e->ask.algorithm)),
		.hash = view_or_none(hash_name(e->ask.hash)),
	};

	message_write_explanation(w, &m);
	writer_u32(w, (uint32_t)e->trace.n);
	for (size_t i = 0; i < e->trace.n; i++) {
		const struct trace_step *t = &e->trace.steps[i];
		const struct message_step step = {
			.name = view_of(t->name),
			.source = view_of(t->source),
			.line = t->line,
			.result = view_of(trace_result_name(t->result)),
			.text = view_of(t->text),
		};

		message_write_step(w, &step);
	}
}
