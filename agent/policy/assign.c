/*
 * policy/assign.c - see assign.h
 */
#include "agent/policy/assign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/text.h"
#include "agent/base/words.h"

/* More words than anybody has use for; bounds what one file can make us hold. */
#define WORDS_MAX 256u

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
	char known[240];

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

/* --- values that several files have ------------------------------------------------------------- */

int assign_words(const struct assign *a, char ***list, bool (*is_word)(const char *word),
		 const char *expected, const char *value, unsigned line, struct ini_error *error)
{
	_cleanup_(freep) char *copy = strdup(value);
	char *rest = copy, *word;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	if (!*list || value[0] == '\0')
		r = words_empty(list);
	while (r == 0 && (word = words_next(&rest))) {
		if (!is_word(word))
			return ini_refuse(error, line, "%s= names '%.64s', expected %s", a->key,
					  word, expected);
		r = words_add(list, word, WORDS_MAX);
	}
	return r == -E2BIG ? ini_refuse(error, line, "%s= names more than %u", a->key, WORDS_MAX)
			   : r;
}

int assign_people(const struct assign *a, struct people *people, const char *value, unsigned line,
		  struct ini_error *error)
{
	_cleanup_(freep) char *copy = strdup(value);
	char *rest = copy, *word;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	while (r == 0 && (word = words_next(&rest)))
		r = people_add(people, word);
	if (r == -ENOENT)
		return ini_refuse(error, line, "%s= names '%.64s', and there is no such %s", a->key,
				  word, word[0] == '@' ? "group" : "user");
	if (r == -E2BIG)
		return ini_refuse(error, line, "%s= names too many", a->key);
	if (r < 0 && r != -ENOMEM)
		return ini_refuse(error, line, "%s= names '%.64s', which cannot be looked up: %s",
				  a->key, word, strerror(-r));
	return r;
}

int assign_time(const struct assign *a, void *object, const char *value, unsigned line,
		struct ini_error *error)
{
	uint64_t usec;

	if (text_to_time(value, &usec) < 0)
		return ini_refuse(error, line,
				  "%s= is '%.64s', expected a UTC date such as 2026-12-31 or "
				  "2026-12-31T23:59:59Z",
				  a->key, value);
	/* 0 would mean that there is no limit; one microsecond later still is in the past. */
	*(uint64_t *)((char *)object + a->offset) = usec > 0 ? usec : 1;
	return 0;
}
