/*
 * policy/assign.c - see assign.h
 */
#include "agent/policy/assign.h"

#include <string.h>

/* The keys of the table, with spaces between; what does not fit is left out. */
static void list_keys(const struct assign_table *table, char *buf, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < table->n_keys; i++) {
		size_t len = strlen(table->keys[i].key);

		if (at + 1 + len >= size)
			break;
		if (at > 0)
			buf[at++] = ' ';
		memcpy(buf + at, table->keys[i].key, len);
		at += len;
	}
	buf[at] = '\0';
}

int assign_value(const struct assign_table *table, void *object, const char *section,
		 const char *key, const char *value, unsigned line, struct ini_error *error)
{
	char known[160];

	if (strcmp(section, table->section) != 0)
		return ini_refuse(error, line, "unknown section [%.64s], expected [%s]", section,
				  table->section);
	if (!key)
		return 0; /* the section begins */
	for (size_t i = 0; i < table->n_keys; i++) {
		const struct assign *a = &table->keys[i];

		if (strcmp(key, a->key) == 0)
			return a->set(a, object, value, line, error);
	}
	list_keys(table, known, sizeof(known));
	return ini_refuse(error, line, "unknown key '%.48s', known in [%s] are %s", key,
			  table->section, known);
}
