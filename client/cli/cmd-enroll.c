/*
 * cli/cmd-enroll.c - signet enroll: seals the PIN of a token under a user's login password
 *
 * For pam_signet(8), which opens the seal at login. A PIN is tried before it is sealed. Seals are files of
 * root's; how they are made is in pam/.
 */
#include "client/cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/agent.h"
#include "client/cli/pin.h"
#include "client/cli/typed.h"
#include "pam/sealfile.h"

#define STDIN_OPTIONS "--pin-stdin and --password-stdin"

static void closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing is left to write */
}

/* --- for whom --------------------------------------------------------------------------------------- */

/* What --user says, or who has called sudo. */
static enum exit_code find_user(const struct args *args, const struct passwd **ret)
{
	const char *name = args->uid ? args->uid : getenv("SUDO_USER");

	if (!name) {
		complain("whose login is meant? Name the user with --user");
		return EXIT_USAGE;
	}
	*ret = getpwnam(name);
	if (*ret)
		return EXIT_DONE;
	complain("there is no user '%s'", name);
	return EXIT_UNAVAILABLE;
}

static enum exit_code check_root(void)
{
	if (geteuid() == 0)
		return EXIT_DONE;
	complain("refused because seals are files of root's; run this as root, or by sudo");
	return EXIT_DENIED;
}

static enum exit_code failed(const char *token, int error)
{
	if (error == -ENOENT) {
		complain("there is no seal for token '%s'", token);
		return EXIT_UNAVAILABLE;
	}
	complain("the seal for token '%s': %s", token,
		 error == -EINVAL ? "this is no name of a token, or no password"
				  : strerror(-error));
	return EXIT_IO;
}

/* --- what is typed ---------------------------------------------------------------------------------- */

struct secrets {
	struct typed typed;    /* the PIN, or both */
	struct typed password; /* if it was asked for apart */
	struct typed again;
	const char *pin_line;
	const char *password_line;
};

static void secrets_done(struct secrets *s)
{
	typed_done(&s->typed);
	typed_done(&s->password);
	typed_done(&s->again);
}

static enum exit_code ask_password(const struct passwd *user, struct secrets *s)
{
	enum exit_code e =
		typed_ask(&s->password, STDIN_OPTIONS, "Login password of %s", user->pw_name);

	if (e == EXIT_DONE)
		e = typed_ask(&s->again, STDIN_OPTIONS, "The same again");
	if (e != EXIT_DONE)
		return e;
	s->password_line = s->password.lines[0];
	if (strcmp(s->password_line, s->again.lines[0]) == 0)
		return EXIT_DONE;
	complain("the two are not the same; nothing was tried");
	return EXIT_DATA;
}

static enum exit_code ask_pin(const char *token, struct secrets *s)
{
	enum exit_code e = typed_ask(&s->typed, STDIN_OPTIONS, "PIN for token '%s'", token);

	if (e == EXIT_DONE)
		s->pin_line = s->typed.lines[0];
	return e;
}

static enum exit_code read_secrets(const struct args *args, struct secrets *s)
{
	size_t n = (args->is_pin_stdin ? 1u : 0u) + (args->is_password_stdin ? 1u : 0u), i = 0;
	enum exit_code e = n > 0 ? typed_read(n, &s->typed) : EXIT_DONE;

	if (e == EXIT_DONE && args->is_pin_stdin)
		s->pin_line = s->typed.lines[i++];
	if (e == EXIT_DONE && args->is_password_stdin)
		s->password_line = s->typed.lines[i];
	return e;
}

static enum exit_code get_secrets(const struct args *args, const struct passwd *user,
				  const char *token, struct secrets *s)
{
	enum exit_code e = read_secrets(args, s);

	if (e == EXIT_DONE && args->is_ask_off && (!s->pin_line || !s->password_line)) {
		complain("nobody may be asked; use " STDIN_OPTIONS);
		return EXIT_USAGE;
	}
	if (e == EXIT_DONE && !s->password_line)
		e = ask_password(user, s);
	if (e == EXIT_DONE && !s->pin_line)
		e = ask_pin(token, s);
	if (e == EXIT_DONE && s->password_line[0] == '\0') {
		complain("no password was given; nothing was tried");
		return EXIT_DATA;
	}
	return e;
}

/* --- sealing ---------------------------------------------------------------------------------------- */

static bool is_ready(struct signet *s, const char *token)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	const struct signet_token *t;

	if (signet_status(s, &a) < 0)
		return false; /* unlocking will say what is wrong */
	t = agent_find_token(a, token);
	return t && signet_token_state(t) == SIGNET_TOKEN_READY;
}

static enum exit_code try_pin(const struct args *args, const char *token, const char *pin)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	_cleanup_(closep) int fd = -1;
	enum exit_code e;
	int r;

	e = agent_open(args, &s);
	if (e == EXIT_DONE)
		e = pin_seal(pin, &fd);
	if (e != EXIT_DONE)
		return e;
	if (is_ready(s, token)) {
		note(args, "token '%s' is unlocked already, so that the PIN could not be tried",
		     token);
		return EXIT_DONE;
	}
	r = signet_unlock(s, token, agent_flags(args), fd, &a);
	return agent_check(s, r, a, "token '%s'", token);
}

static int seal(const struct passwd *user, const char *token, const struct secrets *s)
{
	_cleanup_(seal_pin_freep) struct seal_pin *pin = seal_pin_new();
	_cleanup_(closep) int dir = -1;
	struct seal_owner owner = {user->pw_uid, token};
	uint8_t bytes[SEAL_SIZE];
	int r;

	if (!pin)
		return -ENOMEM;
	pin->size = strlen(s->pin_line); /* pin_seal() has taken it */
	memcpy(pin->bytes, s->pin_line, pin->size);
	r = seal_make(&owner, s->password_line, pin, bytes);
	if (r == 0)
		r = sealfile_open(SEALFILE_DIRECTORY, 0, user->pw_uid, true, &dir);
	if (r == 0)
		r = sealfile_lock(dir);
	return r == 0 ? sealfile_write(dir, token, bytes) : r;
}

static enum exit_code enroll(const struct args *args, const struct passwd *user, const char *token)
{
	_cleanup_(secrets_done) struct secrets s = {};
	enum exit_code e;
	int r;

	e = get_secrets(args, user, token, &s);
	if (e == EXIT_DONE)
		e = try_pin(args, token, s.pin_line);
	if (e != EXIT_DONE)
		return e;
	r = seal(user, token, &s);
	if (r < 0)
		return failed(token, r);
	note(args, "the login of '%s' unlocks token '%s', where pam_signet(8) is in use",
	     user->pw_name, token);
	return EXIT_DONE;
}

/* --- the other ways --------------------------------------------------------------------------------- */

static enum exit_code forget(const struct args *args, const struct passwd *user, const char *token)
{
	_cleanup_(closep) int dir = -1;
	int r = sealfile_open(SEALFILE_DIRECTORY, 0, user->pw_uid, false, &dir);

	if (r == 0)
		r = sealfile_lock(dir);
	if (r == 0)
		r = sealfile_remove(dir, token);
	if (r < 0)
		return failed(token, r);
	note(args, "the seal of '%s' for token '%s' is gone", user->pw_name, token);
	return EXIT_DONE;
}

static enum exit_code list(const struct passwd *user)
{
	_cleanup_(closep) int dir = -1;
	char **tokens = NULL;
	int r = sealfile_open(SEALFILE_DIRECTORY, 0, user->pw_uid, false, &dir);

	if (r == 0)
		r = sealfile_list(dir, &tokens);
	for (size_t i = 0; tokens && tokens[i]; i++) {
		(void)printf("%s\n", tokens[i]); /* finish_output() looks */
		free(tokens[i]);
	}
	free(tokens);
	if (r == 0 || r == -ENOENT)
		return finish_output();
	complain("the seals of '%s': %s", user->pw_name, strerror(-r));
	return EXIT_IO;
}

enum exit_code cmd_enroll(const struct args *args)
{
	const struct passwd *user;
	enum exit_code e;

	e = check_root();
	if (e == EXIT_DONE)
		e = find_user(args, &user);
	if (e != EXIT_DONE)
		return e;
	if (args->n_operands == 0)
		return list(user);
	if (args->is_removed)
		return forget(args, user, args->operands[0]);
	return enroll(args, user, args->operands[0]);
}
