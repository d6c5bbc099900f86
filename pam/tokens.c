/*
 * pam/tokens.c - see tokens.h
 */
#include "pam/tokens.h"

#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/fd.h"
#include "pam/child.h"
#include "pam/sealfile.h"
#include "pam/sessions.h"

static struct signet *open_agent(int fd, const struct tokens_job *job)
{
	struct signet *s;
	int r = agent_open(&job->agent, &s);

	if (r == 0)
		return s;
	child_say(fd, REPORT_LOG, "'%s': %s", job->agent.socket, signet_strerror(r));
	return NULL;
}

/* --- opening a seal ------------------------------------------------------------------------------- */

static const char *why_closed(enum seal_result r)
{
	switch (r) {
	case SEAL_CLOSED:
		return "its PIN was sealed under another password; enroll it again: signet enroll";
	case SEAL_TOO_LARGE:
		return "there is not the memory that it takes to open its seal";
	case SEAL_BROKEN:
	case SEAL_OPEN:
		break;
	}
	return "its seal is damaged; enroll it again: signet enroll";
}

/* dir: a negative errno, if it could not be opened. NULL, and it was said why. */
static struct seal_pin *open_seal(int fd, const struct tokens_job *job, int dir, const char *token)
{
	struct seal_owner owner = {job->uid, token};
	uint8_t seal[SEAL_SIZE];
	struct seal_pin *pin;
	enum seal_result result = SEAL_BROKEN;
	int r = dir < 0 ? dir : sealfile_read(dir, token, seal);

	if (r == 0)
		result = seal_open(&owner, job->password, seal, sizeof(seal), &pin);
	if (result == SEAL_OPEN)
		return pin;
	if (r < 0 && r != -EBADMSG)
		child_say(fd, REPORT_SAY, "token '%s': its seal cannot be read: %s", token,
			  strerror(-r));
	else
		child_say(fd, REPORT_SAY, "token '%s': %s", token, why_closed(result));
	return NULL;
}

static int open_seals(const struct tokens_job *job)
{
	int dir, r = sealfile_open(SEALFILE_DIRECTORY, 0, job->uid, false, &dir);

	return r < 0 ? r : dir;
}

/* --- unlocking ------------------------------------------------------------------------------------ */

static void unlock_with(int fd, const struct tokens_job *job, struct signet *s, const char *token,
			const struct seal_pin *pin)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(fd_closep) int memfd = -EBADF;
	int r = signet_pin(pin->bytes, pin->size, &memfd);

	if (r == 0)
		r = signet_unlock(s, token, SIGNET_STORED_PIN, memfd, &a);
	if (r < 0)
		child_say(fd, REPORT_SAY, "token '%s' is not unlocked: %s", token,
			  signet_strerror(r));
	else if (signet_answer_status(a) != SIGNET_STATUS_OK)
		child_say(fd, REPORT_SAY, "token '%s' is not unlocked: %s", token,
			  signet_answer_sentence(a));
	else
		child_say(fd, REPORT_LOG, "token '%s' unlocked for uid %u", token,
			  (unsigned)job->uid);
}

/* Of a token that is not known there is no state: then unlocking says so. */
static const struct signet_token *find(const struct signet_answer *status, const char *name)
{
	const struct signet_token *t = NULL;

	for (size_t i = 0; (t = signet_answer_token(status, i)); i++)
		if (strcmp(signet_token_name(t), name) == 0)
			break;
	return t;
}

static bool is_wanting(int fd, const struct signet_answer *status, const char *token)
{
	const struct signet_token *t = find(status, token);

	switch (t ? signet_token_state(t) : SIGNET_TOKEN_LOCKED) {
	case SIGNET_TOKEN_READY:
		return false;
	case SIGNET_TOKEN_BLOCKED:
		child_say(fd, REPORT_SAY, "token '%s' is not unlocked: %s", token,
			  signet_token_sentence(t));
		return false;
	case SIGNET_TOKEN_REFUSED_PIN: /* that of another user's seal, perhaps */
	case SIGNET_TOKEN_LOCKED:
	case SIGNET_TOKEN_LOST:
		break;
	}
	return true;
}

void tokens_unlock(int fd, void *userdata)
{
	const struct tokens_job *job = userdata;
	_cleanup_(answer_freep) struct signet_answer *status = NULL;
	_cleanup_(signet_closep) struct signet *s = open_agent(fd, job);
	_cleanup_(fd_closep) int dir = open_seals(job);
	int r = s ? signet_status(s, &status) : 0;

	if (r < 0)
		child_say(fd, REPORT_SAY, "no token is unlocked: %s", signet_strerror(r));
	for (size_t i = 0; status && job->tokens[i]; i++) {
		_cleanup_(seal_pin_freep) struct seal_pin *pin = NULL;

		if (is_wanting(fd, status, job->tokens[i]))
			pin = open_seal(fd, job, dir, job->tokens[i]);
		if (pin)
			unlock_with(fd, job, s, job->tokens[i], pin);
	}
}

/* --- locking -------------------------------------------------------------------------------------- */

static void lock(int fd, struct signet *s, const char *token)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	int r = signet_lock(s, token, 0, &a);

	if (r == 0 && signet_answer_status(a) == SIGNET_STATUS_OK)
		child_say(fd, REPORT_LOG, "token '%s' locked: no session is left", token);
	else
		child_say(fd, REPORT_LOG, "token '%s' is not locked: %s", token,
			  r < 0 ? signet_strerror(r) : signet_answer_sentence(a));
}

void tokens_lock(int fd, void *userdata)
{
	const struct tokens_job *job = userdata;
	_cleanup_(signet_closep) struct signet *s = open_agent(fd, job);
	int held;

	for (size_t i = 0; s && job->tokens[i]; i++) {
		if (!sessions_are_over(SESSIONS_DIRECTORY, job->tokens[i], &held))
			continue;
		lock(fd, s, job->tokens[i]);
		sessions_leave(held);
	}
}

/* --- a new password ------------------------------------------------------------------------------- */

static int reseal(const struct tokens_job *job, int dir, const char *token,
		  const struct seal_pin *pin)
{
	struct seal_owner owner = {job->uid, token};
	uint8_t seal[SEAL_SIZE];
	int r = seal_make(&owner, job->new_password, pin, seal);

	return r == 0 ? sealfile_write(dir, token, seal) : r;
}

/* Nobody else writes meanwhile: what was just enrolled, or removed, stays so. */
void tokens_reseal(int fd, void *userdata)
{
	const struct tokens_job *job = userdata;
	_cleanup_(fd_closep) int dir = open_seals(job);
	int locked = dir < 0 ? dir : sealfile_lock(dir);

	for (size_t i = 0; job->tokens[i]; i++) {
		_cleanup_(seal_pin_freep) struct seal_pin *pin =
			open_seal(fd, job, locked < 0 ? locked : dir, job->tokens[i]);
		int r = pin ? reseal(job, dir, job->tokens[i], pin) : 0;

		if (r < 0)
			child_say(fd, REPORT_SAY,
				  "token '%s' stays sealed under the old password: %s; enroll it "
				  "again: signet enroll %s",
				  job->tokens[i], strerror(-r), job->tokens[i]);
		else if (pin)
			child_say(fd, REPORT_LOG, "token '%s' sealed under the new password",
				  job->tokens[i]);
	}
}
