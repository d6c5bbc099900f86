/*
 * cli/cmd-grants.c - signet grants: what is granted, to whom, until when
 */
#include "client/cli/cli.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/grants.h"
#include "client/cli/json.h"
#include "client/cli/table.h"
#include "client/cli/when.h"

enum { ID, KEYS, PURPOSES, TO, WHEN, COLUMNS };

static const char *const states[] = {
	[GRANT_ACTIVE] = "active",
	[GRANT_NOT_YET] = "not-yet",
	[GRANT_OVER] = "over",
};

static struct json_object *words_to_json(const char *list)
{
	struct json_object *array = json_object_new_array();

	while (list && *list) {
		size_t len = strcspn(list, " ");

		if (len > 0)
			json_append(array, json_object_new_string_len(list, (int)len));
		list += len + strspn(list + len, " ");
	}
	return array;
}

static struct json_object *to_json(const struct grant *g, time_t now)
{
	struct json_object *o = json_object_new_object();

	json_add(o, "id", json_object_new_string(g->id));
	json_add(o, "keys", words_to_json(g->keys));
	json_add(o, "purposes", words_to_json(g->purposes));
	json_add(o, "users", words_to_json(g->users));
	json_add(o, "units", words_to_json(g->units));
	json_add(o, "slices", words_to_json(g->slices));
	json_add_date(o, "from", g->from);
	json_add_date(o, "until", g->until);
	json_add(o, "forwarded", json_object_new_boolean(g->is_forwarded));
	json_add(o, "state", json_object_new_string(states[grant_state(g, now)]));
	return o;
}

static enum exit_code print_json(const struct grant *grants, size_t n, time_t now)
{
	struct json_object *top = json_object_new_object(), *array = json_object_new_array();

	for (size_t i = 0; i < n; i++)
		json_append(array, to_json(&grants[i], now));
	json_add(top, "grants", array);
	return json_finish(top);
}

/* "alice @build build@.service"; owned by the caller, as the next one. */
static char *to_whom(const struct grant *g)
{
	const char *parts[] = {g->users, g->units, g->slices};
	char *text = strdup("");

	for (size_t i = 0; i < array_len(parts) && text; i++) {
		char *more;

		if (!parts[i] || *parts[i] == '\0')
			continue;
		if (asprintf(&more, "%s%s%s", text, *text ? " " : "", parts[i]) < 0)
			more = NULL;
		free(text);
		text = more;
	}
	return text;
}

static char *when(const struct grant *g, time_t now)
{
	char from[WHEN_SIZE] = "", until[WHEN_SIZE] = "";
	char *text;
	int r;

	if (g->from > 0)
		when_format(g->from, from);
	if (g->until > 0)
		when_format(g->until, until);
	switch (grant_state(g, now)) {
	case GRANT_OVER:
		r = asprintf(&text, "over since %s", until);
		break;
	case GRANT_NOT_YET:
		r = asprintf(&text, "from %s%s%s", from, *until ? " until " : "", until);
		break;
	case GRANT_ACTIVE:
		r = asprintf(&text, "%s%s", *until ? "until " : "-", until);
		break;
	}
	return r < 0 ? NULL : text;
}

/* The cells of a row after the third are owned by it. False when out of memory. */
static bool fill_row(const struct grant *g, time_t now, char **row)
{
	row[ID] = g->id;
	row[KEYS] = g->keys ? g->keys : (char *)"";
	row[PURPOSES] = g->purposes ? g->purposes : (char *)"";
	row[TO] = to_whom(g);
	row[WHEN] = when(g, now);
	return row[TO] && row[WHEN];
}

static enum exit_code print_text(const struct grant *grants, size_t n, time_t now)
{
	static const char *const heading[COLUMNS] = {"ID", "KEYS", "PURPOSES", "TO", "WHEN"};
	char **cells = calloc((n + 1) * COLUMNS, sizeof(*cells));
	bool is_complete = cells != NULL;

	if (cells)
		memcpy(cells, heading, sizeof(heading));
	for (size_t i = 0; i < n && is_complete; i++)
		is_complete = fill_row(&grants[i], now, cells + (i + 1) * COLUMNS);
	if (is_complete)
		table_print(cells, n + 1, COLUMNS);
	for (size_t i = 1; i <= n && cells; i++) {
		free(cells[i * COLUMNS + TO]);
		free(cells[i * COLUMNS + WHEN]);
	}
	free(cells);
	if (is_complete)
		return finish_output();
	complain("out of memory");
	return EXIT_AGAIN;
}

enum exit_code cmd_grants(const struct args *args)
{
	struct grant *grants = NULL;
	enum exit_code e, read;
	time_t now = time(NULL);
	size_t n = 0;

	read = grants_read(args, &grants, &n);
	if (read != EXIT_DONE && read != EXIT_CONFIG)
		e = EXIT_DONE; /* said; there is nothing to show */
	else if (args->is_json)
		e = print_json(grants, n, now);
	else if (n == 0)
		e = EXIT_DONE;
	else
		e = print_text(grants, n, now);
	if (n == 0 && read == EXIT_DONE && !args->is_json)
		note(args, "nothing is granted");
	grants_free(grants, n);
	return e == EXIT_DONE ? read : e;
}
