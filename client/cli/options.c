/*
 * cli/options.c - see options.h
 */
#include "client/cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/config.h"

/*
 * What an option sets in the arguments: a text, to what follows it; a list, which has one more then;
 * or a flag, to true.
 */
#define TEXT(member, argument) offsetof(struct args, member), argument, false
#define LIST(member, argument) offsetof(struct args, member), argument, true
#define FLAG(member) offsetof(struct args, member), NULL, false

#define NO_LETTER '\0'

/* clang-format off */
static const struct row {
	char letter;
	unsigned verbs;
	const char *name;
	size_t at;            /* in struct args */
	const char *argument; /* NULL: takes none */
	bool is_list;         /* what is at that place is struct words */
	const char *help;
} rows[] = {
	{'k',       VERB_SIGN | VERB_VERIFY | VERB_PUBKEY | VERB_EXPLAIN | VERB_REQUEST, "key",            TEXT(key, "KEY"),              "the key, as 'signet list' shows it"},
	{'f',       VERB_SIGN | VERB_VERIFY,               "format",         TEXT(format, "FORMAT"),        "of the signature: raw (default) cms sshsig kmod pe verity fsverity ima dsse jws"},
	{'a',       VERB_SIGN | VERB_VERIFY | VERB_EXPLAIN, "hash",           TEXT(hash, "HASH"),            "sha256 (default), sha384 or sha512"},
	{NO_LETTER, VERB_SIGN | VERB_VERIFY | VERB_EXPLAIN, "pss",            FLAG(is_pss),                  "RSA: PSS instead of PKCS #1 v1.5"},
	{'o',       VERB_SIGN | VERB_REQUESTS | VERB_FETCH, "output",         TEXT(output, "OUT"),           "where the result goes (default: by the format)"},
	{NO_LETTER, VERB_SIGN | VERB_VERIFY,               "cert",           TEXT(certificate, "FILE"),     "the certificate; sign: and those above it; verify: without an agent"},
	{NO_LETTER, VERB_VERIFY,                           "pubkey",         TEXT(public_key, "FILE"),      "verify with this public key, without an agent"},
	{NO_LETTER, VERB_SIGN | VERB_VERIFY,               "attached",       FLAG(is_attached),             "cms: enclose the file"},
	{NO_LETTER, VERB_SIGN,                             "time",           FLAG(has_time),                "cms: sign the time as well"},
	{'n',       VERB_SIGN | VERB_VERIFY,               "namespace",      TEXT(namespace, "NAME"),       "sshsig: what the signature is for (default: file)"},
	{NO_LETTER, VERB_SIGN | VERB_VERIFY,               "payload-type",   TEXT(payload_type, "TYPE"),    "dsse: media type of the file (default: in-toto)"},
	{NO_LETTER, VERB_SIGN | VERB_VERIFY,               "xattr",          FLAG(is_xattr),                "ima: in the attribute security.ima of the file"},
	{NO_LETTER, VERB_SIGN,                             "repack",         FLAG(is_repack),               "kmod: unpack what is compressed, and compress it again"},
	{NO_LETTER, VERB_SIGN,                             "force",          FLAG(is_forced),               "sign again what is signed"},
	{'j',       VERB_SIGN,                             "jobs",           TEXT(jobs, "N"),               "threads (default: one for each processor)"},
	{NO_LETTER, VERB_SIGN,                             "fail-fast",      FLAG(is_fail_fast),            "stop at the first file that fails"},
	{NO_LETTER, VERB_SIGN,                             "files-from",     TEXT(files_from, "LIST"),      "also sign the files that stand in this file, one a line"},
	{'0',       VERB_SIGN,                             "null",           FLAG(is_null),                 "in that list, names end with NUL"},
	{NO_LETTER, VERB_SIGN | VERB_PUBKEY,               "pem",            FLAG(is_pem),                  "PEM; the default for public keys"},
	{NO_LETTER, VERB_PUBKEY,                           "der",            FLAG(is_der),                  "public key in DER"},
	{NO_LETTER, VERB_PUBKEY,                           "ssh",            FLAG(is_ssh),                  "public key as a line for OpenSSH"},
	{NO_LETTER, VERB_PUBKEY,                           "cert",           FLAG(is_certificate),          "the certificate of the key in PEM"},
	{NO_LETTER, VERB_UNLOCK | VERB_ENROLL,             "pin-stdin",      FLAG(is_pin_stdin),            "read the PIN from standard input"},
	{NO_LETTER, VERB_ENROLL,                           "password-stdin", FLAG(is_password_stdin),       "read the password from there, in the line behind the PIN"},
	{NO_LETTER, VERB_ENROLL,                           "user",           TEXT(uid, "USER"),             "whose login it is (default: who has called sudo)"},
	{NO_LETTER, VERB_ENROLL,                           "remove",         FLAG(is_removed),              "take the seal away"},
	{'k',       VERB_GRANT,                            "key",            LIST(keys, "KEY"),             "which key is granted; several add up, as do those below"},
	{NO_LETTER, VERB_GRANT,                            "purpose",        LIST(purposes, "PURPOSE"),     "for what: digest cms ssh-auth ssh-cert ssh-raw sshsig:NAMESPACE pam:SERVICE, or a format of sign"},
	{NO_LETTER, VERB_GRANT,                            "user",           LIST(users, "USER"),           "to a user"},
	{NO_LETTER, VERB_GRANT,                            "group",          LIST(groups, "GROUP"),         "to all users of a group"},
	{NO_LETTER, VERB_GRANT,                            "unit",           LIST(units, "UNIT"),           "only in this system unit; 'build@.service': in all its instances"},
	{NO_LETTER, VERB_GRANT,                            "slice",          LIST(slices, "SLICE"),         "only in units of this slice"},
	{NO_LETTER, VERB_GRANT | VERB_KEY,                 "from",           TEXT(from, "DATE"),            "not before: 2026-12-31, 2026-12-31T18:00:00Z (UTC) or +7d"},
	{NO_LETTER, VERB_GRANT,                            "until",          TEXT(until, "DATE"),           "when it is over, likewise"},
	{NO_LETTER, VERB_GRANT,                            "forwarded",      FLAG(is_forwarded),            "also for other hosts, by a forwarded ssh agent"},
	{NO_LETTER, VERB_GRANT,                            "id",             TEXT(id, "ID"),                "what the grant is called (default: made up)"},
	{NO_LETTER, VERB_LIST | VERB_STATUS | VERB_GRANTS | VERB_EXPLAIN | VERB_REQUESTS, "json",           FLAG(is_json),                 "for programs"},
	{NO_LETTER, VERB_EXPLAIN,                          "purpose",        LIST(purposes, "PURPOSE"),     "for what (default: the first that the key is for)"},
	{NO_LETTER, VERB_EXPLAIN,                          "uid",            TEXT(uid, "USER"),             "not about yourself, but about this user, by name or number"},
	{NO_LETTER, VERB_EXPLAIN,                          "group",          LIST(groups, "GROUP"),         "who is in this group as well"},
	{NO_LETTER, VERB_EXPLAIN,                          "unit",           LIST(units, "UNIT"),           "in this system unit"},
	{NO_LETTER, VERB_EXPLAIN,                          "slice",          LIST(slices, "SLICE"),         "in this slice"},
	{NO_LETTER, VERB_EXPLAIN,                          "forwarded",      FLAG(is_forwarded),            "from another host, by a forwarded ssh agent"},
	{NO_LETTER, VERB_CONFIG,                           "config",         TEXT(config, "DIR"),           "of the agent's configuration (default: " CONFIG_DIR ")"},
	{NO_LETTER, VERB_SIGN | VERB_REQUEST | VERB_FETCH, "wait",           TEXT(wait, "[=TIME]"),         "for the approvals that the key needs, without end or for so long"},
	{NO_LETTER, VERB_SIGN,                             "break-glass",    TEXT(break_glass, "REASON"),   "without approvals, which is recorded as an alert"},
	{NO_LETTER, VERB_REQUESTS | VERB_REQUEST | VERB_APPROVE, "for",      TEXT(period, "TIME"),          "a window: so long, such as 30min or 2h"},
	{NO_LETTER, VERB_REQUESTS | VERB_REQUEST | VERB_APPROVE, "max",      TEXT(maximum, "N"),            "a window: so many signatures"},
	{NO_LETTER, VERB_REQUEST,                          "purpose",        TEXT(purpose, "PURPOSE"),      "what is to be signed (default: digest)"},
	{NO_LETTER, VERB_APPROVE | VERB_DENY,              "signature",      TEXT(signature, "FILE"),       "an SSH signature over the text of the request"},
	{NO_LETTER, VERB_DENY,                             "reason",         TEXT(reason, "TEXT"),          "which is recorded"},
	{NO_LETTER, VERB_REQUESTS,                         "deny",           FLAG(is_denied),               "the text that denies the request"},
	{NO_LETTER, VERB_REQUESTS,                         "all",            FLAG(is_all),                  "also those of other people, as org.signetd.manage allows"},
	{'k',       VERB_CSR | VERB_CHECK,                 "key",            TEXT(key, "KEY"),              "the key, as 'signet list' shows it"},
	{'a',       VERB_CSR,                              "hash",           TEXT(hash, "HASH"),            "sha256, sha384 or sha512 (default: by the key)"},
	{NO_LETTER, VERB_CSR,                              "pss",            FLAG(is_pss),                  "RSA: PSS instead of PKCS #1 v1.5"},
	{NO_LETTER, VERB_CSR,                              "der",            FLAG(is_der),                  "DER instead of PEM"},
	{'o',       VERB_CSR,                              "output",         TEXT(output, "OUT"),           "where the result goes (default: standard output)"},
	{NO_LETTER, VERB_CSR,                              "wait",           TEXT(wait, "[=TIME]"),         "for the approvals that the key needs, without end or for so long"},
	{NO_LETTER, VERB_CSR,                              "subject",        TEXT(subject, "NAME"),         "whose certificate: /C=DE/CN=x or CN=x,C=DE (default: CN=KEY)"},
	{NO_LETTER, VERB_CSR,                              "san",            TEXT(alternatives, "LIST"),    "other names: DNS:x,email:y,URI:z,IP:a"},
	{NO_LETTER, VERB_CSR,                              "eku",            TEXT(uses, "LIST"),            "what for: codeSigning,emailProtection,... or OIDs"},
	{NO_LETTER, VERB_CSR,                              "ca",             FLAG(is_authority),            "for an authority, which signs certificates"},
	{NO_LETTER, VERB_CSR,                              "self-signed",    TEXT(self_signed, "DAYS"),     "a certificate by the key itself, valid for DAYS"},
	{NO_LETTER, VERB_KEY | VERB_CHECK,                 "json",           FLAG(is_json),                 "for programs"},
	{NO_LETTER, VERB_KEY,                              "all",            FLAG(is_all),                  "list, show: every key, for those who manage them"},
	{NO_LETTER, VERB_CHECK,                            "within",         TEXT(within, "TIME"),          "how long before its end a key is warned about (default: 30d)"},
	{NO_LETTER, VERB_KEY,                              "reason",         TEXT(reason, "TEXT"),          "why, for whoever reads the file"},
	{NO_LETTER, VERB_ALL,                              "socket",         TEXT(socket, "PATH"),          "of the agent (default: $SIGNET_SOCK, else " SIGNET_SOCKET ")"},
	{NO_LETTER, VERB_ALL,                              "no-ask-password", FLAG(is_ask_off),              "no person is asked for anything"},
	{'q',       VERB_ALL,                              "quiet",          FLAG(is_quiet),                "errors only"},
	{'h',       VERB_ALL,                              "help",           FLAG(is_help),                 "show this"},
	{NO_LETTER, VERB_ALL,                              "version",        FLAG(is_version),              "show the version"},
};
/* clang-format on */

/* What getopt_long() says of a row; 0 and '?' mean something to it. */
#define FIRST_VALUE 256

/* "[=TIME]": an argument that may be left out. */
static bool is_optional(const struct row *row)
{
	return row->argument && row->argument[0] == '[';
}

static bool is_for(const struct row *row, const struct verb *verb)
{
	return verb ? (row->verbs & verb->bit) != 0 : row->verbs == VERB_ALL;
}

struct spec {
	char letters[2 + 2 * array_len(rows) + 1];
	struct option options[array_len(rows) + 1];
};

/* What getopt_long() wants to know. Before the verb, reading ends at the first operand. */
static void fill_spec(const struct verb *verb, struct spec *spec)
{
	char *letter = spec->letters;
	struct option *option = spec->options;

	memset(spec, 0, sizeof(*spec));
	if (!verb)
		*letter++ = '+';
	*letter++ = ':';
	for (size_t i = 0; i < array_len(rows); i++) {
		if (!is_for(&rows[i], verb))
			continue;
		*option++ = (struct option){rows[i].name,
					    is_optional(&rows[i]) ? optional_argument
					    : rows[i].argument    ? required_argument
								  : no_argument,
					    NULL, FIRST_VALUE + (int)i};
		if (rows[i].letter == NO_LETTER)
			continue;
		*letter++ = rows[i].letter;
		if (rows[i].argument)
			*letter++ = ':';
	}
}

/* value is what getopt_long() has returned: a letter, or one of ours. */
static const struct row *find_row(const struct verb *verb, int value)
{
	if (value >= FIRST_VALUE)
		return &rows[value - FIRST_VALUE];
	for (size_t i = 0; i < array_len(rows); i++)
		if (rows[i].letter == value && is_for(&rows[i], verb))
			return &rows[i];
	return NULL;
}

/* False if there are more of a list than anybody has use for. */
static bool set(struct args *args, const struct row *row, const char *argument)
{
	char *at = (char *)args + row->at;
	struct words *words = (struct words *)at;

	if (!row->argument)
		*(bool *)at = true;
	else if (!row->is_list)
		*(const char **)at = argument ? argument : "";
	else if (words->n < WORDS_MAX)
		words->items[words->n++] = argument;
	else
		return false;
	return true;
}

static enum exit_code refuse(const struct verb *verb, int value, const char *word)
{
	const char *name = verb ? verb->name : "--help";

	if (value == ':')
		complain("option '%s' needs a value", word);
	else
		complain("option '%s' is not known here; see 'signet %s%s'", word, name,
			 verb ? " --help" : "");
	return EXIT_USAGE;
}

enum exit_code options_parse(const struct verb *verb, int argc, char **argv, struct args *args)
{
	const struct row *row;
	struct spec spec;
	int value;

	fill_spec(verb, &spec);
	opterr = 0;
	optind = 0; /* glibc: begin anew */
	while ((value = getopt_long(argc, argv, spec.letters, spec.options, NULL)) != -1) {
		if (value == '?' || value == ':') {
			char letter[] = {'-', (char)optopt, '\0'};
			bool is_short = optopt > 0 && optopt < FIRST_VALUE;

			return refuse(verb, value, is_short ? letter : argv[optind - 1]);
		}
		row = find_row(verb, value);
		if (!set(args, row, optarg)) {
			complain("--%s is there more than %d times", row->name, WORDS_MAX);
			return EXIT_USAGE;
		}
	}
	args->operands = argv + optind;
	args->n_operands = (size_t)(argc - optind);
	return EXIT_DONE;
}

void options_print(const struct verb *verb)
{
	char left[40];

	for (size_t i = 0; i < array_len(rows); i++) {
		const struct row *row = &rows[i];
		char letter[] = {'-', row->letter, ',', ' ', '\0'};

		if (!is_for(row, verb))
			continue;
		(void)snprintf(left, sizeof(left), "%s--%s%s%s", /* cut: the table is at fault */
			       row->letter == NO_LETTER ? "    " : letter, row->name,
			       row->argument && !is_optional(row) ? " " : "",
			       row->argument ? row->argument : "");
		printf("  %-24s %s\n", left, row->help);
	}
}
