/*
 * fuzz-reply.c - a hostile agent, as libsignet sees it
 *
 * The input says which call is made, and what the agent answers to its requests: bytes as they are,
 * or the result of an answer whose front is right. What must hold: a call ends with an answer or one
 * of the errors, and whatever an answer has is complete and can be read.
 */
#include "client/include/signet.h"

#include "agent/base/code.h"
#include "agent/base/text.h"
#include "agent/wire/message.h"
#include "tests/fuzz/speaker.h"

#define INPUT_MAX 65536u

/* --- what must hold --------------------------------------------------------------------------- */

static void check_text(const char *s, size_t max)
{
	fuzz_check(s != NULL, "a text is always there");
	fuzz_check(*s == '\0' || text_is_clean(s, strlen(s), max), "a text can be shown");
}

static unsigned sum;

/* Reads them, which a sanitizer watches. */
static void check_bytes(const uint8_t *data, size_t size)
{
	fuzz_check((data != NULL) == (size > 0), "bytes are there, or there are none");
	for (size_t i = 0; i < size; i++)
		sum += data[i];
}

static void check_key(const struct signet_key *k)
{
	const uint8_t *data;
	size_t size;

	check_text(signet_key_name(k), SIGNET_NAME_MAX);
	check_text(signet_key_token(k), SIGNET_NAME_MAX);
	fuzz_check(signet_key_type_name(signet_key_type(k)) != NULL, "a key has a type");
	fuzz_check(signet_token_state_name(signet_key_state(k)) != NULL, "a token has a state");
	fuzz_check(signet_key_standing_name(signet_key_standing(k)) != NULL, "a key has a state");
	check_text(signet_key_successor(k), SIGNET_NAME_MAX);
	check_text(signet_key_file(k), CONFIG_PATH_MAX);
	data = signet_key_spki(k, &size);
	fuzz_check(size > 0, "a key has a public half");
	check_bytes(data, size);
	data = signet_key_certificate(k, &size);
	check_bytes(data, size);
	data = signet_key_ssh_certificate(k, &size);
	check_bytes(data, size);
}

static void check_signature(const struct signet_signature *g)
{
	const uint8_t *data;
	size_t size;

	check_text(signet_signature_sentence(g), SENTENCE_MAX);
	data = signet_signature_data(g, &size);
	check_bytes(data, size);
	fuzz_check((signet_signature_status(g) == 0) == (size > 0),
		   "there is a signature exactly when it is ok");
}

static void check_token(const struct signet_token *t)
{
	check_text(signet_token_name(t), SIGNET_NAME_MAX);
	check_text(signet_token_sentence(t), SENTENCE_MAX);
	fuzz_check(signet_token_state_name(signet_token_state(t)) != NULL, "a token has a state");
}

static void check_explanation(const struct signet_explanation *e)
{
	check_text(signet_explanation_sentence(e), SENTENCE_MAX);
	check_text(signet_explanation_purpose(e), SIGNET_NAME_MAX);
	fuzz_check(signet_verdict_name(signet_explanation_verdict(e)) != NULL,
		   "a verdict is one of those");
}

static void check_agent(const struct signet_agent *g)
{
	check_text(signet_agent_version(g), SIGNET_NAME_MAX);
	check_text(signet_agent_authorization(g), SIGNET_NAME_MAX);
}

static void check_answer(const struct signet_answer *a)
{
	size_t n = signet_answer_count(a);

	fuzz_check(signet_answer_status(a) >= 0 && signet_answer_status(a) <= 255,
		   "a status is within its limits");
	fuzz_check(signet_answer_status(a) == 0 || n == 0, "a refusal brings nothing");
	check_text(signet_answer_sentence(a), SENTENCE_MAX);
	check_text(signet_answer_request(a), SIGNET_NAME_MAX);
	for (size_t i = 0; i <= n; i++) {
		const struct signet_key *k = signet_answer_key(a, i);
		const struct signet_signature *g = signet_answer_signature(a, i);
		const struct signet_token *t = signet_answer_token(a, i);
		const struct signet_step *step = signet_answer_step(a, i);

		fuzz_check((k != NULL) + (g != NULL) + (t != NULL) + (step != NULL) == (i < n),
			   "there are as many as it says, of one kind");
		if (k)
			check_key(k);
		if (g)
			check_signature(g);
		if (t)
			check_token(t);
		if (step)
			check_text(signet_step_text(step), SENTENCE_MAX);
	}
	if (signet_answer_agent(a))
		check_agent(signet_answer_agent(a));
	if (signet_answer_explanation(a))
		check_explanation(signet_answer_explanation(a));
}

/* --- one input -------------------------------------------------------------------------------- */

static const char *const operations[] = {"list", "list", "sign", "status", "lock", "explain"};

static int call(struct signet *s, uint8_t which, struct signet_answer **ret)
{
	static const struct signet_item items[2] = {{"a", 1, "one"}, {"", 0, NULL}};
	const struct signet_request q = {
		.key = "k",
		.algorithm = SIGNET_EDDSA,
		.input = SIGNET_MESSAGE,
		.items = items,
		.n_items = 2,
	};

	const struct signet_question question = {.key = "k"};

	switch (which % 6) {
	case 0:
		return signet_list(s, NULL, ret);
	case 1:
		return signet_list(s, "k", ret);
	case 2:
		return signet_sign(s, &q, ret);
	case 3:
		return signet_status(s, ret);
	case 5:
		return signet_explain(s, &question, ret);
	}
	return signet_lock(s, "t", 0, ret);
}

/* kind 0: the bytes as they are, and nothing more; 1: as a frame; others: behind the front of a good answer. */
static void add_answer(const char *operation, struct reader *r)
{
	uint8_t kind = reader_u8(r) % 4;
	size_t size = (size_t)reader_u8(r) << 8, mark;
	struct writer *w = speaker_add(kind == 0);
	char name[32];
	struct view v;

	size |= reader_u8(r);
	v = reader_bytes(r, size < r->left ? size : r->left);
	if (!w)
		return;
	if (kind == 0) {
		writer_bytes(w, v.data, v.size);
		return;
	}
	(void)snprintf(name, sizeof(name), "%s" MESSAGE_DOMAIN, operation);
	if (kind == 1)
		mark = writer_open(w);
	else
		mark = message_open_answer(w, (struct view){(uint8_t *)name, strlen(name)},
					   STATUS_OK, "", "0123456789abcdef");
	writer_bytes(w, v.data, v.size);
	writer_close(w, mark);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct signet_answer *a = NULL;
	struct signet *s = NULL;
	struct reader r;
	uint8_t which;
	int e;

	if (size > INPUT_MAX)
		return 0;
	speaker_start();
	reader_init(&r, data, size);
	which = reader_u8(&r);
	while (r.left > 0)
		add_answer(operations[which % 6], &r);
	fuzz_check(signet_open(speaker.path, &s) == 0, "a handle can be opened");
	signet_set_timeout(s, 200000);
	for (int i = 0; i < 2; i++) { /* the second on what the first has left */
		e = call(s, which, &a);
		fuzz_check(e <= 0 && e >= SIGNET_E_LISTENER, "an error is one of those");
		fuzz_check((a != NULL) == (e == 0), "there is an answer, or an error");
		if (e == 0)
			check_answer(a);
		signet_answer_free(a);
		a = NULL;
	}
	signet_close(s);
	speaker_forget();
	return 0;
}
