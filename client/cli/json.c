/*
 * cli/json.c - see json.h
 */
#include "client/cli/json.h"

#include <stdio.h>

static void need(bool is_done)
{
	if (is_done)
		return;
	complain("out of memory");
	exit(EXIT_AGAIN);
}

void json_add(struct json_object *o, const char *name, struct json_object *value)
{
	need(o && value && json_object_object_add(o, name, value) == 0);
}

void json_append(struct json_object *array, struct json_object *value)
{
	need(array && value && json_object_array_add(array, value) == 0);
}

enum exit_code json_finish(struct json_object *o)
{
	const char *text =
		json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE);

	need(text != NULL);
	printf("%s\n", text);
	(void)json_object_put(o); /* says whether it was the last reference: it is */
	return finish_output();
}
