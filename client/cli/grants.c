/*
 * cli/grants.c - see grants.h
 */
#include "client/cli/grants.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/config.h"
#include "client/cli/inifile.h"
#include "client/cli/when.h"

char *grants_file(const char *id)
{
	char *name;

	if (!config_is_file_name(id))
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
			return inifile_add_words(lists[i].list, value);
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
	struct inifile f;

	inifile_init(&f, text);
	while (inifile_next(&f))
		if (f.value ? !assign(g, f.key, f.value) : strcmp(f.key, "[Grant]") != 0)
			return f.line;
	return 0;
}

/* --- its files -------------------------------------------------------------------------------- */

/* The *.conf in a directory; none if it is not there. */
static enum exit_code list(const struct args *args, const char *name, struct dirent ***ret,
			   int *ret_n)
{
	_cleanup_(freep) char *dir = config_path(args, name);
	int n;

	if (!dir)
		return EXIT_AGAIN;
	n = inifile_scan(dir, ret);
	if (n < 0) {
		complain("'%s' cannot be read: %s", dir, strerror(-n));
		return n == -EACCES ? EXIT_DENIED : EXIT_IO;
	}
	*ret_n = n;
	return EXIT_DONE;
}

static void free_list(struct dirent **entries, int n)
{
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
}

void grants_free_files(char **files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(files[i]);
	free(files);
}

/* Takes name over. */
static enum exit_code collect(const struct args *args, char *name, char ***ret, size_t *ret_n)
{
	_cleanup_(freep) char *dir = NULL;
	struct dirent **entries = NULL;
	enum exit_code e;
	char **files;
	int n = 0;

	e = asprintf(&dir, "%s.d", name) < 0 ? EXIT_AGAIN : list(args, dir, &entries, &n);
	files = calloc((size_t)n + 1, sizeof(*files));
	if (e != EXIT_DONE || !files) {
		free(name);
		free(files);
		free_list(entries, n);
		return e != EXIT_DONE ? e : EXIT_AGAIN;
	}
	files[0] = name;
	*ret_n = 1;
	for (int i = 0; i < n; i++)
		if (asprintf(&files[*ret_n], "%s/%s", dir, entries[i]->d_name) >= 0)
			++*ret_n;
	free_list(entries, n);
	*ret = files;
	return *ret_n == (size_t)n + 1 ? EXIT_DONE : EXIT_AGAIN;
}

enum exit_code grants_files(const struct args *args, const char *id, char ***ret, size_t *ret_n)
{
	_cleanup_(freep) char *text = NULL;
	char *name = grants_file(id);
	enum exit_code e = EXIT_DONE;

	*ret = NULL;
	*ret_n = 0;
	if (name)
		e = config_read(args, name, &text);
	if (e == EXIT_DONE && name && text)
		return collect(args, name, ret, ret_n);
	if (e == EXIT_DONE)
		complain("there is no grant '%s'; see 'signet grants'", id);
	free(name);
	return e == EXIT_DONE ? EXIT_UNAVAILABLE : e;
}

static enum exit_code read_file(const struct args *args, const char *name, struct grant *ret)
{
	_cleanup_(freep) char *text = NULL;
	enum exit_code e = config_read(args, name, &text);
	unsigned line;

	if (e != EXIT_DONE)
		return e;
	line = text ? parse(ret, text) : 0;
	if (line == 0)
		return text ? EXIT_DONE : EXIT_CONFIG; /* taken back meanwhile */
	complain("%s/%s:%u: not understood", config_dir(args), name, line);
	return EXIT_CONFIG;
}

/* file is its name in grants.d, and ends in ".conf". */
static enum exit_code read_one(const struct args *args, const char *file, struct grant *ret)
{
	char **files;
	enum exit_code e;
	size_t n;

	ret->id = strndup(file, strlen(file) - strlen(".conf"));
	if (!ret->id)
		return EXIT_AGAIN;
	e = grants_files(args, ret->id, &files, &n);
	for (size_t i = 0; i < n && e == EXIT_DONE; i++)
		e = read_file(args, files[i], ret);
	grants_free_files(files, n);
	return e;
}

/* --- all of them ------------------------------------------------------------------------------ */

enum exit_code grants_read(const struct args *args, struct grant **ret, size_t *ret_n)
{
	enum exit_code e, worst;
	struct dirent **entries = NULL;
	size_t n = 0;
	int found = 0;

	worst = list(args, GRANTS_DIR, &entries, &found);
	*ret_n = 0;
	*ret = calloc((size_t)found + 1, sizeof(**ret));
	if (worst != EXIT_DONE || !*ret) {
		free_list(entries, found);
		return worst != EXIT_DONE ? worst : EXIT_AGAIN;
	}
	for (int i = 0; i < found; i++) {
		e = read_one(args, entries[i]->d_name, &(*ret)[n]);
		if (e == EXIT_DONE) {
			n++;
			continue;
		}
		grant_done(&(*ret)[n]);
		(*ret)[n] = (struct grant){};
		worst = EXIT_CONFIG;
	}
	free_list(entries, found);
	*ret_n = n;
	return worst;
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
