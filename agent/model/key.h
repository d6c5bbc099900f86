/*
 * model/key.h - a key, from its three sides: what the token says, what its file says, what is offered
 */
#ifndef AGENT_MODEL_KEY_H
#define AGENT_MODEL_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/cleanup.h"
#include "agent/base/code.h"
#include "agent/base/limits.h"
#include "agent/model/approver.h"
#include "agent/model/people.h"
#include "agent/model/uri.h"

#define KEY_ID_SIZE 32u

/* One key of a token, as its process reported it. */
struct key_info {
	char *label; /* owned; may be empty */
	uint8_t cka_id[CKA_ID_MAX];
	size_t cka_id_size;
	enum key_type type;
	unsigned bits;
	uint8_t id[KEY_ID_SIZE]; /* SHA-256 of the SPKI */
	uint8_t *spki;           /* owned; DER SubjectPublicKeyInfo */
	size_t spki_size;
	uint8_t *ssh_blob; /* owned; RFC 4253 public key blob */
	size_t ssh_blob_size;
	uint8_t *certificate; /* owned; X.509 DER from the token; NULL if it has none */
	size_t certificate_size;
};

/* Where a key of a key's file was set last. */
struct key_place {
	const char *key; /* a constant */
	char *path;      /* owned */
	unsigned line;
};

/* One file of keys.d: which key it means and what that key may be used for. */
struct key_rule {
	char *name; /* owned; the file's name without ".conf" */
	char *path; /* owned; for messages */
	struct uri uri;
	char **purposes;             /* owned, NULL-terminated; NULL: not restricted */
	unsigned hashes;             /* bits 1 << enum hash; 0: not restricted */
	unsigned minimum_bits;       /* 0: not restricted */
	uint64_t not_before;         /* CLOCK_REALTIME microseconds; 0: not restricted */
	unsigned algorithms;         /* bits 1 << enum algorithm; 0: not restricted */
	uint64_t not_after;          /* the first moment at which it is over; 0: not restricted */
	uint64_t rate;               /* so many signatures ... */
	uint64_t rate_usec;          /* ... in so much time; 0: not restricted */
	uint64_t maximum_signatures; /* ever; 0: not restricted */
	enum key_state state;
	char *successor;         /* owned; the key that has the name after this one; NULL: none */
	uint64_t successor_from; /* CLOCK_REALTIME; 0: when this one cannot sign any more */
	unsigned quorum;         /* so many of the approvers have to agree; 0: none */
	struct people approvers;
	struct approver_key *approver_keys; /* owned; whose signature approves as well */
	size_t n_approver_keys;
	struct people break_glass; /* who may do without them, loudly */
	uint8_t *certificate;      /* owned; DER of Certificate=; NULL if none is named */
	size_t certificate_size;
	uint64_t certificate_not_after; /* as not_after; 0: it does not limit the key */
	uint8_t *
		ssh_certificate; /* owned; OpenSSH's, likewise; of which key it is was not looked at */
	size_t ssh_certificate_size;
	struct key_place *places; /* owned; for people alone */
	size_t n_places;
};

/* A key as it is offered to callers. */
struct key {
	char *name;                  /* owned */
	char *token;                 /* owned; name of the token's file in tokens.d */
	struct key_info info;        /* owned */
	const struct key_rule *rule; /* borrowed from the rules in force; NULL: the defaults */
	bool has_ssh_certificate;    /* the rule has one, and it is of this key */
};

void key_info_done(struct key_info *i);
/* A deep copy; 0 or -ENOMEM, then ret is empty. */
int key_info_copy(const struct key_info *i, struct key_info *ret);

/* Notes where a key of the file was set. 0 or -ENOMEM. */
int key_rule_note(struct key_rule *r, const char *key, const char *path, unsigned line);
/* NULL if it was not. */
const struct key_place *key_rule_place(const struct key_rule *r, const char *key);
struct key_rule *key_rule_free(struct key_rule *r);
DEFINE_FREEP(struct key_rule, key_rule_free)

/* A deep copy that no reload can change, and so without its rule. NULL when out of memory. */
struct key *key_copy(const struct key *k);
struct key *key_free(struct key *k);
DEFINE_FREEP(struct key, key_free)

#endif
