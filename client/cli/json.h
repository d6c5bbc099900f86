/*
 * cli/json.h - json-c without its failures: what cannot be built shows itself at the end; and
 * without its leniency: what others wrote is read as every other reader reads it
 */
#ifndef CLIENT_CLI_JSON_H
#define CLIENT_CLI_JSON_H

#include <json-c/json.h>
#include <stdint.h>
#include <time.h>

#include "client/cli/cli.h"

/* Both take value over; NULL, or no room, ends the program: there is nothing else it could do. */
void json_add(struct json_object *o, const char *name, struct json_object *value);
void json_append(struct json_object *array, struct json_object *value);

/* As 2026-12-31T23:59:59Z; nothing is added if it is 0. */
void json_add_date(struct json_object *o, const char *name, time_t t);
/* The same for microseconds. */
void json_add_time(struct json_object *o, const char *name, uint64_t usec);
/* Nothing is added if it is empty. */
void json_add_text(struct json_object *o, const char *name, const char *text);

/* Prints o on one line of standard output and frees it. */
enum exit_code json_finish(struct json_object *o);

/*
 * An object that is the whole text, in strict JSON and not nested deeply; owned by the caller. NULL:
 * it is none, or there is no memory.
 */
struct json_object *json_read(const void *text, size_t size);

/* The text of a member; NULL: there is none, it is no text, or it has a NUL in it. */
const char *json_text(struct json_object *o, const char *name);

#endif
