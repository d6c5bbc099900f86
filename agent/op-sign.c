/*
 * op-sign.c - signing: what is asked in two dialects, one way to do it, two ways to answer
 */
#include "agent/op.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/bytes.h"
#include "agent/base/text.h"
#include "agent/policy/purpose.h"
#include "agent/wire/challenge.h"
#include "agent/wire/cms.h"
#include "agent/wire/signature.h"
#include "agent/wire/ssh.h"

/* What the record shows of an item: its digest, or the SHA-256 of the message. */
static void note_digest(struct ask_item *item, enum input input)
{
	if (input == INPUT_DIGEST) {
		memcpy(item->digest, item->data,
		       item->size); /* as long as its hash, <= DIGEST_MAX */
		item->digest_size = item->size;
		return;
	}
	(void)crypto_hash_sha256(item->digest, item->data, item->size); /* always 0 */
	item->digest_size = crypto_hash_sha256_BYTES;
}

static int fill_item(struct ask_item *item, struct view data, struct view label, enum input input)
{
	char described[LABEL_MAX + 1];
	struct challenge challenge;

	if (input == INPUT_MESSAGE && challenge_read(data, &challenge)) {
		challenge_describe(&challenge, described, sizeof(described));
		label = view_of(
			described); /* what it says of itself, whatever the client calls it */
	}
	item->data = bytes_dup(data.data, data.size);
	if (!item->data)
		return -ENOMEM;
	item->size = data.size;
	if (label.size > 0) {
		item->label = view_strdup(label);
		if (!item->label)
			return -ENOMEM;
	}
	note_digest(item, input);
	return 0;
}

int op_decode_sign(struct request *q, struct reader *r)
{
	struct message_sign m;
	struct ask *ask = &q->ask;
	int e;

	if (!message_read_sign(r, &m))
		return -EBADMSG;
	ask->key = view_strdup(m.key);
	if (!ask->key)
		return -ENOMEM;
	ask->algorithm = m.algorithm;
	ask->hash = m.hash;
	ask->input = m.input;
	ask->may_interact = m.flags & MESSAGE_INTERACTIVE;
	ask->is_break_glass = m.flags & MESSAGE_BREAK_GLASS;
	if (ask->is_break_glass) {
		q->action = "org.signetd.break-glass";
		ask->break_glass = view_strdup(m.break_glass);
		if (!ask->break_glass)
			return -ENOMEM;
	}
	ask->has_key_id = m.key_id.size == sizeof(ask->key_id);
	if (ask->has_key_id)
		memcpy(ask->key_id, m.key_id.data, sizeof(ask->key_id));
	e = ask_set_items(ask, m.n_items);
	for (uint32_t i = 0; i < m.n_items && e == 0; i++)
		e = fill_item(&ask->items[i], m.items[i].data, m.items[i].label, m.input);
	return e;
}

/* How ssh signs depends on the key, which is not known yet: op_settle_sign() fills in the rest. */
int op_decode_ssh_sign(struct request *q, struct reader *r)
{
	struct message_ssh_sign m;
	struct ask *ask = &q->ask;
	int e;

	if (!message_read_ssh_sign(r, &m))
		return -EBADMSG;
	q->ssh_flags = m.flags;
	ask->input = INPUT_MESSAGE;
	ask->may_interact = true; /* ssh has no way to say no, and a person usually waits */
	ask->ssh_blob = bytes_dup(m.blob.data, m.blob.size);
	if (!ask->ssh_blob)
		return -ENOMEM;
	ask->ssh_blob_size = m.blob.size;
	e = ask_set_items(ask, 1);
	if (e == 0)
		e = fill_item(&ask->items[0], m.data, (struct view){}, INPUT_MESSAGE);
	return e;
}

/* --- what the bytes prove to be ----------------------------------------------------------------------- */

/* True also where nobody has said to which session the connection belongs. */
static bool is_bound_to(const struct binding *b, struct view session)
{
	return b->session_size == 0 ||
	       view_is_equal((struct view){b->session, b->session_size}, session);
}

/* NULL, or why they are refused. */
static const char *purpose_of_challenge(struct view data, char *ret, size_t size)
{
	struct challenge c;

	if (!challenge_read(data, &c))
		return "refused because what is to be signed begins like a challenge of pam_signet, "
		       "and is none";
	/* fits: a service is shorter than a namespace may be */
	(void)snprintf(ret, size, "pam:%.*s", (int)c.service.size, (const char *)c.service.data);
	return NULL;
}

/*
 * is_ssh: they came over the ssh-agent protocol, which has no use for anything but ssh's. NULL, or why
 * they are refused: because they pretend to be something.
 */
static const char *purpose_of(const struct ask_item *item, const struct binding *binding,
			      bool is_ssh, char *ret, size_t size)
{
	const struct view data = {item->data, item->size};
	const char *other = is_ssh ? "ssh-raw" : "digest";
	struct ssh_content content;

	if (challenge_begins(data))
		return purpose_of_challenge(data, ret, size);
	ssh_recognise(data, &content);
	switch (content.kind) {
	case SSH_KIND_AUTH:
		if (!is_bound_to(binding, content.session))
			return "refused because the login that is to be signed belongs to another "
			       "ssh session than the one that the connection is bound to";
		other = "ssh-auth";
		break;
	case SSH_KIND_SIG: /* the namespace fits: wire/ssh.c has limited it */
		(void)snprintf(ret, size, "sshsig:%.*s", (int)content.namespace.size,
			       (const char *)content.namespace.data);
		return NULL;
	case SSH_KIND_CERT:
		other = "ssh-cert";
		break;
	case SSH_KIND_BROKEN:
		return "refused because what is to be signed begins like an SSH signature or "
		       "certificate, and is none";
	case SSH_KIND_RAW:
		if (!is_ssh && cms_is_attributes(data))
			other = "cms";
		break;
	}
	(void)snprintf(ret, size, "%s", other);
	return NULL;
}

/* NULL, or why the items have no purpose that all of them share. */
static const char *settle_purpose(struct request *q)
{
	const struct binding *binding = &agent_conn_of(q->conn)->binding;
	struct ask *ask = &q->ask;
	char purpose[PURPOSE_MAX + 1];
	const char *why;

	if (ask->input == INPUT_DIGEST) {
		(void)snprintf(ask->purpose, sizeof(ask->purpose), "digest");
		return NULL;
	}
	for (size_t i = 0; i < ask->n_items; i++) {
		why = purpose_of(&ask->items[i], binding, ask->ssh_blob, purpose, sizeof(purpose));
		if (why)
			return why;
		if (i > 0 && strcmp(purpose, ask->purpose) != 0)
			return "the messages are for different purposes; ask for them apart";
		if (i > 0 &&
		    challenge_begins((struct view){ask->items[i].data, ask->items[i].size}))
			return "a challenge of pam_signet is signed alone; ask for each apart";
		memcpy(ask->purpose, purpose, sizeof(purpose));
	}
	return NULL;
}

/* The purpose is known already: of a request that is fetched, or of the window that is asked for. */
static bool settle_asked(struct request *q, const struct key *key, enum request_state *ret_next)
{
	char purpose[PURPOSE_MAX + 1];
	struct ask usual;

	if (q->ask.n_items > 0)
		return true;
	memcpy(purpose, q->ask.purpose, sizeof(purpose));
	if (purpose_is_single(purpose)) {
		op_imagine(key, purpose, &usual);
		q->ask.algorithm = usual.algorithm;
		q->ask.hash = usual.hash;
		q->ask.input = usual.input;
		return true;
	}
	*ret_next = request_end(q, OUTCOME_FAILED, STATUS_USAGE,
				"'%s' is no purpose, expected " PURPOSE_EXPECTED, purpose);
	return false;
}

bool op_settle_sign(struct request *q, const struct key *key, enum request_state *ret_next)
{
	struct ask *ask = &q->ask;
	const char *why;

	if (ask->purpose[0] != '\0')
		return settle_asked(q, key, ret_next);
	why = settle_purpose(q);
	if (why) {
		*ret_next = request_end(q, OUTCOME_FAILED, STATUS_DATA, "%s", why);
		return false;
	}
	if (!ask->ssh_blob)
		return true;
	if (!ssh_signing(key->info.type, q->ssh_flags, &ask->algorithm, &ask->hash)) {
		*ret_next =
			request_end(q, OUTCOME_DENIED, STATUS_DENIED,
				    "refused because a signature with SHA-1 was asked for (ssh-rsa "
				    "without rsa-sha2-256 or rsa-sha2-512)");
		return false;
	}
	return true;
}

/* --- doing it ----------------------------------------------------------------------------------------- */

static enum status status_of(enum job_result r)
{
	switch (r) {
	case JOB_RESULT_OK:
		return STATUS_OK;
	case JOB_RESULT_REFUSED:
		return STATUS_DATA;
	case JOB_RESULT_NO_KEY:
	case JOB_RESULT_LOCKED:
	case JOB_RESULT_LOST:
	case JOB_RESULT_PIN_REFUSED:
	case JOB_RESULT_PIN_BLOCKED:
		return STATUS_UNAVAILABLE;
	case JOB_RESULT_UNKNOWN:
	case JOB_RESULT_BUSY:
		return STATUS_AGAIN;
	case JOB_RESULT_FAILED:
	case JOB_RESULT_NONE:
	case _JOB_RESULT_MAX:
		break;
	}
	return STATUS_IO;
}

/* What one item may take in an answer, beside its signature: so much of its sentence is sent. */
#define ITEM_SENTENCE_MAX 255u
#define ITEM_MAX (ITEM_SENTENCE_MAX + 32u)

static const char *sentence_of(const struct pool_result *r)
{
	return r->sentence ? r->sentence : job_result_name(r->result);
}

/* The item that says most about why not all went well: an unknown outcome before everything else. */
static const struct pool_result *worst(const struct pool_results *results)
{
	const struct pool_result *found = NULL;

	for (size_t i = 0; i < results->n; i++) {
		const struct pool_result *r = &results->items[i];

		if (r->result == JOB_RESULT_UNKNOWN)
			return r;
		if (r->result != JOB_RESULT_OK && !found)
			found = r;
	}
	return found;
}

static void on_signed(struct pool_results *results, void *userdata)
{
	struct request *q = userdata;
	const struct pool_result *bad;
	const char *name = q->key->name;

	q->job = NULL;
	q->results = *results;
	*results = (struct pool_results){};
	for (size_t i = 0; i < q->results.n; i++)
		q->n_signed += q->results.items[i].result == JOB_RESULT_OK;
	bad = worst(&q->results);
	if (!bad)
		(void)request_end(q, OUTCOME_SIGNED, STATUS_OK, "%s", "");
	else if (q->n_signed > 0)
		(void)request_end(q, OUTCOME_SIGNED, STATUS_OK,
				  "%zu of %zu signed with key '%s'; the others not (%s): %s",
				  q->n_signed, q->results.n, name, job_result_name(bad->result),
				  sentence_of(bad));
	else
		(void)request_end(q,
				  bad->result == JOB_RESULT_UNKNOWN ? OUTCOME_UNKNOWN
								    : OUTCOME_FAILED,
				  status_of(bad->result), "key '%s' did not sign: %s", name,
				  sentence_of(bad));
	request_ran(q);
}

enum request_state op_run_sign(struct request *q)
{
	const struct key_info *info = &q->key->info;
	struct ask *ask = &q->ask;
	int r;

	/* Not earlier: who may not use the key is not told whether it is this one. */
	if (ask->has_key_id && memcmp(ask->key_id, info->id, KEY_ID_SIZE) != 0)
		return request_end(
			q, OUTCOME_FAILED, STATUS_UNAVAILABLE,
			"key '%s' is not the one that the caller means: its public key is "
			"another one now",
			q->key->name);
	if (!code_is_signable(info->type, ask->algorithm, ask->hash, ask->input))
		return request_end(q, OUTCOME_FAILED, STATUS_DATA,
				   "key '%s' is of type %s and cannot make such a signature (%s)",
				   q->key->name, key_type_name(info->type),
				   algorithm_name(ask->algorithm));
	if (ask->n_items * (code_signature_size(info->type, info->bits) + ITEM_MAX) >
	    FRAME_MAX - SENTENCE_MAX)
		return request_end(
			q, OUTCOME_FAILED, STATUS_DATA,
			"%zu signatures with key '%s' do not fit one answer; ask for fewer",
			ask->n_items, q->key->name);
	r = pool_sign(q->agent->pool, q->key, request_caller(q)->uid, ask, on_signed, q, &q->job);
	if (r == -ENOENT)
		return request_end(q, OUTCOME_FAILED, STATUS_UNAVAILABLE,
				   "token '%s' is not configured any more", q->key->token);
	if (r < 0)
		return request_end(q, OUTCOME_FAILED, STATUS_AGAIN,
				   "too much is waiting for token '%s'", q->key->token);
	return REQUEST_PARKED;
}

void op_stop_job(struct request *q)
{
	pool_cancel(take_ptr(q->job));
}

/* --- answering ---------------------------------------------------------------------------------------- */

static void reply_item(struct request *q, const struct pool_result *r, struct writer *w)
{
	struct message_signature m = {.status = (uint32_t)status_of(r->result)};
	char sentence[ITEM_SENTENCE_MAX + 1];
	struct writer plain;

	writer_init(&plain, SIGNATURE_MAX);
	if (r->result == JOB_RESULT_OK) {
		signature_write_plain(&plain, q->key->info.type,
				      (struct view){r->signature, r->signature_size});
		m.signature = writer_view(&plain);
	} else {
		text_sanitise(sentence_of(r), sentence, sizeof(sentence)); /* and cuts it */
		m.sentence = view_of(sentence);
	}
	message_write_signature(w, &m);
	writer_inherit(w, &plain);
}

void op_reply_sign(struct request *q, struct writer *w)
{
	writer_u32(w, (uint32_t)q->results.n);
	for (size_t i = 0; i < q->results.n; i++)
		reply_item(q, &q->results.items[i], w);
}

void op_reply_ssh_sign(struct request *q, struct writer *w)
{
	const struct pool_result *r = &q->results.items[0];
	size_t mark = message_open(w, MESSAGE_SIGN_RESPONSE), signature = writer_open(w);

	signature_write_ssh(w, q->key->info.type, q->ask.hash,
			    (struct view){r->signature, r->signature_size});
	writer_close(w, signature);
	message_close(w, mark);
}
