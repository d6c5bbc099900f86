/*
 * cli/keylimits.c - see keylimits.h
 */
#include "client/cli/keylimits.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cli/inifile.h"

/* The agent takes no larger one. */
#define FILE_MAX ((size_t)64 * 1024)

void keylimits_done(struct keylimits *k)
{
	free(k->purposes);
	free(k->hashes);
	free(k->template);
	*k = (struct keylimits){};
}

/* Fit to be shown: whoever wrote the file need not have asked the agent. */
static bool is_plain(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

static bool assign(struct keylimits *k, const char *key, const char *value)
{
	if (strcmp(key, "Purposes") == 0)
		return is_plain(value) && inifile_add_words(&k->purposes, value);
	if (strcmp(key, "Hashes") == 0)
		return is_plain(value) && inifile_add_words(&k->hashes, value);
	if (strcmp(key, "Template") != 0)
		return true;
	free(k->template);
	k->template = strdup(value);
	return k->template != NULL;
}

static bool parse(struct keylimits *k, char *text)
{
	struct inifile f;

	inifile_init(&f, text);
	while (inifile_next(&f))
		if (f.value && !assign(k, f.key, f.value))
			return false;
	return true;
}

/* A pipe in the place of a file would never end. */
static char *load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = NULL;
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		text = malloc(FILE_MAX + 1);
	if (text)
		n = read(fd, text, FILE_MAX);
	(void)close(fd); /* only read */
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[n] = '\0';
	return text;
}

static bool read_one(struct keylimits *k, const char *path)
{
	_cleanup_(freep) char *text = load(path);

	return text && parse(k, text);
}

static bool read_dropins(struct keylimits *k, const char *dir)
{
	struct dirent **entries = NULL;
	int n = inifile_scan(dir, &entries);
	bool is_read = n >= 0;

	for (int i = 0; i < n; i++) {
		_cleanup_(freep) char *path = NULL;

		if (asprintf(&path, "%s/%s", dir, entries[i]->d_name) < 0)
			path = NULL;
		is_read = is_read && path && read_one(k, path);
		free(entries[i]);
	}
	free(entries);
	return is_read;
}

static bool read_all(struct keylimits *k, const char *path)
{
	_cleanup_(freep) char *dir = NULL;

	if (asprintf(&dir, "%s.d", path) < 0) {
		dir = NULL;
		return false;
	}
	return read_one(k, path) && read_dropins(k, dir);
}

/* "DIR/keys.d/NAME.conf" -> "DIR/templates.d/TEMPLATE.conf"; owned by the caller, or NULL. */
static char *find_template(const char *path, const char *template)
{
	const char *slash = strrchr(path, '/');
	char *found;

	while (slash && slash > path && *--slash != '/')
		;
	if (!slash || strchr(template, '/') ||
	    asprintf(&found, "%.*s/templates.d/%s.conf", (int)(slash - path), path, template) < 0)
		return NULL;
	return found;
}

/* The template comes before the file, wherever in that it is named. */
static bool read_after_template(struct keylimits *k, const char *path, const char *template)
{
	_cleanup_(freep) char *before = find_template(path, template);

	return before && read_all(k, before) && read_all(k, path);
}

bool keylimits_read(const char *path, struct keylimits *ret)
{
	_cleanup_(keylimits_done) struct keylimits own = {}, all = {};
	bool has_template;

	if (!read_all(&own, path))
		return false;
	has_template = own.template && *own.template != '\0';
	if (has_template && !read_after_template(&all, path, own.template))
		return false;
	*ret = has_template ? all : own;
	*(has_template ? &all : &own) = (struct keylimits){};
	return true;
}
