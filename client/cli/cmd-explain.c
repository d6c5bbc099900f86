/*
 * cli/cmd-explain.c - signet explain: would a signature be allowed, and what decides
 */
#include "client/cli/cli.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/agent.h"
#include "client/cli/format.h"
#include "client/cli/json.h"
#include "client/cli/pkey.h"
#include "client/cli/somebody.h"
#include "client/cli/table.h"

enum { STEP, RESULT, WHERE, WHAT, COLUMNS };

/* --- the question --------------------------------------------------------------------------------- */

static bool parse_hash(const char *name, enum signet_hash *ret)
{
	static const struct {
		const char *name;
		enum signet_hash hash;
	} hashes[] = {
		{"sha256", SIGNET_SHA256},
		{"sha384", SIGNET_SHA384},
		{"sha512", SIGNET_SHA512},
		{"sha1", SIGNET_SHA1}, /* for the agent to refuse */
	};

	for (size_t i = 0; i < array_len(hashes); i++) {
		if (strcmp(hashes[i].name, name) != 0)
			continue;
		*ret = hashes[i].hash;
		return true;
	}
	complain("hash '%s' is not known: -a takes sha256, sha384 or sha512", name);
	return false;
}

static bool has_one(const struct words *words, const char *option)
{
	if (words->n <= 1)
		return true;
	complain("--%s is there more than once: there is one at a time", option);
	return false;
}

static enum exit_code fill_question(const struct args *args, struct signet_question *q)
{
	const char *purpose;

	if (!args->key) {
		complain("which key? -k names it; 'signet list' shows all");
		return EXIT_USAGE;
	}
	if (!has_one(&args->purposes, "purpose") || !has_one(&args->units, "unit") ||
	    !has_one(&args->slices, "slice"))
		return EXIT_USAGE;
	if (args->purposes.n > 0) {
		if (!format_purpose(args->purposes.items[0], &purpose)) {
			complain("--purpose '%s' is not known: %s", args->purposes.items[0],
				 purposes_known);
			return EXIT_USAGE;
		}
		q->purpose = purpose;
	}
	if (args->hash && !parse_hash(args->hash, &q->hash))
		return EXIT_USAGE;
	q->key = args->key;
	if (args->is_pss)
		q->algorithm = SIGNET_RSA_PSS;
	q->flags = agent_flags(args) | (args->is_forwarded ? SIGNET_FORWARDED : 0);
	return EXIT_DONE;
}

/* --- the answer ----------------------------------------------------------------------------------- */

static enum exit_code exit_of(enum signet_verdict verdict)
{
	switch (verdict) {
	case SIGNET_VERDICT_ALLOWED:
		return EXIT_DONE;
	case SIGNET_VERDICT_ASKS:
	case SIGNET_VERDICT_APPROVALS:
		return EXIT_AGAIN;
	case SIGNET_VERDICT_REFUSED:
		break;
	}
	return EXIT_DENIED;
}

static struct json_object *step_to_json(const struct signet_step *t)
{
	struct json_object *o = json_object_new_object();

	json_add(o, "step", json_object_new_string(signet_step_name(t)));
	json_add(o, "result", json_object_new_string(signet_step_result(t)));
	json_add(o, "source", json_object_new_string(signet_step_source(t)));
	if (signet_step_line(t) > 0)
		json_add(o, "line", json_object_new_int64(signet_step_line(t)));
	json_add(o, "text", json_object_new_string(signet_step_text(t)));
	return o;
}

static enum exit_code print_json(const struct args *args, const struct signet_answer *a)
{
	const struct signet_explanation *e = signet_answer_explanation(a);
	struct json_object *top = json_object_new_object(), *o = json_object_new_object();
	struct json_object *steps = json_object_new_array();

	for (size_t i = 0; i < signet_answer_count(a); i++)
		json_append(steps, step_to_json(signet_answer_step(a, i)));
	json_add(o, "key", json_object_new_string(args->key));
	json_add(o, "purpose", json_object_new_string(signet_explanation_purpose(e)));
	json_add(o, "algorithm", json_object_new_string(signet_explanation_algorithm(e)));
	json_add(o, "hash", json_object_new_string(signet_explanation_hash(e)));
	json_add(o, "verdict",
		 json_object_new_string(signet_verdict_name(signet_explanation_verdict(e))));
	json_add(o, "authority", json_object_new_string(signet_explanation_authority(e)));
	json_add(o, "sentence", json_object_new_string(signet_explanation_sentence(e)));
	json_add(o, "steps", steps);
	json_add(top, "explanation", o);
	return json_finish(top);
}

/* "FILE:LINE"; owned by the caller, NULL when out of memory. */
static char *where(const struct signet_step *t)
{
	char *text;

	if (signet_step_line(t) == 0)
		return strdup(signet_step_source(t));
	return asprintf(&text, "%s:%u", signet_step_source(t), signet_step_line(t)) < 0 ? NULL
											: text;
}

static bool print_steps(const struct signet_answer *a)
{
	static const char *const heading[COLUMNS] = {"STEP", "RESULT", "WHERE", "WHAT"};
	size_t n = signet_answer_count(a) + 1;
	char **cells = calloc(n * COLUMNS, sizeof(*cells));
	bool is_complete = cells != NULL;

	if (cells)
		memcpy(cells, heading, sizeof(heading));
	for (size_t i = 1; i < n && is_complete; i++) {
		const struct signet_step *t = signet_answer_step(a, i - 1);
		char **row = cells + i * COLUMNS;

		row[STEP] = (char *)signet_step_name(t);
		row[RESULT] = (char *)signet_step_result(t);
		row[WHERE] = where(t);
		row[WHAT] = (char *)signet_step_text(t);
		is_complete = row[WHERE] != NULL;
	}
	if (is_complete)
		table_print(cells, n, COLUMNS);
	for (size_t i = 1; i < n && cells; i++)
		free(cells[i * COLUMNS + WHERE]);
	free(cells);
	return is_complete;
}

static enum exit_code print_text(const struct args *args, const struct signet_answer *a)
{
	const struct signet_explanation *e = signet_answer_explanation(a);
	const char *hash = signet_explanation_hash(e), *by = signet_explanation_authority(e);

	printf("key '%s', purpose %s, %s%s%s\n\n", args->key, signet_explanation_purpose(e),
	       signet_explanation_algorithm(e), *hash ? " with " : "", hash);
	if (!print_steps(a)) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	printf("\n%s%s%s: %s\n", signet_verdict_name(signet_explanation_verdict(e)),
	       *by ? ", by " : "", by, signet_explanation_sentence(e));
	return finish_output();
}

enum exit_code cmd_explain(const struct args *args)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	_cleanup_(somebody_done) struct somebody other = {};
	struct signet_question question = {};
	enum exit_code e;
	int r;

	e = fill_question(args, &question);
	if (e == EXIT_DONE)
		e = somebody_find(args, &other);
	if (e == EXIT_DONE)
		e = agent_open(args, &s);
	if (e != EXIT_DONE)
		return e;
	question.caller = other.is_set ? &other.caller : NULL;
	r = signet_explain(s, &question, &a);
	e = agent_check(s, r, a, "explanation of key '%s'", args->key);
	if (e != EXIT_DONE)
		return e;
	e = args->is_json ? print_json(args, a) : print_text(args, a);
	return e != EXIT_DONE ? e
			      : exit_of(signet_explanation_verdict(signet_answer_explanation(a)));
}
