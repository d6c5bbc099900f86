/*
 * policy/assign.h - KEY=VALUE -> a field of a struct, by a table
 *
 * Each configuration file format is one table of these. An unknown section or key is refused with
 * the list of what is known, made from the same table.
 */
#ifndef AGENT_POLICY_ASSIGN_H
#define AGENT_POLICY_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/ini.h"
#include "agent/model/people.h"

struct assign {
	const char *key;
	/* 0, -EINVAL after ini_refuse(), -ENOMEM. */
	int (*set)(const struct assign *a, void *object, const char *value, unsigned line,
		   struct ini_error *error);
	size_t offset; /* of the field, for setters that serve several keys */
	uint64_t min;  /* what the value may be, for the same */
	uint64_t max;
};

struct assign_table {
	const char *section;
	const struct assign *keys;
	size_t n_keys;
};

/* Sets the field of object that section and key mean. */
int assign_value(const struct assign_table *table, void *object, const char *section,
		 const char *key, const char *value, unsigned line, struct ini_error *error);

/* --- values that several files have ------------------------------------------------------------- */

/*
 * Appends the words of value to a list that ends with NULL, which an empty value empties; is_word
 * says which are taken, expected is what a refusal says instead.
 */
int assign_words(const struct assign *a, char ***list, bool (*is_word)(const char *word),
		 const char *expected, const char *value, unsigned line, struct ini_error *error);

/* Adds the users and @groups that value names. */
int assign_people(const struct assign *a, struct people *people, const char *value, unsigned line,
		  struct ini_error *error);

/* The field is a uint64_t: CLOCK_REALTIME microseconds, never 0. */
int assign_time(const struct assign *a, void *object, const char *value, unsigned line,
		struct ini_error *error);

#endif
