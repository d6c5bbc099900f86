/*
 * cli/inifile.c - see inifile.h
 */
#include "client/cli/inifile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BLANKS " \t\r"

void inifile_init(struct inifile *f, char *text)
{
	for (char *at = text; (at = strstr(at, "\\\n"));)
		at[0] = at[1] = ' ';
	*f = (struct inifile){.rest = text};
}

static char *strip(char *s)
{
	size_t len;

	s += strspn(s, BLANKS);
	len = strlen(s);
	while (len > 0 && strchr(BLANKS, s[len - 1]))
		s[--len] = '\0';
	return s;
}

bool inifile_next(struct inifile *f)
{
	char *line;

	while ((line = strsep(&f->rest, "\n"))) {
		f->line++;
		line = strip(line);
		if (*line == '\0' || *line == '#' || *line == ';')
			continue;
		f->value = strchr(line, '=');
		if (f->value) {
			*f->value++ = '\0';
			f->value = strip(f->value);
		}
		f->key = strip(line);
		return true;
	}
	return false;
}

bool inifile_add_words(char **list, const char *value)
{
	bool is_first = !*list || **list == '\0' || *value == '\0';
	char *more;

	if (asprintf(&more, "%s%s%s", is_first ? "" : *list, is_first ? "" : " ", value) < 0)
		return false;
	free(*list);
	*list = more;
	return true;
}

static int is_conf(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return d->d_name[0] != '.' && len > 5 && strcmp(d->d_name + len - 5, ".conf") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int inifile_scan(const char *dir, struct dirent ***ret)
{
	int n = scandir(dir, ret, is_conf, by_name);

	if (n >= 0)
		return n;
	if (errno != ENOENT)
		return -errno;
	*ret = NULL;
	return 0;
}
