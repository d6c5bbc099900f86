/*
 * cli/cmd-revoke.c - signet revoke: grants are taken back, all that are named or none
 */
#include "client/cli/cli.h"

#include "client/cli/config.h"
#include "client/cli/grants.h"

/* What is to go; the names are owned by it. */
struct files {
	struct config_file *items;
	size_t n;
};

static void files_done(struct files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free((char *)f->items[i].name);
	free(f->items);
}

/* Adds the files of a grant that is there. */
static enum exit_code add(const struct args *args, const char *id, struct files *f)
{
	struct config_file *more;
	enum exit_code e;
	char **names;
	size_t n;

	e = grants_files(args, id, &names, &n);
	more = reallocarray(f->items, f->n + n + 1, sizeof(*more));
	if (more)
		f->items = more;
	if (e != EXIT_DONE || !more) {
		grants_free_files(names, n);
		return e != EXIT_DONE ? e : EXIT_AGAIN;
	}
	for (size_t i = 0; i < n; i++)
		f->items[f->n++] = (struct config_file){names[i], NULL};
	free(names);
	return EXIT_DONE;
}

enum exit_code cmd_revoke(const struct args *args)
{
	_cleanup_(files_done) struct files files = {};
	enum exit_code e = EXIT_DONE;

	for (size_t i = 0; i < args->n_operands && e == EXIT_DONE; i++)
		e = add(args, args->operands[i], &files);
	if (e == EXIT_DONE)
		e = config_change(args, files.items, files.n);
	for (size_t i = 0; i < args->n_operands && e == EXIT_DONE; i++)
		note(args, "grant '%s' is taken back", args->operands[i]);
	return e;
}
