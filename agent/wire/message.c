/*
 * wire/message.c - see message.h
 */
#include "agent/wire/message.h"

#include <string.h>

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
