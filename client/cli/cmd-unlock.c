/*
 * cli/cmd-unlock.c - signet unlock: gives a token its PIN
 *
 * The PIN is tried once, by the token process; nothing here looks at it.
 */
#include "client/cli/cli.h"

#include <unistd.h>

#include "client/cli/agent.h"
#include "client/cli/pin.h"

/* A person should know before typing that tries are running out. */
static void warn(const struct args *args, struct signet *s, const char *token)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	const struct signet_token *t;
	enum signet_token_state state;

	if (signet_status(s, &a) < 0)
		return; /* unlocking will say what is wrong */
	t = agent_find_token(a, token);
	state = t ? signet_token_state(t) : SIGNET_TOKEN_LOCKED;
	if (state == SIGNET_TOKEN_REFUSED_PIN || state == SIGNET_TOKEN_BLOCKED)
		note(args, "token '%s': %s", token, signet_token_sentence(t));
}

static enum exit_code get_pin(const struct args *args, struct signet *s, const char *token,
			      int *ret_fd)
{
	if (args->is_pin_stdin)
		return pin_read(ret_fd);
	if (args->is_ask_off) {
		complain("nobody may be asked for the PIN; give it with --pin-stdin");
		return EXIT_USAGE;
	}
	warn(args, s, token);
	return pin_ask(token, ret_fd);
}

enum exit_code cmd_unlock(const struct args *args)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	const char *token = args->operands[0];
	enum exit_code e;
	int fd, r;

	e = agent_open(args, &s);
	if (e == EXIT_DONE)
		e = get_pin(args, s, token, &fd);
	if (e != EXIT_DONE)
		return e;
	r = signet_unlock(s, token, agent_flags(args), fd, &a);
	e = agent_check(s, r, a, "token '%s'", token);
	(void)close(fd); /* the agent has its own */
	return e;
}
