/*
 * cli/cmd-key.c - signet key: the life of a key, by verbs of its own
 */
#include "client/cli/cli.h"

#include <string.h>

#include "client/cli/keychange.h"
#include "client/cli/keyshow.h"

static enum exit_code suspend(const struct args *args)
{
	return keychange_state(args, args->operands[1], "suspended");
}

static enum exit_code resume(const struct args *args)
{
	return keychange_state(args, args->operands[1], "active");
}

static enum exit_code retire(const struct args *args)
{
	return keychange_state(args, args->operands[1], "retired");
}

static enum exit_code rotate(const struct args *args)
{
	return keychange_successor(args, args->operands[1], args->operands[2]);
}

static enum exit_code show(const struct args *args)
{
	return keyshow_one(args, args->operands[1]);
}

#define SHOWS 1u  /* takes --json */
#define ALL 2u    /* --all */
#define REASON 4u /* --reason */
#define FROM 8u   /* --from */

/* clang-format off */
static const struct {
	const char *name;
	const char *synopsis;
	size_t n_operands; /* behind the name */
	unsigned options;
	enum exit_code (*run)(const struct args *args);
} actions[] = {
	{"list",    "list [--all] [--json]",           0, SHOWS | ALL, keyshow_list},
	{"show",    "show KEY [--all] [--json]",       1, SHOWS | ALL, show},
	{"suspend", "suspend KEY [--reason TEXT]",     1, REASON,      suspend},
	{"resume",  "resume KEY [--reason TEXT]",      1, REASON,      resume},
	{"retire",  "retire KEY [--reason TEXT]",      1, REASON,      retire},
	{"rotate",  "rotate OLD NEW [--from DATE]",    2, FROM,        rotate},
};
/* clang-format on */

static unsigned given(const struct args *args)
{
	return (args->is_json ? SHOWS : 0) | (args->is_all ? ALL : 0) |
	       (args->reason ? REASON : 0) | (args->from ? FROM : 0);
}

enum exit_code cmd_key(const struct args *args)
{
	for (size_t i = 0; i < array_len(actions); i++) {
		if (strcmp(args->operands[0], actions[i].name) != 0)
			continue;
		if (args->n_operands == actions[i].n_operands + 1 &&
		    (given(args) & ~actions[i].options) == 0)
			return actions[i].run(args);
		complain("usage: signet key %s", actions[i].synopsis);
		return EXIT_USAGE;
	}
	complain("'%s' is not known: signet key list, show, suspend, resume, retire or rotate",
		 args->operands[0]);
	return EXIT_USAGE;
}
