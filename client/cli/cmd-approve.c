/*
 * cli/cmd-approve.c - signet approve: says yes to what somebody else wants to sign
 */
#include "client/cli/cli.h"

#include "client/cli/approval.h"

enum exit_code cmd_approve(const struct args *args)
{
	return approval_send(args, SIGNET_APPROVE);
}
