/*
 * cli/json.c - see json.h
 */
#include "client/cli/json.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/when.h"

#define DEPTH_MAX 8

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

void json_add_date(struct json_object *o, const char *name, time_t t)
{
	char date[WHEN_SIZE];

	if (t == 0)
		return;
	when_format(t, date);
	json_add(o, name, json_object_new_string(date));
}

void json_add_time(struct json_object *o, const char *name, uint64_t usec)
{
	json_add_date(o, name, (time_t)(usec / 1000000));
}

void json_add_text(struct json_object *o, const char *name, const char *text)
{
	if (text[0] != '\0')
		json_add(o, name, json_object_new_string(text));
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

struct json_object *json_read(const void *text, size_t size)
{
	struct json_tokener *t = size <= INT_MAX ? json_tokener_new_ex(DEPTH_MAX) : NULL;
	struct json_object *o;

	if (!t)
		return NULL;
	json_tokener_set_flags(t, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(t, text, (int)size);
	if (o &&
	    (json_tokener_get_parse_end(t) != size || !json_object_is_type(o, json_type_object))) {
		(void)json_object_put(o); /* says whether it was the last reference: it is */
		o = NULL;
	}
	json_tokener_free(t);
	return o;
}

const char *json_text(struct json_object *o, const char *name)
{
	struct json_object *value;
	const char *text;

	if (!json_object_object_get_ex(o, name, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	text = json_object_get_string(value);
	return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}
