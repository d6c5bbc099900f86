/*
 * cli/options.c - see options.h
 */
#include "client/cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* Options without a letter; letters stand for themselves. */
enum {
	OPTION_PSS = 256,
	OPTION_JSON,
	OPTION_CERT,
	OPTION_PUBKEY,
	OPTION_SSH,
	OPTION_PEM,
	OPTION_DER,
	OPTION_CERT_FORM,
	OPTION_ATTACHED,
	OPTION_TIME,
	OPTION_PAYLOAD_TYPE,
	OPTION_XATTR,
	OPTION_FORCE,
	OPTION_FAIL_FAST,
	OPTION_FILES_FROM,
	OPTION_PIN_STDIN,
	OPTION_SOCKET,
	OPTION_NO_ASK,
	OPTION_VERSION,
};

/* clang-format off */
static const struct row {
	int value;
	unsigned verbs;
	const char *name;
	const char *argument; /* NULL: takes none */
	const char *help;
} rows[] = {
	{'k',              VERB_SIGN | VERB_VERIFY | VERB_PUBKEY, "key",    "KEY",    "the key, as 'signet list' shows it"},
	{'f',              VERB_SIGN | VERB_VERIFY,               "format", "FORMAT", "of the signature: raw (default) cms sshsig kmod pe verity fsverity ima dsse jws"},
	{'a',              VERB_SIGN | VERB_VERIFY,               "hash",   "HASH",   "sha256 (default), sha384 or sha512"},
	{OPTION_PSS,       VERB_SIGN | VERB_VERIFY,               "pss",    NULL,     "RSA: PSS instead of PKCS #1 v1.5"},
	{'o',              VERB_SIGN,                             "output", "OUT",    "where the result goes (default: by the format)"},
	{OPTION_CERT,      VERB_SIGN | VERB_VERIFY,               "cert",   "FILE",   "the certificate; sign: and those above it; verify: without an agent"},
	{OPTION_PUBKEY,    VERB_VERIFY,                           "pubkey", "FILE",   "verify with this public key, without an agent"},
	{OPTION_ATTACHED,  VERB_SIGN | VERB_VERIFY,                             "attached", NULL,   "cms: enclose the file"},
	{OPTION_TIME,      VERB_SIGN,                             "time",   NULL,     "cms: sign the time as well"},
	{'n',              VERB_SIGN | VERB_VERIFY,               "namespace", "NAME", "sshsig: what the signature is for (default: file)"},
	{OPTION_PAYLOAD_TYPE, VERB_SIGN | VERB_VERIFY,            "payload-type", "TYPE", "dsse: media type of the file (default: in-toto)"},
	{OPTION_XATTR,     VERB_SIGN | VERB_VERIFY,               "xattr",  NULL,     "ima: in the attribute security.ima of the file"},
	{OPTION_FORCE,     VERB_SIGN,                             "force",  NULL,     "sign again what is signed"},
	{'j',              VERB_SIGN,                             "jobs",   "N",      "threads (default: one for each processor)"},
	{OPTION_FAIL_FAST, VERB_SIGN,                             "fail-fast", NULL,  "stop at the first file that fails"},
	{OPTION_FILES_FROM, VERB_SIGN,                            "files-from", "LIST", "also sign the files that stand in this file, one a line"},
	{'0',              VERB_SIGN,                             "null",   NULL,     "in that list, names end with NUL"},
	{OPTION_PEM,       VERB_SIGN | VERB_PUBKEY,               "pem",    NULL,     "PEM; the default for public keys"},
	{OPTION_DER,       VERB_PUBKEY,                           "der",    NULL,     "public key in DER"},
	{OPTION_SSH,       VERB_PUBKEY,                           "ssh",    NULL,     "public key as a line for OpenSSH"},
	{OPTION_CERT_FORM, VERB_PUBKEY,                           "cert",   NULL,     "the certificate of the key in PEM"},
	{OPTION_PIN_STDIN, VERB_UNLOCK,                           "pin-stdin", NULL,  "read the PIN from standard input"},
	{OPTION_JSON,      VERB_LIST | VERB_STATUS,               "json",   NULL,     "for programs"},
	{OPTION_SOCKET,    VERB_ALL,                              "socket", "PATH",   "of the agent (default: $SIGNET_SOCK, else " SIGNET_SOCKET ")"},
	{OPTION_NO_ASK,    VERB_ALL,                              "no-ask-password", NULL, "no person is asked for anything"},
	{'q',              VERB_ALL,                              "quiet",  NULL,     "errors only"},
	{'h',              VERB_ALL,                              "help",   NULL,     "show this"},
	{OPTION_VERSION,   VERB_ALL,                              "version", NULL,    "show the version"},
};
/* clang-format on */

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
					    NULL, rows[i].value};
		if (rows[i].value >= 256)
			continue;
		*letter++ = (char)rows[i].value;
		if (rows[i].argument)
			*letter++ = ':';
	}
}

static void set(struct args *args, int value, const char *argument)
{
	switch (value) {
	case 'k':
		args->key = argument;
		break;
	case 'f':
		args->format = argument;
		break;
	case 'a':
		args->hash = argument;
		break;
	case 'o':
		args->output = argument;
		break;
	case 'q':
		args->is_quiet = true;
		break;
	case 'h':
		args->is_help = true;
		break;
	case OPTION_PSS:
		args->is_pss = true;
		break;
	case OPTION_JSON:
		args->is_json = true;
		break;
	case OPTION_CERT:
		args->certificate = argument;
		break;
	case OPTION_PUBKEY:
		args->public_key = argument;
		break;
	case OPTION_SSH:
		args->form = FORM_SSH;
		break;
	case OPTION_PEM:
		args->form = FORM_PEM;
		args->is_pem = true;
		break;
	case OPTION_ATTACHED:
		args->is_attached = true;
		break;
	case OPTION_TIME:
		args->has_time = true;
		break;
	case OPTION_FORCE:
		args->is_forced = true;
		break;
	case OPTION_FAIL_FAST:
		args->is_fail_fast = true;
		break;
	case OPTION_FILES_FROM:
		args->files_from = argument;
		break;
	case OPTION_PAYLOAD_TYPE:
		args->payload_type = argument;
		break;
	case OPTION_XATTR:
		args->is_xattr = true;
		break;
	case 'n':
		args->namespace = argument;
		break;
	case '0':
		args->is_null = true;
		break;
	case 'j':
		args->jobs = argument;
		break;
	case OPTION_DER:
		args->form = FORM_DER;
		break;
	case OPTION_CERT_FORM:
		args->form = FORM_CERTIFICATE;
		break;
	case OPTION_PIN_STDIN:
		args->is_pin_stdin = true;
		break;
	case OPTION_SOCKET:
		args->socket = argument;
		break;
	case OPTION_NO_ASK:
		args->is_ask_off = true;
		break;
	case OPTION_VERSION:
		args->is_version = true;
		break;
	}
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
			bool is_short = optopt > 0 && optopt < 256;

			return refuse(verb, value, is_short ? letter : argv[optind - 1]);
		}
		set(args, value, optarg);
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
		char letter[] = {'-', (char)row->value, ',', ' ', '\0'};

		if (!is_for(row, verb))
			continue;
		(void)snprintf(left, sizeof(left), "%s--%s%s%s", /* cut: the table is at fault */
			       row->value < 256 ? letter : "    ", row->name,
			       row->argument ? " " : "", row->argument ? row->argument : "");
		printf("  %-24s %s\n", left, row->help);
	}
}
