/*
 * policy/rules.h - the configuration: signet.conf, tokens.d, keys.d, read as one
 *
 * Loaded whole or not at all. The rules in force are one object that a reload replaces; nobody
 * keeps a pointer into it across a wait.
 */
#ifndef AGENT_POLICY_RULES_H
#define AGENT_POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/cleanup.h"
#include "agent/model/grant.h"
#include "agent/model/key.h"
#include "agent/policy/grant.h"

enum authorization {
	AUTHORIZATION_NONE = 0,
	AUTHORIZATION_POLKIT,
	AUTHORIZATION_SAME_USER,
};

/* signet.conf, section [Agent]. All times in microseconds, none of them 0 unless it says so. */
struct settings {
	enum authorization authorization; /* Authorization=polkit|same-user */
	uint64_t polkit_usec;      /* PolkitTimeoutSec=, 17s: an answer that needs no person */
	uint64_t interactive_usec; /* InteractiveTimeoutSec=, 2min: a person is asked */
	uint64_t keep_usec;        /* KeepSec=, 5s, at most 60s; 0 keeps no decision */
	uint64_t token_usec;       /* TokenTimeoutSec=, 30s: one signature */
	uint64_t frame_usec;       /* FrameTimeoutSec=, 30s: see peer/conn.h */
	uint64_t audit_usec;       /* JournalTimeoutSec=, 5s */
	uint64_t approval_usec;    /* ApprovalTimeoutSec=, 1d: what waits for approvals */
	uint64_t idle_usec;        /* IdleExitSec=, 15min; 0 never */
};

struct rules {
	struct settings settings;
	char **tokens; /* owned, NULL-terminated; names of the files of tokens.d, sorted */
	size_t n_tokens;
	struct key_rule **keys; /* owned; sorted by name */
	size_t n_keys;
	struct grant **grant_files; /* owned; sorted by id */
	size_t n_grant_files;
	struct grant_entry *grants; /* owned; the same under each of their keys, for grant_find() */
	size_t n_grants;
	char hash[65]; /* SHA-256 over all that was read, hex: which policy was in force */
};

struct rules_error {
	char *path;    /* owned; NULL: nothing is wrong with any file */
	unsigned line; /* 0: the file as a whole */
	char what[256];
};

/*
 * Reads dir/signet.conf (may be missing), dir/tokens.d (of which the names are kept; what the
 * files say is for the token process, but it has to be right), dir/keys.d, with drop-ins, and
 * dir/grants.d. dir itself must be there. 0; -EINVAL with error filled in: an unknown section or key, a bad
 * value, a bad file name, a certificate that cannot be read, two key files of one URI, drop-ins
 * without a key file, a user or key that is not there, a file or directory that somebody else may write. Another negative errno, also with error filled in, if something cannot
 * be read; -ENOMEM and -EIO (libsodium) without.
 */
int rules_load(const char *dir, struct rules **ret, struct rules_error *error);
struct rules *rules_free(struct rules *r);
DEFINE_FREEP(struct rules, rules_free)
void rules_error_done(struct rules_error *e);

/*
 * The name of the key that a name means at a moment (CLOCK_REALTIME): its own, or, if that key has a
 * Successor= and cannot sign any more, or SuccessorFrom= has come, the successor's. Borrowed.
 */
const char *rules_heir(const struct rules *r, const char *name, uint64_t now_usec);

/* The file of a key; NULL: it has none. */
const struct key_rule *rules_find_key(const struct rules *r, const char *name);

const char *authorization_name(enum authorization a);

#endif
