/*
 * cli/json.h - json-c without its failures: what cannot be built shows itself at the end
 */
#ifndef CLIENT_CLI_JSON_H
#define CLIENT_CLI_JSON_H

#include <json-c/json.h>

#include "client/cli/cli.h"

/* Both take value over; NULL, or no room, ends the program: there is nothing else it could do. */
void json_add(struct json_object *o, const char *name, struct json_object *value);
void json_append(struct json_object *array, struct json_object *value);

/* Prints o on one line of standard output and frees it. */
enum exit_code json_finish(struct json_object *o);

#endif
