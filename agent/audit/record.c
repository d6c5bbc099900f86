/*
 * audit/record.c - see record.h
 *
 * journald's native format has a long form for values with newlines. It is not needed: all text
 * is cleaned of control bytes, so that each field is one line, KEY=value.
 */
#include "agent/audit/record.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/audit/catalog-ids.h"
#include "agent/base/text.h"

/*
 * Labels recorded of one request: they are the client's, and only help to find a file again. Of a
 * request for which nothing was signed fewer are listed, and few digests: anybody can make such
 * records, and they must not fill the journal. SIGNET_COUNT is the number of all.
 */
#define LABELS_MAX 16u
#define UNSIGNED_LABELS_MAX 4u
#define UNSIGNED_DIGESTS_MAX 8u
/* A MESSAGE holds a sentence and a few names. */
#define LINE_SIZE (2 * SENTENCE_MAX)

/* Priorities of syslog. */
enum priority {
	PRIORITY_ALERT = 1,
	PRIORITY_ERROR = 3,
	PRIORITY_WARNING = 4,
	PRIORITY_NOTICE = 5,
	PRIORITY_INFO = 6,
};

/* A line of text that grows and is cut when it is full. */
struct line {
	char text[LINE_SIZE];
	size_t size;
};

static void line_add(struct line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say_signed(const struct record *r, struct line *l);
static void say_answered(const struct record *r, struct line *l);
static void say_denied(const struct record *r, struct line *l);
static void say_failed(const struct record *r, struct line *l);
static void say_unlocked(const struct record *r, struct line *l);
static void say_locked(const struct record *r, struct line *l);
static void say_pin_refused(const struct record *r, struct line *l);
static void say_token_blocked(const struct record *r, struct line *l);
static void say_token_lost(const struct record *r, struct line *l);
static void say_token_back(const struct record *r, struct line *l);
static void say_config_refused(const struct record *r, struct line *l);
static void say_config_loaded(const struct record *r, struct line *l);
static void say_turned_away(const struct record *r, struct line *l);
static void say_identity(const struct record *r, struct line *l);
static void say_requested(const struct record *r, struct line *l);
static void say_approved(const struct record *r, struct line *l);
static void say_vetoed(const struct record *r, struct line *l);
static void say_expired(const struct record *r, struct line *l);
static void say_voided(const struct record *r, struct line *l);
static void say_window(const struct record *r, struct line *l);
static void say_break_glass(const struct record *r, struct line *l);

static const struct {
	const char *id;
	enum priority priority;
	void (*say)(const struct record *r, struct line *l); /* makes the MESSAGE */
} kinds[_RECORD_KIND_MAX] = {
	[RECORD_SIGNED] = {RECORD_ID_SIGNED, PRIORITY_INFO, say_signed},
	[RECORD_ANSWERED] = {RECORD_ID_ANSWERED, PRIORITY_INFO, say_answered},
	[RECORD_DENIED] = {RECORD_ID_DENIED, PRIORITY_WARNING, say_denied},
	[RECORD_FAILED] = {RECORD_ID_FAILED, PRIORITY_WARNING, say_failed},
	[RECORD_UNLOCKED] = {RECORD_ID_UNLOCKED, PRIORITY_NOTICE, say_unlocked},
	[RECORD_LOCKED] = {RECORD_ID_LOCKED, PRIORITY_NOTICE, say_locked},
	[RECORD_PIN_REFUSED] = {RECORD_ID_PIN_REFUSED, PRIORITY_ERROR, say_pin_refused},
	[RECORD_TOKEN_BLOCKED] = {RECORD_ID_TOKEN_BLOCKED, PRIORITY_ERROR, say_token_blocked},
	[RECORD_TOKEN_LOST] = {RECORD_ID_TOKEN_LOST, PRIORITY_ERROR, say_token_lost},
	[RECORD_TOKEN_BACK] = {RECORD_ID_TOKEN_BACK, PRIORITY_NOTICE, say_token_back},
	[RECORD_CONFIG_REFUSED] = {RECORD_ID_CONFIG_REFUSED, PRIORITY_ERROR, say_config_refused},
	[RECORD_CONFIG_LOADED] = {RECORD_ID_CONFIG_LOADED, PRIORITY_INFO, say_config_loaded},
	[RECORD_TURNED_AWAY] = {RECORD_ID_TURNED_AWAY, PRIORITY_WARNING, say_turned_away},
	[RECORD_IDENTITY] = {RECORD_ID_IDENTITY, PRIORITY_NOTICE, say_identity},
	[RECORD_REQUESTED] = {RECORD_ID_REQUESTED, PRIORITY_NOTICE, say_requested},
	[RECORD_APPROVED] = {RECORD_ID_APPROVED, PRIORITY_NOTICE, say_approved},
	[RECORD_VETOED] = {RECORD_ID_VETOED, PRIORITY_WARNING, say_vetoed},
	[RECORD_EXPIRED] = {RECORD_ID_EXPIRED, PRIORITY_NOTICE, say_expired},
	[RECORD_VOIDED] = {RECORD_ID_VOIDED, PRIORITY_WARNING, say_voided},
	[RECORD_WINDOW] = {RECORD_ID_WINDOW, PRIORITY_WARNING, say_window},
	[RECORD_BREAK_GLASS] = {RECORD_ID_BREAK_GLASS, PRIORITY_ALERT, say_break_glass},
};

/* --- what the fields are taken from ----------------------------------------------------------- */

static const char *key_of(const struct record *r)
{
	if (r->key)
		return r->key->name;
	return r->key_name;
}

static const char *token_of(const struct record *r)
{
	if (r->key)
		return r->key->token;
	if (r->token)
		return r->token;
	return r->ask ? r->ask->token : NULL;
}

static size_t items_of(const struct record *r)
{
	return r->ask ? r->ask->n_items : 0;
}

static bool has_uid(const struct record *r)
{
	return r->caller && r->caller->uid != (uid_t)-1;
}

/* --- sentences -------------------------------------------------------------------------------- */

static void line_add(struct line *l, const char *format, ...)
{
	size_t left = sizeof(l->text) - l->size;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(l->text + l->size, left, format, args);
	va_end(args);
	if (n > 0)
		l->size += (size_t)n < left ? (size_t)n : left - 1;
}

static void say_caller(const struct record *r, struct line *l)
{
	if (!has_uid(r)) {
		line_add(l, "somebody");
		return;
	}
	line_add(l, "uid %u", r->caller->uid);
	if (r->caller->comm)
		line_add(l, " (%s)", r->caller->comm);
}

static void say_one(struct line *l, const char **before, const char *what, const char *value)
{
	line_add(l, "%s%s%s", *before, what, value);
	*before = ", ";
}

/* The purpose, where it came from and the unit, in brackets, as far as they are known. */
static void say_circumstances(const struct record *r, struct line *l)
{
	const char *purpose = r->ask && r->ask->purpose[0] ? r->ask->purpose : NULL;
	const char *unit = NULL, *before = " (";

	if (purpose)
		say_one(l, &before, "", purpose);
	if (r->ask && r->ask->is_forwarded)
		say_one(l, &before, "", "forwarded by ssh");
	if (r->caller)
		unit = r->caller->user_unit ? r->caller->user_unit : r->caller->unit;
	if (unit)
		say_one(l, &before, "unit ", unit);
	if (strcmp(before, ", ") == 0)
		line_add(l, ")");
}

static void say_reason(const struct record *r, struct line *l)
{
	if (r->reason && *r->reason)
		line_add(l, ": %s", r->reason);
}

/* What the request was about: a key, a token, or just the operation. */
static void say_object(const struct record *r, struct line *l)
{
	if (key_of(r))
		line_add(l, " key '%s'", key_of(r));
	else if (token_of(r))
		line_add(l, " '%s' of token '%s'", r->operation ? r->operation : "use",
			 token_of(r));
	else if (r->operation)
		line_add(l, " '%s'", r->operation);
}

static void say_token(const struct record *r, struct line *l)
{
	line_add(l, "token '%s'", token_of(r) ? token_of(r) : "?");
}

static void say_signed(const struct record *r, struct line *l)
{
	say_caller(r, l);
	line_add(l, " signed %zu", r->n_signed);
	if (r->n_signed != items_of(r))
		line_add(l, " of %zu", items_of(r));
	line_add(l, " item%s with key '%s'", items_of(r) == 1 ? "" : "s",
		 key_of(r) ? key_of(r) : "?");
	say_circumstances(r, l);
}

static void say_answered(const struct record *r, struct line *l)
{
	line_add(l, "answered");
	say_object(r, l);
	line_add(l, " for ");
	say_caller(r, l);
}

static void say_denied(const struct record *r, struct line *l)
{
	line_add(l, "refused ");
	say_caller(r, l);
	say_object(r, l);
	say_reason(r, l);
}

static void say_failed(const struct record *r, struct line *l)
{
	static const char *const what[] = {
		[OUTCOME_FAILED] = "could not do it",
		[OUTCOME_TIMEOUT] = "gave up waiting",
		[OUTCOME_CANCELLED] = "stopped, the caller hung up",
		[OUTCOME_UNKNOWN] = "may have signed, but released nothing",
	};
	bool is_known = r->outcome < array_len(what) && what[r->outcome];

	say_caller(r, l);
	line_add(l, " asked for");
	say_object(r, l);
	line_add(l, ": %s", is_known ? what[r->outcome] : what[OUTCOME_FAILED]);
	say_reason(r, l);
}

/* A token is also unlocked and locked by nobody: with the unit's credential, or by itself. */
static void say_token_change(const struct record *r, struct line *l, const char *done)
{
	if (has_uid(r)) {
		say_caller(r, l);
		line_add(l, " %s ", done);
		say_token(r, l);
	} else {
		say_token(r, l);
		line_add(l, " is %s", done);
	}
	say_reason(r, l);
}

static void say_unlocked(const struct record *r, struct line *l)
{
	say_token_change(r, l, "unlocked");
}

static void say_locked(const struct record *r, struct line *l)
{
	say_token_change(r, l, "locked");
}

static void say_pin_refused(const struct record *r, struct line *l)
{
	say_token(r, l);
	line_add(l, " refused the PIN");
	if (has_uid(r)) {
		line_add(l, " of ");
		say_caller(r, l);
	}
	say_reason(r, l);
}

static void say_token_blocked(const struct record *r, struct line *l)
{
	say_token(r, l);
	line_add(l, " is blocked");
	say_reason(r, l);
}

static void say_token_lost(const struct record *r, struct line *l)
{
	say_token(r, l);
	line_add(l, " is lost");
	say_reason(r, l);
}

static void say_token_back(const struct record *r, struct line *l)
{
	say_token(r, l);
	line_add(l, " is ready");
	say_reason(r, l);
}

static void say_config_refused(const struct record *r, struct line *l)
{
	line_add(l, "refused the configuration");
	if (r->file)
		line_add(l, ": %s", r->file);
	if (r->file && r->line > 0)
		line_add(l, ":%u", r->line);
	say_reason(r, l);
}

static void say_config_loaded(const struct record *r, struct line *l)
{
	line_add(l, "the configuration is in force");
	say_reason(r, l);
}

static void say_turned_away(const struct record *r, struct line *l)
{
	line_add(l, "turned away %u connection%s of ", r->count, r->count == 1 ? "" : "s");
	say_caller(r, l);
	say_reason(r, l);
}

static void say_identity(const struct record *r, struct line *l)
{
	line_add(l, "callers are known less well than they could be");
	if (r->reason && *r->reason)
		say_reason(r, l);
	else if (r->caller && r->caller->missing)
		line_add(l, ": %s", r->caller->missing);
}

/* "request 0123456789abcdef for key 'release'" */
static void say_parked(const struct record *r, struct line *l)
{
	line_add(l, "request %s for key '%s'", r->parked ? r->parked : "?",
		 key_of(r) ? key_of(r) : "?");
}

static void say_requested(const struct record *r, struct line *l)
{
	say_caller(r, l);
	line_add(l, " asked for %zu signature%s with key '%s'", items_of(r),
		 items_of(r) == 1 ? "" : "s", key_of(r) ? key_of(r) : "?");
	say_circumstances(r, l);
	say_reason(r, l);
}

/* The signer of an approval, or who is connected. */
static void say_approver(const struct record *r, struct line *l)
{
	if (r->person && r->person[0] != '\0')
		line_add(l, "%s, by a signature,", r->person);
	else
		say_caller(r, l);
}

static void say_approved(const struct record *r, struct line *l)
{
	say_approver(r, l);
	line_add(l, " approved ");
	say_parked(r, l);
}

static void say_vetoed(const struct record *r, struct line *l)
{
	say_approver(r, l);
	line_add(l, " denied ");
	say_parked(r, l);
	say_reason(r, l);
}

static void say_expired(const struct record *r, struct line *l)
{
	say_parked(r, l);
	line_add(l, " has expired");
	say_reason(r, l);
}

static void say_voided(const struct record *r, struct line *l)
{
	say_parked(r, l);
	line_add(l, " is void");
	say_reason(r, l);
}

static void say_window(const struct record *r, struct line *l)
{
	line_add(l, "a window is open by ");
	say_parked(r, l);
	say_reason(r, l);
}

static void say_break_glass(const struct record *r, struct line *l)
{
	line_add(l, "BREAK GLASS: ");
	say_caller(r, l);
	line_add(l, " signed %zu of %zu item%s with key '%s' without approvals", r->n_signed,
		 items_of(r), items_of(r) == 1 ? "" : "s", key_of(r) ? key_of(r) : "?");
	say_circumstances(r, l);
	if (r->ask && r->ask->break_glass)
		line_add(l, ", because: %s", r->ask->break_glass);
	if (r->n_signed == 0)
		say_reason(r, l);
}

/* --- fields ----------------------------------------------------------------------------------- */

static void put_raw(struct writer *w, const char *text)
{
	writer_bytes(w, text, strlen(text));
}

/* One field; left out if there is no text. */
static void put_text(struct writer *w, const char *name, const char *text)
{
	char clean[LINE_SIZE];

	if (!text || !*text)
		return;
	text_sanitise(text, clean, sizeof(clean));
	put_raw(w, name);
	writer_u8(w, '=');
	put_raw(w, clean);
	writer_u8(w, '\n');
}

static void put_number(struct writer *w, const char *name, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, n); /* always fits */
	put_text(w, name, text);
}

/* The same, where 0 means that there is none. */
static void put_positive(struct writer *w, const char *name, uint64_t n)
{
	if (n > 0)
		put_number(w, name, n);
}

/* What the caller said, where that name means a successor by now. */
static const char *asked_of(const struct record *r)
{
	const char *asked = r->ask ? r->ask->key : NULL;

	return r->key && asked && strcmp(asked, r->key->name) != 0 ? asked : NULL;
}

static void put_key_id(struct writer *w, const struct key *k)
{
	char hex[2 * KEY_ID_SIZE + 1];

	if (!k)
		return;
	text_hex(k->info.id, KEY_ID_SIZE, hex);
	put_text(w, "SIGNET_KEY_ID", hex);
}

/* A field for each: so the journal finds a record by any one of them, and shows all. */
static void put_digests(struct writer *w, const struct ask *a, size_t n_max)
{
	char hex[2 * DIGEST_MAX + 1];

	for (size_t i = 0, n = 0; i < a->n_items && n < n_max; i++) {
		if (a->items[i].digest_size == 0)
			continue;
		assert(a->items[i].digest_size <= DIGEST_MAX); /* measured by ourselves */
		text_hex(a->items[i].digest, a->items[i].digest_size, hex);
		put_text(w, "SIGNET_DIGEST", hex);
		n++;
	}
}

static void put_labels(struct writer *w, const struct ask *a, size_t n_max)
{
	for (size_t i = 0, n = 0; i < a->n_items && n < n_max; i++) {
		if (!a->items[i].label)
			continue;
		put_text(w, "SIGNET_ITEM", a->items[i].label);
		n++;
	}
}

static void put_ask(struct writer *w, const struct record *r)
{
	const struct ask *a = r->ask;
	bool is_whole = r->n_signed > 0 || r->outcome == OUTCOME_UNKNOWN;

	if (!a)
		return;
	put_text(w, "SIGNET_PURPOSE", a->purpose[0] ? a->purpose : NULL);
	put_text(w, "SIGNET_BREAK_GLASS", a->break_glass);
	put_text(w, "SIGNET_FORWARDED", a->is_forwarded ? "true" : NULL);
	put_text(w, "SIGNET_ALGORITHM", algorithm_name(a->algorithm));
	put_text(w, "SIGNET_HASH", hash_name(a->hash));
	put_digests(w, a, is_whole ? a->n_items : UNSIGNED_DIGESTS_MAX);
	put_labels(w, a, is_whole ? LABELS_MAX : UNSIGNED_LABELS_MAX);
}

static void put_caller(struct writer *w, const struct caller *c)
{
	if (!c)
		return;
	if (c->uid != (uid_t)-1)
		put_number(w, "SIGNET_PEER_UID", c->uid);
	if (c->gid != (gid_t)-1)
		put_number(w, "SIGNET_PEER_GID", c->gid);
	if (c->pid > 0)
		put_number(w, "SIGNET_PEER_PID", (uint64_t)c->pid);
	put_text(w, "SIGNET_PEER_UNIT", c->unit);
	put_text(w, "SIGNET_PEER_USER_UNIT", c->user_unit);
	put_text(w, "SIGNET_PEER_SLICE", c->slice);
	put_text(w, "SIGNET_PEER_SESSION", c->session);
	put_text(w, "SIGNET_PEER_INVOCATION", c->invocation);
	put_text(w, "SIGNET_PEER_COMM", c->comm);
	put_text(w, "SIGNET_PEER_MISSING", c->missing);
}

static void put_message(struct writer *w, const struct record *r)
{
	struct line l = {};

	if (!r->message)
		kinds[r->kind].say(r, &l);
	put_text(w, "MESSAGE", r->message ? r->message : l.text);
}

/* Here too, so that what was signed tells it even if the record of an approval is not there. */
static void put_approvers(struct writer *w, const struct parked *p)
{
	char person[PERSON_TEXT_MAX];

	for (size_t i = 0; p && i < p->n_approvals; i++) {
		person_describe(&p->approvals[i].person, person);
		put_text(w, "SIGNET_APPROVER", person);
	}
}

void record_encode(const struct record *r, uint64_t seq, struct writer *w)
{
	assert(r->kind > RECORD_NONE && r->kind < _RECORD_KIND_MAX); /* made by ourselves */
	put_message(w, r);
	put_text(w, "MESSAGE_ID", kinds[r->kind].id);
	put_number(w, "PRIORITY", kinds[r->kind].priority);
	put_text(w, "SYSLOG_IDENTIFIER", "signetd");
	put_positive(w, "SIGNET_SEQ", seq);
	put_text(w, "SIGNET_REQUEST", r->request);
	put_text(w, "SIGNET_PARKED", r->parked);
	put_text(w, "SIGNET_PERSON", r->person);
	put_approvers(w, r->approved);
	put_text(w, "SIGNET_OPERATION", r->operation);
	put_text(w, "SIGNET_KEY", key_of(r));
	put_text(w, "SIGNET_KEY_ASKED", asked_of(r));
	put_key_id(w, r->key);
	put_text(w, "SIGNET_TOKEN", token_of(r));
	put_ask(w, r);
	put_positive(w, "SIGNET_COUNT", items_of(r) ? items_of(r) : r->count);
	put_text(w, "SIGNET_OUTCOME", outcome_name(r->outcome));
	put_text(w, "SIGNET_AUTHORITY", authority_name(r->authority));
	put_text(w, "SIGNET_REASON", r->reason);
	put_text(w, "SIGNET_POLICY", r->policy);
	put_caller(w, r->caller);
	put_positive(w, "SIGNET_DURATION_USEC", r->duration_usec);
	put_text(w, "SIGNET_CONFIG_FILE", r->file);
	put_positive(w, "SIGNET_CONFIG_LINE", r->line);
}
