/*
 * policy/quorum-text.c - see quorum-text.h
 *
 * Every value is one line: names and labels were checked to be clean text when they came. What the
 * requester says of itself comes last in its line, behind a word that says so. The lines of a challenge
 * of pam_signet are indented, so that none of them can be taken for one of ours.
 */
#include "agent/policy/quorum-text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/base/code.h"
#include "agent/base/text.h"
#include "agent/wire/challenge.h"

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return b == 0 || (a != 0 && a < b) ? a : b;
}

bool window_is_set(const struct window *w)
{
	return w->usec > 0 && w->signatures > 0;
}

struct window window_narrow(const struct window *a, const struct window *b)
{
	return (struct window){smaller(a->usec, b->usec), smaller(a->signatures, b->signatures)};
}

static void put_time(FILE *f, const char *name, uint64_t usec)
{
	char text[TEXT_TIME_SIZE];

	text_time(usec, text);
	(void)fprintf(f, "%s: %s\n", name, text); /* looked at once, at the end: so all of these */
}

static void put_window(FILE *f, const struct window *w)
{
	if (window_is_set(w))
		(void)fprintf(f, "window: %" PRIu64 " seconds, %" PRIu64 " signatures\n",
			      w->usec / USEC_PER_SEC, w->signatures);
	else
		(void)fprintf(f, "window: none\n");
}

/* All lines but the first. Who approves reads what is signed, not what somebody calls it. */
static void put_challenge(FILE *f, struct view text)
{
	const uint8_t *at = text.data, *end = at + text.size, *newline;

	(void)fprintf(f, "\n");
	for (; at < end; at = newline + 1) {
		newline =
			memchr(at, '\n', (size_t)(end - at)); /* each line of a challenge has one */
		if (at != text.data)
			(void)fprintf(f, "  %.*s\n", (int)(newline - at), (const char *)at);
	}
}

static void put_item(FILE *f, const struct ask *ask, const struct ask_item *item)
{
	const struct view data = {item->data, item->size};
	char hex[2 * DIGEST_MAX + 1];
	struct challenge c;

	text_hex(item->digest, item->digest_size, hex);
	if (ask->input == INPUT_DIGEST)
		(void)fprintf(f, "item: %s %s", hash_name(ask->hash), hex);
	else
		(void)fprintf(f, "item: message of %zu bytes, sha256 %s", item->size, hex);
	if (ask->input == INPUT_MESSAGE && challenge_read(data, &c)) {
		put_challenge(f, data);
		return;
	}
	(void)fprintf(f, "%s%s\n", item->label ? " declared " : "", item->label ? item->label : "");
}

static const char *known(const char *s)
{
	return s ? s : "-";
}

static void put_all(FILE *f, const struct parked *p, const char *host, bool is_denied,
		    const struct window *window)
{
	char key_id[2 * KEY_ID_SIZE + 1];

	text_hex(p->key_id, KEY_ID_SIZE, key_id);
	(void)fprintf(f, "signet approval 1\n");
	(void)fprintf(f, "verdict: %s\n", is_denied ? "deny" : "approve");
	(void)fprintf(f, "request: %s\n", p->id);
	(void)fprintf(f, "host: %s\n", host);
	(void)fprintf(f, "key: %s\n", p->key);
	(void)fprintf(f, "key-id: %s\n", key_id);
	(void)fprintf(f, "purpose: %s\n", p->ask.purpose);
	(void)fprintf(f, "algorithm: %s\n", known(algorithm_name(p->ask.algorithm)));
	(void)fprintf(f, "hash: %s\n", known(hash_name(p->ask.hash)));
	(void)fprintf(f, "requester: %" PRIu32 "\n", (uint32_t)p->uid);
	(void)fprintf(f, "unit: %s\n", known(p->unit));
	(void)fprintf(f, "session: %s\n", known(p->session));
	(void)fprintf(f, "forwarded: %s\n", p->is_forwarded ? "yes" : "no");
	(void)fprintf(f, "program: declared %s\n", known(p->comm));
	(void)fprintf(f, "policy: %s\n", p->policy);
	put_time(f, "created", p->created_usec);
	put_time(f, "expires", p->expires_usec);
	put_window(f, window);
	(void)fprintf(f, "items: %zu\n", p->ask.n_items);
	for (size_t i = 0; i < p->ask.n_items; i++)
		put_item(f, &p->ask, &p->ask.items[i]);
}

char *quorum_text(const struct parked *p, const char *host, bool is_denied,
		  const struct window *window)
{
	struct window narrowed = window_narrow(&p->asked, window);
	bool is_whole;
	char *text = NULL;
	size_t size;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		return NULL;
	put_all(f, p, host, is_denied, &narrowed);
	is_whole = !ferror(f);
	if (fclose(f) == 0 && is_whole)
		return text;
	free(text);
	return NULL;
}
