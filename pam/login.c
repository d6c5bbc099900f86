/*
 * pam/login.c - see login.h
 */
#include "pam/login.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/base/words.h"
#include "pam/sealfile.h"
#include "pam/sessions.h"
#include "pam/tokens.h"

/* What is kept in the handle of PAM, and freed with it. */
#define DATA_TOLD "signet-told"
#define DATA_SESSIONS "signet-sessions"
#define DATA_NAME_SIZE 96u /* one of these, and a token */

/* Argon2id, for each token. */
#define SEAL_USEC (10 * USEC_PER_SEC)

/* --- which tokens --------------------------------------------------------------------------------- */

/* Those that the user has seals for, and the line is about; NULL if there are none. */
static char **find_tokens(const struct host *h, uid_t uid)
{
	_cleanup_(fd_closep) int dir = -EBADF;
	char **tokens = NULL, **chosen = NULL;
	int r = sealfile_open(SEALFILE_DIRECTORY, 0, uid, false, &dir);

	if (r == 0)
		r = sealfile_list(dir, &tokens);
	for (size_t i = 0; r == 0 && tokens[i]; i++)
		if (!h->options.token || strcmp(tokens[i], h->options.token) == 0)
			r = words_add(&chosen, tokens[i], SEALFILE_MAX);
	words_free(tokens);
	if (r < 0 && r != -ENOENT)
		host_debug(h, "the seals of uid %u cannot be read: %s", (unsigned)uid,
			   strerror(-r));
	return chosen;
}

/* --- the child ------------------------------------------------------------------------------------ */

static void free_data(pam_handle_t *pam, void *data, int status)
{
	(void)pam;
	(void)status;
	free(data);
}

/* Lines that are about different tokens have data of their own. */
static void data_name(const struct host *h, const char *kind, char ret[static DATA_NAME_SIZE])
{
	const char *token = h->options.token;

	(void)snprintf(ret, DATA_NAME_SIZE, "%s %s", kind, token ? token : ""); /* fits */
}

static void put_data(const struct host *h, const char *kind, void *data,
		     void (*free_it)(pam_handle_t *pam, void *data, int status))
{
	char name[DATA_NAME_SIZE];

	data_name(h, kind, name);
	if (pam_set_data(h->pam, name, data, free_it) != PAM_SUCCESS && data)
		free_it(h->pam, data, 0);
}

static void *get_data(const struct host *h, const char *kind)
{
	const void *data = NULL;
	char name[DATA_NAME_SIZE];

	data_name(h, kind, name);
	return pam_get_data(h->pam, name, &data) == PAM_SUCCESS ? (void *)data : NULL;
}

/* PAM frees it. */
static void drop_data(const struct host *h, const char *kind)
{
	put_data(h, kind, NULL, NULL);
}

/* The last thing that was said is the one that is told. */
static void keep(const struct host *h, const char *text)
{
	char *copy = strdup(text);

	if (copy)
		put_data(h, DATA_TOLD, copy, free_data);
}

static void relay(const struct host *h, const struct report *report)
{
	char text[SENTENCE_MAX];

	host_text(report, text, sizeof(text));
	host_log(h, LOG_NOTICE, "%s", text);
	if (report->kind == REPORT_SAY)
		keep(h, text);
}

/* failure: what the user is told if it comes to no end. */
static void run(const struct host *h, struct tokens_job *job, void (*work)(int fd, void *userdata),
		const char *failure)
{
	static const struct child_identity root = {};
	uint64_t deadline = clock_boottime_usec() + h->options.timeout_usec +
			    words_count(job->tokens) * SEAL_USEC;
	struct report report;
	enum child_event event;
	char text[128];
	struct child c;
	int r;

	job->agent = host_agent(h);
	r = child_start(&c, geteuid() == 0 ? &root : NULL, work, job);
	if (r < 0) {
		host_log(h, LOG_ERR, "no process can be made for the tokens: %s", strerror(-r));
		return;
	}
	do {
		event = child_wait(&c, deadline, &report);
		if (event == CHILD_REPORTED)
			relay(h, &report);
	} while (event == CHILD_REPORTED || event == CHILD_INTERRUPTED);
	if (event != CHILD_ENDED) {
		(void)snprintf(text, sizeof(text), "%s: %s", failure, child_event_name(event));
		host_log(h, LOG_WARNING, "%s", text);
		keep(h, text);
	}
	child_end(&c, 0);
}

/* --- what PAM asks for ---------------------------------------------------------------------------- */

void login_unlock(const struct host *h)
{
	struct tokens_job job = {.password = host_item(h, PAM_AUTHTOK)};
	const char *name;
	char **tokens;

	drop_data(h, DATA_TOLD); /* of an attempt before this one */
	if (!job.password || job.password[0] == '\0' || !host_user(h, &job.uid, &name))
		return;
	tokens = find_tokens(h, job.uid);
	job.tokens = tokens;
	if (tokens)
		run(h, &job, tokens_unlock, "no token is unlocked");
	words_free(tokens);
}

void login_tell(const struct host *h)
{
	const char *text = get_data(h, DATA_TOLD);

	if (!text)
		return;
	host_say(h, text);
	drop_data(h, DATA_TOLD);
}

void login_reseal(const struct host *h)
{
	struct tokens_job job = {
		.password = host_item(h, PAM_OLDAUTHTOK),
		.new_password = host_item(h, PAM_AUTHTOK),
	};
	const char *name;
	char **tokens;

	if (!job.new_password || !host_user(h, &job.uid, &name))
		return;
	tokens = find_tokens(h, job.uid);
	job.tokens = tokens;
	if (tokens && job.password)
		run(h, &job, tokens_reseal, "tokens may stay sealed under the old password");
	else if (tokens)
		keep(h, "tokens stay sealed under the old password, which is not known here; "
			"enroll them again: signet enroll");
	words_free(tokens);
	login_tell(h);
}

/* --- sessions ------------------------------------------------------------------------------------- */

/* Of a session; -EBADF for those that could not be joined. */
struct sessions {
	int fds[SEALFILE_MAX];
};

/* Only closes: the process may be one that was forked from that of the session. */
static void free_sessions(pam_handle_t *pam, void *data, int status)
{
	struct sessions *s = data;

	(void)pam;
	(void)status;
	for (size_t i = 0; i < SEALFILE_MAX; i++)
		s->fds[i] = fd_close(s->fds[i]);
	free(s);
}

/* The user's own service manager is no session: it lives on after the last one, and ends unprivileged. */
static bool is_manager(const struct host *h)
{
	const char *service = host_item(h, PAM_SERVICE);

	return service && strcmp(service, "systemd-user") == 0;
}

static char **tokens_of_session(const struct host *h)
{
	const char *name;
	uid_t uid;

	return is_manager(h) || !host_user(h, &uid, &name) ? NULL : find_tokens(h, uid);
}

static int join(const struct host *h, const char *token)
{
	int fd, r = sessions_join(SESSIONS_DIRECTORY, token, &fd);

	if (r == 0)
		return fd;
	host_log(h, LOG_WARNING, "token '%s': this session is not seen by others: %s", token,
		 strerror(-r));
	return -EBADF;
}

void login_join(const struct host *h)
{
	char **tokens = tokens_of_session(h);
	struct sessions *s = tokens ? calloc(1, sizeof(*s)) : NULL;
	size_t n = words_count(tokens);

	for (size_t i = 0; s && i < SEALFILE_MAX; i++)
		s->fds[i] = i < n ? join(h, tokens[i]) : -EBADF;
	if (s)
		put_data(h, DATA_SESSIONS, s, free_sessions);
	words_free(tokens);
}

static void part(struct sessions *s)
{
	for (size_t i = 0; i < SEALFILE_MAX; i++)
		sessions_leave(take_fd(&s->fds[i]));
}

void login_leave(const struct host *h)
{
	struct sessions *s = get_data(h, DATA_SESSIONS);
	const bool has_joined = s != NULL;
	struct tokens_job job = {};
	char **tokens = tokens_of_session(h);

	if (s)
		part(s);
	drop_data(h, DATA_SESSIONS); /* frees s */
	job.tokens = tokens;
	if (tokens)
		run(h, &job, tokens_lock, "no token is locked");
	else if (has_joined && geteuid() != 0)
		host_log(
			h, LOG_WARNING,
			"no token is locked: this session was ended by a process that is not root's");
	words_free(tokens);
}
