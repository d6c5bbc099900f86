/*
 * cli/cmd-sign.c - signet sign: one or many files in one call
 *
 * Files are hashed here and only digests travel, many to a request: one decision and one record
 * stand for all of them. While a request waits for the agent, the files of the next one are
 * hashed. A file that fails does not keep the others from being signed; a request that is refused
 * as a whole ends the work, because the next one would be refused too.
 */
#include "client/cli/cli.h"

#include <string.h>

#include "client/cli/agent.h"
#include "client/cli/batch.h"

/* An answer has to fit a frame as well: with keys above RSA-8000, 256 signatures do not. */
static size_t items_max(unsigned bits)
{
	size_t fits = SIGNET_REQUEST_MAX / (bits / 8 + 16);

	return fits < 1 ? 1 : fits < SIGNET_ITEMS_MAX ? fits : SIGNET_ITEMS_MAX;
}

static enum exit_code check_operands(const struct args *args)
{
	size_t n_stdin = 0;

	for (size_t i = 0; i < args->n_operands; i++)
		n_stdin += strcmp(args->operands[i], "-") == 0;
	if (!args->key)
		complain("which key? Name it with -k; 'signet list' shows them");
	else if (args->output && args->n_operands > 1)
		complain("-o names the output of one file; there are %zu", args->n_operands);
	else if (n_stdin > 1)
		complain("standard input can be signed only once");
	else
		return EXIT_DONE;
	return EXIT_USAGE;
}

/*
 * A key that is not listed may exist and be refused, or not exist. Only the agent's answer to a
 * request to sign tells, and it looks at the caller before it looks whether the algorithm fits. The
 * same if even listing is refused: then the request to sign is what is refused, and recorded.
 */
static enum exit_code choose(struct signing *g)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	const struct signet_key *key = NULL;
	enum exit_code e;
	int r;

	r = signet_list(g->agent, g->args->key, &a);
	if (r < 0 || signet_answer_status(a) != EXIT_DENIED) {
		e = agent_check(g->agent, r, a, "key '%s'", g->args->key);
		if (e != EXIT_DONE)
			return e;
		key = signet_answer_key(a, 0);
	}
	g->items_max = items_max(key ? signet_key_bits(key) : 0);
	return scheme_choose(g->args, key ? signet_key_type(key) : 0, g->args->key, &g->scheme);
}

static void run(struct signing *g, struct batch *next, struct batch *sent)
{
	for (;;) {
		struct batch *turn;

		batch_fill(next);
		if (sent->n > 0)
			batch_wait(sent);
		if (g->is_refused || next->n == 0)
			break;
		batch_send(next);
		if (sent->n > 0)
			batch_write(sent);
		turn = sent;
		sent = next;
		next = turn;
	}
	if (sent->n > 0)
		batch_write(sent);
}

/* After a refusal: how many files nobody has heard of yet. */
static void report_rest(const struct signing *g, const struct batch *a, const struct batch *b)
{
	size_t n = g->args->n_operands - g->at + a->n + b->n + (g->spare.path ? 1 : 0);

	if (g->is_refused && n > 0)
		complain("%zu more files were not tried", n);
}

static void report(struct signing *g)
{
	double seconds = (double)progress_usec(&g->progress) / 1e6;
	size_t n = g->args->n_operands;

	if (n == 1 || g->n_signed == 0)
		return;
	if (g->n_signed == n)
		note(g->args, "signed %zu files with key '%s' in %.1f s", n, g->args->key, seconds);
	else
		note(g->args, "signed %zu of %zu files with key '%s' in %.1f s", g->n_signed, n,
		     g->args->key, seconds);
}

static enum exit_code sign(struct signing *g)
{
	struct batch *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));

	if (a && b) {
		a->signing = b->signing = g;
		run(g, a, b);
		progress_end(&g->progress);
		report_rest(g, a, b);
		report(g);
		batch_drop(a);
		batch_drop(b);
	} else {
		complain("out of memory");
		g->first = EXIT_AGAIN;
	}
	free(g->spare.data);
	free(a);
	free(b);
	return g->first;
}

enum exit_code cmd_sign(const struct args *args)
{
	_cleanup_(signet_closep) struct signet *s = NULL;
	struct signing g = {.args = args};
	enum exit_code e;

	e = check_operands(args);
	if (e == EXIT_DONE)
		e = agent_open(args, &s);
	if (e != EXIT_DONE)
		return e;
	g.agent = s;
	e = choose(&g);
	if (e != EXIT_DONE)
		return e;
	progress_start(&g.progress, args);
	return sign(&g);
}
