/*
 * cli/approval.h - approvals of other people: waiting for them, giving them, and the windows they open
 */
#ifndef CLIENT_CLI_APPROVAL_H
#define CLIENT_CLI_APPROVAL_H

#include "client/cli/cli.h"

/* --for and --max; 0 for what is not given. EXIT_USAGE, which was said. */
enum exit_code window_parse(const struct args *args, struct signet_window *ret);

/* Whether --wait is a time. */
enum exit_code check_wait(const struct args *args);

#define ANY_NUMBER SIZE_MAX

/*
 * While *answer says that a request waits for approvals, waits as --wait says and fetches it, then frees
 * the old answer. Returns what the last call of libsignet did; n is how many signatures there must be.
 * What is not pending is left as it is.
 */
int approval_await(struct signet *s, const struct args *args, size_t n,
		   struct signet_answer **answer);

/* Approves or denies the request that the operand names. */
enum exit_code approval_send(const struct args *args, enum signet_opinion opinion);

#endif
