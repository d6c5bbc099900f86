/*
 * policy/limit-text.c - see limit-text.h
 *
 * What does not fit is cut, which shows.
 */
#include "agent/policy/limit-text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/base/code.h"
#include "agent/base/text.h"

struct out {
	char *buf;
	size_t size;
	size_t at;
};

__attribute__((format(printf, 2, 3))) static void put(struct out *o, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(o->buf + o->at, o->size - o->at, format, ap);
	va_end(ap);
	if (n > 0)
		o->at = (size_t)n < o->size - o->at ? o->at + (size_t)n : o->size - 1;
}

static bool put_time(struct out *o, uint64_t usec)
{
	char text[TEXT_TIME_SIZE];

	if (usec == 0)
		return false;
	text_time(usec, text);
	put(o, "%s", text);
	return true;
}

/* Bit 0 stands for a list that is there and empty. */
static bool put_bits(struct out *o, unsigned bits, const char *(*name)(unsigned))
{
	const char *gap = "";

	if (bits == 0)
		return false;
	for (unsigned i = 1; i < 32; i++) {
		if (!(bits & 1u << i))
			continue;
		put(o, "%s%s", gap, name(i) ? name(i) : "?");
		gap = " ";
	}
	return true;
}

static const char *name_of_algorithm(unsigned i)
{
	return algorithm_name((enum algorithm)i);
}

static const char *name_of_hash(unsigned i)
{
	return hash_name((enum hash)i);
}

static bool put_state(struct out *o, const struct key_rule *r, const struct use *u)
{
	(void)u;
	put(o, "%s", key_state_name(r->state) ? key_state_name(r->state) : "?");
	return true;
}

static bool put_not_before(struct out *o, const struct key_rule *r, const struct use *u)
{
	(void)u;
	return put_time(o, r->not_before);
}

static bool put_not_after(struct out *o, const struct key_rule *r, const struct use *u)
{
	(void)u;
	return put_time(o, r->not_after);
}

static bool put_certificate(struct out *o, const struct key_rule *r, const struct use *u)
{
	(void)u;
	if (r->certificate_not_after == 0)
		return false;
	put(o, "(one that is valid until) ");
	return put_time(o, r->certificate_not_after);
}

static bool put_minimum_bits(struct out *o, const struct key_rule *r, const struct use *u)
{
	(void)u;
	put(o, "%u", r->minimum_bits);
	return r->minimum_bits > 0;
}

static bool put_algorithms(struct out *o, const struct key_rule *r, const struct use *u)
{
	(void)u;
	return put_bits(o, r->algorithms, name_of_algorithm);
}

static bool put_hashes(struct out *o, const struct key_rule *r, const struct use *u)
{
	(void)u;
	return put_bits(o, r->hashes, name_of_hash);
}

static bool put_purposes(struct out *o, const struct key_rule *r, const struct use *u)
{
	(void)u;
	for (size_t i = 0; r->purposes && r->purposes[i]; i++)
		put(o, "%s%s", i > 0 ? " " : "", r->purposes[i]);
	return r->purposes != NULL;
}

static bool put_rate(struct out *o, const struct key_rule *r, const struct use *u)
{
	put(o, "%llu/%llus, of which %llu are left now", (unsigned long long)r->rate,
	    (unsigned long long)(r->rate_usec / USEC_PER_SEC), (unsigned long long)u->n_left);
	return r->rate_usec > 0;
}

static bool put_number(struct out *o, const struct key_rule *r, const struct use *u)
{
	put(o, "%llu, of which %llu are made", (unsigned long long)r->maximum_signatures,
	    (unsigned long long)u->n_signed);
	return r->maximum_signatures > 0;
}

/* clang-format off */
static const struct {
	const char *name;
	bool (*put)(struct out *o, const struct key_rule *r, const struct use *u);
} texts[] = {
	{"State",             put_state},
	{"NotBefore",         put_not_before},
	{"NotAfter",          put_not_after},
	{"Certificate",       put_certificate},
	{"MinimumBits",       put_minimum_bits},
	{"Algorithms",        put_algorithms},
	{"Hashes",            put_hashes},
	{"Purposes",          put_purposes},
	{"RateLimit",         put_rate},
	{"MaximumSignatures", put_number},
};
/* clang-format on */

bool limit_text(const char *name, const struct key_rule *rule, const struct use *use, char *buf,
		size_t size)
{
	struct out o = {.buf = buf, .size = size};

	put(&o, "%s=", name);
	for (size_t i = 0; i < array_len(texts); i++)
		if (strcmp(texts[i].name, name) == 0)
			return texts[i].put(&o, rule, use);
	return false;
}
