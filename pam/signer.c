/*
 * pam/signer.c - see signer.h
 *
 * Of the keys that the agent offers for the purpose, those are asked for that count, one after the other,
 * until one signs. What waits for approvals when the host hangs up, or the time is over, is withdrawn.
 */
#include "pam/signer.h"

#include <stdio.h>

#include "agent/base/cleanup.h"
#include "agent/base/clock.h"
#include "agent/base/limits.h"
#include "agent/wire/writer.h"
#include "pam/child.h"

struct signer {
	int fd;
	const struct signer_job *job;
	struct signet *agent;
	bool is_alone;              /* the host has hung up */
	char refusal[SENTENCE_MAX]; /* the last one */
};

/* --- the keys ------------------------------------------------------------------------------------- */

/* The line of the file that has the key; its blob. */
static bool find_line(const struct proof_rules *rules, struct view spki, struct view *ret_blob,
		      struct sshkey *ret)
{
	for (size_t i = 0; i < rules->keys.n; i++) {
		const struct authorized_entry *e = &rules->keys.entries[i];

		if (!e->is_authority && sshkey_read(e->blob, ret) && sshkey_is_spki(ret, spki)) {
			*ret_blob = e->blob;
			return true;
		}
	}
	return false;
}

static bool has_certificate(struct signer *s, const struct signet_key *k, struct view spki,
			    struct view *ret_blob, struct sshkey *ret)
{
	enum sshcert_result r;
	struct sshcert cert = {};

	ret_blob->data = signet_key_ssh_certificate(k, &ret_blob->size);
	if (ret_blob->size == 0)
		return false;
	r = proof_certificate(s->job->rules, *ret_blob, &cert);
	*ret = cert.key;
	if (r == SSHCERT_RIGHT)
		return sshkey_is_spki(ret, spki);
	child_say(s->fd, REPORT_LOG, "the certificate of key '%s' does not count because %s",
		  signet_key_name(k), sshcert_reason(r));
	return false;
}

/* What of it counts: a line of the file, or its certificate. Views point to where they were found. */
static bool find_proof(struct signer *s, const struct signet_key *k, struct view *ret_blob,
		       struct sshkey *ret)
{
	struct view spki;

	spki.data = signet_key_spki(k, &spki.size);
	return find_line(s->job->rules, spki, ret_blob, ret) ||
	       has_certificate(s, k, spki, ret_blob, ret);
}

static enum signet_algorithm algorithm_of(const struct sshkey *key)
{
	switch (key->type) {
	case KEY_TYPE_RSA:
		return SIGNET_RSA_PKCS1;
	case KEY_TYPE_ED25519:
		return SIGNET_EDDSA;
	case KEY_TYPE_P256:
	case KEY_TYPE_P384:
	case KEY_TYPE_P521:
	case KEY_TYPE_NONE:
	case _KEY_TYPE_MAX:
		break;
	}
	return SIGNET_ECDSA;
}

/* --- approvals ------------------------------------------------------------------------------------ */

static void withdraw(struct signer *s, const char *id)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;

	signet_set_watch(s->agent, -1);
	if (signet_withdraw(s->agent, id, &a) < 0 || signet_answer_status(a) != SIGNET_STATUS_OK)
		child_say(s->fd, REPORT_LOG, "request %s could not be withdrawn", id);
}

/* One call of at most a minute. */
static int fetch(struct signer *s, const char *id, size_t n_known, uint64_t left_usec,
		 struct signet_answer **ret)
{
	unsigned wait = left_usec / USEC_PER_SEC < SIGNET_WAIT_MAX
				? (unsigned)(left_usec / USEC_PER_SEC)
				: SIGNET_WAIT_MAX;

	signet_set_timeout(s->agent, s->job->agent.timeout_usec + wait * USEC_PER_SEC);
	return signet_fetch(s->agent, id, 0, wait, n_known, ret);
}

/* *a is the answer that says that approvals are needed; afterwards the last one. */
static int wait_for_approvals(struct signer *s, struct signet_answer **a)
{
	uint64_t end = clock_boottime_usec() + s->job->wait_usec, now;
	char id[SIGNET_REQUEST_ID_LEN + 1];
	size_t approvals = 0, needed = 0;
	int r = 0;

	(void)snprintf(id, sizeof(id), "%s", signet_answer_request(*a)); /* fits */
	child_say(s->fd, REPORT_WAITING, "waiting for approvals: signet approve %s", id);
	while (r == 0 && signet_answer_pending(*a, &approvals, &needed) &&
	       (now = clock_boottime_usec()) < end) {
		signet_answer_free(*a);
		*a = NULL;
		r = fetch(s, id, approvals, end - now, a);
	}
	if (r < 0 || signet_answer_pending(*a, &approvals, &needed))
		withdraw(s, id);
	return r;
}

/* --- signing -------------------------------------------------------------------------------------- */

static void report_signed(struct signer *s, struct view blob, struct view signature)
{
	struct writer w;

	writer_init(&w, REPORT_MAX);
	writer_string(&w, blob.data, blob.size);
	writer_string(&w, signature.data, signature.size);
	if (writer_end(&w) == 0)
		child_report(s->fd, REPORT_SIGNED, w.data, w.size);
	writer_done(&w);
}

/* True if the answer holds a signature; otherwise why not is in s->refusal. */
static bool take_signature(struct signer *s, int r, const struct signet_answer *a, struct view *ret)
{
	const char *why = r < 0 ? signet_strerror(r) : signet_answer_sentence(a);

	if (r == 0 && signet_answer_status(a) == SIGNET_STATUS_OK) {
		const struct signet_signature *g = signet_answer_signature(a, 0);

		ret->data = g ? signet_signature_data(g, &ret->size) : NULL;
		if (ret->data)
			return true;
		why = g ? signet_signature_sentence(g) : "the agent sent no signature";
	}
	(void)snprintf(s->refusal, sizeof(s->refusal), "%s", why); /* cut if it is long */
	return false;
}

static bool sign(struct signer *s, const char *name, const struct sshkey *key, struct view blob)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	const struct signet_item item = {s->job->message.data, s->job->message.size, NULL};
	const struct signet_request request = {
		.key = name,
		.algorithm = algorithm_of(key),
		.hash = (enum signet_hash)sshkey_hash(key), /* one numbering */
		.input = SIGNET_MESSAGE,
		.items = &item,
		.n_items = 1,
	};
	struct view signature;
	size_t approvals, needed;
	int r;

	signet_set_timeout(s->agent, s->job->agent.timeout_usec);
	r = signet_sign(s->agent, &request, &a);
	if (r == 0 && signet_answer_pending(a, &approvals, &needed))
		r = wait_for_approvals(s, &a);
	s->is_alone = r == SIGNET_E_WITHDRAWN;
	if (!take_signature(s, r, a, &signature))
		return false;
	report_signed(s, blob, signature);
	return true;
}

static void try_keys(struct signer *s, const struct signet_answer *list)
{
	const struct signet_key *k;
	struct sshkey key;
	struct view blob;

	for (size_t i = 0; !s->is_alone && (k = signet_answer_key(list, i)); i++)
		if (find_proof(s, k, &blob, &key) && sign(s, signet_key_name(k), &key, blob))
			return;
	if (s->refusal[0] != '\0')
		child_say(s->fd, REPORT_REFUSED, "%s", s->refusal);
	else
		child_say(s->fd, REPORT_LOG,
			  "none of the %zu keys that may be used for %s counts for '%s'",
			  signet_answer_count(list), s->job->purpose, s->job->rules->user);
}

static int ask(struct signer *s, struct signet_answer **ret_list)
{
	int r = agent_open(&s->job->agent, &s->agent);

	if (r < 0)
		return r;
	signet_set_watch(s->agent, s->fd);
	return signet_list_for(s->agent, s->job->purpose, ret_list);
}

void signer_work(int fd, void *userdata)
{
	_cleanup_(answer_freep) struct signet_answer *list = NULL;
	struct signer s = {.fd = fd, .job = userdata};
	int r = ask(&s, &list);

	if (r < 0)
		child_say(fd, REPORT_SAY, "%s", signet_strerror(r));
	else if (signet_answer_status(list) != SIGNET_STATUS_OK)
		child_say(fd, REPORT_SAY, "%s", signet_answer_sentence(list));
	else
		try_keys(&s, list);
	signet_close(s.agent);
}
