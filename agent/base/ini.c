/*
 * base/ini.c - see ini.h
 */
#include "agent/base/ini.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"

int ini_refuse(struct ini_error *error, unsigned line, const char *format, ...)
{
	va_list ap;

	error->line = line;
	va_start(ap, format);
	(void)vsnprintf(error->what, sizeof(error->what), format, ap); /* cut is good enough */
	va_end(ap);
	return -EINVAL;
}

static char *strip(char *s)
{
	size_t len;

	s += strspn(s, " \t");
	len = strlen(s);
	while (len > 0 && strchr(" \t\r", s[len - 1]))
		s[--len] = '\0';
	return s;
}

/*
 * Cuts one logical line off *text, in place: continuation lines are joined with a space.
 * Returns NULL at the end.
 */
static char *next_line(char **text, unsigned *line)
{
	char *start = *text, *out = start, *in = start;

	if (*start == '\0')
		return NULL;
	for (;; in++) {
		if (in[0] == '\\' && in[1] == '\n') {
			*out++ = ' ';
			in++;
			(*line)++;
			continue;
		}
		if (*in == '\n' || *in == '\0')
			break;
		*out++ = *in;
	}
	*text = *in == '\n' ? in + 1 : in;
	*out = '\0';
	return start;
}

static int parse_section(char *line, unsigned at, const char **ret, struct ini_error *error)
{
	size_t len = strlen(line);

	if (len < 3 || line[len - 1] != ']')
		return ini_refuse(error, at, "a section is written [Name], found '%s'", line);
	line[len - 1] = '\0';
	*ret = line + 1;
	return 0;
}

static int parse_line(char *line, unsigned at, const char **section, ini_handler handler,
		      void *userdata, struct ini_error *error)
{
	char *equals;
	int r;

	line = strip(line);
	if (*line == '\0' || *line == '#' || *line == ';')
		return 0;
	if (!text_is_clean(line, strlen(line), CONFIG_FILE_MAX))
		return ini_refuse(error, at, "the line is not UTF-8 text");
	if (*line == '[') {
		r = parse_section(line, at, section, error);
		return r < 0 ? r : handler(*section, NULL, NULL, at, error, userdata);
	}
	equals = strchr(line, '=');
	if (!equals || equals == line)
		return ini_refuse(error, at, "expected KEY=VALUE, found '%s'", line);
	if (!*section)
		return ini_refuse(error, at, "'%s' stands before the first [Section]", line);
	*equals = '\0';
	return handler(*section, strip(line), strip(equals + 1), at, error, userdata);
}

int ini_parse(const char *text, size_t size, ini_handler handler, void *userdata,
	      struct ini_error *error)
{
	_cleanup_(freep) char *copy = NULL;
	const char *section = NULL;
	unsigned line = 0;
	char *rest, *s;
	int r;

	if (memchr(text, '\0', size))
		return ini_refuse(error, 0, "the file contains a NUL byte");
	copy = strndup(text, size);
	if (!copy)
		return -ENOMEM;
	rest = copy;
	for (;;) {
		unsigned first = ++line;

		s = next_line(&rest, &line);
		if (!s)
			return 0;
		/* Tabs are the one control character that text may have here. */
		for (char *tab = s; (tab = strchr(tab, '\t')); tab++)
			*tab = ' ';
		r = parse_line(s, first, &section, handler, userdata, error);
		if (r < 0)
			return r;
	}
}

static int parse_one(const char *path, ini_handler handler, void *userdata, struct ini_error *error,
		     char **ret_path)
{
	_cleanup_(freep) char *text = NULL;
	size_t size;
	int r;

	*error = (struct ini_error){};
	r = fd_read_file(AT_FDCWD, path, CONFIG_FILE_MAX, &text, &size);
	if (r == -EFBIG)
		r = ini_refuse(error, 0, "the file is larger than %u bytes", CONFIG_FILE_MAX);
	if (r == 0)
		r = ini_parse(text, size, handler, userdata, error);
	if (r == -EINVAL) {
		if (error->what[0] == '\0')
			(void)ini_refuse(error, 0, "it is no regular file");
		*ret_path = strdup(path);
		if (!*ret_path)
			return -ENOMEM;
	}
	return r;
}

static int is_conf(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return e->d_name[0] != '.' && len > 5 && strcmp(e->d_name + len - 5, ".conf") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int ini_scan(const char *dir, char ***ret, size_t *ret_n)
{
	struct dirent **entries = NULL;
	char **names = NULL;
	int n, r = 0;

	n = scandir(dir, &entries, is_conf, by_name);
	if (n < 0 && errno == ENOENT)
		n = 0;
	else if (n < 0)
		return -errno;
	names = calloc((size_t)n + 1, sizeof(*names));
	for (int i = 0; i < n; i++) {
		if (names && !(names[i] = strdup(entries[i]->d_name)))
			r = -ENOMEM;
		free(entries[i]);
	}
	free(entries);
	if (!names || r < 0 || n > (int)CONFIG_FILES_MAX) {
		ini_scan_free(names);
		return !names || r < 0 ? -ENOMEM : -E2BIG;
	}
	*ret = names;
	*ret_n = (size_t)n;
	return 0;
}

char **ini_scan_free(char **names)
{
	if (names)
		for (size_t i = 0; names[i]; i++)
			free(names[i]);
	free(names);
	return NULL;
}

int ini_parse_file(const char *path, bool is_optional, ini_handler handler, void *userdata,
		   struct ini_error *error, char **ret_path)
{
	_cleanup_(ini_scan_freep) char **names = NULL;
	_cleanup_(freep) char *dir = NULL;
	size_t n;
	int r;

	*ret_path = NULL;
	r = parse_one(path, handler, userdata, error, ret_path);
	if (r < 0 && !(r == -ENOENT && is_optional))
		return r;

	dir = text_format("%s.d", path);
	if (!dir)
		return -ENOMEM;
	r = ini_scan(dir, &names, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		_cleanup_(freep) char *file = text_format("%s/%s", dir, names[i]);

		if (!file)
			return -ENOMEM;
		r = parse_one(file, handler, userdata, error, ret_path);
		if (r < 0)
			return r;
	}
	return 0;
}
