/*
 * cli/cmd-verify.c - signet verify: a signature against a public key
 *
 * The key comes from the agent, or from a file, and then no agent is needed. A signature that is
 * no signature at all does not verify: that is an answer (1), not a failure.
 */
#include "client/cli/cli.h"

#include <string.h>

#include "client/cli/agent.h"
#include "client/cli/format.h"

static enum exit_code find_signer(const struct args *args, struct signer *ret)
{
	unsigned n = !!args->key + !!args->certificate + !!args->public_key;
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	const struct signet_key *key;
	enum exit_code e;

	if (n != 1) {
		complain("verify needs one of -k KEY, --cert FILE and --pubkey FILE");
		return EXIT_USAGE;
	}
	if (!args->key)
		return signer_from_file(args, ret);
	e = agent_open(args, &s);
	if (e == EXIT_DONE)
		e = agent_need_key(s, args->key, &a, &key);
	return e == EXIT_DONE ? signer_from_key(args, key, ret) : e;
}

static bool is_stdin_twice(const struct args *args)
{
	unsigned n = 0;

	for (size_t i = 0; i < args->n_operands; i++)
		n += strcmp(args->operands[i], "-") == 0;
	n += args->certificate && strcmp(args->certificate, "-") == 0;
	n += args->public_key && strcmp(args->public_key, "-") == 0;
	return n > 1;
}

static enum exit_code report(const struct args *args, const char *name, enum exit_code e)
{
	const char *file = shown_name(args->operands[0]);

	if (e == EXIT_NO_MATCH)
		complain("'%s': the signature does not verify with '%s': file, key or options are "
			 "not those it was made with",
			 file, name);
	if (e == EXIT_DONE)
		note(args, "'%s': good signature by '%s'", file, name);
	return e;
}

/* Where the format keeps it; what was named wins. */
static enum exit_code verify(const struct recipe *r)
{
	const char *file = r->args->operands[0];
	_cleanup_(freep) char *beside = NULL;

	if (r->args->n_operands == 2)
		return r->format->verify(r, file, r->args->operands[1]);
	if (!r->format->suffix || r->format->is_enclosing || r->args->is_attached)
		return r->format->verify(r, file, file);
	if (strcmp(file, "-") == 0) {
		complain("where is the signature of standard input? Name it behind the '-'");
		return EXIT_USAGE;
	}
	beside = format_output(r, file);
	return beside ? r->format->verify(r, file, beside) : EXIT_AGAIN;
}

enum exit_code cmd_verify(const struct args *args)
{
	_cleanup_(recipe_done) struct recipe r = {.args = args};
	struct progress progress;
	enum exit_code e;

	if (is_stdin_twice(args)) {
		complain("only one thing can come from standard input");
		return EXIT_USAGE;
	}
	if (args->hash && strcmp(args->hash, "sha1") == 0) {
		complain("SHA-1 is broken: a signature with it says nothing, and is not verified");
		return EXIT_USAGE;
	}
	r.format = format_find(args->format);
	if (!r.format)
		return EXIT_USAGE;
	e = find_signer(args, &r.signer);
	if (e == EXIT_DONE)
		e = scheme_choose(args, r.signer.type, r.signer.name, &r.scheme);
	if (e == EXIT_DONE && r.format->choose)
		e = r.format->choose(&r);
	if (e != EXIT_DONE)
		return e;
	progress_start(&progress, args);
	r.progress = &progress;
	e = verify(&r);
	progress_end(&progress);
	return report(args, r.signer.name, e);
}
