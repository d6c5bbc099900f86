/*
 * test-record.c - what is written down, and that nobody can write there what he likes
 */
#include "agent/audit/record.h"

#include "agent/audit/catalog-ids.h"
#include "agent/base/limits.h"
#include "tests/unit/unit.h"

/* --- a request -------------------------------------------------------------------------------- */

static struct caller caller;
static struct key key;
static struct ask ask;
static struct ask_item items[BATCH_MAX];

/* A request with everything there can be. */
static struct record full_record(size_t n_items)
{
	caller = (struct caller){
		.uid = 1000,
		.gid = 100,
		.pid = 4321,
		.unit = (char *)"build@1.service",
		.user_unit = (char *)"app.service",
		.slice = (char *)"system.slice",
		.session = (char *)"c7",
		.invocation = (char *)"0123456789abcdef0123456789abcdef",
		.comm = (char *)"git",
		.missing = (char *)"pidfd: old kernel",
	};
	key = (struct key){.name = (char *)"release", .token = (char *)"main"};
	memset(key.info.id, 0xab, sizeof(key.info.id));
	ask_init(&ask);
	strcpy(ask.purpose, "ssh-auth");
	ask.algorithm = ALGORITHM_ECDSA;
	ask.hash = HASH_SHA256;
	ask.items = items;
	ask.n_items = n_items;
	for (size_t i = 0; i < n_items; i++) {
		items[i] = (struct ask_item){.label = (char *)"dist/a.tar", .digest_size = 32};
		memset(items[i].digest, (int)i, sizeof(items[i].digest));
	}
	return (struct record){
		.kind = RECORD_SIGNED,
		.request = "00112233445566ff",
		.operation = "sign",
		.ask = &ask,
		.key = &key,
		.caller = &caller,
		.n_signed = n_items,
		.outcome = OUTCOME_SIGNED,
		.authority = AUTHORITY_POLKIT,
		.reason = "polkit allows org.signetd.sign",
		.policy = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		.duration_usec = 1234,
	};
}

/* --- what came out ---------------------------------------------------------------------------- */

static struct writer encoded;
static char *text; /* NUL-terminated */

static void encode_with(const struct record *r, uint64_t seq)
{
	writer_done(&encoded);
	free(text);
	writer_init(&encoded, 1u << 20);
	record_encode(r, seq, &encoded);
	ck_assert_int_eq(writer_end(&encoded), 0);
	text = strndup((const char *)encoded.data, encoded.size);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(strlen(text), encoded.size); /* no NUL in it */
}

static void encode(const struct record *r)
{
	encode_with(r, 7);
}

/* How many lines are NAME=..., with a copy of the value of the last in value. */
static char value[65536];

static unsigned count(const char *name)
{
	size_t len = strlen(name);
	unsigned n = 0;

	value[0] = '\0';
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
		size_t line = strcspn(at, "\n");

		if (line <= len || strncmp(at, name, len) != 0 || at[len] != '=')
			continue;
		ck_assert_uint_lt(line - len - 1, sizeof(value));
		memcpy(value, at + len + 1, line - len - 1);
		value[line - len - 1] = '\0';
		n++;
	}
	return n;
}

static void check_field(const char *name, const char *expected)
{
	ck_assert_msg(count(name) == 1, "'%s' should be there once, in:\n%s", name, text);
	ck_assert_str_eq(value, expected);
}

static void check_absent(const char *name)
{
	ck_assert_msg(count(name) == 0, "'%s' should not be there, in:\n%s", name, text);
}

/* Each line is FIELD=value, and journald takes the name. */
static void check_lines(void)
{
	const char *at = text;

	ck_assert_uint_gt(encoded.size, 0);
	ck_assert_int_eq(text[encoded.size - 1], '\n');
	for (; *at; at += strcspn(at, "\n") + 1) {
		size_t name = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

		ck_assert_uint_gt(name, 0);
		ck_assert_uint_le(name, 64);
		ck_assert_msg(at[name] == '=', "no field: '%.40s'", at);
		ck_assert_msg(at[name + 1] != '\n', "empty field: '%.40s'", at);
	}
}

/* --- tests ------------------------------------------------------------------------------------ */

START_TEST(a_signature_is_recorded_with_all_of_the_contract)
{
	struct record r = full_record(1);

	ask.is_forwarded = true;
	encode(&r);
	check_lines();
	check_field("MESSAGE_ID", RECORD_ID_SIGNED);
	check_field("SIGNET_POLICY",
		    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	check_field("PRIORITY", "6");
	check_field("SYSLOG_IDENTIFIER", "signetd");
	check_field("SIGNET_SEQ", "7");
	check_field("SIGNET_REQUEST", "00112233445566ff");
	check_field("SIGNET_OPERATION", "sign");
	check_field("SIGNET_KEY", "release");
	check_field("SIGNET_KEY_ID",
		    "abababababababababababababababababababababababababababababababab");
	check_field("SIGNET_TOKEN", "main");
	check_field("SIGNET_PURPOSE", "ssh-auth");
	check_field("SIGNET_FORWARDED", "true");
	check_field("SIGNET_ALGORITHM", algorithm_name(ALGORITHM_ECDSA));
	check_field("SIGNET_HASH", hash_name(HASH_SHA256));
	check_field("SIGNET_DIGEST",
		    "0000000000000000000000000000000000000000000000000000000000000000");
	check_field("SIGNET_ITEM", "dist/a.tar");
	check_field("SIGNET_COUNT", "1");
	check_field("SIGNET_OUTCOME", "signed");
	check_field("SIGNET_REASON", "polkit allows org.signetd.sign");
	check_field("SIGNET_AUTHORITY", "polkit");
	check_field("SIGNET_PEER_UID", "1000");
	check_field("SIGNET_PEER_GID", "100");
	check_field("SIGNET_PEER_PID", "4321");
	check_field("SIGNET_PEER_UNIT", "build@1.service");
	check_field("SIGNET_PEER_USER_UNIT", "app.service");
	check_field("SIGNET_PEER_SLICE", "system.slice");
	check_field("SIGNET_PEER_SESSION", "c7");
	check_field("SIGNET_PEER_INVOCATION", "0123456789abcdef0123456789abcdef");
	check_field("SIGNET_PEER_COMM", "git");
	check_field("SIGNET_PEER_MISSING", "pidfd: old kernel");
	check_field("SIGNET_DURATION_USEC", "1234");
}
END_TEST

START_TEST(what_is_not_there_is_left_out)
{
	const struct record r = {.kind = RECORD_CONFIG_LOADED};
	unsigned lines = 0;

	encode_with(&r, 0);
	check_lines();
	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	ck_assert_uint_eq(lines, 4);
	check_absent("SIGNET_SEQ");
	ck_assert_uint_eq(count("MESSAGE"), 1);
}
END_TEST

START_TEST(a_caller_without_identity_is_not_written_down_as_uid_4294967295)
{
	struct record r = full_record(1);

	caller = (struct caller){.uid = (uid_t)-1, .gid = (gid_t)-1};
	encode(&r);
	check_absent("SIGNET_PEER_UID");
	check_absent("SIGNET_PEER_GID");
	check_absent("SIGNET_PEER_PID");
	ck_assert_ptr_null(strstr(text, "4294967295"));
}
END_TEST

START_TEST(root_is_written_down)
{
	struct record r = full_record(1);

	caller.uid = 0;
	caller.gid = 0;
	encode(&r);
	check_field("SIGNET_PEER_UID", "0");
	check_field("SIGNET_PEER_GID", "0");
}
END_TEST

/* What a client could try in each text that comes from it. */
static const char evil[] = "x\nSIGNET_OUTCOME=signed\n\nMESSAGE=y\x1b[31m\x7f\xff\xe2\x80\xae";

static void check_not_forged(void)
{
	check_lines();
	check_field("SIGNET_OUTCOME", "denied");
	ck_assert_uint_eq(count("MESSAGE"), 1);
	ck_assert_ptr_null(strstr(text, "\n\n"));
	ck_assert_ptr_null(strchr(text, 0x1b));
	ck_assert_ptr_null(strchr(text, 0x7f));
	ck_assert_ptr_null(strchr(text, 0xff));
	ck_assert_ptr_null(strstr(text, "\xe2\x80\xae"));
	ck_assert_ptr_nonnull(strstr(text, "x?SIGNET_OUTCOME=signed??MESSAGE=y?[31m"));
}

START_TEST(no_text_can_forge_a_field)
{
	enum {
		LABEL,
		KEY,
		PURPOSE,
		COMM,
		UNIT,
		USER_UNIT,
		REASON,
		REQUEST,
		OPERATION,
		TOKEN,
		MESSAGE,
		FILE_NAME,
		_MAX,
	};

	for (unsigned where = 0; where < _MAX; where++) {
		struct record r = full_record(2);

		r.kind = RECORD_DENIED;
		r.outcome = OUTCOME_DENIED;
		items[1].label = where == LABEL ? (char *)evil : NULL;
		if (where == KEY)
			key.name = (char *)evil;
		if (where == PURPOSE)
			strcpy(ask.purpose, evil);
		if (where == COMM)
			caller.comm = (char *)evil;
		if (where == UNIT)
			caller.unit = (char *)evil;
		if (where == USER_UNIT)
			caller.user_unit = (char *)evil;
		if (where == REASON)
			r.reason = evil;
		if (where == REQUEST)
			r.request = evil;
		if (where == OPERATION)
			r.operation = evil;
		if (where == TOKEN)
			key.token = (char *)evil;
		if (where == MESSAGE)
			r.message = evil;
		if (where == FILE_NAME)
			r.file = evil;
		encode(&r);
		check_not_forged();
	}
}
END_TEST

START_TEST(the_largest_batch_is_recorded_whole)
{
	struct record r = full_record(BATCH_MAX);

	for (size_t i = 0; i < BATCH_MAX; i++)
		items[i].digest_size = DIGEST_MAX;
	encode(&r);
	check_lines();
	check_field("SIGNET_COUNT", "256");
	ck_assert_uint_eq(count("SIGNET_DIGEST"), BATCH_MAX);
	ck_assert_uint_eq(strlen(value), 2 * DIGEST_MAX);
	ck_assert_uint_lt(encoded.size, 64 * 1024);
}
END_TEST

START_TEST(labels_cannot_blow_up_a_record)
{
	static char label[LABEL_MAX + 1];
	struct record r = full_record(BATCH_MAX);

	memset(label, 'x', LABEL_MAX);
	for (size_t i = 0; i < BATCH_MAX; i++)
		items[i].label = label;
	encode(&r);
	ck_assert_uint_eq(count("SIGNET_ITEM"), 16);
	ck_assert_uint_lt(encoded.size, 64 * 1024);
}
END_TEST

START_TEST(a_batch_that_released_nothing_is_recorded_in_short)
{
	static char label[LABEL_MAX + 1];
	struct record r = full_record(BATCH_MAX);

	memset(label, 'x', LABEL_MAX);
	for (size_t i = 0; i < BATCH_MAX; i++) {
		items[i].label = label;
		items[i].digest_size = DIGEST_MAX;
	}
	r.kind = RECORD_DENIED;
	r.outcome = OUTCOME_DENIED;
	r.n_signed = 0;
	encode(&r);
	check_lines();
	check_field("SIGNET_COUNT", "256");
	ck_assert_uint_eq(count("SIGNET_ITEM"), 4);
	ck_assert_uint_eq(count("SIGNET_DIGEST"), 8);
	ck_assert_uint_lt(encoded.size, 4 * 1024);
}
END_TEST

START_TEST(a_batch_that_may_have_been_signed_is_recorded_whole)
{
	struct record r = full_record(BATCH_MAX);

	r.kind = RECORD_FAILED;
	r.outcome = OUTCOME_UNKNOWN;
	r.n_signed = 0;
	encode(&r);
	ck_assert_uint_eq(count("SIGNET_ITEM"), 16);
	ck_assert_uint_eq(count("SIGNET_DIGEST"), BATCH_MAX);
}
END_TEST

START_TEST(one_released_signature_has_all_of_its_batch_recorded)
{
	struct record r = full_record(BATCH_MAX);

	r.n_signed = 1;
	encode(&r);
	ck_assert_uint_eq(count("SIGNET_ITEM"), 16);
	ck_assert_uint_eq(count("SIGNET_DIGEST"), BATCH_MAX);
}
END_TEST

START_TEST(texts_of_any_length_are_cut)
{
	static char longest[1u << 20];
	struct record r = full_record(1);

	memset(longest, 'x', sizeof(longest) - 1);
	r.reason = r.message = r.operation = longest;
	caller.comm = caller.missing = key.name = longest;
	encode(&r);
	check_lines();
	ck_assert_uint_lt(encoded.size, 64 * 1024);
}
END_TEST

START_TEST(a_writer_that_is_full_says_so)
{
	struct record r = full_record(1);
	struct writer w;

	writer_init(&w, 100);
	record_encode(&r, 1, &w);
	ck_assert_int_eq(writer_end(&w), -EMSGSIZE);
	writer_done(&w);
}
END_TEST

START_TEST(items_without_digest_leave_no_gap)
{
	struct record r = full_record(3);

	items[0].digest_size = 0;
	items[1].digest_size = 2;
	items[2].digest_size = 0;
	encode(&r);
	check_field("SIGNET_DIGEST", "0101");
	items[1].digest_size = 0;
	encode(&r);
	check_absent("SIGNET_DIGEST");
	check_field("SIGNET_COUNT", "3");
}
END_TEST

START_TEST(a_key_that_is_not_there_is_named_as_asked)
{
	struct record r = full_record(1);

	r.kind = RECORD_FAILED;
	r.outcome = OUTCOME_FAILED;
	r.key = NULL;
	r.key_name = "no-such-key";
	r.reason = "there is no such key";
	encode(&r);
	check_field("SIGNET_KEY", "no-such-key");
	check_absent("SIGNET_KEY_ID");
	check_absent("SIGNET_TOKEN");
	check_field("PRIORITY", "4");
}
END_TEST

START_TEST(the_message_says_who_did_what)
{
	struct record r = full_record(3);

	ask.is_forwarded = true;
	encode(&r);
	check_field("MESSAGE", "uid 1000 (git) signed 3 items with key 'release' "
			       "(ssh-auth, forwarded by ssh, unit app.service)");
	caller.user_unit = NULL;
	ask.is_forwarded = false;
	ask.n_items = r.n_signed = 1;
	encode(&r);
	check_field("MESSAGE", "uid 1000 (git) signed 1 item with key 'release' "
			       "(ssh-auth, unit build@1.service)");
	caller.unit = caller.comm = NULL;
	ask.purpose[0] = '\0';
	ask.n_items = 3;
	encode(&r);
	check_field("MESSAGE", "uid 1000 signed 1 of 3 items with key 'release'");
}
END_TEST

START_TEST(the_message_says_what_was_refused_and_why)
{
	struct record r = full_record(1);

	r.kind = RECORD_DENIED;
	r.outcome = OUTCOME_DENIED;
	r.reason = "polkit refuses org.signetd.sign";
	encode(&r);
	check_field("MESSAGE",
		    "refused uid 1000 (git) key 'release': polkit refuses org.signetd.sign");
	r.key = NULL;
	r.ask = NULL;
	r.token = "main";
	r.operation = "unlock";
	encode(&r);
	check_field("MESSAGE", "refused uid 1000 (git) 'unlock' of token 'main': "
			       "polkit refuses org.signetd.sign");
	r.token = NULL;
	r.caller = NULL;
	r.reason = "";
	encode(&r);
	check_field("MESSAGE", "refused somebody 'unlock'");
}
END_TEST

START_TEST(a_failure_is_told_from_a_timeout_and_from_silence)
{
	static const enum outcome outcomes[] = {OUTCOME_FAILED, OUTCOME_TIMEOUT, OUTCOME_CANCELLED,
						OUTCOME_UNKNOWN, OUTCOME_NONE};
	static char last[sizeof(value)];

	for (size_t i = 0; i < array_len(outcomes); i++) {
		struct record r = full_record(1);

		r.kind = RECORD_FAILED;
		r.outcome = outcomes[i];
		encode(&r);
		ck_assert_uint_eq(count("MESSAGE"), 1);
		ck_assert_ptr_nonnull(strstr(value, "key 'release'"));
		ck_assert_str_ne(value, last);
		strcpy(last, value);
	}
	check_absent("SIGNET_OUTCOME"); /* the last was none */
}
END_TEST

START_TEST(a_wrong_configuration_is_named_with_file_and_line)
{
	const struct record r = {
		.kind = RECORD_CONFIG_REFUSED,
		.file = "/etc/signet/keys.d/release.conf",
		.line = 12,
		.reason = "'Hashs' is not known here",
	};

	encode(&r);
	check_field("MESSAGE", "refused the configuration: /etc/signet/keys.d/release.conf:12: "
			       "'Hashs' is not known here");
	check_field("SIGNET_CONFIG_FILE", "/etc/signet/keys.d/release.conf");
	check_field("SIGNET_CONFIG_LINE", "12");
	check_field("PRIORITY", "3");
}
END_TEST

START_TEST(turned_away_connections_are_counted)
{
	const struct record r = {.kind = RECORD_TURNED_AWAY, .count = 41};

	encode(&r);
	check_field("SIGNET_COUNT", "41");
	check_field("MESSAGE", "turned away 41 connections of somebody");
}
END_TEST

START_TEST(broken_glass_is_an_alert_with_its_reason)
{
	struct record r = full_record(1);
	struct ask broken = *r.ask;

	broken.break_glass = (char *)"the house burns";
	r.kind = RECORD_BREAK_GLASS;
	r.ask = &broken;
	r.authority = AUTHORITY_BREAK_GLASS;
	encode(&r);
	check_field("PRIORITY", "1");
	check_field("SIGNET_BREAK_GLASS", "the house burns");
	check_field("SIGNET_AUTHORITY", "break-glass");
	ck_assert_uint_eq(count("MESSAGE"), 1);
	ck_assert_ptr_nonnull(strstr(value, "without approvals"));
	ck_assert_ptr_nonnull(strstr(value, "because: the house burns"));
}
END_TEST

START_TEST(who_approved_by_a_signature_is_named_and_not_who_carried_it)
{
	struct record r = full_record(1);

	r.kind = RECORD_APPROVED;
	r.parked = "0123456789abcdef";
	encode(&r);
	check_field("MESSAGE",
		    "uid 1000 (git) approved request 0123456789abcdef for key 'release'");
	check_absent("SIGNET_PERSON");
	r.person = "bob@laptop";
	encode(&r);
	check_field("MESSAGE", "bob@laptop, by a signature, approved request 0123456789abcdef for "
			       "key 'release'");
	check_field("SIGNET_PERSON", "bob@laptop");
}
END_TEST

/* Of a record with nothing in it but its kind. */
static void check_kind(enum record_kind kind, const char *id, const char *priority)
{
	const struct record r = {.kind = kind};

	encode(&r);
	check_lines();
	check_field("MESSAGE_ID", id);
	check_field("PRIORITY", priority);
	ck_assert_uint_eq(count("MESSAGE"), 1);
	ck_assert_ptr_null(strstr(text, "(null)"));
}

static const struct {
	enum record_kind kind;
	const char *id;
	const char *priority;
} kinds[] = {
	{RECORD_SIGNED, RECORD_ID_SIGNED, "6"},
	{RECORD_ANSWERED, RECORD_ID_ANSWERED, "6"},
	{RECORD_DENIED, RECORD_ID_DENIED, "4"},
	{RECORD_FAILED, RECORD_ID_FAILED, "4"},
	{RECORD_UNLOCKED, RECORD_ID_UNLOCKED, "5"},
	{RECORD_LOCKED, RECORD_ID_LOCKED, "5"},
	{RECORD_PIN_REFUSED, RECORD_ID_PIN_REFUSED, "3"},
	{RECORD_TOKEN_BLOCKED, RECORD_ID_TOKEN_BLOCKED, "3"},
	{RECORD_TOKEN_LOST, RECORD_ID_TOKEN_LOST, "3"},
	{RECORD_TOKEN_BACK, RECORD_ID_TOKEN_BACK, "5"},
	{RECORD_CONFIG_REFUSED, RECORD_ID_CONFIG_REFUSED, "3"},
	{RECORD_CONFIG_LOADED, RECORD_ID_CONFIG_LOADED, "6"},
	{RECORD_TURNED_AWAY, RECORD_ID_TURNED_AWAY, "4"},
	{RECORD_IDENTITY, RECORD_ID_IDENTITY, "5"},
	{RECORD_REQUESTED, RECORD_ID_REQUESTED, "5"},
	{RECORD_APPROVED, RECORD_ID_APPROVED, "5"},
	{RECORD_VETOED, RECORD_ID_VETOED, "4"},
	{RECORD_EXPIRED, RECORD_ID_EXPIRED, "5"},
	{RECORD_VOIDED, RECORD_ID_VOIDED, "4"},
	{RECORD_WINDOW, RECORD_ID_WINDOW, "4"},
	{RECORD_BREAK_GLASS, RECORD_ID_BREAK_GLASS, "1"},
};

START_TEST(every_kind_has_an_id_a_priority_and_a_sentence_of_its_own)
{
	ck_assert_uint_eq(array_len(kinds), _RECORD_KIND_MAX - 1);
	for (size_t i = 0; i < array_len(kinds); i++) {
		check_kind(kinds[i].kind, kinds[i].id, kinds[i].priority);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(kinds[i].id, kinds[j].id);
	}
}
END_TEST

/* --- the catalog ------------------------------------------------------------------------------ */

static char *read_catalog(void)
{
	const char *top = getenv("TOP");
	static char catalog[65536];
	char name[4096];
	FILE *f;

	(void)snprintf(name, sizeof(name), "%s/units/signet.catalog", top ? top : ".");
	f = fopen(name, "re");
	if (!f)
		ck_abort_msg("'%s' cannot be read; run this from the top of the tree", name);
	catalog[fread(catalog, 1, sizeof(catalog) - 1, f)] = '\0';
	(void)fclose(f); /* only read */
	return catalog;
}

static const char *entry_of(const char *catalog, const char *id)
{
	char head[64];
	const char *at;

	(void)snprintf(head, sizeof(head), "\n-- %s\n", id);
	at = strstr(catalog, head);
	return at ? at + strlen(head) : NULL;
}

START_TEST(the_catalog_has_every_id_and_no_other)
{
	const char *catalog = read_catalog();
	unsigned entries = 0;

	for (size_t i = 0; i < array_len(kinds); i++)
		ck_assert_msg(entry_of(catalog, kinds[i].id), "no entry for %s", kinds[i].id);
	for (const char *at = strstr(catalog, "\n-- "); at; at = strstr(at + 1, "\n-- "))
		entries++;
	ck_assert_uint_eq(entries, array_len(kinds));
}
END_TEST

START_TEST(every_entry_of_the_catalog_is_complete)
{
	static const char *const wanted[] = {"Subject: ", "\nDefined-By: signet\n",
					     "\nSupport: man:signetd(8)\n",
					     "\nDocumentation: man:signetd(8)"};
	const char *catalog = read_catalog();

	for (size_t i = 0; i < array_len(kinds); i++) {
		const char *entry = entry_of(catalog, kinds[i].id);
		const char *next = strstr(entry, "\n-- ");
		char *head = strndup(entry, (size_t)(strstr(entry, "\n\n") - entry + 1));

		for (size_t j = 0; j < array_len(wanted); j++)
			ck_assert_msg(strstr(head, wanted[j]), "no '%s' in %s", wanted[j], head);
		ck_assert_uint_gt(next ? (size_t)(next - entry) : strlen(entry),
				  strlen(head) + 100);
		free(head);
	}
}
END_TEST

START_TEST(the_catalog_names_only_fields_that_records_have)
{
	struct record r = full_record(1);
	struct ask broken = *r.ask;
	const char *at = read_catalog();

	broken.break_glass = (char *)"the house burns";
	r.ask = &broken;
	r.parked = "0123456789abcdef";
	r.file = "f";
	r.line = 1;
	encode(&r);
	for (at = strchr(at, '@'); at; at = strchr(at, '@')) {
		size_t len = strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		char name[64];

		if (len == 0 || at[1 + len] != '@') { /* signet-token@.service */
			at++;
			continue;
		}
		(void)snprintf(name, sizeof(name), "%.*s", (int)len, at + 1);
		ck_assert_msg(count(name) == 1, "no record has '%s'", name);
		at += len + 2;
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_signature_is_recorded_with_all_of_the_contract,
		what_is_not_there_is_left_out,
		a_caller_without_identity_is_not_written_down_as_uid_4294967295,
		root_is_written_down,
		no_text_can_forge_a_field,
		the_largest_batch_is_recorded_whole,
		labels_cannot_blow_up_a_record,
		a_batch_that_released_nothing_is_recorded_in_short,
		a_batch_that_may_have_been_signed_is_recorded_whole,
		one_released_signature_has_all_of_its_batch_recorded,
		texts_of_any_length_are_cut,
		a_writer_that_is_full_says_so,
		items_without_digest_leave_no_gap,
		a_key_that_is_not_there_is_named_as_asked,
		the_message_says_who_did_what,
		the_message_says_what_was_refused_and_why,
		a_failure_is_told_from_a_timeout_and_from_silence,
		a_wrong_configuration_is_named_with_file_and_line,
		turned_away_connections_are_counted,
		broken_glass_is_an_alert_with_its_reason,
		who_approved_by_a_signature_is_named_and_not_who_carried_it,
		every_kind_has_an_id_a_priority_and_a_sentence_of_its_own,
		the_catalog_has_every_id_and_no_other,
		every_entry_of_the_catalog_is_complete,
		the_catalog_names_only_fields_that_records_have,
	};

	return unit_run("record", tests, array_len(tests));
}
