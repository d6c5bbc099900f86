/*
 * pam/agent.c - see agent.h
 */
#include "pam/agent.h"

int agent_open(const struct agent_address *at, struct signet **ret)
{
	int r = signet_open(at->socket, ret);

	if (r < 0)
		return r;
	signet_set_timeout(*ret, at->timeout_usec);
	signet_set_listener(*ret, at->uid);
	return 0;
}
