/*
 * worker/keys.h - the keys of a token that can be used, each with its public half
 *
 * A private key counts when it may sign, is of a type that is served, and can be told from all
 * others: by a CKA_ID that no other private key of the token has. Its public key is the public
 * object of the same type and CKA_ID, or its own modulus, or the key of its certificate. What does
 * not fit together is left out, and why is noted: a wrong public key would make every signature a
 * wrong one.
 */
#ifndef AGENT_WORKER_KEYS_H
#define AGENT_WORKER_KEYS_H

#include <libp11.h>
#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/limits.h"
#include "agent/wire/job.h"
#include "agent/worker/object.h"
#include "agent/worker/public.h"

/* Reasons kept; a token with thousands of bad keys says the same thousands of times. */
#define KEYS_NOTICES_MAX 8
#define KEYS_NOTICE_SIZE 200

struct key {
	uint8_t id[JOB_KEY_ID_SIZE];  /* SHA-256 of the SPKI */
	struct public public;         /* owned */
	char label[NAME_MAX_LEN + 1]; /* clean text, or empty */
	uint8_t cka_id[CKA_ID_MAX];
	size_t cka_id_size;
	CK_OBJECT_HANDLE handle; /* of the private key; invalid while the token is locked */
	bool is_proven;          /* a test signature by it was right; see proof.h */
	uint8_t *certificate;    /* owned; DER; NULL if there is none */
	size_t certificate_size;
};

struct keys {
	struct key *list; /* owned; sorted by id */
	size_t n;
	size_t n_left_out;
	size_t n_notices;
	char notices[KEYS_NOTICES_MAX]
		    [KEYS_NOTICE_SIZE]; /* "key '...' is left out: ..." and so on */
};

/*
 * Puts together what was read. private is NULL while the token is locked: then the public keys
 * stand for themselves, so that their names are known. certificates may hold entries without an
 * X.509 certificate. -ENOMEM.
 */
int keys_build(const struct objects *private, const struct objects *public,
	       const PKCS11_CERT *certificates, size_t n_certificates, struct keys *ret);
void keys_done(struct keys *k);

/* Notes something about one of the keys; what stands behind "key '...' (CKA_ID '...') ". */
void keys_note(struct keys *k, const struct key *key, const char *what);

/* Notes that there is no such key, and that Keys= names it. */
void keys_note_missing(struct keys *k, const char *name);

/* Forgets the one at that place. */
void keys_drop(struct keys *k, size_t at);

/* NULL if there is none with that id. */
const struct key *keys_find(const struct keys *k, const uint8_t id[static JOB_KEY_ID_SIZE]);

#endif
