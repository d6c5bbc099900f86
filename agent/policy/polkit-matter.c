/*
 * policy/polkit-matter.c - see polkit-matter.h
 */
#include "agent/policy/polkit-matter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"

#define NUMBER_SIZE 24 /* a uint64_t in decimal and its NUL */
#define PLACE_SIZE 128

struct detail {
	const char *name;
	const char *value;
};

/* What is not known is left out: a rule then sees undefined, not something that looks true. */
static void write_details(FILE *f, const struct detail *details, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (details[i].value && details[i].value[0] != '\0')
			(void)fprintf(f, "%s%c%s%c", details[i].name, 0, details[i].value, 0);
}

/* For prompts, so it is always there. Not the user's own unit: that has the name that a user likes. */
static void write_place(const struct caller *c, char ret[static PLACE_SIZE])
{
	if (c->unit && c->unit[0] != '\0')
		(void)snprintf(ret, PLACE_SIZE, "unit %s", c->unit); /* cut: for people alone */
	else
		(void)snprintf(ret, PLACE_SIZE, "no unit"); /* fits */
}

/* The names are a contract with the rules that administrators write. */
static void write_matter(FILE *f, const struct polkit_question *q, struct polkit_matter *m)
{
	const struct caller *c = q->caller;
	char count[NUMBER_SIZE] = "", uid[NUMBER_SIZE], requester[NUMBER_SIZE] = "";
	char place[PLACE_SIZE];
	const struct detail details[] = {
		{"key", q->key},
		{"token", q->token},
		{"purpose", q->purpose},
		{"algorithm", q->algorithm},
		{"hash", q->hash},
		{"count", count},
		{"unit", c->unit},
		{"user_unit", c->user_unit},
		{"slice", c->slice},
		{"session", c->session},
		{"comm", c->comm},
		{"uid", uid},
		{"request", q->request},
		{"requester", requester},
		{"verdict", q->verdict},
		{"window", q->window},
		{"forwarded", q->is_forwarded ? "true" : NULL},
		{"origin", q->is_forwarded ? "another host, by ssh" : "this host"},
		{"place", place},
	};

	if (q->count > 0)
		(void)snprintf(count, sizeof(count), "%zu", q->count);
	(void)snprintf(uid, sizeof(uid), "%" PRIu32, (uint32_t)c->uid);
	write_place(c, place);
	if (q->request && q->request[0] != '\0')
		(void)snprintf(requester, sizeof(requester), "%" PRIu32, (uint32_t)q->requester);

	if (q->is_for_list)
		(void)fprintf(f, "list%c", 0); /* no process begins like that */
	else
		(void)fprintf(f, "%jd %" PRIu64 " %s%c", (intmax_t)c->pid, c->start_time, uid, 0);
	m->action = (size_t)ftell(f);
	(void)fprintf(f, "%s%c", q->action, 0);
	m->details = (size_t)ftell(f);
	write_details(f, details, array_len(details));
}

int polkit_matter_init(struct polkit_matter *m, const struct polkit_question *q,
		       const uint8_t hash_key[crypto_shorthash_KEYBYTES])
{
	uint8_t hash[crypto_shorthash_BYTES];
	bool is_whole;
	FILE *f;

	*m = (struct polkit_matter){};
	if (!q->caller || !q->action)
		return -EINVAL;
	f = open_memstream(&m->bytes, &m->size);
	if (!f)
		return -ENOMEM;
	write_matter(f, q, m);
	is_whole = !ferror(f);
	if (fclose(f) != 0 || !is_whole) {
		polkit_matter_done(m);
		return -ENOMEM;
	}
	/* cannot fail */
	(void)crypto_shorthash(hash, (const uint8_t *)m->bytes, m->size, hash_key);
	memcpy(&m->hash, hash, sizeof(m->hash));
	return 0;
}

void polkit_matter_done(struct polkit_matter *m)
{
	free(m->bytes);
	*m = (struct polkit_matter){};
}

bool polkit_matter_is_equal(const struct polkit_matter *a, const struct polkit_matter *b)
{
	return a->hash == b->hash && a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

const char *polkit_matter_action(const struct polkit_matter *m)
{
	return m->bytes + m->action;
}

bool polkit_matter_next(const struct polkit_matter *m, size_t *at, const char **ret_name,
			const char **ret_value)
{
	const char *name;

	if (*at == 0)
		*at = m->details;
	if (*at >= m->size)
		return false;
	name = m->bytes + *at;
	*ret_name = name;
	*ret_value = name + strlen(name) + 1;
	*at = (size_t)(*ret_value + strlen(*ret_value) + 1 - m->bytes);
	return true;
}

static bool is_in_scope(const char *name)
{
	static const char *const names[] = {"key",     "token",  "purpose",  "request",
					    "verdict", "window", "forwarded"};

	for (size_t i = 0; i < array_len(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* None of these calls can fail. Every string goes in with its NUL, so that none runs into the next. */
void polkit_matter_scope(const struct polkit_matter *m, struct polkit_scope *ret)
{
	crypto_hash_sha256_state state;
	const char *name, *value;
	size_t at = 0;

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, (const uint8_t *)m->bytes, m->details);
	while (polkit_matter_next(m, &at, &name, &value)) {
		if (!is_in_scope(name))
			continue;
		(void)crypto_hash_sha256_update(&state, (const uint8_t *)name, strlen(name) + 1);
		(void)crypto_hash_sha256_update(&state, (const uint8_t *)value, strlen(value) + 1);
	}
	(void)crypto_hash_sha256_final(&state, ret->digest);
}
