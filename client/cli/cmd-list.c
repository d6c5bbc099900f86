/*
 * cli/cmd-list.c - signet list: the keys that the caller may use or be asked for
 */
#include "client/cli/cli.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/agent.h"
#include "client/cli/json.h"
#include "client/cli/table.h"

enum { NAME, TYPE, TOKEN, STATE, COLUMNS };

static bool has_certificate(const struct signet_key *k)
{
	size_t size;

	return signet_key_certificate(k, &size) != NULL;
}

static void add_rule(struct json_object *o, const struct signet_key *k)
{
	const char *standing = signet_key_standing_name(signet_key_standing(k));

	json_add(o, "key_state", json_object_new_string(standing));
	json_add_time(o, "not_before", signet_key_not_before(k));
	json_add_time(o, "not_after", signet_key_not_after(k));
	json_add_time(o, "certificate_not_after", signet_key_certificate_not_after(k));
	json_add(o, "uses", json_object_new_uint64(signet_key_uses(k)));
	json_add_time(o, "last_use", signet_key_last_use(k));
	json_add(o, "quorum", json_object_new_int64(signet_key_quorum(k)));
	json_add_text(o, "successor", signet_key_successor(k));
	json_add_text(o, "file", signet_key_file(k));
}

static struct json_object *key_to_json(const struct signet_key *k)
{
	struct json_object *o = json_object_new_object();
	char id[KEY_ID_TEXT_SIZE];

	agent_key_id(k, id);
	json_add(o, "name", json_object_new_string(signet_key_name(k)));
	json_add(o, "type", json_object_new_string(signet_key_type_name(signet_key_type(k))));
	json_add(o, "bits", json_object_new_int64(signet_key_bits(k)));
	json_add(o, "token", json_object_new_string(signet_key_token(k)));
	json_add(o, "state", json_object_new_string(signet_token_state_name(signet_key_state(k))));
	json_add(o, "id", json_object_new_string(id));
	json_add(o, "certificate", json_object_new_boolean(has_certificate(k)));
	add_rule(o, k);
	return o;
}

static enum exit_code print_json(const struct signet_answer *a)
{
	struct json_object *top = json_object_new_object(), *keys = json_object_new_array();

	for (size_t i = 0; i < signet_answer_count(a); i++)
		json_append(keys, key_to_json(signet_answer_key(a, i)));
	json_add(top, "keys", keys);
	return json_finish(top);
}

/* RSA keys differ in size, the others say it in their name. */
static char *type_text(const struct signet_key *k)
{
	const char *name = signet_key_type_name(signet_key_type(k));
	char *s;

	if (signet_key_type(k) != SIGNET_KEY_RSA)
		return strdup(name);
	return asprintf(&s, "%s-%u", name, signet_key_bits(k)) < 0 ? NULL : s;
}

/* False when out of memory. The second cell of each row is owned by the row. */
static bool fill_rows(const struct signet_answer *a, char **cells)
{
	for (size_t i = 0; i < signet_answer_count(a); i++) {
		const struct signet_key *k = signet_answer_key(a, i);
		char **row = cells + (i + 1) * COLUMNS;

		row[NAME] = (char *)signet_key_name(k);
		row[TYPE] = type_text(k);
		row[TOKEN] = (char *)signet_key_token(k);
		row[STATE] = (char *)signet_token_state_name(signet_key_state(k));
		if (!row[TYPE])
			return false;
	}
	return true;
}

static enum exit_code print_text(const struct signet_answer *a)
{
	static const char *const heading[COLUMNS] = {"NAME", "TYPE", "TOKEN", "STATE"};
	size_t n = signet_answer_count(a) + 1;
	char **cells = calloc(n * COLUMNS, sizeof(*cells));
	bool is_complete;

	if (!cells) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	memcpy(cells, heading, sizeof(heading));
	is_complete = fill_rows(a, cells);
	if (is_complete)
		table_print(cells, n, COLUMNS);
	for (size_t i = 1; i < n; i++)
		free(cells[i * COLUMNS + TYPE]);
	free(cells);
	if (is_complete)
		return finish_output();
	complain("out of memory");
	return EXIT_AGAIN;
}

enum exit_code cmd_list(const struct args *args)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	enum exit_code e;
	int r;

	e = agent_open(args, &s);
	if (e != EXIT_DONE)
		return e;
	r = signet_list(s, NULL, &a);
	e = agent_check(s, r, a, "list of keys");
	if (e != EXIT_DONE)
		return e;
	if (args->is_json)
		return print_json(a);
	if (signet_answer_count(a) == 0) {
		note(args, "there are no keys that you may use");
		return EXIT_DONE;
	}
	return print_text(a);
}
