/*
 * cli/cmd-check.c - signet check: what is wrong with the keys of this host, or soon will be
 */
#include "client/cli/cli.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/cli/agent.h"
#include "client/cli/health.h"
#include "client/cli/json.h"
#include "client/cli/keyfacts.h"
#include "client/cli/when.h"

#define WITHIN "30d"

struct report {
	struct json_object *findings; /* NULL: text is printed */
	time_t now;
	time_t within;
	size_t n_findings;
};

static enum exit_code read_within(const struct args *args, time_t *ret)
{
	_cleanup_(freep) char *span = NULL;

	if (asprintf(&span, "+%s", args->within ? args->within : WITHIN) < 0) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	if (when_parse(span, 0, ret))
		return EXIT_DONE;
	complain("--within is '%s', expected a time such as 12h, 30d or 8w", args->within);
	return EXIT_USAGE;
}

/* --- findings ------------------------------------------------------------------------------------- */

/* key or token: which of the two it is about. */
static void add(struct report *r, const char *kind, const char *name, const struct finding *f)
{
	struct json_object *o;

	r->n_findings++;
	if (!r->findings) {
		printf("%s '%s': %s\n", kind, name, f->sentence);
		return;
	}
	o = json_object_new_object();
	json_add(o, kind, json_object_new_string(name));
	json_add(o, "finding", json_object_new_string(f->code));
	json_add(o, "sentence", json_object_new_string(f->sentence));
	json_append(r->findings, o);
}

static enum exit_code check_keys(struct report *r, const struct signet_answer *a)
{
	for (size_t i = 0; i < signet_answer_count(a); i++) {
		_cleanup_(keyfacts_done) struct keyfacts f = {};
		struct finding found[FINDINGS_MAX];
		size_t n;

		if (!keyfacts_of(signet_answer_key(a, i), &f)) {
			complain("out of memory");
			return EXIT_AGAIN;
		}
		n = health_check(&f, r->now, r->within, found);
		for (size_t k = 0; k < n; k++)
			add(r, "key", f.name, &found[k]);
	}
	return EXIT_DONE;
}

/* A token that was never ready since the agent started has keys that nobody knows of. */
static enum exit_code check_tokens(struct report *r, struct signet *s)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	enum exit_code e;
	int result;

	result = signet_status(s, &a);
	e = agent_check(s, result, a, "status");
	for (size_t i = 0; e == EXIT_DONE && i < signet_answer_count(a); i++) {
		const struct signet_token *t = signet_answer_token(a, i);
		struct finding f = {.code = "token-unknown"};

		if (signet_token_keys(t) > 0 || signet_token_state(t) == SIGNET_TOKEN_READY)
			continue;
		(void)snprintf(f.sentence, sizeof(f.sentence), /* may be cut */
			       "its keys are not known, since it is not ready: %s",
			       signet_token_sentence(t));
		add(r, "token", signet_token_name(t), &f);
	}
	return e;
}

/* --- which keys ------------------------------------------------------------------------------------ */

/* All of them, or for who does not manage them, those that he may use. */
static enum exit_code list(const struct args *args, struct signet *s, struct signet_answer **ret)
{
	enum exit_code e;
	int r;

	r = signet_list_all(s, args->key, 0, ret);
	if (r == 0 && signet_answer_status(*ret) == SIGNET_STATUS_DENIED) {
		signet_answer_free(*ret);
		*ret = NULL;
		r = signet_list(s, args->key, ret);
		if (r == 0)
			note(args, "only the keys that you may use are looked at");
	}
	e = agent_check(s, r, *ret, "list of keys");
	if (e != EXIT_DONE || !args->key || signet_answer_count(*ret) > 0)
		return e;
	complain("there is no key '%s'; see 'signet key list'", args->key);
	return EXIT_UNAVAILABLE;
}

static enum exit_code finish(const struct args *args, struct report *r, size_t n_keys)
{
	struct json_object *top;
	enum exit_code e;

	if (r->findings) {
		top = json_object_new_object();
		json_add(top, "findings", r->findings);
		e = json_finish(top);
	} else {
		e = finish_output();
		if (r->n_findings == 0)
			note(args, "%zu key%s, nothing is wrong", n_keys, n_keys == 1 ? "" : "s");
	}
	if (e != EXIT_DONE)
		return e;
	return r->n_findings > 0 ? EXIT_NO_MATCH : EXIT_DONE;
}

enum exit_code cmd_check(const struct args *args)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	struct report r = {.now = time(NULL)};
	enum exit_code e;

	e = read_within(args, &r.within);
	if (e == EXIT_DONE)
		e = agent_open(args, &s);
	if (e == EXIT_DONE)
		e = list(args, s, &a);
	if (e != EXIT_DONE)
		return e;
	if (args->is_json)
		r.findings = json_object_new_array();
	e = check_keys(&r, a);
	if (e == EXIT_DONE && !args->key)
		e = check_tokens(&r, s);
	return e == EXIT_DONE ? finish(args, &r, signet_answer_count(a)) : e;
}
