/*
 * pam/auth.c - see auth.h
 */
#include "pam/auth.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <security/pam_modutil.h>

#include "agent/base/cleanup.h"
#include "agent/base/clock.h"
#include "agent/base/limits.h"
#include "agent/wire/challenge.h"
#include "agent/wire/writer.h"
#include "pam/proof.h"
#include "pam/question.h"
#include "pam/rootfile.h"
#include "pam/signer.h"

/* What the child may take longer than the agent. */
#define GRACE_USEC (2 * USEC_PER_SEC)

/* --- the rules ------------------------------------------------------------------------------------ */

/* PAM_SUCCESS, or why there are none. */
static int load(const struct host *h, const char *option, const char *path, const char *user,
		enum authorized_form form, uint64_t now_usec, struct authorized *ret)
{
	_cleanup_(freep) char *expanded = NULL;
	struct ini_error error = {};
	int r;

	if (!path)
		return PAM_SUCCESS;
	r = rootfile_expand(path, user, &expanded, &error);
	if (r == 0)
		r = authorized_load(expanded, form, now_usec, ret, &error);
	if (r == 0) {
		host_debug(h, "%s=%s: %zu keys, %u lines skipped", option, expanded, ret->n,
			   ret->n_skipped);
		return PAM_SUCCESS;
	}
	if (r == -ENOENT)
		host_debug(h, "%s=%s: there is no such file", option, expanded);
	else
		host_log(h, LOG_ERR, "%s=%s is refused: line %u: %s", option, path, error.line,
			 r == -EINVAL ? error.what : strerror(-r));
	return r == -ENOENT ? PAM_SUCCESS : PAM_AUTHINFO_UNAVAIL;
}

static int load_rules(const struct host *h, struct proof_rules *ret)
{
	const struct options *o = &h->options;
	int r = load(h, "authorized_keys", o->authorized_keys, ret->user, AUTHORIZED_KEYS,
		     ret->now_usec, &ret->keys);

	if (r == PAM_SUCCESS)
		r = load(h, "trusted_ca", o->trusted_ca, ret->user, AUTHORIZED_AUTHORITIES,
			 ret->now_usec, &ret->authorities);
	if (r == PAM_SUCCESS && ret->keys.n + ret->authorities.n == 0)
		r = PAM_AUTHINFO_UNAVAIL;
	return r;
}

static void rules_done(struct proof_rules *r)
{
	authorized_done(&r->keys);
	authorized_done(&r->authorities);
}

/* --- the child ------------------------------------------------------------------------------------ */

/* Whether the report is the proof, by what the files say now: people may have taken their time. */
static bool judge(const struct host *h, const struct signer_job *job, const struct report *report)
{
	_cleanup_(rules_done) struct proof_rules now = {.user = job->rules->user,
							.now_usec = clock_realtime_usec()};
	char name[PROOF_NAME_SIZE];
	struct view blob, signature;
	struct reader r;

	reader_init(&r, report->data, report->size);
	blob = reader_string(&r, 1, CERTIFICATE_MAX);
	signature = reader_string(&r, 1, SIGNATURE_MAX);
	if (load_rules(h, &now) == PAM_SUCCESS && reader_end(&r) &&
	    proof_is_right(&now, blob, job->message, signature)) {
		proof_name(&now, blob, name);
		host_log(h, LOG_NOTICE, "'%s' is let in as '%s' by %s", job->asker,
			 job->rules->user, name);
		return true;
	}
	host_log(h, LOG_WARNING, "refused: what the agent signed for '%s' lets nobody in as '%s'",
		 job->asker, job->rules->user);
	return false;
}

/* In the handle of PAM, since approvals were waited for. */
#define DATA_WAITED "signet-waited"

static bool has_waited(const struct host *h)
{
	const void *data;

	return pam_get_data(h->pam, DATA_WAITED, &data) == PAM_SUCCESS;
}

/* If it cannot be kept, people are asked once more. */
static void keep_waited(const struct host *h)
{
	(void)pam_set_data(h->pam, DATA_WAITED, NULL, NULL);
}

static void relay(const struct host *h, const struct report *report)
{
	char text[SENTENCE_MAX];

	host_text(report, text, sizeof(text));
	host_log(h, LOG_NOTICE, "%s", text);
	if (report->kind == REPORT_WAITING) {
		keep_waited(h);
		host_insist(h, text);
	} else if (report->kind != REPORT_LOG) {
		host_say(h, text);
	}
}

/* Until the first signature, right or not. */
static int listen(const struct host *h, const struct signer_job *job, const struct child *c)
{
	uint64_t deadline = clock_boottime_usec() + job->agent.timeout_usec + GRACE_USEC;
	int result = PAM_AUTHINFO_UNAVAIL;
	struct report report;
	enum child_event event;

	while ((event = child_wait(c, deadline, &report)) == CHILD_REPORTED) {
		if (report.kind == REPORT_SIGNED)
			return judge(h, job, &report) ? PAM_SUCCESS : PAM_AUTH_ERR;
		relay(h, &report);
		if (report.kind == REPORT_WAITING)
			deadline = clock_boottime_usec() + job->wait_usec +
				   job->agent.timeout_usec + GRACE_USEC;
		if (report.kind == REPORT_REFUSED)
			result = PAM_AUTH_ERR;
	}
	if (event == CHILD_LATE)
		host_say(h, "the agent does not answer");
	if (event != CHILD_ENDED)
		host_log(h, LOG_WARNING, "%s: %s", job->purpose, child_event_name(event));
	return result;
}

static int run(const struct host *h, uid_t asker, struct signer_job *job)
{
	struct child_identity as = {.uid = asker, .gid = getgid()};
	struct child c;
	int r = child_start(&c, &as, signer_work, job);

	if (r < 0) {
		host_log(h, LOG_ERR, "no process can be made to ask the agent: %s", strerror(-r));
		return PAM_AUTHINFO_UNAVAIL;
	}
	child_heed_signals(&c);
	r = listen(h, job, &c);
	child_end(&c, GRACE_USEC);
	return r;
}

/* --- both ----------------------------------------------------------------------------------------- */

static int ask(const struct host *h, uid_t asker, const struct proof_rules *rules)
{
	const struct passwd *entry = pam_modutil_getpwuid(h->pam, asker);
	const char *service = host_item(h, PAM_SERVICE);
	const struct question question = {
		.service = service ? service : "",
		.user = rules->user,
		.ruser = entry ? entry->pw_name : "-",
		.rhost = host_item(h, PAM_RHOST),
		.tty = host_item(h, PAM_TTY),
	};
	char purpose[sizeof("pam:") + CHALLENGE_SERVICE_MAX];
	_cleanup_(writer_done) struct writer message;
	struct signer_job job = {
		.agent = host_agent(h),
		.wait_usec = h->options.wait_usec,
		.purpose = purpose,
		.asker = question.ruser,
		.rules = rules,
	};
	int r;

	writer_init(&message, CHALLENGE_MAX);
	r = question_write(&question, &message);
	if (r < 0) {
		host_log(h, LOG_ERR, "service '%s': nothing can be asked for it: %s",
			 question.service, strerror(-r));
		return PAM_AUTHINFO_UNAVAIL;
	}
	(void)snprintf(purpose, sizeof(purpose), "pam:%s", question.service); /* fits */
	job.message = writer_view(&message);
	return run(h, asker, &job);
}

int auth_by_signature(const struct host *h)
{
	_cleanup_(rules_done) struct proof_rules rules = {.now_usec = clock_realtime_usec()};
	uid_t asker = getuid(), uid;
	int r;

	if (!host_user(h, &uid, &rules.user))
		return PAM_USER_UNKNOWN;
	if (asker == 0) {
		host_log(
			h, LOG_NOTICE,
			"refused because only a set-user-ID program shows who asks: pam_signet(8)");
		return PAM_AUTHINFO_UNAVAIL;
	}
	if (has_waited(h)) /* sudo asks again after a wrong password */
		return PAM_AUTH_ERR;
	r = load_rules(h, &rules);
	return r == PAM_SUCCESS ? ask(h, asker, &rules) : r;
}
