/*
 * fuzz-message.c - frames of clients and of signetd: what is read is written back the same
 *
 * The input is one frame behind its length word. It is read by whoever would get it, and, if it is
 * well-formed, written by whoever would have sent it.
 */
#include "agent/base/text.h"
#include "agent/wire/message.h"
#include "tests/fuzz/fuzz.h"

/* A C string of a view that holds clean text, in one of two places. */
static const char *string(struct view v)
{
	static char places[2][SENTENCE_MAX + 1];
	static unsigned next;
	char *s = places[next++ % 2];

	fuzz_check(v.size <= SENTENCE_MAX, "texts are bounded");
	if (v.size > 0)
		memcpy(s, v.data, v.size);
	s[v.size] = '\0';
	fuzz_check(v.size == 0 || text_is_clean(s, strlen(s), SENTENCE_MAX), "texts are clean");
	return s;
}

static void check_and_end(struct writer *w, struct view frame)
{
	struct view v = writer_view(w);

	fuzz_check(writer_end(w) == 0, "what fitted a frame fits one again");
	fuzz_check_same((struct view){v.data + 4, v.size - 4}, frame.data, frame.size);
	writer_done(w);
}

static void read_request(struct reader r, struct view name, struct view frame)
{
	static struct message_sign sign; /* 8 KiB */
	struct message_token token;
	struct message_explain explain;
	struct message_list list;
	struct writer w;
	uint8_t flags;

	writer_init(&w, FRAME_MAX + 4);
	if (view_is(name, "list" MESSAGE_DOMAIN) && message_read_list(&r, &list))
		message_write_list(&w, list.first, string(list.name), list.flags,
				   string(list.purpose));
	else if (view_is(name, "sign" MESSAGE_DOMAIN) && message_read_sign(&r, &sign))
		message_write_sign(&w, &sign);
	else if (view_is(name, "unlock" MESSAGE_DOMAIN) && message_read_unlock(&r, &token))
		message_write_token(&w, "unlock", string(token.token), token.flags);
	else if (view_is(name, "lock" MESSAGE_DOMAIN) && message_read_lock(&r, &token))
		message_write_token(&w, "lock", string(token.token), token.flags);
	else if (view_is(name, "explain" MESSAGE_DOMAIN) && message_read_explain(&r, &explain))
		message_write_explain(&w, &explain);
	else if (view_is(name, "reload" MESSAGE_DOMAIN) && message_read_flags(&r, &flags))
		message_write_reload(&w, flags);
	else
		return;
	check_and_end(&w, frame);
}

static void copy_list(struct reader *r, struct writer *w)
{
	struct message_key k;
	uint32_t n;

	writer_u32(w, reader_u32(r));
	n = reader_count(r, FRAME_MAX);
	writer_u32(w, n);
	for (uint32_t i = 0; i < n && !r->has_failed; i++) {
		message_read_key(r, &k);
		message_write_key(w, &k);
	}
}

static void copy_signatures(struct reader *r, struct writer *w)
{
	struct message_signature s;
	uint32_t n = reader_count(r, BATCH_MAX);

	writer_u32(w, n);
	for (uint32_t i = 0; i < n && !r->has_failed; i++) {
		message_read_signature(r, &s);
		fuzz_check(r->has_failed || (s.status == STATUS_OK) == (s.signature.size > 0),
			   "a signature comes exactly with status 0");
		message_write_signature(w, &s);
	}
}

static void copy_status(struct reader *r, struct writer *w)
{
	struct message_status s;
	struct message_status_token t;
	uint32_t n;

	message_read_status_front(r, &s);
	message_write_status_front(w, &s);
	n = reader_count(r, TOKENS_MAX);
	writer_u32(w, n);
	for (uint32_t i = 0; i < n && !r->has_failed; i++) {
		message_read_status_token(r, &t);
		message_write_status_token(w, &t);
	}
}

static void copy_explanation(struct reader *r, struct writer *w)
{
	struct message_explanation m;
	struct message_step step;
	uint32_t n;

	message_read_explanation(r, &m);
	message_write_explanation(w, &m);
	n = reader_count(r, TRACE_STEPS_MAX);
	writer_u32(w, n);
	for (uint32_t i = 0; i < n && !r->has_failed; i++) {
		message_read_step(r, &step);
		message_write_step(w, &step);
	}
}

static void read_answer(struct view frame)
{
	struct message_answer a;
	struct writer w;
	size_t mark;

	if (!message_read_answer(frame, &a))
		return;
	writer_init(&w, FRAME_MAX + 4);
	mark = message_open_answer(&w, a.name, (enum status)a.status, string(a.sentence),
				   string(a.request));
	if (view_is(a.name, "list" MESSAGE_DOMAIN))
		copy_list(&a.result, &w);
	else if (view_is(a.name, "sign" MESSAGE_DOMAIN))
		copy_signatures(&a.result, &w);
	else if (view_is(a.name, "status" MESSAGE_DOMAIN))
		copy_status(&a.result, &w);
	else if (view_is(a.name, "explain" MESSAGE_DOMAIN))
		copy_explanation(&a.result, &w);
	message_close(&w, mark);
	if (reader_end(&a.result))
		check_and_end(&w, frame);
	writer_done(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view frame = {.data = data, .size = size};
	struct message_ssh_sign m;
	struct reader r;
	struct view name;

	if (size > FRAME_MAX)
		return 0;
	reader_init(&r, data, size);
	switch (reader_u8(&r)) {
	case MESSAGE_SIGN_REQUEST:
		if (message_read_ssh_sign(&r, &m))
			fuzz_check(m.blob.size + m.data.size + 13 == size, "nothing is left over");
		break;
	case MESSAGE_EXTENSION:
		name = reader_text(&r, 1, MESSAGE_EXTENSION_NAME_MAX);
		read_request(r, name, frame);
		break;
	case MESSAGE_EXTENSION_RESPONSE:
		read_answer(frame);
		break;
	}
	return 0;
}
