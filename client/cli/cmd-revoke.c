/*
 * cli/cmd-revoke.c - signet revoke: grants are taken back, all that are named or none
 */
#include "client/cli/cli.h"

#include <stdio.h>

#include "client/cli/config.h"
#include "client/cli/grants.h"

/* The file of a grant that is there; NULL, which was said. */
static char *find(const struct args *args, const char *id)
{
	_cleanup_(freep) char *text = NULL;
	char *name = grants_file(id);

	if (name && config_read(args, name, &text) == EXIT_DONE && text)
		return name;
	if (!name || !text)
		complain("there is no grant '%s'; see 'signet grants'", id);
	free(name);
	return NULL;
}

enum exit_code cmd_revoke(const struct args *args)
{
	struct config_file *files = calloc(args->n_operands, sizeof(*files));
	enum exit_code e = files ? EXIT_DONE : EXIT_AGAIN;
	size_t n = 0;

	for (; n < args->n_operands && e == EXIT_DONE; n++) {
		files[n].name = find(args, args->operands[n]);
		if (!files[n].name)
			e = EXIT_UNAVAILABLE;
	}
	if (e == EXIT_DONE)
		e = config_change(args, files, n);
	for (size_t i = 0; i < n && e == EXIT_DONE; i++)
		note(args, "grant '%s' is taken back", args->operands[i]);
	for (size_t i = 0; i < n; i++)
		free((char *)files[i].name);
	free(files);
	return e;
}
