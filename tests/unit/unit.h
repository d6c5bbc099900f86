/*
 * unit.h - what the unit tests share: a main in one line, views, hex, golden vectors
 *
 *	int main(void)
 *	{
 *		static const TTest *const tests[] = {
 *			&reads_numbers_ttest,
 *		};
 *		return unit_run("reader", tests, array_len(tests));
 *	}
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/wire/reader.h"

/* Runs the tests and returns what main() returns. */
static inline int unit_run(const char *name, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *group = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(group, 20);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(group, tests[i]);
	suite_add_tcase(suite, group);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}

static inline struct view unit_view(const char *s)
{
	return (struct view){.data = (const uint8_t *)s, .size = strlen(s)};
}

/* Hex of the bytes, owned by the caller: what a failed comparison prints. */
static inline char *unit_hex(struct view v)
{
	char *hex = malloc(2 * v.size + 1);

	ck_assert_ptr_nonnull(hex);
	hex[0] = '\0';
	for (size_t i = 0; i < v.size; i++)
		(void)sprintf(hex + 2 * i, "%02x", v.data[i]); /* two digits and a NUL: fits */
	return hex;
}

/* The bytes of a line of hex digits, owned by the caller, in an allocation of exactly that size. */
static inline struct view unit_unhex(const char *hex)
{
	size_t size = strlen(hex) / 2;
	uint8_t *data = malloc(size ? size : 1);

	ck_assert_ptr_nonnull(data);
	ck_assert_uint_eq(strlen(hex) % 2, 0);
	for (size_t i = 0; i < size; i++)
		ck_assert_int_eq(sscanf(hex + 2 * i, "%2hhx", &data[i]), 1);
	return (struct view){.data = data, .size = size};
}

/* Both are printed as hex if they differ. */
static inline void unit_check_view(struct view got, struct view expected)
{
	_cleanup_(freep) char *a = unit_hex(got);
	_cleanup_(freep) char *b = unit_hex(expected);

	ck_assert_str_eq(a, b);
}

static inline void unit_check_text(struct view got, const char *expected)
{
	unit_check_view(got, unit_view(expected));
}

/*
 * The bytes of a golden vector: the line 'NAME HEX' of tests/vectors/FILE. Owned by the caller,
 * through data; fails the test if there is none.
 */
static inline struct view unit_vector(const char *file, const char *name)
{
	static char line[1 << 20];
	const char *top = getenv("TOP");
	struct view found = {};
	char path[4096], *space;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/tests/vectors/%s", top ? top : ".", file);
	f = fopen(path, "re");
	if (!f)
		ck_abort_msg("'%s' cannot be read; run this from the top of the tree", path);
	while (!found.data && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		space = strchr(line, ' ');
		if (line[0] == '#' || !space)
			continue;
		*space = '\0';
		if (strcmp(line, name) == 0)
			found = unit_unhex(space + 1);
	}
	(void)fclose(f); /* only read */
	if (!found.data)
		ck_abort_msg("there is no vector '%s' in '%s'", name, path);
	return found;
}

#endif
