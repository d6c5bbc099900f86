/*
 * worker/announce.c - see announce.h
 */
#include "agent/worker/announce.h"

#include <stdio.h>
#include <string.h>

#include "agent/base/limits.h"
#include "agent/base/text.h"

/* All keys, with the largest certificates. */
#define FRAMES_MAX (TOKEN_KEYS_MAX * (CERTIFICATE_MAX + 3 * SPKI_MAX))

static struct view text(const char *s)
{
	return (struct view){(const uint8_t *)s, strlen(s)};
}

static void write_key(struct writer *w, const struct key *k)
{
	const struct job_key m = {
		.label = text(k->label),
		.cka_id = {k->cka_id, k->cka_id_size},
		.type = k->public.type,
		.bits = k->public.bits,
		.spki = {k->public.spki, k->public.spki_size},
		.ssh_blob = {k->public.ssh, k->public.ssh_size},
		.certificate = {k->certificate, k->certificate ? k->certificate_size : 0},
	};

	job_write_key(w, &m);
}

/* Why the state is what it is; of a token that is ready, why some keys are not there. */
static void explain(const struct token *t, char *ret, size_t size)
{
	char raw[SENTENCE_MAX];

	ret[0] = '\0';
	if (t->state != TOKEN_STATE_READY) {
		(void)snprintf(ret, size, "%s", t->why.sentence);
		return;
	}
	if (t->keys.n_left_out == 0)
		return;
	(void)snprintf(raw, sizeof(raw), "%zu keys are left out; %s", t->keys.n_left_out,
		       t->keys.n_notices > 0 ? t->keys.notices[0] : "there are too many");
	text_sanitise(raw, ret, size);
}

static char *collect_notices(const struct token *t)
{
	char *all = NULL;

	for (size_t i = 0; i < t->keys.n_notices; i++) {
		char *more = text_format("%s%s\n", all ? all : "", t->keys.notices[i]);

		free(all);
		all = more;
		if (!all)
			return NULL;
	}
	return all;
}

void announce(const struct token *t, struct hub *hub)
{
	_cleanup_(freep) char *status = NULL, *notices = NULL;
	char sentence[SENTENCE_MAX];
	struct job_state m;
	struct writer w;

	explain(t, sentence, sizeof(sentence));
	m.state = t->state;
	m.ckr = t->state == TOKEN_STATE_READY ? 0 : t->why.ckr;
	m.sentence = text(sentence);
	m.label = text(t->slot.label);
	m.serial = text(t->slot.serial);
	m.sessions = t->sessions;
	m.keys = (uint32_t)t->keys.n;
	status = text_format("%s%s%s", token_state_name(t->state), *sentence ? ": " : "", sentence);
	notices = collect_notices(t);

	writer_init(&w, FRAMES_MAX);
	for (size_t i = 0; i < t->keys.n; i++)
		write_key(&w, &t->keys.list[i]);
	job_write_state(&w, &m);
	if (status && writer_end(&w) == 0)
		hub_announce(hub, &w.data, w.size, &status, &notices);
	writer_done(&w);
}
