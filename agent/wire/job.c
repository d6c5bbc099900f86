/*
 * wire/job.c - see job.h
 */
#include "agent/wire/job.h"

#include "agent/base/limits.h"

bool job_read_hello(struct reader *r, uint32_t *ret_version)
{
	*ret_version = reader_u32(r);
	return reader_end(r);
}

bool job_read_sign(struct reader *r, struct job_sign *ret)
{
	ret->id = reader_u64(r);
	ret->key_id = reader_string(r, JOB_KEY_ID_SIZE, JOB_KEY_ID_SIZE);
	ret->algorithm = (enum algorithm)reader_u8(r);
	ret->hash = (enum hash)reader_u8(r);
	ret->input = (enum input)reader_u8(r);
	ret->data = reader_string(r, 0, MESSAGE_MAX);
	if (!algorithm_name(ret->algorithm) || ret->hash > HASH_SHA512)
		reader_fail(r); /* SHA-1 is for signetd to refuse */
	if (ret->input == INPUT_NONE || ret->input >= _INPUT_MAX)
		reader_fail(r);
	return reader_end(r);
}

bool job_read_unlock(struct reader *r, struct job_unlock *ret)
{
	uint8_t stored;

	ret->id = reader_u64(r);
	stored = reader_u8(r);
	if (stored > 1)
		reader_fail(r);
	ret->is_stored = stored == 1;
	return reader_end(r);
}

bool job_read_lock(struct reader *r, uint64_t *ret_id)
{
	*ret_id = reader_u64(r);
	return reader_end(r);
}

bool job_read_key(struct reader *r, struct job_key *ret)
{
	ret->label = reader_text(r, 0, NAME_MAX_LEN);
	ret->cka_id = reader_string(r, 0, CKA_ID_MAX);
	ret->type = (enum key_type)reader_u8(r);
	ret->bits = reader_u32(r);
	ret->spki = reader_string(r, 1, SPKI_MAX);
	ret->ssh_blob = reader_string(r, 1, SPKI_MAX);
	ret->certificate = reader_string(r, 0, CERTIFICATE_MAX);
	if (!key_type_name(ret->type) || ret->bits == 0 || ret->bits > 8 * SIGNATURE_MAX)
		reader_fail(r);
	return reader_end(r);
}

bool job_read_state(struct reader *r, struct job_state *ret)
{
	ret->state = (enum token_state)reader_u8(r);
	ret->ckr = reader_u64(r);
	ret->sentence = reader_text(r, 0, SENTENCE_MAX);
	ret->label = reader_text(r, 0, NAME_MAX_LEN);
	ret->serial = reader_text(r, 0, NAME_MAX_LEN);
	ret->sessions = reader_count(r, TOKEN_SESSIONS_MAX);
	ret->keys = reader_count(r, TOKEN_KEYS_MAX);
	if (!token_state_name(ret->state))
		reader_fail(r);
	return reader_end(r);
}

static bool read_answer(struct reader *r, bool may_have_signature, struct job_answer *ret)
{
	ret->id = reader_u64(r);
	ret->result = (enum job_result)reader_u8(r);
	ret->ckr = reader_u64(r);
	ret->signature = may_have_signature ? reader_string(r, 0, SIGNATURE_MAX) : (struct view){};
	ret->sentence = reader_text(r, 0, SENTENCE_MAX);
	if (!job_result_name(ret->result))
		reader_fail(r);
	if (may_have_signature && (ret->result == JOB_RESULT_OK) != (ret->signature.size > 0))
		reader_fail(r);
	return reader_end(r);
}

bool job_read_signed(struct reader *r, struct job_answer *ret)
{
	return read_answer(r, true, ret);
}

bool job_read_done(struct reader *r, struct job_answer *ret)
{
	return read_answer(r, false, ret);
}

static size_t open_job(struct writer *w, enum job_type type)
{
	size_t mark = writer_open(w);

	writer_u8(w, (uint8_t)type);
	return mark;
}

static void write_view(struct writer *w, struct view v)
{
	writer_string(w, v.data, v.size);
}

void job_write_hello(struct writer *w)
{
	size_t mark = open_job(w, JOB_HELLO);

	writer_u32(w, JOB_VERSION);
	writer_close(w, mark);
}

void job_write_sign(struct writer *w, const struct job_sign *m)
{
	size_t mark = open_job(w, JOB_SIGN);

	writer_u64(w, m->id);
	write_view(w, m->key_id);
	writer_u8(w, (uint8_t)m->algorithm);
	writer_u8(w, (uint8_t)m->hash);
	writer_u8(w, (uint8_t)m->input);
	write_view(w, m->data);
	writer_close(w, mark);
}

void job_write_unlock(struct writer *w, const struct job_unlock *m)
{
	size_t mark = open_job(w, JOB_UNLOCK);

	writer_u64(w, m->id);
	writer_u8(w, m->is_stored);
	writer_close(w, mark);
}

void job_write_lock(struct writer *w, uint64_t id)
{
	size_t mark = open_job(w, JOB_LOCK);

	writer_u64(w, id);
	writer_close(w, mark);
}

void job_write_end(struct writer *w)
{
	writer_close(w, open_job(w, JOB_END));
}

void job_write_key(struct writer *w, const struct job_key *m)
{
	size_t mark = open_job(w, JOB_KEY);

	write_view(w, m->label);
	write_view(w, m->cka_id);
	writer_u8(w, (uint8_t)m->type);
	writer_u32(w, m->bits);
	write_view(w, m->spki);
	write_view(w, m->ssh_blob);
	write_view(w, m->certificate);
	writer_close(w, mark);
}

void job_write_state(struct writer *w, const struct job_state *m)
{
	size_t mark = open_job(w, JOB_STATE);

	writer_u8(w, (uint8_t)m->state);
	writer_u64(w, m->ckr);
	write_view(w, m->sentence);
	write_view(w, m->label);
	write_view(w, m->serial);
	writer_u32(w, m->sessions);
	writer_u32(w, m->keys);
	writer_close(w, mark);
}

void job_write_signed(struct writer *w, const struct job_answer *m)
{
	size_t mark = open_job(w, JOB_SIGNED);

	writer_u64(w, m->id);
	writer_u8(w, (uint8_t)m->result);
	writer_u64(w, m->ckr);
	write_view(w, m->signature);
	write_view(w, m->sentence);
	writer_close(w, mark);
}

void job_write_done(struct writer *w, const struct job_answer *m)
{
	size_t mark = open_job(w, JOB_DONE);

	writer_u64(w, m->id);
	writer_u8(w, (uint8_t)m->result);
	writer_u64(w, m->ckr);
	write_view(w, m->sentence);
	writer_close(w, mark);
}
