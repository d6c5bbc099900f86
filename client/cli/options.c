/*
 * cli/options.c - see options.h
 */
#include "client/cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/config.h"

/* What an option sets in the arguments: a text, to what follows it, or a flag, to true. */
#define TEXT(member, argument) offsetof(struct args, member), argument
#define FLAG(member) offsetof(struct args, member), NULL

#define NO_LETTER '\0'

/* clang-format off */
static const struct row {
	char letter;
	unsigned verbs;
	const char *name;
	size_t at;            /* in struct args */
	const char *argument; /* NULL: takes none */
	const char *help;
} rows[] = {
	{'k',       VERB_SIGN | VERB_VERIFY | VERB_PUBKEY, "key",            TEXT(key, "KEY"),              "the key, as 'signet list' shows it"},
	{'f',       VERB_SIGN | VERB_VERIFY,               "format",         TEXT(format, "FORMAT"),        "of the signature: raw (default) cms sshsig kmod pe verity fsverity ima dsse jws"},
	{'a',       VERB_SIGN | VERB_VERIFY,               "hash",           TEXT(hash, "HASH"),            "sha256 (default), sha384 or sha512"},
	{NO_LETTER, VERB_SIGN | VERB_VERIFY,               "pss",            FLAG(is_pss),                  "RSA: PSS instead of PKCS #1 v1.5"},
	{'o',       VERB_SIGN,                             "output",         TEXT(output, "OUT"),           "where the result goes (default: by the format)"},
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
	{NO_LETTER, VERB_UNLOCK,                           "pin-stdin",      FLAG(is_pin_stdin),            "read the PIN from standard input"},
	{NO_LETTER, VERB_LIST | VERB_STATUS,               "json",           FLAG(is_json),                 "for programs"},
	{NO_LETTER, VERB_CONFIG,                           "config",         TEXT(config, "DIR"),           "of the agent's configuration (default: " CONFIG_DIR ")"},
	{NO_LETTER, VERB_ALL,                              "socket",         TEXT(socket, "PATH"),          "of the agent (default: $SIGNET_SOCK, else " SIGNET_SOCKET ")"},
	{NO_LETTER, VERB_ALL,                              "no-ask-password", FLAG(is_ask_off),              "no person is asked for anything"},
	{'q',       VERB_ALL,                              "quiet",          FLAG(is_quiet),                "errors only"},
	{'h',       VERB_ALL,                              "help",           FLAG(is_help),                 "show this"},
	{NO_LETTER, VERB_ALL,                              "version",        FLAG(is_version),              "show the version"},
};
/* clang-format on */

/* What getopt_long() says of a row; 0 and '?' mean something to it. */
#define FIRST_VALUE 256

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
					    rows[i].argument ? required_argument : no_argument,
					    NULL, FIRST_VALUE + (int)i};
		if (rows[i].letter == NO_LETTER)
			continue;
		*letter++ = rows[i].letter;
		if (rows[i].argument)
			*letter++ = ':';
	}
}

/* value is what getopt_long() has returned: a letter, or one of ours. */
static const struct row *find_row(int value)
{
	if (value >= FIRST_VALUE)
		return &rows[value - FIRST_VALUE];
	for (size_t i = 0; i < array_len(rows); i++)
		if (rows[i].letter == value)
			return &rows[i];
	return NULL;
}

static void set(struct args *args, const struct row *row, const char *argument)
{
	char *at = (char *)args + row->at;

	if (row->argument)
		*(const char **)at = argument;
	else
		*(bool *)at = true;
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
		set(args, find_row(value), optarg);
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
			       row->argument ? " " : "", row->argument ? row->argument : "");
		printf("  %-24s %s\n", left, row->help);
	}
}
