/*
 * cli/grants.c - see grants.h
 */
#include "client/cli/grants.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/config.h"
#include "client/cli/when.h"

#define ID_MAX 64

static bool is_id(const char *id)
{
	static const char known[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-";
	size_t len = strlen(id);

	return len > 0 && len <= ID_MAX && strspn(id, known) == len && id[0] != '.' && id[0] != '-';
}

char *grants_file(const char *id)
{
	char *name;

	if (!is_id(id))
		return NULL;
	return asprintf(&name, GRANTS_DIR "/%s.conf", id) < 0 ? NULL : name;
}

enum grant_state grant_state(const struct grant *g, time_t now)
{
	if (g->until > 0 && now >= g->until)
		return GRANT_OVER;
	return now < g->from ? GRANT_NOT_YET : GRANT_ACTIVE;
}

static void grant_done(struct grant *g)
{
	free(g->id);
	free(g->keys);
	free(g->purposes);
	free(g->users);
	free(g->units);
	free(g->slices);
}

void grants_free(struct grant *grants, size_t n)
{
	for (size_t i = 0; i < n; i++)
		grant_done(&grants[i]);
	free(grants);
}

/* --- one file --------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static char *strip(char *s)
{
	size_t len;

	while (is_blank(*s))
		s++;
	len = strlen(s);
	while (len > 0 && is_blank(s[len - 1]))
		s[--len] = '\0';
	return s;
}

/* Lines of a list add up, an empty one forgets what stood before. */
static bool add_words(char **list, const char *value)
{
	char *more;

	if (*value != '\0' && *list && **list != '\0') {
		if (asprintf(&more, "%s %s", *list, value) < 0)
			return false;
	} else {
		more = strdup(value);
	}
	free(*list);
	*list = more;
	return more != NULL;
}

static bool set_time(const char *value, time_t *ret)
{
	return *value != '+' && when_parse(value, 0, ret);
}

/* False if it is not understood. */
static bool assign(struct grant *g, const char *key, const char *value)
{
	const struct {
		const char *key;
		char **list;
	} lists[] = {
		{"Keys", &g->keys},   {"Purposes", &g->purposes}, {"Users", &g->users},
		{"Units", &g->units}, {"Slices", &g->slices},
	};

	for (size_t i = 0; i < array_len(lists); i++)
		if (strcmp(key, lists[i].key) == 0)
			return add_words(lists[i].list, value);
	if (strcmp(key, "NotBefore") == 0)
		return set_time(value, &g->from);
	if (strcmp(key, "Until") == 0)
		return set_time(value, &g->until);
	if (strcmp(key, "AllowForwarded") != 0)
		return false;
	g->is_forwarded = strcmp(value, "yes") == 0 || strcmp(value, "true") == 0 ||
			  strcmp(value, "on") == 0 || strcmp(value, "1") == 0;
	return true;
}

/* 0, or the number of the line that is not understood. */
static unsigned parse(struct grant *g, char *text)
{
	unsigned n = 0;
	char *next;

	/* A backslash at the end of a line joins the next one. */
	for (char *at = text; (at = strstr(at, "\\\n"));)
		at[0] = at[1] = ' ';
	for (char *line = text; line; line = next) {
		char *equals;

		n++;
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line = strip(line);
		if (*line == '\0' || *line == '#' || *line == ';' || strcmp(line, "[Grant]") == 0)
			continue;
		equals = strchr(line, '=');
		if (!equals)
			return n;
		*equals = '\0';
		if (!assign(g, strip(line), strip(equals + 1)))
			return n;
	}
	return 0;
}

/* file is its name in grants.d, and ends in ".conf". */
static enum exit_code read_one(const struct args *args, const char *file, struct grant *ret)
{
	_cleanup_(freep) char *name = NULL;
	_cleanup_(freep) char *text = NULL;
	enum exit_code e;
	unsigned line;

	ret->id = strndup(file, strlen(file) - strlen(".conf"));
	name = ret->id ? grants_file(ret->id) : NULL;
	if (!name) {
		complain("'%s/" GRANTS_DIR "/%s' is no name for a grant", config_dir(args), file);
		return EXIT_CONFIG;
	}
	e = config_read(args, name, &text);
	if (e != EXIT_DONE)
		return e;
	line = text ? parse(ret, text) : 0;
	if (line == 0)
		return text ? EXIT_DONE : EXIT_CONFIG; /* taken back meanwhile */
	complain("%s/%s:%u: not understood", config_dir(args), name, line);
	return EXIT_CONFIG;
}

/* --- all of them ------------------------------------------------------------------------------ */

static int is_conf(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return d->d_name[0] != '.' && len > 5 && strcmp(d->d_name + len - 5, ".conf") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

enum exit_code grants_read(const struct args *args, struct grant **ret, size_t *ret_n)
{
	_cleanup_(freep) char *dir = config_path(args, GRANTS_DIR);
	enum exit_code e, worst = EXIT_DONE;
	struct dirent **entries = NULL;
	size_t n = 0;
	int found;

	if (!dir)
		return EXIT_AGAIN;
	found = scandir(dir, &entries, is_conf, by_name);
	if (found < 0 && errno != ENOENT) {
		complain("'%s' cannot be read: %s", dir, strerror(errno));
		return errno == EACCES ? EXIT_DENIED : EXIT_IO;
	}
	if (found < 0)
		found = 0;
	*ret = calloc((size_t)found + 1, sizeof(**ret));
	for (int i = 0; i < found; i++) {
		e = *ret ? read_one(args, entries[i]->d_name, &(*ret)[n]) : EXIT_AGAIN;
		if (e == EXIT_DONE)
			n++;
		else if (*ret) {
			grant_done(&(*ret)[n]);
			(*ret)[n] = (struct grant){};
			worst = e;
		}
		free(entries[i]);
	}
	free(entries);
	*ret_n = n;
	return *ret ? worst : EXIT_AGAIN;
}

/* --- what it means ---------------------------------------------------------------------------- */

static bool is_set(const char *list)
{
	return list && *list != '\0';
}

/* "alice, bob" for "alice bob". */
static void print_words(FILE *f, const char *list)
{
	bool is_first = true;

	while (*list) {
		size_t len = strcspn(list, " ");

		if (len > 0) {
			(void)fprintf(f, "%s%.*s", is_first ? "" : ", ", (int)len, list);
			is_first = false;
		}
		list += len + strspn(list + len, " ");
	}
}

static void print_part(FILE *f, const char *front, const char *list)
{
	if (!is_set(list))
		return;
	(void)fputs(front, f);
	print_words(f, list);
}

static void print_date(FILE *f, const char *front, time_t t)
{
	char date[WHEN_SIZE];

	if (t == 0)
		return;
	when_format(t, date);
	(void)fprintf(f, "%s%s", front, date);
}

char *grant_sentence(const struct grant *g)
{
	char *sentence = NULL;
	size_t size;
	FILE *f = open_memstream(&sentence, &size);
	bool is_whole;

	if (!f)
		return NULL;
	(void)fputs(is_set(g->users) ? "" : "whoever is", f);
	if (is_set(g->users))
		print_words(f, g->users);
	print_part(f, " in unit ", g->units);
	print_part(f, " in slice ", g->slices);
	print_part(f, " may sign with key ", g->keys);
	print_part(f, " for purpose ", g->purposes);
	print_date(f, " from ", g->from);
	print_date(f, " until ", g->until);
	if (g->is_forwarded)
		(void)fputs(", also from other hosts by a forwarded ssh agent", f);
	is_whole = !ferror(f);
	is_whole = fclose(f) == 0 && is_whole;
	if (is_whole)
		return sentence;
	free(sentence);
	return NULL;
}
