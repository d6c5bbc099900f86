/*
 * wire/message.h - frames between clients and signetd, decoded and encoded (PROTOCOL.md 1 and 2)
 *
 * Decoders take the bytes of one frame behind its type (and behind the extension name), fill ret
 * with views into them, and return false if they are malformed. Encoders append a whole frame,
 * length word included. Both directions stand here, so that the client library and the agent
 * cannot disagree.
 */
#ifndef AGENT_WIRE_MESSAGE_H
#define AGENT_WIRE_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/code.h"
#include "agent/base/limits.h"
#include "agent/wire/reader.h"
#include "agent/wire/writer.h"

enum message_type {
	MESSAGE_FAILURE = 5,
	MESSAGE_SUCCESS = 6,
	MESSAGE_REQUEST_IDENTITIES = 11,
	MESSAGE_IDENTITIES_ANSWER = 12,
	MESSAGE_SIGN_REQUEST = 13,
	MESSAGE_SIGN_RESPONSE = 14,
	MESSAGE_EXTENSION = 27,
	MESSAGE_EXTENSION_FAILURE = 28,
	MESSAGE_EXTENSION_RESPONSE = 29,
};

#define MESSAGE_DOMAIN "@signetd.org"
#define MESSAGE_EXTENSION_NAME_MAX 64

/* Flags of an ssh signing request. */
#define MESSAGE_SSH_RSA_SHA2_256 2u
#define MESSAGE_SSH_RSA_SHA2_512 4u

/* More flags of explain@: as if it came by a forwarded ssh agent; about a caller that is imagined. */
#define MESSAGE_FORWARDED 2u
#define MESSAGE_OTHER 4u
/* Groups of an imagined caller, and names of its unit and slice: longer ones systemd has not. */
#define MESSAGE_GROUPS_MAX 256u
#define MESSAGE_UNIT_MAX 255u

/* SHA-256 of a public key. */
#define MESSAGE_KEY_ID_SIZE 32u

/* Flags of an own operation. */
#define MESSAGE_INTERACTIVE 1u
/* Of list@ and request@: also keys that may not be used, each under its own name; requests of others */
#define MESSAGE_ALL 2u
#define MESSAGE_BREAK_GLASS 4u /* sign@: without approvals, for a reason */
#define MESSAGE_STORED_PIN 4u /* unlock@: the PIN comes from a file; nobody has typed it just now */

/* What request@ asks for: the first byte. */
enum message_request {
	MESSAGE_REQUEST_LIST = 1,
	MESSAGE_REQUEST_SHOW = 2,
	MESSAGE_REQUEST_FETCH = 3,
	MESSAGE_REQUEST_WITHDRAW = 4,
	MESSAGE_REQUEST_WINDOW = 5,
};

/* What an approver says. */
enum message_verdict {
	MESSAGE_APPROVE = 1,
	MESSAGE_DENY = 2,
};

#define MESSAGE_ID_SIZE 16u
#define MESSAGE_ADVANCE_SIZE 8u

struct message_ssh_sign {
	struct view blob;
	struct view data;
	uint32_t flags;
};

/* session-bind@openssh.com: which ssh session a connection serves */
struct message_bind {
	struct view host_key;
	struct view session;
	struct view
		signature; /* of the host over the session; checked by nobody, see PROTOCOL.md */
	bool is_forwarding;
};

struct message_list {
	uint32_t first;
	struct view name; /* empty: all */
	uint8_t flags;
	struct view purpose; /* empty: the usual ones */
};

struct message_item {
	struct view data;
	struct view label; /* may be empty */
};

struct message_sign {
	struct view key;
	enum algorithm algorithm;
	enum hash hash;
	enum input input;
	uint8_t flags;
	uint32_t n_items;
	struct message_item items[BATCH_MAX];
	struct view key_id;      /* empty, or MESSAGE_KEY_ID_SIZE bytes: what the key must be */
	struct view break_glass; /* why approvals cannot be waited for; empty without that flag */
};

/* So many seconds and signatures; 0: no word about it. */
struct message_window {
	uint64_t seconds;
	uint64_t signatures;
};

/* request@, behind its first byte: each kind has some of these */
struct message_request_ask {
	struct view id;
	uint8_t flags;
	uint32_t first;               /* LIST: index of the first one wanted */
	uint8_t verdict;              /* SHOW */
	struct message_window window; /* SHOW, WINDOW */
	uint32_t wait_sec;            /* FETCH: while there are no more approvals than known */
	uint32_t known;
	struct view key; /* WINDOW */
	struct view purpose;
};

struct message_approve {
	struct view id;
	uint8_t flags;
	uint8_t verdict;
	struct message_window window;
	struct view reason;    /* may be empty */
	struct view signature; /* SSHSIG; empty: the caller approves by itself */
};

/* One request that waits, or has ended. */
struct message_parked {
	struct view id;
	uint8_t state;
	uint8_t relation; /* bits: 1 the caller's own, 2 the caller may approve it */
	uint32_t uid;
	struct view unit;
	struct view key;
	struct view purpose;
	uint32_t items;
	struct view label; /* of the first item; may be empty */
	uint32_t approvals;
	uint32_t needed;
	struct message_window window; /* asked for, or what is left of an open one */
	uint64_t created_usec;
	uint64_t expires_usec;
};

#define MESSAGE_RELATION_OWN 1u
#define MESSAGE_RELATION_MAY_APPROVE 2u

/* How far a request is that waits for approvals. */
struct message_advance {
	uint32_t approvals;
	uint32_t needed;
};

/* unlock@ and lock@ */
struct message_token {
	struct view token;
	uint8_t flags;
};

struct message_explain {
	struct view key;
	struct view purpose;      /* empty: what is usual for the key */
	enum algorithm algorithm; /* NONE: likewise */
	enum hash hash;
	uint8_t flags;
	/* Only with MESSAGE_OTHER: */
	uint32_t uid;
	uint32_t gid;
	uint32_t n_groups;
	uint32_t groups[MESSAGE_GROUPS_MAX];
	struct view unit; /* empty: none */
	struct view slice;
};

/* In front of every answer to an own operation. */
struct message_answer {
	struct view name;
	uint32_t status;
	struct view sentence;
	struct view request;
	struct reader result; /* positioned on the result; empty unless status is 0, or it waits */
};

struct message_key {
	struct view name;
	struct view token;
	enum key_type type;
	uint32_t bits;
	enum token_state state;
	struct view spki;
	struct view certificate;
	enum key_state key_state;
	uint64_t not_before; /* these and the next: microseconds since 1970, 0: none */
	uint64_t not_after;
	uint64_t certificate_not_after;
	uint64_t uses;
	uint64_t last_use;
	uint32_t quorum;
	struct view successor; /* may be empty, as the next two */
	struct view file;
	struct view ssh_certificate;
};

struct message_signature {
	uint32_t status;
	struct view signature;
	struct view sentence;
};

struct message_status {
	struct view version;
	uint64_t uptime_usec;
	uint32_t connections;
	uint32_t requests;
	uint64_t records;
	struct view authorization;
};

struct message_status_token {
	struct view name;
	enum token_state state;
	struct view sentence;
	uint32_t keys;
	uint32_t sessions;
	uint32_t queued;
};

struct message_explanation {
	enum explain_verdict verdict;
	struct view authority; /* may be empty */
	struct view sentence;
	struct view purpose;
	struct view algorithm;
	struct view hash; /* may be empty */
};

struct message_step {
	struct view name;
	struct view source;
	uint32_t line; /* 0: none */
	struct view result;
	struct view text;
};

/* --- requests, read by the agent -------------------------------------------------------------- */

bool message_read_ssh_sign(struct reader *r, struct message_ssh_sign *ret);
bool message_read_bind(struct reader *r, struct message_bind *ret);
bool message_read_list(struct reader *r, struct message_list *ret);
bool message_read_sign(struct reader *r, struct message_sign *ret);
bool message_read_unlock(struct reader *r, struct message_token *ret);
bool message_read_lock(struct reader *r, struct message_token *ret);
bool message_read_explain(struct reader *r, struct message_explain *ret);
bool message_read_flags(struct reader *r, uint8_t *ret); /* nothing else: reload@ */
/* Behind the first byte, which says the kind. */
bool message_read_request(struct reader *r, enum message_request kind,
			  struct message_request_ask *ret);
bool message_read_approve(struct reader *r, struct message_approve *ret);

/* --- requests, written by the client ----------------------------------------------------------- */

void message_write_list(struct writer *w, uint32_t first, const char *name, uint8_t flags,
			const char *purpose);
void message_write_sign(struct writer *w, const struct message_sign *m);
void message_write_token(struct writer *w, const char *operation, const char *token, uint8_t flags);
void message_write_status(struct writer *w);
void message_write_reload(struct writer *w, uint8_t flags);
void message_write_explain(struct writer *w, const struct message_explain *m);
void message_write_request(struct writer *w, enum message_request kind,
			   const struct message_request_ask *m);
void message_write_approve(struct writer *w, const struct message_approve *m);

/* --- answers, written by the agent -------------------------------------------------------------- */

/* A frame of the type alone: 5, 6 or 28. */
void message_write_bare(struct writer *w, enum message_type type);

/*
 * Opens an answer to the extension name (in full) and writes its front; what follows is the
 * result. message_close() gets what this returned.
 */
size_t message_open_answer(struct writer *w, struct view name, enum status status,
			   const char *sentence, const char *request);

/* Opens a frame of any type. */
size_t message_open(struct writer *w, enum message_type type);
void message_close(struct writer *w, size_t mark);

void message_write_key(struct writer *w, const struct message_key *m);
void message_write_signature(struct writer *w, const struct message_signature *m);
void message_write_parked(struct writer *w, const struct message_parked *m);
void message_write_advance(struct writer *w, const struct message_advance *m);
void message_write_status_front(struct writer *w, const struct message_status *m);
void message_write_status_token(struct writer *w, const struct message_status_token *m);
void message_write_explanation(struct writer *w, const struct message_explanation *m);
void message_write_step(struct writer *w, const struct message_step *m);

/* --- answers, read by the client ---------------------------------------------------------------- */

/* The whole frame, its type included. */
bool message_read_answer(struct view frame, struct message_answer *ret);
/* One entry of a list; the caller has read the counts. */
void message_read_key(struct reader *r, struct message_key *ret);
void message_read_signature(struct reader *r, struct message_signature *ret);
void message_read_parked(struct reader *r, struct message_parked *ret);
void message_read_advance(struct reader *r, struct message_advance *ret);
void message_read_status_front(struct reader *r, struct message_status *ret);
void message_read_status_token(struct reader *r, struct message_status_token *ret);
void message_read_explanation(struct reader *r, struct message_explanation *ret);
void message_read_step(struct reader *r, struct message_step *ret);

#endif
