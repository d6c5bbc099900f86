/*
 * cli/cmd-deny.c - signet deny: says no to what somebody else wants to sign
 */
#include "client/cli/cli.h"

#include "client/cli/approval.h"

enum exit_code cmd_deny(const struct args *args)
{
	return approval_send(args, SIGNET_DENY);
}
