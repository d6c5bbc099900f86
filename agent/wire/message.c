/*
 * wire/message.c - see message.h
 */
#include "agent/wire/message.h"

#include <string.h>

#define TYPE_MAX 255u

/* --- requests, read by the agent -------------------------------------------------------------- */

bool message_read_ssh_sign(struct reader *r, struct message_ssh_sign *ret)
{
	ret->blob = reader_string(r, 1, SPKI_MAX);
	ret->data = reader_string(r, 1, MESSAGE_MAX);
	ret->flags = reader_u32(r);
	if (ret->flags & ~(MESSAGE_SSH_RSA_SHA2_256 | MESSAGE_SSH_RSA_SHA2_512))
		reader_fail(r);
	return reader_end(r);
}

bool message_read_bind(struct reader *r, struct message_bind *ret)
{
	uint8_t forwarding;

	ret->host_key = reader_string(r, 1, FRAME_MAX); /* as large as the host likes */
	ret->session = reader_string(r, 1, SSH_SESSION_MAX);
	ret->signature = reader_string(r, 1, FRAME_MAX);
	forwarding = reader_u8(r);
	if (forwarding > 1)
		reader_fail(r);
	ret->is_forwarding = forwarding == 1;
	return reader_end(r);
}

static uint8_t read_flags(struct reader *r, uint8_t known)
{
	uint8_t flags = reader_u8(r);

	if (flags & ~known)
		reader_fail(r);
	return flags;
}

bool message_read_list(struct reader *r, struct message_list *ret)
{
	ret->first = reader_u32(r);
	ret->name = reader_text(r, 0, NAME_MAX_LEN);
	ret->flags = read_flags(r, MESSAGE_INTERACTIVE | MESSAGE_ALL);
	ret->purpose = reader_text(r, 0, PURPOSE_MAX);
	if (ret->flags & MESSAGE_ALL && ret->purpose.size > 0)
		reader_fail(r); /* all keys are those that are for nothing, too */
	return reader_end(r);
}

/* Digests have one length, that of their hash; messages have a range. */
static struct view read_input(struct reader *r, enum input input, enum hash hash)
{
	size_t size = hash_size(hash);

	switch (input) {
	case INPUT_DIGEST:
		if (size > 0)
			return reader_string(r, size, size);
		break;
	case INPUT_MESSAGE:
		return reader_string(r, 0, MESSAGE_MAX);
	case INPUT_NONE:
	case _INPUT_MAX:
		break;
	}
	reader_fail(r);
	return (struct view){};
}

bool message_read_sign(struct reader *r, struct message_sign *ret)
{
	ret->key = reader_text(r, 1, NAME_MAX_LEN);
	ret->algorithm = (enum algorithm)reader_u8(r);
	ret->hash = (enum hash)reader_u8(r);
	ret->input = (enum input)reader_u8(r);
	ret->flags = read_flags(r, MESSAGE_INTERACTIVE | MESSAGE_BREAK_GLASS);
	if (!algorithm_name(ret->algorithm) || ret->hash >= _HASH_MAX)
		reader_fail(r);
	ret->n_items = reader_count(r, BATCH_MAX);
	if (ret->n_items == 0)
		reader_fail(r);
	for (uint32_t i = 0; i < ret->n_items; i++) {
		ret->items[i].data = read_input(r, ret->input, ret->hash);
		ret->items[i].label = reader_text(r, 0, LABEL_MAX);
	}
	ret->key_id = ret->break_glass = (struct view){};
	if (r->left > 0)
		ret->key_id = reader_string(r, 0, MESSAGE_KEY_ID_SIZE);
	if (ret->flags & MESSAGE_BREAK_GLASS)
		ret->break_glass = reader_text(r, 1, REASON_MAX);
	else if (ret->key_id.data && ret->key_id.size == 0)
		reader_fail(r); /* nothing needs an empty one here */
	if (ret->key_id.size > 0 && ret->key_id.size != MESSAGE_KEY_ID_SIZE)
		reader_fail(r);
	return reader_end(r);
}

static bool read_token(struct reader *r, uint8_t known, struct message_token *ret)
{
	ret->token = reader_text(r, 1, NAME_MAX_LEN);
	ret->flags = read_flags(r, known);
	return reader_end(r);
}

bool message_read_unlock(struct reader *r, struct message_token *ret)
{
	return read_token(r, MESSAGE_INTERACTIVE | MESSAGE_STORED_PIN, ret);
}

bool message_read_lock(struct reader *r, struct message_token *ret)
{
	return read_token(r, MESSAGE_INTERACTIVE, ret);
}

static void read_other(struct reader *r, struct message_explain *ret)
{
	ret->uid = reader_u32(r);
	ret->gid = reader_u32(r);
	ret->n_groups = reader_count(r, MESSAGE_GROUPS_MAX);
	for (uint32_t i = 0; i < ret->n_groups; i++)
		ret->groups[i] = reader_u32(r);
	ret->unit = reader_text(r, 0, MESSAGE_UNIT_MAX);
	ret->slice = reader_text(r, 0, MESSAGE_UNIT_MAX);
}

bool message_read_explain(struct reader *r, struct message_explain *ret)
{
	ret->key = reader_text(r, 1, NAME_MAX_LEN);
	ret->purpose = reader_text(r, 0, PURPOSE_MAX);
	ret->algorithm = (enum algorithm)reader_u8(r);
	ret->hash = (enum hash)reader_u8(r);
	ret->flags = read_flags(r, MESSAGE_INTERACTIVE | MESSAGE_FORWARDED | MESSAGE_OTHER);
	if (ret->algorithm >= _ALGORITHM_MAX || ret->hash >= _HASH_MAX)
		reader_fail(r);
	if (ret->flags & MESSAGE_OTHER)
		read_other(r, ret);
	return reader_end(r);
}

bool message_read_flags(struct reader *r, uint8_t *ret)
{
	*ret = read_flags(r, MESSAGE_INTERACTIVE);
	return reader_end(r);
}

static uint8_t read_verdict(struct reader *r)
{
	uint8_t verdict = reader_u8(r);

	if (verdict != MESSAGE_APPROVE && verdict != MESSAGE_DENY)
		reader_fail(r);
	return verdict;
}

static struct message_window read_window(struct reader *r)
{
	struct message_window w;

	w.seconds = reader_u64(r);
	w.signatures = reader_u64(r);
	if (w.seconds > WINDOW_SEC_MAX || w.signatures > WINDOW_SIGNATURES_MAX)
		reader_fail(r);
	return w;
}

/* Only what shows something shows more of it. */
static uint8_t request_flags(enum message_request kind)
{
	bool is_shown = kind == MESSAGE_REQUEST_LIST || kind == MESSAGE_REQUEST_SHOW;

	return is_shown ? MESSAGE_INTERACTIVE | MESSAGE_ALL : MESSAGE_INTERACTIVE;
}

bool message_read_request(struct reader *r, enum message_request kind,
			  struct message_request_ask *ret)
{
	*ret = (struct message_request_ask){};
	if (kind != MESSAGE_REQUEST_LIST && kind != MESSAGE_REQUEST_WINDOW)
		ret->id = reader_text(r, MESSAGE_ID_SIZE, MESSAGE_ID_SIZE);
	ret->flags = read_flags(r, request_flags(kind));
	switch (kind) {
	case MESSAGE_REQUEST_LIST:
		ret->first = reader_u32(r);
		break;
	case MESSAGE_REQUEST_SHOW:
		ret->verdict = read_verdict(r);
		ret->window = read_window(r);
		break;
	case MESSAGE_REQUEST_FETCH:
		ret->wait_sec = reader_count(r, FETCH_WAIT_SEC_MAX);
		ret->known = reader_u32(r);
		break;
	case MESSAGE_REQUEST_WINDOW:
		ret->key = reader_text(r, 1, NAME_MAX_LEN);
		ret->purpose = reader_text(r, 1, PURPOSE_MAX);
		ret->window = read_window(r);
		if (ret->window.seconds == 0 || ret->window.signatures == 0)
			reader_fail(r);
		break;
	case MESSAGE_REQUEST_WITHDRAW:
		break;
	}
	return reader_end(r);
}

bool message_read_approve(struct reader *r, struct message_approve *ret)
{
	ret->id = reader_text(r, MESSAGE_ID_SIZE, MESSAGE_ID_SIZE);
	ret->flags = read_flags(r, MESSAGE_INTERACTIVE);
	ret->verdict = read_verdict(r);
	ret->window = read_window(r);
	ret->reason = reader_text(r, 0, REASON_MAX);
	ret->signature = reader_string(r, 0, SSHSIG_MAX);
	return reader_end(r);
}

/* --- requests, written by the client ----------------------------------------------------------- */

static size_t open_request(struct writer *w, const char *operation)
{
	size_t mark = message_open(w, MESSAGE_EXTENSION), name = writer_open(w);

	writer_bytes(w, operation, strlen(operation));
	writer_bytes(w, MESSAGE_DOMAIN, strlen(MESSAGE_DOMAIN));
	writer_close(w, name);
	return mark;
}

void message_write_list(struct writer *w, uint32_t first, const char *name, uint8_t flags,
			const char *purpose)
{
	size_t mark = open_request(w, "list");

	writer_u32(w, first);
	writer_text(w, name);
	writer_u8(w, flags);
	writer_text(w, purpose);
	message_close(w, mark);
}

void message_write_sign(struct writer *w, const struct message_sign *m)
{
	size_t mark = open_request(w, "sign");

	writer_string(w, m->key.data, m->key.size);
	writer_u8(w, (uint8_t)m->algorithm);
	writer_u8(w, (uint8_t)m->hash);
	writer_u8(w, (uint8_t)m->input);
	writer_u8(w, m->flags);
	writer_u32(w, m->n_items);
	for (uint32_t i = 0; i < m->n_items; i++) {
		writer_string(w, m->items[i].data.data, m->items[i].data.size);
		writer_string(w, m->items[i].label.data, m->items[i].label.size);
	}
	if (m->key_id.size > 0 || m->break_glass.size > 0)
		writer_string(w, m->key_id.data, m->key_id.size);
	if (m->break_glass.size > 0)
		writer_string(w, m->break_glass.data, m->break_glass.size);
	message_close(w, mark);
}

void message_write_token(struct writer *w, const char *operation, const char *token, uint8_t flags)
{
	size_t mark = open_request(w, operation);

	writer_text(w, token);
	writer_u8(w, flags);
	message_close(w, mark);
}

void message_write_status(struct writer *w)
{
	message_close(w, open_request(w, "status"));
}

void message_write_reload(struct writer *w, uint8_t flags)
{
	size_t mark = open_request(w, "reload");

	writer_u8(w, flags);
	message_close(w, mark);
}

void message_write_explain(struct writer *w, const struct message_explain *m)
{
	size_t mark = open_request(w, "explain");

	writer_string(w, m->key.data, m->key.size);
	writer_string(w, m->purpose.data, m->purpose.size);
	writer_u8(w, (uint8_t)m->algorithm);
	writer_u8(w, (uint8_t)m->hash);
	writer_u8(w, m->flags);
	if (m->flags & MESSAGE_OTHER) {
		writer_u32(w, m->uid);
		writer_u32(w, m->gid);
		writer_u32(w, m->n_groups);
		for (uint32_t i = 0; i < m->n_groups; i++)
			writer_u32(w, m->groups[i]);
		writer_string(w, m->unit.data, m->unit.size);
		writer_string(w, m->slice.data, m->slice.size);
	}
	message_close(w, mark);
}

static void write_window(struct writer *w, const struct message_window *m)
{
	writer_u64(w, m->seconds);
	writer_u64(w, m->signatures);
}

void message_write_request(struct writer *w, enum message_request kind,
			   const struct message_request_ask *m)
{
	size_t mark = open_request(w, "request");

	writer_u8(w, (uint8_t)kind);
	if (kind != MESSAGE_REQUEST_LIST && kind != MESSAGE_REQUEST_WINDOW)
		writer_string(w, m->id.data, m->id.size);
	writer_u8(w, m->flags);
	switch (kind) {
	case MESSAGE_REQUEST_LIST:
		writer_u32(w, m->first);
		break;
	case MESSAGE_REQUEST_SHOW:
		writer_u8(w, m->verdict);
		write_window(w, &m->window);
		break;
	case MESSAGE_REQUEST_FETCH:
		writer_u32(w, m->wait_sec);
		writer_u32(w, m->known);
		break;
	case MESSAGE_REQUEST_WINDOW:
		writer_string(w, m->key.data, m->key.size);
		writer_string(w, m->purpose.data, m->purpose.size);
		write_window(w, &m->window);
		break;
	case MESSAGE_REQUEST_WITHDRAW:
		break;
	}
	message_close(w, mark);
}

void message_write_approve(struct writer *w, const struct message_approve *m)
{
	size_t mark = open_request(w, "approve");

	writer_string(w, m->id.data, m->id.size);
	writer_u8(w, m->flags);
	writer_u8(w, m->verdict);
	write_window(w, &m->window);
	writer_string(w, m->reason.data, m->reason.size);
	writer_string(w, m->signature.data, m->signature.size);
	message_close(w, mark);
}

/* --- answers, written by the agent -------------------------------------------------------------- */

size_t message_open(struct writer *w, enum message_type type)
{
	size_t mark = writer_open(w);

	writer_u8(w, (uint8_t)type);
	return mark;
}

void message_close(struct writer *w, size_t mark)
{
	writer_close(w, mark);
}

void message_write_bare(struct writer *w, enum message_type type)
{
	message_close(w, message_open(w, type));
}

size_t message_open_answer(struct writer *w, struct view name, enum status status,
			   const char *sentence, const char *request)
{
	size_t mark = message_open(w, MESSAGE_EXTENSION_RESPONSE);

	writer_string(w, name.data, name.size);
	writer_u32(w, (uint32_t)status);
	writer_text(w, sentence);
	writer_text(w, request);
	return mark;
}

void message_write_key(struct writer *w, const struct message_key *m)
{
	writer_string(w, m->name.data, m->name.size);
	writer_string(w, m->token.data, m->token.size);
	writer_u8(w, (uint8_t)m->type);
	writer_u32(w, m->bits);
	writer_u8(w, (uint8_t)m->state);
	writer_string(w, m->spki.data, m->spki.size);
	writer_string(w, m->certificate.data, m->certificate.size);
	writer_u8(w, (uint8_t)m->key_state);
	writer_u64(w, m->not_before);
	writer_u64(w, m->not_after);
	writer_u64(w, m->certificate_not_after);
	writer_u64(w, m->uses);
	writer_u64(w, m->last_use);
	writer_u32(w, m->quorum);
	writer_string(w, m->successor.data, m->successor.size);
	writer_string(w, m->file.data, m->file.size);
	writer_string(w, m->ssh_certificate.data, m->ssh_certificate.size);
}

void message_write_signature(struct writer *w, const struct message_signature *m)
{
	writer_u32(w, m->status);
	writer_string(w, m->signature.data, m->signature.size);
	writer_string(w, m->sentence.data, m->sentence.size);
}

void message_write_parked(struct writer *w, const struct message_parked *m)
{
	writer_string(w, m->id.data, m->id.size);
	writer_u8(w, m->state);
	writer_u8(w, m->relation);
	writer_u32(w, m->uid);
	writer_string(w, m->unit.data, m->unit.size);
	writer_string(w, m->key.data, m->key.size);
	writer_string(w, m->purpose.data, m->purpose.size);
	writer_u32(w, m->items);
	writer_string(w, m->label.data, m->label.size);
	writer_u32(w, m->approvals);
	writer_u32(w, m->needed);
	write_window(w, &m->window);
	writer_u64(w, m->created_usec);
	writer_u64(w, m->expires_usec);
}

void message_write_advance(struct writer *w, const struct message_advance *m)
{
	writer_u32(w, m->approvals);
	writer_u32(w, m->needed);
}

void message_write_status_front(struct writer *w, const struct message_status *m)
{
	writer_string(w, m->version.data, m->version.size);
	writer_u64(w, m->uptime_usec);
	writer_u32(w, m->connections);
	writer_u32(w, m->requests);
	writer_u64(w, m->records);
	writer_string(w, m->authorization.data, m->authorization.size);
}

void message_write_status_token(struct writer *w, const struct message_status_token *m)
{
	writer_string(w, m->name.data, m->name.size);
	writer_u8(w, (uint8_t)m->state);
	writer_string(w, m->sentence.data, m->sentence.size);
	writer_u32(w, m->keys);
	writer_u32(w, m->sessions);
	writer_u32(w, m->queued);
}

void message_write_explanation(struct writer *w, const struct message_explanation *m)
{
	writer_u8(w, (uint8_t)m->verdict);
	writer_string(w, m->authority.data, m->authority.size);
	writer_string(w, m->sentence.data, m->sentence.size);
	writer_string(w, m->purpose.data, m->purpose.size);
	writer_string(w, m->algorithm.data, m->algorithm.size);
	writer_string(w, m->hash.data, m->hash.size);
}

void message_write_step(struct writer *w, const struct message_step *m)
{
	writer_string(w, m->name.data, m->name.size);
	writer_string(w, m->source.data, m->source.size);
	writer_u32(w, m->line);
	writer_string(w, m->result.data, m->result.size);
	writer_string(w, m->text.data, m->text.size);
}

/* --- answers, read by the client ---------------------------------------------------------------- */

bool message_read_answer(struct view frame, struct message_answer *ret)
{
	struct reader r;

	reader_init(&r, frame.data, frame.size);
	if (reader_u8(&r) != MESSAGE_EXTENSION_RESPONSE)
		reader_fail(&r);
	ret->name = reader_text(&r, 1, MESSAGE_EXTENSION_NAME_MAX);
	ret->status = reader_u32(&r);
	ret->sentence = reader_text(&r, 0, SENTENCE_MAX);
	ret->request = reader_text(&r, 0, NAME_MAX_LEN);
	ret->result = r;
	return !r.has_failed && ret->status <= TYPE_MAX;
}

void message_read_key(struct reader *r, struct message_key *ret)
{
	ret->name = reader_text(r, 1, NAME_MAX_LEN);
	ret->token = reader_text(r, 1, NAME_MAX_LEN);
	ret->type = (enum key_type)reader_u8(r);
	ret->bits = reader_u32(r);
	ret->state = (enum token_state)reader_u8(r);
	ret->spki = reader_string(r, 1, SPKI_MAX);
	ret->certificate = reader_string(r, 0, CERTIFICATE_MAX);
	ret->key_state = (enum key_state)reader_u8(r);
	ret->not_before = reader_u64(r);
	ret->not_after = reader_u64(r);
	ret->certificate_not_after = reader_u64(r);
	ret->uses = reader_u64(r);
	ret->last_use = reader_u64(r);
	ret->quorum = reader_u32(r);
	ret->successor = reader_text(r, 0, NAME_MAX_LEN);
	ret->file = reader_text(r, 0, CONFIG_PATH_MAX);
	ret->ssh_certificate = reader_string(r, 0, CERTIFICATE_MAX);
	if (!key_type_name(ret->type) || !token_state_name(ret->state) ||
	    !key_state_name(ret->key_state))
		reader_fail(r);
}

void message_read_signature(struct reader *r, struct message_signature *ret)
{
	ret->status = reader_u32(r);
	ret->signature = reader_string(r, 0, SIGNATURE_MAX);
	ret->sentence = reader_text(r, 0, SENTENCE_MAX);
	if (ret->status > TYPE_MAX || (ret->status == STATUS_OK) != (ret->signature.size > 0))
		reader_fail(r);
}

void message_read_parked(struct reader *r, struct message_parked *ret)
{
	ret->id = reader_text(r, MESSAGE_ID_SIZE, MESSAGE_ID_SIZE);
	ret->state = reader_u8(r);
	ret->relation = reader_u8(r);
	ret->uid = reader_u32(r);
	ret->unit = reader_text(r, 0, SENTENCE_MAX);
	ret->key = reader_text(r, 1, NAME_MAX_LEN);
	ret->purpose = reader_text(r, 1, PURPOSE_MAX);
	ret->items = reader_u32(r);
	ret->label = reader_text(r, 0, LABEL_MAX);
	ret->approvals = reader_u32(r);
	ret->needed = reader_u32(r);
	ret->window.seconds = reader_u64(r);
	ret->window.signatures = reader_u64(r);
	ret->created_usec = reader_u64(r);
	ret->expires_usec = reader_u64(r);
}

void message_read_advance(struct reader *r, struct message_advance *ret)
{
	ret->approvals = reader_u32(r);
	ret->needed = reader_u32(r);
}

void message_read_status_front(struct reader *r, struct message_status *ret)
{
	ret->version = reader_text(r, 1, NAME_MAX_LEN);
	ret->uptime_usec = reader_u64(r);
	ret->connections = reader_u32(r);
	ret->requests = reader_u32(r);
	ret->records = reader_u64(r);
	ret->authorization = reader_text(r, 1, NAME_MAX_LEN);
}

void message_read_status_token(struct reader *r, struct message_status_token *ret)
{
	ret->name = reader_text(r, 1, NAME_MAX_LEN);
	ret->state = (enum token_state)reader_u8(r);
	ret->sentence = reader_text(r, 0, SENTENCE_MAX);
	ret->keys = reader_u32(r);
	ret->sessions = reader_u32(r);
	ret->queued = reader_u32(r);
	if (!token_state_name(ret->state))
		reader_fail(r);
}

void message_read_explanation(struct reader *r, struct message_explanation *ret)
{
	ret->verdict = (enum explain_verdict)reader_u8(r);
	ret->authority = reader_text(r, 0, NAME_MAX_LEN);
	ret->sentence = reader_text(r, 0, SENTENCE_MAX);
	ret->purpose = reader_text(r, 1, PURPOSE_MAX);
	ret->algorithm = reader_text(r, 1, NAME_MAX_LEN);
	ret->hash = reader_text(r, 0, NAME_MAX_LEN);
	if (ret->verdict == EXPLAIN_NONE || ret->verdict >= _EXPLAIN_MAX)
		reader_fail(r);
}

void message_read_step(struct reader *r, struct message_step *ret)
{
	ret->name = reader_text(r, 1, NAME_MAX_LEN);
	ret->source = reader_text(r, 0, PATH_SHOWN_MAX);
	ret->line = reader_u32(r);
	ret->result = reader_text(r, 1, NAME_MAX_LEN);
	ret->text = reader_text(r, 0, SENTENCE_MAX);
}
