/*
 * cli/cmd-withdraw.c - signet withdraw: takes back a request that waits for approvals
 */
#include "client/cli/cli.h"

#include "client/cli/agent.h"

enum exit_code cmd_withdraw(const struct args *args)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	const char *id = args->operands[0];
	enum exit_code e;
	int r;

	e = agent_open(args, &s);
	if (e != EXIT_DONE)
		return e;
	r = signet_withdraw(s, id, &a);
	return agent_check(s, r, a, "request %s", id);
}
