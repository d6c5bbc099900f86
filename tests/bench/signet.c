/*
 * bench/signet.c - a load on signetd, by sign@signetd.org
 */
#include <errno.h>
#include <string.h>

#include "agent/wire/message.h"
#include "tests/bench/agent.h"

static void ask(const struct load *l, uint64_t n, struct writer *w)
{
	static struct message_sign m;
	static uint8_t data[BATCH_MAX][DATA_SIZE];
	const bool is_pure = l->public.type == KEY_TYPE_ED25519;

	m.key = (struct view){(const uint8_t *)l->key, strlen(l->key)};
	m.algorithm = l->public.type == KEY_TYPE_RSA ? ALGORITHM_RSA_PKCS1 : ALGORITHM_ECDSA;
	m.algorithm = is_pure ? ALGORITHM_EDDSA : m.algorithm;
	m.hash = is_pure ? HASH_NONE : HASH_SHA256;
	m.input = is_pure ? INPUT_MESSAGE : INPUT_DIGEST;
	m.n_items = l->batch;
	for (unsigned i = 0; i < l->batch; i++) {
		public_sample(n + i, data[i]);
		m.items[i].data = (struct view){data[i], DATA_SIZE};
		m.items[i].label = (struct view){(const uint8_t *)"bench", 5};
	}
	message_write_sign(w, &m);
}

static unsigned read_answer(const struct load *l, struct worker *w, uint64_t n, struct view answer)
{
	struct message_signature signature;
	struct message_answer m;
	unsigned n_signed = 0;
	uint32_t n_items;

	if (!message_read_answer(answer, &m)) {
		worker_complain(w, "a message %u came as the answer", answer.data[0]);
		return 0;
	}
	if (m.status != STATUS_OK) {
		worker_complain(w, "%u: %.*s", m.status, (int)m.sentence.size, m.sentence.data);
		return 0;
	}
	n_items = reader_count(&m.result, l->batch);
	for (uint32_t i = 0; i < n_items; i++) {
		message_read_signature(&m.result, &signature);
		if (m.result.has_failed || signature.status != STATUS_OK) {
			worker_complain(w, "%u: %.*s", signature.status,
					(int)signature.sentence.size, signature.sentence.data);
			continue;
		}
		worker_signed(w, l, n + i, FORM_SIGNET, signature.signature);
		n_signed++;
	}
	return n_signed;
}

static int prepare(struct load *l, struct worker *w)
{
	if (l->batch >= 1 && l->batch <= BATCH_MAX)
		return 0;
	worker_complain(w, "a batch has 1 to %u items", BATCH_MAX);
	return -EINVAL;
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

const struct kind kind_signet = {"signet", prepare, run};
