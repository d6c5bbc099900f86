/*
 * bench/ssh.c - a load on ssh-agent, or on what speaks its protocol
 */
#include <errno.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/limits.h"
#include "agent/wire/message.h"
#include "tests/bench/agent.h"

/* The key blob, as it is asked for; empty until prepared. */
static uint8_t wanted[1024];
static size_t wanted_size;

static void ask(const struct load *l, uint64_t n, struct writer *w)
{
	uint8_t data[DATA_SIZE];
	size_t mark = message_open(w, MESSAGE_SIGN_REQUEST);

	public_sample(n, data);
	writer_string(w, wanted, wanted_size);
	writer_string(w, data, sizeof(data));
	writer_u32(w, l->public.type == KEY_TYPE_RSA ? MESSAGE_SSH_RSA_SHA2_256 : 0);
	message_close(w, mark);
}

static unsigned read_answer(const struct load *l, struct worker *w, uint64_t n, struct view answer)
{
	struct view whole, signature;
	struct reader r;

	reader_init(&r, answer.data, answer.size);
	if (reader_u8(&r) != MESSAGE_SIGN_RESPONSE) {
		worker_complain(w, "ssh-agent refused");
		return 0;
	}
	whole = reader_string(&r, 1, FRAME_MAX);
	reader_init(&r, whole.data, whole.size);
	(void)reader_string(&r, 1, 64); /* the algorithm: what does not verify is another one */
	signature = reader_string(&r, 1, SIGNATURE_MAX);
	if (!reader_end(&r)) {
		worker_complain(w, "ssh-agent's answer is malformed");
		return 0;
	}
	worker_signed(w, l, n, FORM_SSH, signature);
	return 1;
}

/* How long the blob of such a key is: the token has only one of each length. */
static size_t size_of(const struct public *p)
{
	if (p->type == KEY_TYPE_RSA)
		return 23 + p->bits / 8; /* "ssh-rsa", 65537, and the modulus with a leading zero */
	return p->type == KEY_TYPE_P256 ? 104 : 51;
}

static bool pick_blob(struct view answer, size_t size)
{
	struct reader r;
	uint32_t n;

	reader_init(&r, answer.data, answer.size);
	if (reader_u8(&r) != MESSAGE_IDENTITIES_ANSWER)
		return false;
	n = reader_u32(&r);
	for (uint32_t i = 0; i < n && !r.has_failed; i++) {
		struct view blob = reader_string(&r, 1, FRAME_MAX);

		(void)reader_string(&r, 0, FRAME_MAX); /* the comment */
		if (blob.size == size && size <= sizeof(wanted)) {
			memcpy(wanted, blob.data, size);
			wanted_size = size;
			return true;
		}
	}
	return false;
}

static int prepare(struct load *l, struct worker *w)
{
	_cleanup_(connection_done) struct connection c = {.fd = -EBADF};
	struct view answer;
	int r;

	r = connection_open(&c, l->path);
	if (r == 0) {
		message_close(&c.out, message_open(&c.out, MESSAGE_REQUEST_IDENTITIES));
		r = connection_send(&c);
	}
	while (r == 0)
		r = connection_receive(&c, &answer);
	if (r > 0 && pick_blob(answer, size_of(&l->public)))
		return 0;
	worker_complain(w, "'%s' does not offer key '%s'", l->path, l->key);
	return r < 0 ? r : -ENOENT;
}

static int run(const struct load *l, struct worker *w, struct gate *g)
{
	static const struct protocol protocol = {
		.ask = ask,
		.receive = connection_receive,
		.read = read_answer,
		.drop = connection_drop,
	};

	return agent_run(l, w, g, &protocol);
}

const struct kind kind_ssh = {"ssh", prepare, run};
