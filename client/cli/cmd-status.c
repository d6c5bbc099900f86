/*
 * cli/cmd-status.c - signet status: the agent and its tokens
 */
#include "client/cli/cli.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/agent.h"
#include "client/cli/json.h"
#include "client/cli/table.h"

enum { NAME, STATE, KEYS, SESSIONS, QUEUED, COLUMNS };

/* A number in decimal. */
struct number {
	char text[12];
};

static struct json_object *agent_to_json(const struct signet_agent *g)
{
	struct json_object *o = json_object_new_object();

	json_add(o, "version", json_object_new_string(signet_agent_version(g)));
	json_add(o, "uptime_usec", json_object_new_uint64(signet_agent_uptime_usec(g)));
	json_add(o, "connections", json_object_new_int64(signet_agent_connections(g)));
	json_add(o, "requests", json_object_new_int64(signet_agent_requests(g)));
	json_add(o, "records", json_object_new_uint64(signet_agent_records(g)));
	json_add(o, "authorization", json_object_new_string(signet_agent_authorization(g)));
	return o;
}

static struct json_object *token_to_json(const struct signet_token *t)
{
	struct json_object *o = json_object_new_object();

	json_add(o, "name", json_object_new_string(signet_token_name(t)));
	json_add(o, "state",
		 json_object_new_string(signet_token_state_name(signet_token_state(t))));
	json_add(o, "reason", json_object_new_string(signet_token_sentence(t)));
	json_add(o, "keys", json_object_new_int64(signet_token_keys(t)));
	json_add(o, "sessions", json_object_new_int64(signet_token_sessions(t)));
	json_add(o, "queued", json_object_new_int64(signet_token_queued(t)));
	return o;
}

static enum exit_code print_json(const struct signet_answer *a)
{
	struct json_object *top = json_object_new_object(), *tokens = json_object_new_array();

	for (size_t i = 0; i < signet_answer_count(a); i++)
		json_append(tokens, token_to_json(signet_answer_token(a, i)));
	json_add(top, "agent", agent_to_json(signet_answer_agent(a)));
	json_add(top, "tokens", tokens);
	return json_finish(top);
}

static void print_agent(const struct signet_agent *g)
{
	uint64_t seconds = signet_agent_uptime_usec(g) / 1000000;

	printf("agent          version %s, authorization %s\n", signet_agent_version(g),
	       signet_agent_authorization(g));
	printf("up             %" PRIu64 " d %" PRIu64 " h %" PRIu64 " min %" PRIu64 " s\n",
	       seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
	printf("connections    %u\n", signet_agent_connections(g));
	printf("requests       %u under way\n", signet_agent_requests(g));
	printf("records        %" PRIu64 " written\n", signet_agent_records(g));
}

static char *number(struct number *n, unsigned value)
{
	(void)snprintf(n->text, sizeof(n->text), "%u", value); /* 32 bits have 10 digits */
	return n->text;
}

static void fill_row(const struct signet_token *t, char **row, struct number *numbers)
{
	row[NAME] = (char *)signet_token_name(t);
	row[STATE] = (char *)signet_token_state_name(signet_token_state(t));
	row[KEYS] = number(&numbers[0], signet_token_keys(t));
	row[SESSIONS] = number(&numbers[1], signet_token_sessions(t));
	row[QUEUED] = number(&numbers[2], signet_token_queued(t));
}

static bool print_tokens(const struct signet_answer *a)
{
	static const char *const heading[COLUMNS] = {"TOKEN", "STATE", "KEYS", "SESSIONS",
						     "QUEUED"};
	size_t n = signet_answer_count(a);
	_cleanup_(freep) char **cells = calloc((n + 1) * COLUMNS, sizeof(*cells));
	_cleanup_(freep) struct number *numbers = calloc(n + 1, 3 * sizeof(*numbers));

	if (!cells || !numbers)
		return false;
	memcpy(cells, heading, sizeof(heading));
	for (size_t i = 0; i < n; i++)
		fill_row(signet_answer_token(a, i), cells + (i + 1) * COLUMNS, numbers + 3 * i);
	printf("\n");
	table_print(cells, n + 1, COLUMNS);
	return true;
}

static void print_reasons(const struct signet_answer *a)
{
	bool is_first = true;

	for (size_t i = 0; i < signet_answer_count(a); i++) {
		const struct signet_token *t = signet_answer_token(a, i);

		if (*signet_token_sentence(t) == '\0')
			continue;
		printf("%s%s: %s\n", is_first ? "\n" : "", signet_token_name(t),
		       signet_token_sentence(t));
		is_first = false;
	}
}

static enum exit_code print_text(const struct signet_answer *a)
{
	print_agent(signet_answer_agent(a));
	if (signet_answer_count(a) > 0 && !print_tokens(a)) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	print_reasons(a);
	return finish_output();
}

enum exit_code cmd_status(const struct args *args)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	enum exit_code e;
	int r;

	e = agent_open(args, &s);
	if (e != EXIT_DONE)
		return e;
	r = signet_status(s, &a);
	e = agent_check(s, r, a, "status of the agent");
	if (e != EXIT_DONE)
		return e;
	return args->is_json ? print_json(a) : print_text(a);
}
