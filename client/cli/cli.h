/*
 * cli/cli.h - what the files of signet(1) share: arguments, exit codes, messages
 *
 * A function that returns enum exit_code has already told the person why, unless it says
 * otherwise; the caller only passes it on.
 */
#ifndef CLIENT_CLI_CLI_H
#define CLIENT_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "client/include/signet.h"

#ifndef SIGNET_VERSION
#define SIGNET_VERSION "unknown" /* the Makefile says */
#endif

#define _cleanup_(release) __attribute__((cleanup(release)))
#define array_len(a) (sizeof(a) / sizeof((a)[0]))

/* The numbers of enum signet_status, so that the agent's word is passed on as it is, and one more.
 */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_NO_MATCH = 1, /* the signature does not verify, or something was found wrong */
	EXIT_USAGE = 64,
	EXIT_DATA = 65,
	EXIT_UNAVAILABLE = 69,
	EXIT_IO = 74,
	EXIT_AGAIN = 75,
	EXIT_DENIED = 77,
	EXIT_CONFIG = 78,
};

#define WORDS_MAX 64

/* What an option that may be given several times was given, in its order; borrowed from argv. */
struct words {
	const char *items[WORDS_MAX];
	size_t n;
};

/* The command line. Strings are borrowed from argv; NULL if not given. */
struct args {
	const char *key;
	const char *format;
	const char *hash;
	const char *output;
	const char *certificate;
	const char *public_key;
	const char *socket;
	const char *files_from;
	const char *namespace;
	const char *payload_type;
	const char *jobs;
	const char *subject;
	const char *alternatives; /* --san */
	const char *uses;         /* --eku */
	const char *self_signed;
	const char *reason;
	const char *within;
	const char *config;
	const char *from;
	const char *until;
	const char *id;
	const char *uid;
	struct words keys;
	struct words units;
	struct words slices;
	struct words users;
	struct words groups;
	struct words purposes;
	bool is_forwarded;
	const char *wait; /* "" if it has no time */
	const char *break_glass;
	const char *period; /* --for */
	const char *maximum;
	const char *purpose;
	const char *signature;
	bool is_pss;
	bool is_attached;
	bool has_time;
	bool is_xattr;
	bool is_repack;
	bool is_forced;
	bool is_fail_fast;
	bool is_null; /* the list of files has NULs for newlines */
	bool is_pem;
	bool is_der;
	bool is_ssh;
	bool is_certificate;
	bool is_json;
	bool is_pin_stdin;
	bool is_password_stdin;
	bool is_removed;
	bool is_authority; /* --ca */
	bool is_all;
	bool is_ask_off;
	bool is_quiet;
	bool is_denied;
	bool is_help;
	bool is_version;
	char **operands;
	size_t n_operands;
};

struct verb {
	const char *name;
	unsigned bit; /* VERB_*: which options it takes */
	const char *synopsis;
	const char *summary;
	size_t min_operands;
	size_t max_operands;
	enum exit_code (*run)(const struct args *args);
};

#define VERB_LIST 0x01u
#define VERB_SIGN 0x02u
#define VERB_VERIFY 0x04u
#define VERB_PUBKEY 0x08u
#define VERB_UNLOCK 0x10u
#define VERB_LOCK 0x20u
#define VERB_STATUS 0x40u
#define VERB_GRANT 0x80u
#define VERB_GRANTS 0x100u
#define VERB_REVOKE 0x200u
#define VERB_EXPLAIN 0x400u
#define VERB_REQUESTS 0x1000u
#define VERB_REQUEST 0x2000u
#define VERB_APPROVE 0x4000u
#define VERB_DENY 0x8000u
#define VERB_FETCH 0x10000u
#define VERB_WITHDRAW 0x20000u
#define VERB_CSR 0x40000u
#define VERB_CHECK 0x80000u
#define VERB_KEY 0x100000u
#define VERB_ENROLL 0x200000u
#define VERB_ALL (~0u)
/* Those that read or change the configuration of the agent. */
#define VERB_CONFIG (VERB_GRANT | VERB_GRANTS | VERB_REVOKE | VERB_KEY)
/* Those for which polkit never wants a person to authenticate. */
#define VERBS_UNASKED \
	(VERB_LIST | VERB_VERIFY | VERB_PUBKEY | VERB_STATUS | VERB_WITHDRAW | VERB_CHECK)

enum exit_code cmd_list(const struct args *args);
enum exit_code cmd_sign(const struct args *args);
enum exit_code cmd_verify(const struct args *args);
enum exit_code cmd_pubkey(const struct args *args);
enum exit_code cmd_unlock(const struct args *args);
enum exit_code cmd_lock(const struct args *args);
enum exit_code cmd_status(const struct args *args);
enum exit_code cmd_grant(const struct args *args);
enum exit_code cmd_grants(const struct args *args);
enum exit_code cmd_explain(const struct args *args);
enum exit_code cmd_revoke(const struct args *args);
enum exit_code cmd_requests(const struct args *args);
enum exit_code cmd_request(const struct args *args);
enum exit_code cmd_approve(const struct args *args);
enum exit_code cmd_deny(const struct args *args);
enum exit_code cmd_fetch(const struct args *args);
enum exit_code cmd_withdraw(const struct args *args);
enum exit_code cmd_csr(const struct args *args);
enum exit_code cmd_key(const struct args *args);
enum exit_code cmd_check(const struct args *args);
enum exit_code cmd_enroll(const struct args *args);

/* --- say.c: what people read ------------------------------------------------------------------ */

/* One line on standard error, after the name of the program; control characters are replaced. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, unless -q was given. */
void note(const struct args *args, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether standard error is a terminal on which a line can be written over. */
bool is_on_terminal(void);

/* What a file is called in messages. */
const char *shown_name(const char *path);

/* Microseconds on a clock that only goes forward. */
uint64_t now_usec(void);

/* Ends standard output: EXIT_IO if something of it was lost. */
enum exit_code finish_output(void);

/* For _cleanup_ on any pointer from malloc(). */
static inline void freep(void *ptr)
{
	free(*(void **)ptr);
}

#endif
