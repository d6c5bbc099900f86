/*
 * cli/main.c - signet(1): the table of verbs, and the way to one
 */
#include "client/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/options.h"
#include "client/cli/textagent.h"

/* clang-format off */
static const struct verb verbs[] = {
	{"list",   VERB_LIST,   "[--json]",
	 "show the keys that you may use", 0, 0, cmd_list},
	{"sign",   VERB_SIGN,   "-k KEY [-f FORMAT] [-a HASH] [--pss] [-o OUT] FILE...",
	 "sign files; '-' is standard input and output", 0, SIZE_MAX, cmd_sign},
	{"verify", VERB_VERIFY, "-k KEY|--cert FILE|--pubkey FILE [-f FORMAT] [-a HASH] [--pss] FILE [SIG]",
	 "verify the signature of a file", 1, 2, cmd_verify},
	{"pubkey", VERB_PUBKEY, "-k KEY [--ssh|--pem|--der|--cert]",
	 "print the public key or the certificate of a key", 0, 0, cmd_pubkey},
	{"unlock", VERB_UNLOCK, "[--pin-stdin] TOKEN",
	 "give a token its PIN", 1, 1, cmd_unlock},
	{"lock",   VERB_LOCK,   "TOKEN",
	 "make a token forget its PIN", 1, 1, cmd_lock},
	{"enroll", VERB_ENROLL, "[--user USER] [--remove] [--pin-stdin] [--password-stdin] [TOKEN]",
	 "unlock a token at a user's login, or show which; for root", 0, 1, cmd_enroll},
	{"status", VERB_STATUS, "[--json]",
	 "show the agent and its tokens", 0, 0, cmd_status},
	{"grant",  VERB_GRANT,  "-k KEY [--user USER] [--group GROUP] [--unit UNIT] [--slice SLICE] --purpose PURPOSE "
	 "[--from DATE] [--until DATE] [--forwarded] [--id ID]",
	 "let somebody sign with a key; for root", 0, 0, cmd_grant},
	{"grants", VERB_GRANTS, "[--json]",
	 "show what is granted", 0, 0, cmd_grants},
	{"explain", VERB_EXPLAIN, "-k KEY [--purpose PURPOSE] [-a HASH] [--pss] [--uid USER] [--group GROUP] "
	 "[--unit UNIT] [--slice SLICE] [--forwarded] [--json]",
	 "would this be allowed, and what decides; signs nothing", 0, 0, cmd_explain},
	{"revoke", VERB_REVOKE, "ID...",
	 "take grants back; for root", 1, SIZE_MAX, cmd_revoke},
	{"requests", VERB_REQUESTS, "[--json] [--all] [ID [--for TIME --max N] [--deny] [-o FILE]]",
	 "show requests that wait for approvals, or the text of one", 0, 1, cmd_requests},
	{"request", VERB_REQUEST, "-k KEY [--purpose PURPOSE] --for TIME --max N [--wait]",
	 "ask for leave to sign many times, without an approval each", 0, 0, cmd_request},
	{"approve", VERB_APPROVE, "ID [--for TIME --max N] [--signature FILE]",
	 "approve a request of somebody else's", 1, 1, cmd_approve},
	{"deny",    VERB_DENY, "ID [--reason TEXT] [--signature FILE]",
	 "deny a request of somebody else's, which ends it", 1, 1, cmd_deny},
	{"fetch",   VERB_FETCH, "ID [--wait] [-o OUT]",
	 "get the raw signatures of a request that was approved", 1, 1, cmd_fetch},
	{"withdraw", VERB_WITHDRAW, "ID",
	 "take a request back", 1, 1, cmd_withdraw},
	{"csr",    VERB_CSR,    "-k KEY [--subject NAME] [--san LIST] [--eku LIST] [--ca] [--self-signed DAYS] [-a HASH] [--pss] [--der] [--wait] [-o OUT]",
	 "make a certificate request for a key", 0, 0, cmd_csr},
	{"key",    VERB_KEY,    "list [--all] [--json] | show KEY [--all] [--json] | suspend|resume|retire KEY [--reason TEXT] | "
	 "rotate OLD NEW [--from DATE]",
	 "show and change the life of keys", 1, 3, cmd_key},
	{"check",  VERB_CHECK,  "[-k KEY] [--within TIME] [--json]",
	 "say what is wrong with keys, or soon will be", 0, 0, cmd_check},
};
/* clang-format on */

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < array_len(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static enum exit_code print_help(void)
{
	printf("usage: signet [OPTION]... VERB ...\n\n");
	for (size_t i = 0; i < array_len(verbs); i++)
		printf("  %-8s %s\n", verbs[i].name, verbs[i].summary);
	printf("\n");
	options_print(NULL);
	printf("\n'signet VERB --help' shows the options of a verb; signet(1) is the manual.\n");
	return finish_output();
}

static enum exit_code print_verb_help(const struct verb *verb)
{
	printf("usage: signet %s %s\n\n%s\n\n", verb->name, verb->synopsis, verb->summary);
	options_print(verb);
	return finish_output();
}

static enum exit_code print_version(void)
{
	printf("signet %s\n", SIGNET_VERSION);
	return finish_output();
}

static enum exit_code run_verb(const struct verb *verb, int argc, char **argv, struct args *args)
{
	_cleanup_(textagent_stop) struct textagent person = {};
	enum exit_code e = options_parse(verb, argc, argv, args);

	if (e != EXIT_DONE)
		return e;
	if (args->is_help)
		return print_verb_help(verb);
	if (args->is_version)
		return print_version();
	if (args->n_operands < verb->min_operands || args->n_operands > verb->max_operands) {
		complain("usage: signet %s %s", verb->name, verb->synopsis);
		return EXIT_USAGE;
	}
	if (!(verb->bit & VERBS_UNASKED))
		textagent_start(&person, args);
	return verb->run(args);
}

/*
 * A descriptor that is closed at the start would be taken by the next file that is opened, and
 * messages would go into a signature. open() gives the lowest that is free.
 */
static bool has_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd >= 0 && close(fd) == 0;
}

int main(int argc, char **argv)
{
	struct args args = {};
	const struct verb *verb;
	enum exit_code e;

	if (!has_standard_files()) {
		complain("/dev/null cannot be opened: %s", strerror(errno));
		return EXIT_IO;
	}
	(void)setlocale(LC_CTYPE, ""); /* only for the width of columns */
	e = options_parse(NULL, argc, argv, &args);
	if (e != EXIT_DONE)
		return e;
	if (args.is_help)
		return print_help();
	if (args.is_version)
		return print_version();
	if (args.n_operands == 0) {
		complain("which verb? 'signet --help' shows them");
		return EXIT_USAGE;
	}
	verb = find_verb(args.operands[0]);
	if (!verb) {
		complain("verb '%s' is not known; 'signet --help' shows all", args.operands[0]);
		return EXIT_USAGE;
	}
	return run_verb(verb, (int)args.n_operands, args.operands, &args);
}
