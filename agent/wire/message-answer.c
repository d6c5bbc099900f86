/*
 * wire/message-answer.c - the answers of message.h; the requests are in message.c
 */
#include "agent/wire/message.h"

#define STATUS_MAX 255u

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
	writer_u64(w, m->window.seconds);
	writer_u64(w, m->window.signatures);
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
	return !r.has_failed && ret->status <= STATUS_MAX;
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
	if (ret->status > STATUS_MAX || (ret->status == STATUS_OK) != (ret->signature.size > 0))
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
