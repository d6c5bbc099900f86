/*
 * base/code.h - the numbers and names that all rooms, both programs and the client share
 *
 * Here and not in wire/ because model/ and policy/ speak of hashes and key types too and must not
 * know the wire. The numbers go over the wire and never change; 0 is always "none". The names are
 * what people see: in the journal, in polkit details, in JSON and in configuration files.
 */
#ifndef AGENT_BASE_CODE_H
#define AGENT_BASE_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a request ended, for the client: the numbers of sysexits.h, which signet(1) exits with. */
enum status {
	STATUS_OK = 0,
	STATUS_USAGE = 64,       /* the operation is not known, or not for this key */
	STATUS_DATA = 65,        /* the request is malformed */
	STATUS_UNAVAILABLE = 69, /* no such key here, or its token cannot be reached */
	STATUS_IO = 74,          /* the record could not be written, or the token failed */
	STATUS_AGAIN = 75,       /* not now: busy, or the outcome is unknown */
	STATUS_DENIED = 77,      /* refused */
	STATUS_CONFIG = 78,      /* the configuration must be mended first */
};

enum hash {
	HASH_NONE = 0,
	HASH_SHA256 = 1,
	HASH_SHA384 = 2,
	HASH_SHA512 = 3,
	HASH_SHA1 = 4, /* known, so that it can be refused by its name; nothing signs with it */
	_HASH_MAX,
};

enum algorithm {
	ALGORITHM_NONE = 0,
	ALGORITHM_RSA_PKCS1 = 1, /* RSASSA-PKCS1-v1_5 */
	ALGORITHM_RSA_PSS = 2,   /* RSASSA-PSS, MGF1 with the same hash, salt as long as the hash */
	ALGORITHM_ECDSA = 3,
	ALGORITHM_EDDSA = 4, /* pure Ed25519 */
	_ALGORITHM_MAX,
};

/* What is handed in for signing. */
enum input {
	INPUT_NONE = 0,
	INPUT_DIGEST = 1,  /* a digest of the named hash */
	INPUT_MESSAGE = 2, /* a whole message; hashed by the token process, or not at all (EdDSA) */
	_INPUT_MAX,
};

enum key_type {
	KEY_TYPE_NONE = 0,
	KEY_TYPE_RSA = 1,
	KEY_TYPE_P256 = 2,
	KEY_TYPE_P384 = 3,
	KEY_TYPE_P521 = 4,
	KEY_TYPE_ED25519 = 5,
	_KEY_TYPE_MAX,
};

enum token_state {
	TOKEN_STATE_NONE = 0,
	TOKEN_STATE_READY = 1,       /* logged in */
	TOKEN_STATE_LOCKED = 2,      /* present, needs a PIN */
	TOKEN_STATE_LOST = 3,        /* not present, or its process cannot be reached */
	TOKEN_STATE_REFUSED_PIN = 4, /* the PIN at hand was refused once and is not tried again */
	TOKEN_STATE_BLOCKED =
		5, /* the token itself takes no PIN any more, or the last try is left */
	_TOKEN_STATE_MAX,
};

/* Whether a key may be used, as its file says. */
enum key_state {
	KEY_STATE_NONE = 0, /* as good as suspended */
	KEY_STATE_ACTIVE = 1,
	KEY_STATE_SUSPENDED = 2,
	KEY_STATE_RETIRED = 3,
};

/* How a job given to a token process ended. */
enum job_result {
	JOB_RESULT_NONE = 0,
	JOB_RESULT_OK = 1,
	JOB_RESULT_REFUSED = 2, /* the key, mechanism or input does not fit; nothing was signed */
	JOB_RESULT_NO_KEY = 3,  /* the token has no such key */
	JOB_RESULT_LOCKED = 4,  /* a PIN is needed first */
	JOB_RESULT_FAILED = 5,  /* the token said no; nothing was signed */
	JOB_RESULT_UNKNOWN = 6, /* the token may have signed, but no signature can be released */
	JOB_RESULT_LOST = 7,    /* the token is gone; nothing was signed */
	JOB_RESULT_PIN_REFUSED = 8, /* wrong PIN: one try is used up */
	JOB_RESULT_PIN_BLOCKED = 9, /* the token takes no PIN any more, or only one try is left */
	JOB_RESULT_BUSY = 10,       /* too much is queued */
	_JOB_RESULT_MAX,
};

/* What an explanation comes to. */
enum explain_verdict {
	EXPLAIN_NONE = 0,
	EXPLAIN_ALLOWED = 1,
	EXPLAIN_REFUSED = 2,
	EXPLAIN_ASKS = 3,      /* polkit, or a person */
	EXPLAIN_APPROVALS = 4, /* of other people */
	_EXPLAIN_MAX,
};

/* Names; NULL for a number that has none. The _from_name functions return the 0 value for a name
 * that is not known. */
const char *hash_name(enum hash h);
enum hash hash_from_name(const char *name); /* none for "sha1": nothing may be set to it */
size_t hash_size(enum hash h); /* bytes of a digest; 0 for HASH_NONE and unknown numbers */
const char *algorithm_name(enum algorithm a);
enum algorithm algorithm_from_name(const char *name);
/*
 * Adds the bit 1 << number of each name in a line of words to *bits. -EINVAL if one is not known, which
 * is then in unknown, cut if it is long.
 */
#define CODE_WORD_SIZE 65u
int code_add_hashes(const char *words, unsigned *bits, char unknown[static CODE_WORD_SIZE]);
int code_add_algorithms(const char *words, unsigned *bits, char unknown[static CODE_WORD_SIZE]);
const char *key_type_name(enum key_type t);
const char *token_state_name(enum token_state s);
const char *key_state_name(enum key_state s);
const char *job_result_name(enum job_result r);

/*
 * The one table of what fits together: whether a key of this type can sign with this algorithm,
 * hash and kind of input. EdDSA takes messages and no hash, all others need a hash.
 */
bool code_is_signable(enum key_type t, enum algorithm a, enum hash h, enum input i);

/*
 * Bytes of a signature as it crosses the token channel: RSA as long as the modulus of the given
 * bits, ECDSA r and s of the curve's field size each, Ed25519 64. 0 for unknown types.
 */
size_t code_signature_size(enum key_type t, unsigned bits);

#endif
