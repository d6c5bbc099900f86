/*
 * audit/record.h - what is written down about one request, or one event
 *
 * A record borrows everything; it is encoded before anything of it can change. Absent fields are
 * NULL or 0 and are left out. Text is cleaned as it is encoded, so that no field can forge another.
 */
#ifndef AGENT_AUDIT_RECORD_H
#define AGENT_AUDIT_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "agent/model/ask.h"
#include "agent/model/caller.h"
#include "agent/model/key.h"
#include "agent/model/outcome.h"
#include "agent/model/parked.h"
#include "agent/model/verdict.h"
#include "agent/wire/writer.h"

/* One MESSAGE_ID each, with a catalog entry (catalog-ids.h). */
enum record_kind {
	RECORD_NONE = 0,
	RECORD_SIGNED,
	RECORD_ANSWERED, /* an operation that signs nothing: list, status, query, ... */
	RECORD_DENIED,
	RECORD_FAILED, /* also cancelled, timed out, unknown: SIGNET_OUTCOME says which */
	RECORD_UNLOCKED,
	RECORD_LOCKED,
	RECORD_PIN_REFUSED,
	RECORD_TOKEN_BLOCKED,
	RECORD_TOKEN_LOST,
	RECORD_TOKEN_BACK,
	RECORD_CONFIG_REFUSED,
	RECORD_CONFIG_LOADED,
	RECORD_TURNED_AWAY, /* connections over the limits */
	RECORD_IDENTITY,    /* the kernel or systemd gives less about callers than hoped for */
	RECORD_REQUESTED,   /* a request waits for approvals */
	RECORD_APPROVED,    /* somebody has approved one */
	RECORD_VETOED,      /* somebody has denied one */
	RECORD_EXPIRED,     /* its time, or that of its window, is over */
	RECORD_VOIDED,      /* the configuration is another one now */
	RECORD_WINDOW,      /* a window was opened */
	RECORD_BREAK_GLASS, /* somebody signed without approvals, or tried to; in the place of SIGNED */
	_RECORD_KIND_MAX,
};

struct record {
	enum record_kind kind;
	const char *message; /* the line people read; NULL: made from the other fields */
	const char *request; /* request id */
	const char *parked;  /* id of the request that waits or waited, which this is about */
	const char *person;  /* who approves by a signature */
	const struct parked *approved; /* by whose approvals this is allowed; NULL: by none */
	const char *operation;
	const char *token;     /* name of the token, if there is no key */
	const struct ask *ask; /* purpose, algorithm, hash, digests, labels */
	const char *key_name;  /* as asked, if key is NULL */
	const struct key *key;
	const struct caller *caller;
	size_t n_signed; /* items for which a signature is released */
	enum outcome outcome;
	enum authority authority;
	const char *reason;
	const char *policy; /* hash of the rules by which it was decided */
	uint64_t duration_usec;
	const char *file; /* of a configuration error */
	unsigned line;
	unsigned count; /* connections turned away */
};

/*
 * Appends the record in journald's native format, without the empty line that separates records.
 * seq becomes SIGNET_SEQ; with 0 it is left out, for the journal to put it there when it sends.
 * Fields as in the contract, and: PRIORITY, MESSAGE, MESSAGE_ID,
 * SYSLOG_IDENTIFIER=signetd, SIGNET_POLICY, SIGNET_KEY_ASKED (if it is not SIGNET_KEY), SIGNET_HASH, SIGNET_FORWARDED (true or absent), SIGNET_ITEM (what the client calls the items, not
 * trusted; one field each, the first 16), SIGNET_PEER_SLICE, SIGNET_PEER_INVOCATION,
 * SIGNET_PARKED, SIGNET_PERSON, SIGNET_APPROVER (each who agreed to what is signed),
 * SIGNET_BREAK_GLASS (the reason),
 * SIGNET_PEER_MISSING (what could not be found out about the caller), SIGNET_CONFIG_FILE,
 * SIGNET_CONFIG_LINE. Each digest has a SIGNET_DIGEST of its own. If no signature
 * is released (n_signed is 0) and none may have been made (the outcome is not unknown), only the
 * first 8 digests and 4 labels are there: who may sign nothing must not be able to fill the journal.
 * Errors stay in the writer.
 */
void record_encode(const struct record *r, uint64_t seq, struct writer *w);

#endif
