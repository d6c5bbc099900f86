/*
 * cli/cmd-lock.c - signet lock: makes a token forget its PIN
 */
#include "client/cli/cli.h"

#include "client/cli/agent.h"

enum exit_code cmd_lock(const struct args *args)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	const char *token = args->operands[0];
	enum exit_code e;
	int r;

	e = agent_open(args, &s);
	if (e != EXIT_DONE)
		return e;
	r = signet_lock(s, token, agent_flags(args), &a);
	return agent_check(s, r, a, "token '%s'", token);
}
