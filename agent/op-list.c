/*
 * op-list.c - listing: of all keys, those that the caller may use or be asked for
 *
 * A key is shown if for at least one purpose, or the one that was named, the decision would be yes, or
 * would be a question to the person. That is asked key by key and purpose by purpose, a few questions at
 * a time, and never asks a person.
 */
#include "agent/op.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/base/text.h"
#include "agent/policy/purpose.h"
#include "agent/resolve.h"

/* What a caller may want of a key whose file does not say what it is for. */
static const char *const own_purposes[] = {"digest",     "cms",         "ssh-auth",
					   "sshsig:git", "sshsig:file", NULL};
static const char *const ssh_purposes[] = {"ssh-auth", "sshsig:git", "sshsig:file",
					   "ssh-cert", "ssh-raw",    NULL};

/* One key that is being looked at. */
struct candidate {
	struct sift *sift; /* borrowed */
	char *name;        /* owned */
	size_t purpose;    /* which one of the key's is asked about */
	bool is_shown;
	bool is_alone; /* asks for this process alone: what was asked for all like it came to nothing */
	struct polkit_ticket *ticket; /* set while polkit is asked */
};

struct sift {
	struct request *request;      /* borrowed */
	struct candidate *candidates; /* owned */
	size_t n;
	size_t next; /* first one that was not looked at */
	size_t asking;
	uint32_t end;   /* index of the first key behind those looked at; 0: none */
	bool is_silent; /* polkit did not answer: it is asked no more */
};

struct sift *sift_free(struct sift *s)
{
	if (!s)
		return NULL;
	for (size_t i = 0; i < s->n; i++) {
		polkit_cancel(s->candidates[i].ticket);
		free(s->candidates[i].name);
	}
	free(s->candidates);
	free(s);
	return NULL;
}

/* A copy; NULL stays NULL if there is nothing. */
static int take(struct view v, char **ret)
{
	if (v.size == 0)
		return 0;
	*ret = view_strdup(v);
	return *ret ? 0 : -ENOMEM;
}

int op_decode_list(struct request *q, struct reader *r)
{
	struct message_list m;

	if (!message_read_list(r, &m))
		return -EBADMSG;
	q->ask.first = m.first;
	q->ask.may_interact = m.flags & MESSAGE_INTERACTIVE;
	q->ask.is_all = m.flags & MESSAGE_ALL;
	if (q->ask.is_all)
		q->action = "org.signetd.manage";
	if (take(m.name, &q->ask.key) < 0 || take(m.purpose, &q->ask.wanted) < 0)
		return -ENOMEM;
	return 0;
}

/* --- one key ------------------------------------------------------------------------------------------ */

/* All namespaces, or services, are asked about by one that has a use of its own. */
static const char *concrete(const char *purpose)
{
	if (strcmp(purpose, "pam:*") == 0)
		return "pam:sudo";
	return strcmp(purpose, "sshsig:*") == 0 ? "sshsig:git" : purpose;
}

/*
 * The purposes that a key is asked about, one by one; NULL behind the last. All namespaces are as much
 * as the two that have a use of their own.
 */
static const char *purpose_of(const struct key *key, const char *const *list, size_t i)
{
	bool has_all = false;
	size_t n = 0;

	if (key->rule && key->rule->purposes)
		list = (const char *const *)key->rule->purposes;
	for (; list[n]; n++)
		has_all |= strcmp(list[n], "sshsig:*") == 0;
	if (i < n)
		return concrete(list[i]);
	return has_all && i == n ? "sshsig:file" : NULL;
}

static const char *purpose_at(const struct request *q, const struct key *key, size_t i)
{
	if (q->ask.wanted)
		return i == 0 ? q->ask.wanted : NULL;
	return purpose_of(key, q->op->extension ? own_purposes : ssh_purposes, i);
}

const char *op_usual_purpose(const struct key *key)
{
	return purpose_of(key, own_purposes, 0);
}

/*
 * The key behind a name; NULL if it was taken away meanwhile. To who asks for signatures a name means
 * what it means when it signs, which may be a successor; ssh signs by public key.
 */
static const struct key *key_of(const struct request *q, const char *name)
{
	if (q->op->extension && !q->ask.is_all)
		return resolve_name(q->agent, name);
	return keys_by_name(q->agent->keys, name);
}

void op_imagine(const struct key *key, const char *purpose, struct ask *ret)
{
	const struct key_rule *rule = key->rule;
	unsigned hashes = rule ? rule->hashes : 0;
	bool is_pss = rule && rule->algorithms == 1u << ALGORITHM_RSA_PSS;

	ask_init(ret);
	(void)snprintf(ret->purpose, sizeof(ret->purpose), "%s",
		       purpose); /* as long as it may be */
	ret->n_items = 1;
	if (key->info.type == KEY_TYPE_ED25519) {
		ret->algorithm = ALGORITHM_EDDSA;
		ret->input = INPUT_MESSAGE;
		return;
	}
	ret->algorithm = key->info.type != KEY_TYPE_RSA ? ALGORITHM_ECDSA
			 : is_pss                       ? ALGORITHM_RSA_PSS
							: ALGORITHM_RSA_PKCS1;
	ret->input = INPUT_DIGEST;
	ret->hash = HASH_SHA256;
	while (hashes != 0 && ret->hash < HASH_SHA512 && !(hashes & (1u << ret->hash)))
		ret->hash++;
}

static void on_polkit(enum polkit_answer answer, void *userdata);

enum step {
	STEP_NO,
	STEP_YES,
	STEP_WAIT,
};

static enum step ask_polkit(struct candidate *c, const struct key *key, const struct ask *ask,
			    enum polkit_answer *ret_answer)
{
	struct request *q = c->sift->request;
	struct polkit_question question = {
		.caller = request_caller(q),
		.action = "org.signetd.sign",
		.key = key->name,
		.token = key->token,
		.purpose = ask->purpose,
		.algorithm = algorithm_name(ask->algorithm),
		.hash = hash_name(ask->hash),
		.count = 1,
		.may_interact = false,
		.is_forwarded = q->ask.is_forwarded,
		.is_for_list = !c->is_alone,
	};

	*ret_answer = polkit_kept(q->agent->polkit, &question);
	if (*ret_answer != POLKIT_ANSWER_NONE)
		return STEP_YES;
	if (polkit_ask(q->agent->polkit, &question, on_polkit, c, &c->ticket) < 0) {
		c->sift->is_silent = true; /* a list that lacks something must not look whole */
		return STEP_NO;
	}
	c->sift->asking++;
	return STEP_WAIT;
}

/* Looks at one purpose; answer is what polkit has said about it, NONE at first. */
static enum step look(struct candidate *c, const struct key *key, const char *purpose,
		      enum polkit_answer answer)
{
	struct request *q = c->sift->request;
	struct verdict verdict;
	struct ask imagined;
	struct situation s = request_situation(q);
	enum step step;

	op_imagine(key, purpose, &imagined);
	imagined.is_forwarded = q->ask.is_forwarded;
	imagined.n_items = 0; /* decide() looks at none, and none is there */
	s.ask = &imagined;
	s.action = "org.signetd.sign";
	s.key = key;
	s.polkit = answer;
	s.use.is_counted = true; /* what has had its share for now is shown */
	decide(&s, &verdict);
	if (verdict.kind == VERDICT_ASK) {
		step = ask_polkit(c, key, &imagined, &s.polkit);
		if (step != STEP_YES)
			return step;
		decide(&s, &verdict);
	}
	return verdict.kind == VERDICT_ALLOW || verdict.kind == VERDICT_QUORUM ||
			       s.polkit == POLKIT_ANSWER_CHALLENGE
		       ? STEP_YES
		       : STEP_NO;
}

/*
 * A grant may be for a purpose that nobody would think of, unless one is named. What it comes to is
 * decided, like everything, with the limits of the key; polkit is not asked for what is granted.
 */
static bool is_granted(struct candidate *c, const struct key *key)
{
	const struct request *q = c->sift->request;
	const struct rules *rules = q->agent->rules;
	const struct grant *g;
	size_t at = 0;

	while ((g = grant_next(rules->grants, rules->n_grants, request_caller(q), key->name,
			       q->ask.is_forwarded, clock_realtime_usec(), &at)))
		for (size_t i = 0; g->purposes[i]; i++)
			if (look(c, key, concrete(g->purposes[i]), POLKIT_ANSWER_NO) == STEP_YES)
				return true;
	return false;
}

/* Polkit had all the time that it is given: to ask it once more would take as long again. */
static bool has_waited(const struct request *q)
{
	return clock_boottime_usec() - q->started_usec >= q->agent->rules->settings.polkit_usec;
}

/* Goes on with one key until polkit has to be waited for, or it is decided. */
static void consider(struct candidate *c, enum polkit_answer answer)
{
	struct request *q = c->sift->request;
	const struct key *key = key_of(q, c->name);
	const char *purpose;

	if (!key || q->ask.is_all) {
		c->is_shown = key;
		return;
	}
	if (answer == POLKIT_ANSWER_SILENCE) {
		c->sift->is_silent |= c->is_alone || has_waited(q);
		c->is_alone = true;
		answer = POLKIT_ANSWER_NONE;
	}
	if (!q->ask.wanted && c->purpose == 0 && answer == POLKIT_ANSWER_NONE &&
	    is_granted(c, key)) {
		c->is_shown = true;
		return;
	}
	if (c->sift->is_silent)
		return;
	for (; (purpose = purpose_at(q, key, c->purpose)) && !c->sift->is_silent;
	     c->purpose++, answer = POLKIT_ANSWER_NONE) {
		switch (look(c, key, purpose, answer)) {
		case STEP_YES:
			c->is_shown = true;
			return;
		case STEP_WAIT:
			return;
		case STEP_NO:
			break;
		}
	}
}

/* --- all of them -------------------------------------------------------------------------------------- */

/* True when all are decided. */
static bool sift_more(struct sift *s)
{
	while (s->asking < SIFT_INFLIGHT_MAX && s->next < s->n)
		consider(&s->candidates[s->next++], POLKIT_ANSWER_NONE);
	return s->asking == 0 && s->next == s->n;
}

static enum request_state sift_end(struct sift *s)
{
	if (s->is_silent)
		return request_end(s->request, OUTCOME_TIMEOUT, STATUS_DENIED,
				   "refused because polkit did not answer in time, or could not be "
				   "asked, which keys uid %u may use",
				   request_caller(s->request)->uid);
	return request_end(s->request, OUTCOME_DONE, STATUS_OK, "%s", "");
}

static void on_polkit(enum polkit_answer answer, void *userdata)
{
	struct candidate *c = userdata;
	struct sift *s = c->sift;

	c->ticket = NULL;
	s->asking--;
	consider(c, answer);
	if (!sift_more(s))
		return;
	(void)sift_end(s);
	request_ran(s->request);
}

static int add_candidate(struct sift *s, const char *name)
{
	struct candidate *c = &s->candidates[s->n];

	c->sift = s;
	c->name = strdup(name);
	if (!c->name)
		return -ENOMEM;
	s->n++;
	return 0;
}

/* All keys from ask.first on, as many as one page looks at. */
static int add_page(struct sift *s)
{
	const struct request *q = s->request;
	const struct keys *keys = q->agent->keys;
	size_t max = q->op->extension ? SIFT_KEYS_MAX : TOKENS_MAX * TOKEN_KEYS_MAX;
	size_t i;
	int r = 0;

	s->candidates =
		calloc(keys->n_items < max ? keys->n_items + 1 : max, sizeof(*s->candidates));
	if (!s->candidates)
		return -ENOMEM;
	for (i = q->ask.first; i < keys->n_items && s->n < max && r == 0; i++)
		r = add_candidate(s, keys->items[i]->name);
	s->end = i < keys->n_items ? (uint32_t)i : 0;
	return r;
}

static int add_named(struct sift *s)
{
	s->candidates = calloc(1, sizeof(*s->candidates));
	return s->candidates ? add_candidate(s, s->request->ask.key) : -ENOMEM;
}

static int sift_new(struct request *q, struct sift **ret)
{
	struct sift *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->request = q;
	r = q->ask.key ? add_named(s) : add_page(s);
	if (r < 0) {
		(void)sift_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

enum request_state op_run_list(struct request *q)
{
	if (q->ask.wanted && !purpose_is_single(q->ask.wanted))
		return request_end(q, OUTCOME_FAILED, STATUS_USAGE,
				   "'%s' is no purpose, expected " PURPOSE_EXPECTED, q->ask.wanted);
	if (sift_new(q, &q->sift) < 0)
		return request_end(q, OUTCOME_FAILED, STATUS_AGAIN, "signetd is short of memory");
	return sift_more(q->sift) ? sift_end(q->sift) : REQUEST_PARKED;
}

void op_stop_list(struct request *q)
{
	q->sift = sift_free(q->sift);
}

/* --- answering ---------------------------------------------------------------------------------------- */

/* Bytes from argv and the file system, which need not be text. */
static struct view path_of(const struct key_rule *rule)
{
	bool is_text = text_is_clean(rule->path, strlen(rule->path), CONFIG_PATH_MAX);

	return is_text ? view_of(rule->path) : (struct view){};
}

static void describe_rule(const struct key_rule *rule, struct message_key *m)
{
	if (rule->certificate)
		m->certificate = (struct view){rule->certificate, rule->certificate_size};
	m->key_state = rule->state;
	m->not_before = rule->not_before;
	m->not_after = rule->not_after;
	m->certificate_not_after = rule->certificate_not_after;
	m->quorum = rule->quorum;
	if (rule->successor)
		m->successor = view_of(rule->successor);
	m->file = path_of(rule);
}

static void reply_key(const struct agent *a, const char *name, const struct key *key,
		      struct writer *w)
{
	struct token_info t = {.state = TOKEN_STATE_LOST};
	struct message_key m = {
		.name = view_of(name),
		.token = view_of(key->token),
		.type = key->info.type,
		.bits = key->info.bits,
		.spki = {key->info.spki, key->info.spki_size},
		.certificate = {key->info.certificate, key->info.certificate_size},
		.key_state = KEY_STATE_ACTIVE,
	};
	struct use use;

	(void)pool_find(a->pool, key->token, &t); /* if it is gone, it is lost */
	m.state = t.state;
	if (key->rule)
		describe_rule(key->rule, &m);
	if (key->has_ssh_certificate)
		m.ssh_certificate =
			(struct view){key->rule->ssh_certificate, key->rule->ssh_certificate_size};
	if (strcmp(name, key->name) != 0)
		m.successor = view_of(key->name);
	uses_look(a->uses, key, &use);
	m.uses = use.n_signed;
	m.last_use = use.last_usec;
	message_write_key(w, &m);
}

/* Room that one more key may need. */
static size_t room_for(const struct key *key)
{
	return 1024 + key->info.spki_size + key->info.ssh_blob_size + 2 * CERTIFICATE_MAX +
	       CONFIG_PATH_MAX;
}

static uint32_t index_of(const struct keys *keys, const char *name)
{
	for (size_t i = 0; i < keys->n_items; i++)
		if (strcmp(keys->items[i]->name, name) == 0)
			return (uint32_t)i;
	return 0;
}

void op_reply_list(struct request *q, struct writer *w)
{
	const struct agent *a = q->agent;
	uint32_t n = 0, next = q->sift->end;
	struct writer list;

	writer_init(&list, FRAME_MAX - 4096);
	for (size_t i = 0; i < q->sift->n; i++) {
		const struct candidate *c = &q->sift->candidates[i];
		const struct key *key = key_of(q, c->name);

		if (!c->is_shown || !key)
			continue;
		if (list.max - list.size < room_for(key)) {
			next = index_of(a->keys, c->name);
			break;
		}
		reply_key(a, c->name, key, &list);
		n++;
	}
	writer_u32(w, next);
	writer_u32(w, n);
	writer_bytes(w, list.data, list.size);
	writer_inherit(w, &list);
}

/* A key, and the same one as its certificate names it; returns how many these are. */
static uint32_t reply_identities(const struct key *key, struct writer *w)
{
	writer_string(w, key->info.ssh_blob, key->info.ssh_blob_size);
	writer_text(w, key->name);
	if (!key->has_ssh_certificate)
		return 1;
	writer_string(w, key->rule->ssh_certificate, key->rule->ssh_certificate_size);
	writer_text(w, key->name);
	return 2;
}

void op_reply_ssh_list(struct request *q, struct writer *w)
{
	size_t mark = message_open(w, MESSAGE_IDENTITIES_ANSWER);
	struct writer list;
	uint32_t n = 0;

	/* ssh cannot ask for more: what does not fit into one frame is not shown. */
	writer_init(&list, FRAME_MAX - 4096);
	for (size_t i = 0; i < q->sift->n; i++) {
		const struct candidate *c = &q->sift->candidates[i];
		const struct key *key = key_of(q, c->name);

		if (!c->is_shown || !key || list.max - list.size < room_for(key))
			continue;
		n += reply_identities(key, &list);
	}
	writer_u32(w, n);
	writer_bytes(w, list.data, list.size);
	writer_inherit(w, &list);
	message_close(w, mark);
}
