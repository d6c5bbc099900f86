/*
 * cli/cmd-fetch.c - signet fetch: the raw signatures of a request that was approved
 */
#include "client/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/agent.h"
#include "client/cli/approval.h"
#include "client/cli/output.h"

/* Of several, each has its number behind the name. */
static char *output_name(const struct args *args, size_t i, size_t n)
{
	const char *base = args->output ? args->output : args->operands[0];
	const char *suffix = args->output ? "" : ".sig";
	char *name;

	if (n == 1)
		return asprintf(&name, "%s%s", base, suffix) < 0 ? NULL : name;
	return asprintf(&name, "%s%s.%zu", base, suffix, i + 1) < 0 ? NULL : name;
}

static enum exit_code write_one(const struct args *args, const struct signet_answer *a, size_t i)
{
	const struct signet_signature *g = signet_answer_signature(a, i);
	_cleanup_(freep) char *name = output_name(args, i, signet_answer_count(a));
	const uint8_t *data;
	size_t size;

	if (!name) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	if (signet_signature_status(g) != SIGNET_STATUS_OK) {
		complain("item %zu was not signed: %s", i + 1, signet_signature_sentence(g));
		return agent_exit(signet_signature_status(g));
	}
	data = signet_signature_data(g, &size);
	return output_write(name, data, size);
}

static enum exit_code write_all(const struct args *args, const struct signet_answer *a)
{
	enum exit_code first = EXIT_DONE;

	for (size_t i = 0; i < signet_answer_count(a); i++) {
		enum exit_code e = write_one(args, a, i);

		if (first == EXIT_DONE)
			first = e;
	}
	if (signet_answer_count(a) == 0)
		note(args, "the window of request %s is open", args->operands[0]);
	return first;
}

static enum exit_code check_args(const struct args *args, const struct signet_answer *a)
{
	if (signet_answer_count(a) < 2 || !args->output || strcmp(args->output, "-") != 0)
		return EXIT_DONE;
	complain("the %zu signatures of request %s do not go to standard output",
		 signet_answer_count(a), args->operands[0]);
	return EXIT_USAGE;
}

enum exit_code cmd_fetch(const struct args *args)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	const char *id = args->operands[0];
	enum exit_code e;
	int r;

	e = check_wait(args);
	if (e == EXIT_DONE)
		e = agent_open(args, &s);
	if (e != EXIT_DONE)
		return e;
	r = signet_fetch(s, id, agent_flags(args), 0, 0, &a);
	if (r == 0 && args->wait)
		r = approval_await(s, args, ANY_NUMBER, &a);
	e = agent_check(s, r, a, "request %s", id);
	if (e == EXIT_DONE)
		e = check_args(args, a);
	return e == EXIT_DONE ? write_all(args, a) : e;
}
