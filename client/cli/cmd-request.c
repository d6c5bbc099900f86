/*
 * cli/cmd-request.c - signet request: asks for a window in which no signature needs an approval
 */
#include "client/cli/cli.h"

#include "client/cli/agent.h"
#include "client/cli/approval.h"

static enum exit_code check_args(const struct args *args, struct signet_window *ret)
{
	if (!args->key) {
		complain("which key? Name it with -k; 'signet list' shows them");
		return EXIT_USAGE;
	}
	if (!args->period || !args->maximum) {
		complain("for how long, and how many signatures? Say it with --for and --max");
		return EXIT_USAGE;
	}
	return check_wait(args) == EXIT_DONE ? window_parse(args, ret) : EXIT_USAGE;
}

enum exit_code cmd_request(const struct args *args)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	struct signet_window window;
	enum exit_code e;
	int r;

	e = check_args(args, &window);
	if (e == EXIT_DONE)
		e = agent_open(args, &s);
	if (e != EXIT_DONE)
		return e;
	r = signet_request_window(s, args->key, args->purpose ? args->purpose : "digest", &window,
				  agent_flags(args), &a);
	if (r == 0 && args->wait)
		r = approval_await(s, args, 0, &a);
	e = agent_check(s, r, a, "key '%s'", args->key);
	if (e == EXIT_DONE)
		note(args, "the window for key '%s' is open", args->key);
	return e;
}
