/*
 * cli/filelist.c - see filelist.h
 */
#include "client/cli/filelist.h"

#include <search.h>
#include <string.h>

#include "client/cli/input.h"

/* Names of a million files and more. */
#define LIST_MAX ((size_t)256 * 1024 * 1024)

void filelist_done(struct filelist *l)
{
	free(l->names);
	free(l->text);
	*l = (struct filelist){};
}

/* Ends each name with a NUL; returns how many there are. Empty lines are none. */
static size_t split(char *text, size_t size, char end)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		if (text[i] == end)
			text[i] = '\0';
		n += text[i] != '\0' && (i == 0 || text[i - 1] == '\0');
	}
	return n;
}

static void take(struct filelist *l, char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] != '\0' && (i == 0 || text[i - 1] == '\0'))
			l->names[l->n++] = text + i;
}

static enum exit_code load(const struct args *args, char **ret, size_t *ret_size)
{
	struct contents c;
	enum exit_code e;
	char *text;

	e = input_read(args->files_from, LIST_MAX, "is too long for a list of files", &c);
	if (e != EXIT_DONE)
		return e;
	text = realloc(c.data, c.size + 1);
	if (!text) {
		contents_done(&c);
		complain("out of memory");
		return EXIT_AGAIN;
	}
	text[c.size] = '\0';
	*ret = text;
	*ret_size = c.size;
	return EXIT_DONE;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void keep(void *name)
{
	(void)name; /* borrowed */
}

/* A name that comes again is dropped: two would sign the same file at once. */
static enum exit_code drop_twins(struct filelist *l)
{
	enum exit_code e = EXIT_DONE;
	void *seen = NULL;
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		char **first = tsearch(l->names[i], &seen, by_name);

		if (!first) {
			complain("out of memory");
			e = EXIT_AGAIN;
			break;
		}
		if (*first == l->names[i])
			l->names[n++] = l->names[i];
	}
	tdestroy(seen, keep);
	l->n = n;
	return e;
}

enum exit_code filelist_read(const struct args *args, struct filelist *ret)
{
	_cleanup_(filelist_done) struct filelist l = {};
	enum exit_code e = EXIT_DONE;
	size_t n = 0, size = 0;

	if (args->files_from)
		e = load(args, &l.text, &size);
	if (e != EXIT_DONE)
		return e;
	if (l.text)
		n = split(l.text, size, args->is_null ? '\0' : '\n');
	if (n + args->n_operands == 0 && !args->files_from) {
		complain("which files? Name them, or list them with --files-from");
		return EXIT_USAGE;
	}
	l.names = calloc(n + args->n_operands + 1, sizeof(*l.names));
	if (!l.names) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	for (size_t i = 0; i < args->n_operands; i++)
		l.names[l.n++] = args->operands[i];
	if (l.text)
		take(&l, l.text, size);
	e = drop_twins(&l);
	if (e != EXIT_DONE)
		return e;
	*ret = l;
	l = (struct filelist){};
	return EXIT_DONE;
}
