/*
 * signet.h - ask the signing agent of this host for signatures
 *
 * libsignet(3) is the manual. In short: signet_open() makes a handle, a call such as
 * signet_sign() asks the agent and waits for its answer, the answer is an object that says what
 * the agent decided and holds the result, and signet_answer_free() ends it. Keys and PINs never
 * come here: the agent has the keys, and a PIN goes to it as a sealed file descriptor.
 *
 * Results. Every int is 0 or one of SIGNET_E_*, which mean: there is no answer. A refusal is an
 * answer, not an error: the call returns 0 and signet_answer_status() says SIGNET_STATUS_DENIED.
 * A ret parameter is written when a call returns 0 and left alone otherwise. Where an error has a
 * cause in the system, errno holds it.
 *
 * Ownership. What a ret parameter gives belongs to the caller (signet_close(),
 * signet_answer_free(), close(2)). Every pointer that an accessor returns belongs to the answer
 * and lives as long as it does. What is handed in is only used during the call.
 *
 * Text is UTF-8 without control characters and was checked; it may be shown as it is. Times are
 * microseconds. Sizes are bytes.
 *
 * Threads and processes. A handle may be used by several threads: their calls take turns, since
 * a connection carries one request at a time. For calls side by side open more handles. An
 * answer is not changed after it was made. After fork(2) the child may use the handle too; it
 * gets a connection of its own. The library starts no thread, installs no signal handler, causes
 * no SIGPIPE, writes nothing to any stream and keeps nothing outside its handles.
 */
#ifndef SIGNET_H
#define SIGNET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where the agent listens unless SIGNET_SOCK or the caller says otherwise. */
#define SIGNET_SOCKET "/run/signet/agent.sock"

/* No answer. The numbers are fixed; signet_strerror() has a sentence for each. */
#define SIGNET_E_INVALID (-1)  /* an argument is outside what this page allows; nothing was sent */
#define SIGNET_E_MEMORY (-2)   /* out of memory */
#define SIGNET_E_CONNECT (-3)  /* the agent cannot be reached; nothing was sent; errno */
#define SIGNET_E_IO (-4)       /* sending or receiving failed; errno */
#define SIGNET_E_TIMEOUT (-5)  /* no answer in time; what was asked may have happened */
#define SIGNET_E_CLOSED (-6)   /* the agent hung up; what was asked may have happened */
#define SIGNET_E_PROTOCOL (-7) /* the answer is malformed or does not fit the question */
#define SIGNET_E_UNSUPPORTED (-8) /* no signet agent, or one that does not know the call */
#define SIGNET_E_WITHDRAWN (-9) /* who was watched has hung up; what was asked may have happened */
#define SIGNET_E_LISTENER \
	(-10) /* an impostor listens, see signet_set_listener(); nothing was sent */

/* What the agent decided: the status of an answer and of each of its signatures. */
enum signet_status {
	SIGNET_STATUS_OK = 0,
	SIGNET_STATUS_USAGE = 64, /* not for this key: algorithm, hash or input do not fit it */
	SIGNET_STATUS_DATA = 65,  /* the request was malformed */
	SIGNET_STATUS_UNAVAILABLE = 69, /* no such key or token, or it cannot be reached now */
	SIGNET_STATUS_IO = 74,          /* the record could not be written, or the token failed */
	SIGNET_STATUS_AGAIN = 75,       /* not now: busy, or whether it happened is not known */
	SIGNET_STATUS_DENIED = 77,      /* refused */
	SIGNET_STATUS_CONFIG = 78,      /* the agent's configuration must be mended first */
};

enum signet_key_type {
	SIGNET_KEY_RSA = 1,
	SIGNET_KEY_P256 = 2,
	SIGNET_KEY_P384 = 3,
	SIGNET_KEY_P521 = 4,
	SIGNET_KEY_ED25519 = 5,
};

enum signet_token_state {
	SIGNET_TOKEN_READY = 1,
	SIGNET_TOKEN_LOCKED = 2,      /* needs signet_unlock() */
	SIGNET_TOKEN_LOST = 3,        /* not there, or its process cannot be reached */
	SIGNET_TOKEN_REFUSED_PIN = 4, /* the PIN at hand was wrong and is not tried again */
	SIGNET_TOKEN_BLOCKED = 5,     /* takes no PIN any more, or has one try left */
};

/* Whether a key may be used, as its file says. */
enum signet_key_standing {
	SIGNET_KEY_ACTIVE = 1,
	SIGNET_KEY_SUSPENDED = 2, /* not for the time being */
	SIGNET_KEY_RETIRED = 3,   /* never again */
};

enum signet_algorithm {
	SIGNET_RSA_PKCS1 = 1, /* RSASSA-PKCS1-v1_5 */
	SIGNET_RSA_PSS = 2,   /* RSASSA-PSS, MGF1 with the same hash, salt as long as the hash */
	SIGNET_ECDSA = 3,
	SIGNET_EDDSA = 4, /* pure Ed25519: SIGNET_MESSAGE and SIGNET_NO_HASH */
};

enum signet_hash {
	SIGNET_NO_HASH = 0,
	SIGNET_SHA256 = 1,
	SIGNET_SHA384 = 2,
	SIGNET_SHA512 = 3,
	SIGNET_SHA1 = 4, /* every agent refuses it: so that the refusal is its own, and recorded */
};

enum signet_input {
	SIGNET_DIGEST = 1,  /* items are digests, exactly as long as the hash */
	SIGNET_MESSAGE = 2, /* items are messages, hashed by the token process if at all */
};

/* Flags of a request. */
#define SIGNET_MAY_ASK 1u /* a person may be asked, through polkit; the call waits for them */
#define SIGNET_ALL 2u     /* signet_requests(), signet_request_text(): those of other people, too */
#define SIGNET_STORED_PIN \
	4u /* signet_unlock() alone: the PIN comes from a file, not from a person now */
#define SIGNET_FORWARDED 2u /* signet_explain() alone: as if by a forwarded ssh agent */

/* What an explanation comes to. */
enum signet_verdict {
	SIGNET_VERDICT_ALLOWED = 1,
	SIGNET_VERDICT_REFUSED = 2,
	SIGNET_VERDICT_ASKS = 3,      /* polkit decides, or a person would be asked */
	SIGNET_VERDICT_APPROVALS = 4, /* other people have to approve */
};

/* How a request stands that other people have to approve. */
enum signet_parked_state {
	SIGNET_PARKED_PENDING = 1,
	SIGNET_PARKED_APPROVED = 2, /* something of it may still be signed */
	SIGNET_PARKED_VETOED = 3,
	SIGNET_PARKED_EXPIRED = 4,
	SIGNET_PARKED_VOIDED = 5, /* the configuration of the agent has changed */
	SIGNET_PARKED_WITHDRAWN = 6,
};

/* What an approver says. */
enum signet_opinion {
	SIGNET_APPROVE = 1,
	SIGNET_DENY = 2,
};

/* What one request may hold. */
#define SIGNET_ITEMS_MAX 256u
#define SIGNET_MESSAGE_MAX 258048u /* one message */
#define SIGNET_REQUEST_MAX 261376u /* data and labels of all items, and 8 bytes for each item */
#define SIGNET_LABEL_MAX 255u      /* a longer label loses its beginning */
#define SIGNET_NAME_MAX 128u       /* name of a key or token */
#define SIGNET_PIN_MAX 255u
#define SIGNET_KEY_ID_SIZE 32u
#define SIGNET_GROUPS_MAX 256u
#define SIGNET_UNIT_MAX 255u
#define SIGNET_REQUEST_ID_LEN 16u /* of a request that waits: hex digits */
#define SIGNET_REASON_MAX 255u    /* of a reason, in bytes */
#define SIGNET_APPROVAL_MAX 4096u /* of an SSHSIG */
#define SIGNET_WAIT_MAX 60u       /* seconds of one signet_fetch() */
#define SIGNET_WINDOW_SECONDS_MAX 2592000u
#define SIGNET_WINDOW_SIGNATURES_MAX 1000000u

/* Microseconds that a call waits unless signet_set_timeout() says otherwise. */
#define SIGNET_TIMEOUT_USEC UINT64_C(600000000)

struct signet;        /* a handle: one connection, made when it is needed */
struct signet_answer; /* what the agent said */
struct signet_key;    /* these belong to an answer */
struct signet_signature;
struct signet_agent;
struct signet_token;
struct signet_explanation;
struct signet_step;
struct signet_parked; /* a request that waits for approvals; belongs to an answer, too */

/* One thing to sign. */
struct signet_item {
	const void *data;
	size_t size;
	const char *label; /* what the record calls it, usually a file name; may be NULL */
};

struct signet_request {
	const char *key; /* name of the key */
	enum signet_algorithm algorithm;
	enum signet_hash hash;
	enum signet_input input;
	unsigned flags; /* SIGNET_MAY_ASK or 0 */
	const struct signet_item *items;
	size_t n_items; /* 1 to SIGNET_ITEMS_MAX */
	/*
	 * SHA-256 of the public key (signet_key_spki()), SIGNET_KEY_ID_SIZE bytes: if the name is that
	 * of another key by now, nothing is signed (SIGNET_STATUS_UNAVAILABLE). NULL: whatever key
	 * has the name.
	 */
	const uint8_t *key_id;
	/*
	 * NULL; or why approvals cannot be waited for, 1 to SIGNET_REASON_MAX bytes. It is recorded as an
	 * alert, and only those may whom the key's file names.
	 */
	const char *break_glass;
};

/* So many seconds and signatures; 0 says nothing about it. */
struct signet_window {
	uint64_t seconds;
	uint64_t signatures;
};

struct signet_approval {
	const char *id; /* of the request */
	enum signet_opinion opinion;
	struct signet_window window; /* 0, 0: for this request alone, or as it asks */
	const char *reason;          /* may be NULL */
	/*
	 * An SSHSIG over the text of the request (signet_request_text()) in the namespace
	 * approve@signetd.org, without its armour; who made it approves, and not the caller. NULL and 0:
	 * the caller approves.
	 */
	const uint8_t *signature;
	size_t signature_size;
	unsigned flags; /* SIGNET_MAY_ASK or 0 */
};

/* Somebody who could ask; what is not known of him is less than what is. */
struct signet_caller {
	uid_t uid;
	gid_t gid;           /* (gid_t)-1: none */
	const gid_t *groups; /* supplementary ones */
	size_t n_groups;     /* at most SIGNET_GROUPS_MAX */
	const char *unit;    /* system unit; NULL: none, as for the next one */
	const char *slice;
};

struct signet_question {
	const char *key;
	const char *purpose;             /* NULL: the first that the key is for */
	enum signet_algorithm algorithm; /* 0: what the key's type implies */
	enum signet_hash hash;           /* SIGNET_NO_HASH: likewise */
	unsigned flags;                  /* SIGNET_MAY_ASK, SIGNET_FORWARDED */
	/* Not about the caller, but about this one, which takes the polkit action org.signetd.manage. */
	const struct signet_caller *caller;
};

/* --- handles ---------------------------------------------------------------------------------- */

/*
 * Makes a handle for the agent at path; NULL means SIGNET_SOCK from the environment (not in
 * set-user-ID programs), or else SIGNET_SOCKET. Does not connect yet.
 * SIGNET_E_INVALID if the path is empty or too long for a socket, SIGNET_E_MEMORY.
 */
int signet_open(const char *path, struct signet **ret);

/* Closes the connection and frees the handle; NULL is allowed. No call may be under way. */
void signet_close(struct signet *s);

/*
 * How long each later call waits for the agent, in microseconds from when its turn on the handle
 * has come, connecting included; 0: without end. The agent ends its own waits (for polkit,
 * people and tokens), so that this is a second line. A call that ran out of time hangs up, which
 * withdraws the request, but what had reached the token may have been signed.
 */
void signet_set_timeout(struct signet *s, uint64_t timeout_usec);

/*
 * For who asks on behalf of another program: a socket to it, which each later call watches while it
 * waits for the agent. When both directions of it have ended, the call hangs up, which withdraws the
 * request, and returns SIGNET_E_WITHDRAWN. Nothing is read from fd; -1: nobody is watched.
 */
void signet_set_watch(struct signet *s, int fd);

/*
 * Connects if need be and tells who listens there, by the kernel's word: the user that the agent
 * runs as, or root while systemd holds the socket for an agent that was not running yet. Any
 * other user is an impostor. SIGNET_E_CONNECT, SIGNET_E_TIMEOUT.
 */
int signet_peer_uid(struct signet *s, uid_t *ret);

/*
 * For who must not be deceived about the agent, as a program that lets people in: from now on nothing is
 * sent unless, by the kernel's word, this user or root listens there. Otherwise each call is
 * SIGNET_E_LISTENER, also on a connection that is there already. (uid_t)-1, which is nobody, leaves root.
 */
void signet_set_listener(struct signet *s, uid_t uid);

/* The path of the socket that the handle is for; lives as long as the handle. */
const char *signet_socket(const struct signet *s);

/* Sentence for one of SIGNET_E_*, without a full stop; never NULL. */
const char *signet_strerror(int error);

/* --- calls ------------------------------------------------------------------------------------ */

/*
 * Each asks the agent one thing and waits. All can return every SIGNET_E_*. A request is sent
 * once; only when a connection turns out to be closed before any byte of it has left, a new
 * connection is made.
 */

/*
 * The keys that the caller may use or be asked for, by signet_answer_key(). With a name only that
 * key, if it is one of them; NULL for all. A name that is not listed need not be absent: signing
 * with it tells whether it is refused (SIGNET_STATUS_DENIED) or not there (_UNAVAILABLE).
 */
int signet_list(struct signet *s, const char *name, struct signet_answer **ret);

/*
 * The same for who manages keys: also those that nobody may use, each name with its own key, even if
 * it means a successor by now. Takes a permission of its own (org.signetd.manage). flags is
 * SIGNET_MAY_ASK or 0.
 */
int signet_list_all(struct signet *s, const char *name, unsigned flags, struct signet_answer **ret);

/*
 * The keys that the caller may use for this purpose (signet-keys.d(5) has their names), or be asked for
 * about it. What is no purpose is SIGNET_STATUS_USAGE.
 */
int signet_list_for(struct signet *s, const char *purpose, struct signet_answer **ret);

/*
 * Signs the items, with one decision and one record for all of them. The status of the answer is
 * 0 if at least one was signed; then signet_answer_signature() has one entry for each item, in
 * their order, each with a status of its own.
 */
int signet_sign(struct signet *s, const struct signet_request *request, struct signet_answer **ret);

/*
 * Logs in to a token. pin_fd comes from signet_pin() or is a memfd of at most SIGNET_PIN_MAX
 * bytes, sealed against writing, growing and shrinking (SIGNET_E_INVALID if it is not); it stays
 * open. A wrong PIN is SIGNET_STATUS_DENIED and used up one try of the token. flags has SIGNET_MAY_ASK,
 * and SIGNET_STORED_PIN for a PIN that nobody has typed just now: what was refused once is then not
 * tried again, nor is the last try made.
 */
int signet_unlock(struct signet *s, const char *token, unsigned flags, int pin_fd,
		  struct signet_answer **ret);

/* Logs out of a token and makes it forget its PIN. flags is SIGNET_MAY_ASK or 0. */
int signet_lock(struct signet *s, const char *token, unsigned flags, struct signet_answer **ret);

/*
 * Whether a signature would be allowed, and what decides, by signet_answer_explanation(). Nothing is
 * signed, nobody is asked about it, and no use of the key is counted.
 */
int signet_explain(struct signet *s, const struct signet_question *question,
		   struct signet_answer **ret);

/*
 * Makes the agent read its configuration again. SIGNET_STATUS_CONFIG if that is refused: the sentence
 * says file, line and what is wrong, and the old one stays in force. flags is SIGNET_MAY_ASK or 0.
 */
int signet_reload(struct signet *s, unsigned flags, struct signet_answer **ret);

/* The agent itself, by signet_answer_agent(), and its tokens, by signet_answer_token(). */
int signet_status(struct signet *s, struct signet_answer **ret);

/*
 * Where a key needs the approval of other people, signet_sign() ends with SIGNET_STATUS_AGAIN, and
 * signet_answer_pending() is true; signet_answer_request() is then the id of the request, by which all
 * of these know it.
 */

/*
 * The requests that the caller has made or may approve, by signet_answer_parked(). flags is SIGNET_ALL
 * for those of everybody, with SIGNET_MAY_ASK if a person may be asked for that, or 0.
 */
int signet_requests(struct signet *s, unsigned flags, struct signet_answer **ret);

/*
 * The text of a request, by signet_answer_text(): what an approver reads, and what an approval by a
 * signature signs. It says the verdict and the window, so that these have to be the same in
 * signet_approve().
 */
int signet_request_text(struct signet *s, const char *id, unsigned flags,
			enum signet_opinion opinion, const struct signet_window *window,
			struct signet_answer **ret);

/*
 * Signs what was asked for by a request, once it is approved; the answer is that of signet_sign(). While
 * it has n_known approvals, the call waits for more, for at most wait seconds (to SIGNET_WAIT_MAX). Of a
 * request for a window: no signatures, and status 0 when it is open.
 */
int signet_fetch(struct signet *s, const char *id, unsigned flags, unsigned wait, size_t n_known,
		 struct signet_answer **ret);

/* Takes a request of the caller's back. */
int signet_withdraw(struct signet *s, const char *id, struct signet_answer **ret);

/*
 * Asks for leave to sign window->signatures times in window->seconds for a purpose, such as "digest",
 * without an approval each; pending, as signet_sign() is, until it is approved.
 */
int signet_request_window(struct signet *s, const char *key, const char *purpose,
			  const struct signet_window *window, unsigned flags,
			  struct signet_answer **ret);

/* Approves or denies a request of somebody else's. */
int signet_approve(struct signet *s, const struct signet_approval *approval,
		   struct signet_answer **ret);

/*
 * Puts a PIN of 1 to SIGNET_PIN_MAX bytes into a sealed memfd for signet_unlock(). Asks no agent.
 * The caller closes the descriptor, and wipes its own copy of the PIN. SIGNET_E_INVALID (length,
 * or a NUL among the bytes), SIGNET_E_IO.
 */
int signet_pin(const void *pin, size_t size, int *ret_fd);

/* --- answers ---------------------------------------------------------------------------------- */

/* NULL is allowed. */
void signet_answer_free(struct signet_answer *a);

/* One of enum signet_status; later agents may send numbers that are not in it (1 to 255). */
int signet_answer_status(const struct signet_answer *a);

/* A sentence for people: what was refused, why, and what can be done. Empty if the status is 0. */
const char *signet_answer_sentence(const struct signet_answer *a);

/* The id under which the agent's record of this request is found in the journal; may be empty. */
const char *signet_answer_request(const struct signet_answer *a);

/* How many keys, signatures, tokens or steps there are; 0 unless the status is 0. */
size_t signet_answer_count(const struct signet_answer *a);

/*
 * Entry number i, from 0; NULL if there is none, or if the answer is to another kind of call.
 */
const struct signet_key *signet_answer_key(const struct signet_answer *a, size_t i);
const struct signet_signature *signet_answer_signature(const struct signet_answer *a, size_t i);
const struct signet_token *signet_answer_token(const struct signet_answer *a, size_t i);
const struct signet_agent *signet_answer_agent(const struct signet_answer *a);
const struct signet_explanation *signet_answer_explanation(const struct signet_answer *a);
const struct signet_step *signet_answer_step(const struct signet_answer *a, size_t i);

const struct signet_parked *signet_answer_parked(const struct signet_answer *a, size_t i);

/* Of signet_request_text(): lines that end with a newline each; NULL for other calls. */
const char *signet_answer_text(const struct signet_answer *a);

/*
 * 1 if what was asked for waits for the approval of other people, with how many there are and how many
 * it needs; otherwise 0, and both stay as they were.
 */
int signet_answer_pending(const struct signet_answer *a, size_t *ret_approvals, size_t *ret_needed);

/* --- a request that waits for approvals ----------------------------------------------------------- */

const char *signet_parked_id(const struct signet_parked *p);
enum signet_parked_state signet_parked_state(const struct signet_parked *p);
/* Who asked: the user, and the systemd unit, which may be empty. */
uid_t signet_parked_uid(const struct signet_parked *p);
const char *signet_parked_unit(const struct signet_parked *p);
const char *signet_parked_key(const struct signet_parked *p);
const char *signet_parked_purpose(const struct signet_parked *p);
/* How many signatures; 0: a window is asked for. */
size_t signet_parked_items(const struct signet_parked *p);
/* What the requester calls the first of them; may be empty. */
const char *signet_parked_label(const struct signet_parked *p);
size_t signet_parked_approvals(const struct signet_parked *p);
size_t signet_parked_needed(const struct signet_parked *p);
/* The window that is asked for, or what is left of an open one. */
struct signet_window signet_parked_window(const struct signet_parked *p);
/* Microseconds since 1970. */
uint64_t signet_parked_created_usec(const struct signet_parked *p);
uint64_t signet_parked_expires_usec(const struct signet_parked *p);
/* Whether the caller has made it; and whether the caller is one of those who may approve it. */
int signet_parked_is_own(const struct signet_parked *p);
int signet_parked_may_approve(const struct signet_parked *p);
/* "pending", "approved", ...; NULL for a number that has no name. */
const char *signet_parked_state_name(enum signet_parked_state state);

/* --- a key ------------------------------------------------------------------------------------ */

const char *signet_key_name(const struct signet_key *k);
const char *signet_key_token(const struct signet_key *k);
enum signet_key_type signet_key_type(const struct signet_key *k);
/* RSA: length of the modulus; others: size of the field (256, 384, 521; 255 or 256 for Ed25519). */
unsigned signet_key_bits(const struct signet_key *k);
/* The state of the token it is on. */
enum signet_token_state signet_key_state(const struct signet_key *k);
/* The public key, DER SubjectPublicKeyInfo; never empty. */
const uint8_t *signet_key_spki(const struct signet_key *k, size_t *ret_size);
/* The certificate as the token or the key file has it, DER; NULL and 0 if there is none. */
const uint8_t *signet_key_certificate(const struct signet_key *k, size_t *ret_size);
/* The OpenSSH certificate of this key that its file names, as a key blob; NULL and 0 if there is none. */
const uint8_t *signet_key_ssh_certificate(const struct signet_key *k, size_t *ret_size);
/* What the key's file says; ACTIVE if it has none. */
enum signet_key_standing signet_key_standing(const struct signet_key *k);
/* "active", "suspended", "retired"; NULL for a number that has no name. */
const char *signet_key_standing_name(enum signet_key_standing standing);
/*
 * From when on, and up to but not including when the key may be used, and its certificate allows it:
 * microseconds since 1970; 0: not limited.
 */
uint64_t signet_key_not_before(const struct signet_key *k);
uint64_t signet_key_not_after(const struct signet_key *k);
uint64_t signet_key_certificate_not_after(const struct signet_key *k);
/* How many signatures the agent has made with it, and when the last one: since 1970; 0: none. */
uint64_t signet_key_uses(const struct signet_key *k);
uint64_t signet_key_last_use(const struct signet_key *k);
/* How many people have to approve a signature; 0: none. */
unsigned signet_key_quorum(const struct signet_key *k);
/*
 * The key that comes after this one. If the name means that key by now, all else here belongs to it
 * already. Empty if there is none.
 */
const char *signet_key_successor(const struct signet_key *k);
/* Path of the key's file on the agent's host; may be empty. */
const char *signet_key_file(const struct signet_key *k);
/* "RSA", "P-256", "P-384", "P-521", "Ed25519"; NULL for a number that has no name. */
const char *signet_key_type_name(enum signet_key_type type);

/* --- a signature ------------------------------------------------------------------------------ */

/* As signet_answer_status() and signet_answer_sentence(), for this item. */
int signet_signature_status(const struct signet_signature *g);
const char *signet_signature_sentence(const struct signet_signature *g);
/*
 * RSA: as long as the modulus. ECDSA: DER, SEQUENCE of r and s. Ed25519: 64 bytes. NULL and 0
 * unless the status is 0.
 */
const uint8_t *signet_signature_data(const struct signet_signature *g, size_t *ret_size);

/* --- a token ---------------------------------------------------------------------------------- */

const char *signet_token_name(const struct signet_token *t);
enum signet_token_state signet_token_state(const struct signet_token *t);
/* Why it is in this state and what a person can do; may be empty. */
const char *signet_token_sentence(const struct signet_token *t);
unsigned signet_token_keys(const struct signet_token *t);
unsigned signet_token_sessions(const struct signet_token *t);
/* Items that wait for their turn on it. */
unsigned signet_token_queued(const struct signet_token *t);
/* "ready", "locked", "lost", "refused-pin", "blocked"; NULL for a number that has no name. */
const char *signet_token_state_name(enum signet_token_state state);

/* --- the agent -------------------------------------------------------------------------------- */

const char *signet_agent_version(const struct signet_agent *g);
/* Microseconds since it started. */
uint64_t signet_agent_uptime_usec(const struct signet_agent *g);
unsigned signet_agent_connections(const struct signet_agent *g);
/* Requests under way. */
unsigned signet_agent_requests(const struct signet_agent *g);
/* Records written since it started. */
uint64_t signet_agent_records(const struct signet_agent *g);
/* Who decides: "polkit" or "same-user". */
const char *signet_agent_authorization(const struct signet_agent *g);

/* --- an explanation --------------------------------------------------------------------------- */

enum signet_verdict signet_explanation_verdict(const struct signet_explanation *e);
/* Who or what decides: "key-file", "grant", "polkit", "quorum" ...; may be empty. */
const char *signet_explanation_authority(const struct signet_explanation *e);
const char *signet_explanation_sentence(const struct signet_explanation *e);
/* What was looked at, where the question left it open; the hash may be empty. */
const char *signet_explanation_purpose(const struct signet_explanation *e);
const char *signet_explanation_algorithm(const struct signet_explanation *e);
const char *signet_explanation_hash(const struct signet_explanation *e);
/* "allowed", "refused", "asks", "approvals"; NULL for a number that has no name. */
const char *signet_verdict_name(enum signet_verdict verdict);

/* --- a step of it, in the order in which the agent looks ---------------------------------------- */

/* "key", "grant", "polkit", or what limits a key in its file: "NotAfter". */
const char *signet_step_name(const struct signet_step *t);
/* A file, a polkit action, "signetd" ... */
const char *signet_step_source(const struct signet_step *t);
/* Of that file; 0: not known, or all of it. */
unsigned signet_step_line(const struct signet_step *t);
/* "passed", "allowed", "refused", "asks", or "none": it does not apply. */
const char *signet_step_result(const struct signet_step *t);
const char *signet_step_text(const struct signet_step *t);

#ifdef __cplusplus
}
#endif

#endif
