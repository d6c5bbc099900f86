/*
 * policy/grantfile.c - see grantfile.h
 */
#include "agent/policy/grantfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/policy/assign.h"
#include "agent/policy/purpose.h"

static bool is_key(const char *word)
{
	return text_is_clean(word, strlen(word), NAME_MAX_LEN);
}

static bool is_unit(const char *word)
{
	return text_is_clean(word, strlen(word), NAME_MAX_LEN * 2) && !strpbrk(word, "/*?[") &&
	       strchr(word, '.');
}

static bool is_slice(const char *word)
{
	const char *dot = strrchr(word, '.');

	return is_unit(word) && strcmp(dot, ".slice") == 0;
}

static int set_keys(const struct assign *a, void *object, const char *value, unsigned line,
		    struct ini_error *error)
{
	struct grant *g = object;

	return assign_words(a, &g->keys, is_key, "the names of keys", value, line, error);
}

static int set_purposes(const struct assign *a, void *object, const char *value, unsigned line,
			struct ini_error *error)
{
	struct grant *g = object;

	return assign_words(a, &g->purposes, purpose_is_name, PURPOSES_EXPECTED, value, line,
			    error);
}

static int set_units(const struct assign *a, void *object, const char *value, unsigned line,
		     struct ini_error *error)
{
	struct grant *g = object;

	return assign_words(a, &g->units, is_unit,
			    "a unit such as build.service, or build@.service for all its instances",
			    value, line, error);
}

static int set_slices(const struct assign *a, void *object, const char *value, unsigned line,
		      struct ini_error *error)
{
	struct grant *g = object;

	return assign_words(a, &g->slices, is_slice, "a slice such as build.slice", value, line,
			    error);
}

static int set_people(const struct assign *a, void *object, const char *value, unsigned line,
		      struct ini_error *error)
{
	struct grant *g = object;

	if (value[0] == '\0')
		people_done(&g->people);
	g->has_users = true;
	return assign_people(a, &g->people, value, line, error);
}

static int set_forwarded(const struct assign *a, void *object, const char *value, unsigned line,
			 struct ini_error *error)
{
	struct grant *g = object;

	if (text_to_bool(value, &g->may_be_forwarded) < 0)
		return ini_refuse(error, line, "%s= is '%.64s', expected yes or no", a->key, value);
	return 0;
}

/* clang-format off */
static const struct assign keys[] = {
	{.key = "Keys",           .set = set_keys},
	{.key = "Purposes",       .set = set_purposes},
	{.key = "Users",          .set = set_people},
	{.key = "Units",          .set = set_units},
	{.key = "Slices",         .set = set_slices},
	{.key = "NotBefore",      .set = assign_time, .offset = offsetof(struct grant, not_before)},
	{.key = "Until",          .set = assign_time, .offset = offsetof(struct grant, not_after)},
	{.key = "AllowForwarded", .set = set_forwarded},
};
/* clang-format on */

static const struct assign_table table = {
	.section = "Grant",
	.keys = keys,
	.n_keys = array_len(keys),
};

int grantfile_new(const char *id, const char *path, struct grant **ret)
{
	_cleanup_(grant_freep) struct grant *g = calloc(1, sizeof(*g));

	if (!g)
		return -ENOMEM;
	g->id = strdup(id);
	g->path = strdup(path);
	if (!g->id || !g->path)
		return -ENOMEM;
	*ret = take_ptr(g);
	return 0;
}

int grantfile_assign(const char *section, const char *key, const char *value, unsigned line,
		     struct ini_error *error, void *userdata)
{
	return assign_value(&table, userdata, section, key, value, line, error);
}

static bool is_set(char **list)
{
	return list && list[0];
}

int grantfile_check(const struct grant *g, struct ini_error *error)
{
	if (!is_set(g->keys))
		return ini_refuse(error, 0,
				  "Keys= is missing in [Grant], it says which keys are meant");
	if (!is_set(g->purposes))
		return ini_refuse(
			error, 0,
			"Purposes= is missing in [Grant], expected some of " PURPOSES_EXPECTED);
	if (people_is_empty(&g->people) && !is_set(g->units) && !is_set(g->slices))
		return ini_refuse(error, 0,
				  "[Grant] does not say to whom: one of Users=, Units= and Slices= "
				  "is needed");
	if (g->has_users && people_is_empty(&g->people))
		return ini_refuse(error, 0,
				  "Users= names nobody, so nothing is ever granted; to grant it to "
				  "all users of a unit or slice, leave it out");
	if (g->not_after > 0 && g->not_before >= g->not_after)
		return ini_refuse(
			error, 0,
			"Until= is not later than NotBefore=, so nothing is ever granted");
	return 0;
}
