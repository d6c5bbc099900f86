/*
 * policy/template.c - see template.h
 */
#include "agent/policy/template.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"

void templates_done(struct templates *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->list[i].name);
		texts_done(&t->list[i].texts);
	}
	free(t->list);
	*t = (struct templates){};
}

/* Which lines go together is a question for each key. */
static int check_lines(struct source *s, const char *path, const struct template *t)
{
	_cleanup_(keyfile_done) struct keyfile scratch = {};
	int r;

	r = keyfile_init(&scratch, t->name, path);
	return r < 0 ? r : source_parse_texts(s, &t->texts, keyfile_assign_template, &scratch);
}

static int load_one(struct source *s, const char *dir, const char *file, struct templates *t)
{
	_cleanup_(freep) char *path = text_format("%s/%s", dir, file);
	struct template *one = &t->list[t->n];
	int r;

	if (!path)
		return -ENOMEM;
	r = source_name_of(s, path, file, &one->name);
	if (r < 0)
		return r;
	t->n++;
	r = source_read_texts(s, path, false, &one->texts);
	return r < 0 ? r : check_lines(s, path, one);
}

int templates_load(struct source *s, const char *dir, struct templates *ret)
{
	_cleanup_(templates_done) struct templates t = {};
	_cleanup_(freep) char *templates_d = text_format("%s/templates.d", dir);
	_cleanup_(ini_scan_freep) char **files = NULL;
	size_t n;
	int r;

	if (!templates_d)
		return -ENOMEM;
	r = source_scan(s, templates_d, true, &files, &n);
	if (r == 0)
		r = source_check_orphans(s, templates_d, "template", files, n);
	if (r < 0)
		return r;
	t.list = calloc(n + 1, sizeof(*t.list));
	if (!t.list)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = load_one(s, templates_d, files[i], &t);
	if (r < 0)
		return r;
	*ret = t;
	t = (struct templates){};
	return 0;
}

/* --- for a key ------------------------------------------------------------------------------------ */

struct choice {
	const struct templates *templates;
	const struct template *chosen; /* NULL: none is named */
};

static const struct template *find(const struct templates *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->list[i].name, name) == 0)
			return &t->list[i];
	return NULL;
}

/* Looks at Template= alone, of which the last one counts; an empty one means none. */
static int choose(const char *section, const char *key, const char *value, unsigned line,
		  struct ini_error *error, void *userdata)
{
	struct choice *c = userdata;

	if (!key || strcmp(section, "Key") != 0 || strcmp(key, "Template") != 0)
		return 0;
	c->chosen = find(c->templates, value);
	if (!c->chosen && value[0] != '\0')
		return ini_refuse(error, line,
				  "%s= is '%.64s', expected the name of a file of templates.d", key,
				  value);
	return 0;
}

int templates_apply(struct source *s, const struct templates *t, const struct texts *own,
		    struct keyfile *k)
{
	struct choice c = {.templates = t};
	int r;

	r = source_parse_texts(s, own, choose, &c);
	if (r < 0 || !c.chosen)
		return r;
	return source_parse_texts(s, &c.chosen->texts, keyfile_assign_template, k);
}
