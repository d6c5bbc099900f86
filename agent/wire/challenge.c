/*
 * wire/challenge.c - see challenge.h
 */
#include "agent/wire/challenge.h"

#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"

#define BEGINNING "signet pam"
#define FIRST_LINE BEGINNING " challenge 1\n"
/* 2026-11-22T16:00:00Z */
#define TIME_SIZE 20u

static bool begins_with(struct view v, const char *s)
{
	return v.size >= strlen(s) && memcmp(v.data, s, strlen(s)) == 0;
}

static bool is_made_of(struct view v, const char *bytes)
{
	for (size_t i = 0; i < v.size; i++)
		if (v.data[i] == '\0' || !strchr(bytes, v.data[i]))
			return false;
	return true;
}

bool challenge_begins(struct view data)
{
	return begins_with(data, BEGINNING);
}

bool challenge_is_service(struct view name)
{
	return name.size > 0 && name.size <= CHALLENGE_SERVICE_MAX && name.data[0] != '.' &&
	       name.data[0] != '-' && is_made_of(name, "abcdefghijklmnopqrstuvwxyz0123456789._-");
}

static bool is_hex(struct view v, size_t digits)
{
	return v.size == digits && is_made_of(v, "0123456789abcdef");
}

/* What holds for single values; that they are clean text is looked at line by line. */
static bool is_sound(const struct challenge *c)
{
	return challenge_is_service(c->service) && c->user.size > 0 &&
	       (c->machine.size == 0 || is_hex(c->machine, CHALLENGE_MACHINE_SIZE));
}

/* --- writing -------------------------------------------------------------------------------------- */

static void put(struct writer *w, const char *s)
{
	writer_bytes(w, s, strlen(s));
}

static void write_line(struct writer *w, const char *name, struct view value, size_t max)
{
	if (value.size > 0 && (!text_is_clean(value.data, value.size, max) || view_is(value, "-")))
		writer_fail(w);
	put(w, name);
	put(w, ": ");
	if (value.size > 0)
		writer_bytes(w, value.data, value.size);
	else
		put(w, "-");
	put(w, "\n");
}

void challenge_write(struct writer *w, const struct challenge *c)
{
	char nonce[2 * CHALLENGE_NONCE_SIZE + 1], when[TEXT_TIME_SIZE];

	text_time(c->time_usec, when);
	if (!is_sound(c) || strlen(when) != TIME_SIZE) /* beyond the year 9999 */
		writer_fail(w);
	text_hex(c->nonce, sizeof(c->nonce), nonce);
	put(w, FIRST_LINE);
	write_line(w, "service", c->service, CHALLENGE_SERVICE_MAX);
	write_line(w, "user", c->user, CHALLENGE_VALUE_MAX);
	write_line(w, "ruser", c->ruser, CHALLENGE_VALUE_MAX);
	write_line(w, "rhost", c->rhost, CHALLENGE_VALUE_MAX);
	write_line(w, "tty", c->tty, CHALLENGE_VALUE_MAX);
	write_line(w, "host", c->host, CHALLENGE_VALUE_MAX);
	write_line(w, "machine", c->machine, CHALLENGE_MACHINE_SIZE);
	write_line(w, "time", view_of(when), TIME_SIZE);
	write_line(w, "nonce", view_of(nonce), sizeof(nonce));
	write_line(w, "command", c->command, CHALLENGE_COMMAND_MAX);
}

/* --- reading -------------------------------------------------------------------------------------- */

static void expect(struct reader *r, const char *s)
{
	if (!view_is(reader_bytes(r, strlen(s)), s))
		reader_fail(r);
}

/* The value of the next line, which has to be the one of that name; empty for '-'. */
static struct view read_line(struct reader *r, const char *name, size_t max)
{
	const uint8_t *end;
	struct view value = {};

	expect(r, name);
	expect(r, ": ");
	end = r->left > 0 ? memchr(r->at, '\n', r->left) : NULL;
	if (end)
		value = reader_bytes(r, (size_t)(end - r->at));
	expect(r, "\n");
	if (!text_is_clean(value.data, value.size, max))
		reader_fail(r);
	return r->has_failed || view_is(value, "-") ? (struct view){} : value;
}

/* There is one way to write a moment, which strptime() does not insist on. */
static uint64_t read_time(struct reader *r)
{
	struct view v = read_line(r, "time", TIME_SIZE);
	char text[TIME_SIZE + 1] = "", again[TEXT_TIME_SIZE];
	uint64_t usec;

	if (v.size == TIME_SIZE)
		memcpy(text, v.data, TIME_SIZE);
	if (text_to_time(text, &usec) == 0) {
		text_time(usec, again);
		if (strcmp(text, again) == 0)
			return usec;
	}
	reader_fail(r);
	return 0;
}

static uint8_t digit(uint8_t c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void read_nonce(struct reader *r, uint8_t ret[static CHALLENGE_NONCE_SIZE])
{
	struct view hex = read_line(r, "nonce", 2 * CHALLENGE_NONCE_SIZE);

	if (!is_hex(hex, 2 * CHALLENGE_NONCE_SIZE)) {
		reader_fail(r);
		return;
	}
	for (size_t i = 0; i < CHALLENGE_NONCE_SIZE; i++)
		ret[i] = (uint8_t)(digit(hex.data[2 * i]) << 4 | digit(hex.data[2 * i + 1]));
}

bool challenge_read(struct view data, struct challenge *ret)
{
	struct challenge c = {};
	struct reader r;

	reader_init(&r, data.data, data.size);
	expect(&r, FIRST_LINE);
	c.service = read_line(&r, "service", CHALLENGE_SERVICE_MAX);
	c.user = read_line(&r, "user", CHALLENGE_VALUE_MAX);
	c.ruser = read_line(&r, "ruser", CHALLENGE_VALUE_MAX);
	c.rhost = read_line(&r, "rhost", CHALLENGE_VALUE_MAX);
	c.tty = read_line(&r, "tty", CHALLENGE_VALUE_MAX);
	c.host = read_line(&r, "host", CHALLENGE_VALUE_MAX);
	c.machine = read_line(&r, "machine", CHALLENGE_MACHINE_SIZE);
	c.time_usec = read_time(&r);
	read_nonce(&r, c.nonce);
	c.command = read_line(&r, "command", CHALLENGE_COMMAND_MAX);
	if (!reader_end(&r) || !is_sound(&c))
		return false;
	*ret = c;
	return true;
}

/* --- telling -------------------------------------------------------------------------------------- */

/* What does not fit is cut. */
static void append(char *text, size_t size, const char *before, struct view value)
{
	size_t at = strlen(text);

	if (value.size > 0)
		(void)snprintf(text + at, size - at, "%s%.*s", before, (int)value.size,
			       (const char *)value.data);
}

void challenge_describe(const struct challenge *c, char *ret, size_t size)
{
	char text[CHALLENGE_MAX] = "";

	append(text, sizeof(text), "", c->service);
	append(text, sizeof(text), " for ", c->user);
	append(text, sizeof(text), " by ", c->ruser);
	append(text, sizeof(text), " from ", c->rhost);
	append(text, sizeof(text), " on ", c->tty);
	append(text, sizeof(text), ": ", c->command);
	text_sanitise(text, ret, size); /* and cuts it between characters */
}
