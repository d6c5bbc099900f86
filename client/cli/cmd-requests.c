/*
 * cli/cmd-requests.c - signet requests: what waits for approvals, and the text of one request
 */
#include "client/cli/cli.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/agent.h"
#include "client/cli/approval.h"
#include "client/cli/json.h"
#include "client/cli/output.h"
#include "client/cli/table.h"

enum { ID, KEY, WHO, STATE, WHAT, COLUMNS };

static unsigned flags_of(const struct args *args)
{
	return agent_flags(args) | (args->is_all ? SIGNET_ALL : 0);
}

/* --- one, as its approvers read it -------------------------------------------------------------- */

static enum exit_code show_one(const struct args *args, struct signet *s)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	const char *id = args->operands[0], *text;
	struct signet_window window;
	enum exit_code e;
	int r;

	e = window_parse(args, &window);
	if (e != EXIT_DONE)
		return e;
	r = signet_request_text(s, id, flags_of(args),
				args->is_denied ? SIGNET_DENY : SIGNET_APPROVE, &window, &a);
	e = agent_check(s, r, a, "request %s", id);
	if (e != EXIT_DONE)
		return e;
	text = signet_answer_text(a);
	return output_write(args->output ? args->output : "-", text, strlen(text));
}

/* --- all, for programs -------------------------------------------------------------------------- */

static struct json_object *parked_to_json(const struct signet_parked *p)
{
	struct json_object *o = json_object_new_object();
	struct signet_window w = signet_parked_window(p);
	const char *state = signet_parked_state_name(signet_parked_state(p));

	json_add(o, "id", json_object_new_string(signet_parked_id(p)));
	json_add(o, "state", json_object_new_string(state ? state : "?"));
	json_add(o, "key", json_object_new_string(signet_parked_key(p)));
	json_add(o, "purpose", json_object_new_string(signet_parked_purpose(p)));
	json_add(o, "uid", json_object_new_int64(signet_parked_uid(p)));
	json_add(o, "unit", json_object_new_string(signet_parked_unit(p)));
	json_add(o, "items", json_object_new_int64((int64_t)signet_parked_items(p)));
	json_add(o, "label", json_object_new_string(signet_parked_label(p)));
	json_add(o, "approvals", json_object_new_int64((int64_t)signet_parked_approvals(p)));
	json_add(o, "needed", json_object_new_int64((int64_t)signet_parked_needed(p)));
	json_add(o, "window_seconds", json_object_new_int64((int64_t)w.seconds));
	json_add(o, "window_signatures", json_object_new_int64((int64_t)w.signatures));
	json_add(o, "created", json_object_new_int64((int64_t)signet_parked_created_usec(p)));
	json_add(o, "expires", json_object_new_int64((int64_t)signet_parked_expires_usec(p)));
	json_add(o, "own", json_object_new_boolean(signet_parked_is_own(p)));
	json_add(o, "may_approve", json_object_new_boolean(signet_parked_may_approve(p)));
	return o;
}

static enum exit_code print_json(const struct signet_answer *a)
{
	struct json_object *top = json_object_new_object(), *all = json_object_new_array();

	for (size_t i = 0; i < signet_answer_count(a); i++)
		json_append(all, parked_to_json(signet_answer_parked(a, i)));
	json_add(top, "requests", all);
	return json_finish(top);
}

/* --- all, for people ---------------------------------------------------------------------------- */

static char *user_text(uid_t uid)
{
	const struct passwd *user = getpwuid(uid);
	char *s;

	if (user)
		return strdup(user->pw_name);
	return asprintf(&s, "uid %u", (unsigned)uid) < 0 ? NULL : s;
}

static char *state_text(const struct signet_parked *p)
{
	const char *name = signet_parked_state_name(signet_parked_state(p));
	char *s;

	if (signet_parked_state(p) != SIGNET_PARKED_PENDING)
		return strdup(name ? name : "?");
	return asprintf(&s, "%zu of %zu", signet_parked_approvals(p), signet_parked_needed(p)) < 0
		       ? NULL
		       : s;
}

static char *what_text(const struct signet_parked *p)
{
	struct signet_window w = signet_parked_window(p);
	const char *label = signet_parked_label(p), *purpose = signet_parked_purpose(p);
	char *s;
	int n;

	if (signet_parked_items(p) == 0)
		n = asprintf(&s, "%s: window of %" PRIu64 " s, %" PRIu64 " signatures", purpose,
			     w.seconds, w.signatures);
	else
		n = asprintf(&s, "%s: %zu item%s%s%s", purpose, signet_parked_items(p),
			     signet_parked_items(p) == 1 ? "" : "s", *label ? ", declared " : "",
			     label);
	return n < 0 ? NULL : s;
}

/* False when out of memory. What stands in the last three columns is owned by the row. */
static bool fill_row(const struct signet_parked *p, char **row)
{
	row[ID] = (char *)signet_parked_id(p);
	row[KEY] = (char *)signet_parked_key(p);
	row[WHO] = user_text(signet_parked_uid(p));
	row[STATE] = state_text(p);
	row[WHAT] = what_text(p);
	return row[WHO] && row[STATE] && row[WHAT];
}

static enum exit_code print_text(const struct signet_answer *a)
{
	static const char *const heading[COLUMNS] = {"ID", "KEY", "BY", "APPROVALS", "WHAT"};
	size_t n = signet_answer_count(a) + 1;
	char **cells = calloc(n * COLUMNS, sizeof(*cells));
	bool is_complete = cells != NULL;

	if (is_complete)
		memcpy(cells, heading, sizeof(heading));
	for (size_t i = 1; i < n && is_complete; i++)
		is_complete = fill_row(signet_answer_parked(a, i - 1), cells + i * COLUMNS);
	if (is_complete)
		table_print(cells, n, COLUMNS);
	for (size_t i = COLUMNS; cells && i < n * COLUMNS; i++)
		if (i % COLUMNS >= WHO)
			free(cells[i]);
	free(cells);
	if (is_complete)
		return finish_output();
	complain("out of memory");
	return EXIT_AGAIN;
}

static enum exit_code show_all(const struct args *args, struct signet *s)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	enum exit_code e;
	int r;

	r = signet_requests(s, flags_of(args), &a);
	e = agent_check(s, r, a, "list of requests");
	if (e != EXIT_DONE)
		return e;
	if (args->is_json)
		return print_json(a);
	if (signet_answer_count(a) == 0) {
		note(args, "there are no requests of yours, or for you to approve");
		return EXIT_DONE;
	}
	return print_text(a);
}

enum exit_code cmd_requests(const struct args *args)
{
	_cleanup_(signet_closep) struct signet *s = NULL;
	enum exit_code e;

	e = agent_open(args, &s);
	if (e != EXIT_DONE)
		return e;
	return args->n_operands == 1 ? show_one(args, s) : show_all(args, s);
}
