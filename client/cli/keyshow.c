/*
 * cli/keyshow.c - see keyshow.h
 */
#include "client/cli/keyshow.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/cli/agent.h"
#include "client/cli/json.h"
#include "client/cli/keyfacts.h"
#include "client/cli/table.h"
#include "client/cli/when.h"

#define DAY 86400

enum { NAME, TYPE, TOKEN, STATE, USES, LAST_USE, EXPIRES, COLUMNS };

/* --- for programs -------------------------------------------------------------------------------- */

static void add_text(struct json_object *o, const char *name, const char *text)
{
	if (text)
		json_add(o, name, json_object_new_string(text));
}

/* Nothing for a list that is not set: an empty one says something else. */
static void add_words(struct json_object *o, const char *name, const char *words)
{
	struct json_object *array;

	if (!words)
		return;
	array = json_object_new_array();
	for (size_t len; *words != '\0'; words += len + strspn(words + len, " ")) {
		len = strcspn(words, " ");
		if (len > 0)
			json_append(array, json_object_new_string_len(words, (int)len));
	}
	json_add(o, name, array);
}

static void add_certificate(struct json_object *o, const struct keyfacts *f)
{
	struct json_object *c;

	if (!f->subject)
		return;
	c = json_object_new_object();
	add_text(c, "subject", f->subject);
	add_text(c, "issuer", f->issuer);
	json_add_date(c, "not_before", f->certificate_from);
	json_add_date(c, "not_after", f->certificate_until);
	add_text(c, "signature_hash", f->signature_hash);
	json_add(c, "fits", json_object_new_boolean(f->certificate == CERTIFICATE_FITS));
	json_add(o, "certificate", c);
}

static struct json_object *to_json(const struct signet_key *k, const struct keyfacts *f)
{
	struct json_object *o = json_object_new_object();
	char id[KEY_ID_TEXT_SIZE];

	agent_key_id(k, id);
	add_text(o, "name", f->name);
	add_text(o, "id", id);
	add_text(o, "type", signet_key_type_name(f->type));
	json_add(o, "bits", json_object_new_int64(f->bits));
	add_text(o, "state", signet_key_standing_name(f->standing));
	add_text(o, "token", f->token);
	add_text(o, "token_state", signet_token_state_name(f->token_state));
	add_text(o, "file", f->path);
	add_words(o, "purposes", f->limits.purposes);
	add_words(o, "hashes", f->limits.hashes);
	json_add_date(o, "not_before", f->not_before);
	json_add_date(o, "not_after", f->not_after);
	json_add(o, "signatures", json_object_new_int64((int64_t)f->uses));
	json_add_date(o, "last_signature", f->last_use);
	json_add(o, "quorum", json_object_new_int64(f->quorum));
	add_text(o, "successor", f->successor);
	add_certificate(o, f);
	return o;
}

/* --- for people ---------------------------------------------------------------------------------- */

static const char *standing_text(const struct keyfacts *f)
{
	const char *name = signet_key_standing_name(f->standing);

	return name ? name : "unknown"; /* a later agent's */
}

static const char *token_text(const struct keyfacts *f)
{
	const char *name = signet_token_state_name(f->token_state);

	return name ? name : "unknown";
}

static const char *type_text(const struct keyfacts *f)
{
	const char *name = signet_key_type_name(f->type);

	return name ? name : "unknown";
}

/* The first moment at which it cannot sign any more, or not with its certificate; 0: none. */
static time_t end_of(const struct keyfacts *f)
{
	if (f->not_after == 0 || f->certificate_until == 0)
		return f->not_after > 0 ? f->not_after : f->certificate_until;
	return f->not_after < f->certificate_until ? f->not_after : f->certificate_until;
}

/* "2026-12-31", or what else there is to say. */
static char *day_text(time_t t, const char *otherwise)
{
	char date[WHEN_SIZE];

	if (t == 0)
		return strdup(otherwise);
	when_format(t, date);
	return strndup(date, strlen("2026-12-31"));
}

__attribute__((format(printf, 1, 2))) static char *text(const char *format, ...)
{
	va_list ap;
	char *s;
	int r;

	va_start(ap, format);
	r = vasprintf(&s, format, ap);
	va_end(ap);
	return r < 0 ? NULL : s;
}

/* All cells are owned by the row. False when out of memory. */
static bool fill_row(const struct keyfacts *f, char **row)
{
	bool is_ready = f->token_state == SIGNET_TOKEN_READY;

	row[NAME] = strdup(f->name);
	row[TYPE] = f->type == SIGNET_KEY_RSA ? text("RSA-%u", f->bits) : strdup(type_text(f));
	row[TOKEN] = is_ready ? strdup(f->token) : text("%s (%s)", f->token, token_text(f));
	row[STATE] = strdup(standing_text(f));
	row[USES] = text("%" PRIu64, f->uses);
	row[LAST_USE] = day_text(f->last_use, "-");
	row[EXPIRES] = day_text(end_of(f), "-");
	for (size_t i = 0; i < COLUMNS; i++)
		if (!row[i])
			return false;
	return true;
}

static bool fill_rows(const struct signet_answer *a, char **cells)
{
	for (size_t i = 0; i < signet_answer_count(a); i++) {
		_cleanup_(keyfacts_done) struct keyfacts f = {};

		if (!keyfacts_of(signet_answer_key(a, i), &f) ||
		    !fill_row(&f, cells + (i + 1) * COLUMNS))
			return false;
	}
	return true;
}

static enum exit_code print_table(const struct signet_answer *a)
{
	static const char *const heading[COLUMNS] = {"NAME", "TYPE",     "TOKEN",  "STATE",
						     "USES", "LAST USE", "EXPIRES"};
	size_t n = signet_answer_count(a) + 1;
	char **cells = calloc(n * COLUMNS, sizeof(*cells));
	bool is_complete = cells != NULL;

	if (cells) {
		memcpy(cells, heading, sizeof(heading));
		is_complete = fill_rows(a, cells);
	}
	if (is_complete)
		table_print(cells, n, COLUMNS);
	for (size_t i = COLUMNS; i < n * COLUMNS && cells; i++)
		free(cells[i]);
	free(cells);
	if (is_complete)
		return finish_output();
	complain("out of memory");
	return EXIT_AGAIN;
}

static void put_dates(const char *what, time_t from, time_t until)
{
	char date[WHEN_SIZE];

	if (from == 0 && until == 0)
		return;
	printf("%-13s", what);
	if (from > 0) {
		when_format(from, date);
		printf("from %s%s", date, until > 0 ? " " : "");
	}
	if (until > 0) {
		when_format(until, date);
		printf("until %s", date);
	}
	printf("\n");
}

static const char *limit_text(const char *words)
{
	if (!words)
		return "all";
	return *words == '\0' ? "none" : words;
}

static void print_certificate(const struct keyfacts *f)
{
	long long age = ((long long)time(NULL) - f->certificate_from) / DAY;

	switch (f->certificate) {
	case CERTIFICATE_NONE:
		return;
	case CERTIFICATE_UNREADABLE:
		printf("%-13sno X.509 certificate\n", "certificate");
		return;
	case CERTIFICATE_OTHER_KEY:
	case CERTIFICATE_FITS:
		break;
	}
	printf("%-13s%s%s\n", "certificate", f->subject,
	       f->certificate == CERTIFICATE_OTHER_KEY ? " (of another key)" : "");
	printf("%-13s%s\n", "  by", f->issuer);
	put_dates("  valid", f->certificate_from, f->certificate_until);
	if (age >= 0)
		printf("%-13s%lld day%s\n", "  age", age, age == 1 ? "" : "s");
}

static enum exit_code print_one(const struct signet_key *k, const struct keyfacts *f,
				bool is_succeeded)
{
	char id[KEY_ID_TEXT_SIZE], date[WHEN_SIZE];

	agent_key_id(k, id);
	printf("%-13s%s\n%-13s%s\n", "name", f->name, "state", standing_text(f));
	printf("%-13s%s, %u bits\n", "type", type_text(f), f->bits);
	printf("%-13s%s (%s)\n", "token", f->token, token_text(f));
	printf("%-13s%s\n", "id", id);
	printf("%-13s%s\n", "file", f->path ? f->path : "none, so nothing limits it");
	if (f->is_file_read) {
		printf("%-13s%s\n", "purposes", limit_text(f->limits.purposes));
		printf("%-13s%s\n", "hashes", limit_text(f->limits.hashes));
	}
	put_dates("valid", f->not_before, f->not_after);
	printf("%-13s%" PRIu64, "signatures", f->uses);
	if (f->last_use > 0) {
		when_format(f->last_use, date);
		printf(", last on %s", date);
	}
	printf("\n");
	if (f->quorum > 0)
		printf("%-13s%u\n", "quorum", f->quorum);
	if (f->successor)
		printf("%-13s%s%s\n", "successor", f->successor,
		       is_succeeded ? ", which is the key that the name means by now" : "");
	print_certificate(f);
	return finish_output();
}

/* --- asking ---------------------------------------------------------------------------------------- */

static enum exit_code print_json(const struct signet_answer *a)
{
	struct json_object *top = json_object_new_object(), *keys = json_object_new_array();

	for (size_t i = 0; i < signet_answer_count(a); i++) {
		_cleanup_(keyfacts_done) struct keyfacts f = {};

		if (!keyfacts_of(signet_answer_key(a, i), &f)) {
			complain("out of memory");
			return EXIT_AGAIN;
		}
		json_append(keys, to_json(signet_answer_key(a, i), &f));
	}
	json_add(top, "keys", keys);
	return json_finish(top);
}

enum exit_code keyshow_list(const struct args *args)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	enum exit_code e;
	int r;

	e = agent_open(args, &s);
	if (e != EXIT_DONE)
		return e;
	r = args->is_all ? signet_list_all(s, NULL, agent_flags(args), &a)
			 : signet_list(s, NULL, &a);
	e = agent_check(s, r, a, "list of keys");
	if (e != EXIT_DONE)
		return e;
	if (args->is_json)
		return print_json(a);
	if (signet_answer_count(a) > 0)
		return print_table(a);
	note(args, args->is_all ? "there are no keys"
				: "there are no keys that you may use; --all "
				  "shows the others to those who manage them");
	return EXIT_DONE;
}

/* A key that is not listed may be one that cannot be used now: those who manage keys see it. */
static enum exit_code find(const struct args *args, struct signet *s, const char *name,
			   struct signet_answer **ret)
{
	struct signet_answer *a = NULL;
	enum exit_code e = EXIT_DONE;
	int r;

	if (!args->is_all) {
		r = signet_list(s, name, &a);
		e = agent_check(s, r, a, "key '%s'", name);
	}
	if (e == EXIT_DONE && (!a || signet_answer_count(a) == 0)) {
		signet_answer_free(a);
		a = NULL;
		r = signet_list_all(s, name, agent_flags(args), &a);
		e = agent_check(s, r, a, "key '%s', which you may not use", name);
	}
	if (e == EXIT_DONE && signet_answer_count(a) == 0) {
		complain("there is no key '%s'; see 'signet key list --all'", name);
		e = EXIT_UNAVAILABLE;
	}
	if (e == EXIT_DONE)
		*ret = a;
	else
		signet_answer_free(a);
	return e;
}

/* Whether the name means its successor by now, as far as the caller may see that. */
static bool is_succeeded(struct signet *s, const struct signet_key *k, const char *successor)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	const struct signet_key *next = NULL;
	const uint8_t *one, *other;
	size_t one_size, other_size;

	if (successor && signet_list(s, successor, &a) == 0)
		next = signet_answer_key(a, 0);
	if (!next)
		return false;
	one = signet_key_spki(k, &one_size);
	other = signet_key_spki(next, &other_size);
	return one_size == other_size && memcmp(one, other, one_size) == 0;
}

enum exit_code keyshow_one(const struct args *args, const char *name)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	_cleanup_(keyfacts_done) struct keyfacts f = {};
	const struct signet_key *k;
	enum exit_code e;

	e = agent_open(args, &s);
	if (e == EXIT_DONE)
		e = find(args, s, name, &a);
	if (e != EXIT_DONE)
		return e;
	k = signet_answer_key(a, 0);
	if (!keyfacts_of(k, &f)) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	if (args->is_json)
		return json_finish(to_json(k, &f));
	return print_one(k, &f, is_succeeded(s, k, f.successor));
}
