/*
 * model/ask.h - what is asked, decoded and owned: it outlives the frame it came in
 */
#ifndef AGENT_MODEL_ASK_H
#define AGENT_MODEL_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/code.h"
#include "agent/base/limits.h"
#include "agent/model/key.h"

struct ask_item {
	uint8_t *data; /* owned; digest or message */
	size_t size;
	char *label; /* owned; what the client calls it, NULL if it says nothing; never trusted */
	uint8_t digest
		[DIGEST_MAX]; /* for the record: the digest itself, or SHA-256 of the message */
	size_t digest_size;
};

struct ask {
	char *key;       /* owned; name of a key, sign and list */
	bool has_key_id; /* the key must be the one with key_id, or the caller means another one */
	uint8_t key_id[KEY_ID_SIZE];
	uint8_t *ssh_blob; /* owned; the key as ssh names it; NULL if key is set */
	size_t ssh_blob_size;
	char *token;                   /* owned; name of a token, unlock and lock */
	char purpose[PURPOSE_MAX + 1]; /* "ssh-auth", "digest", ...; empty for what signs nothing */
	enum algorithm algorithm;
	enum hash hash;
	enum input input;
	bool may_interact;      /* a person may be asked */
	bool is_break_glass;    /* asks to do without approvals, for the reason given */
	char *break_glass;      /* owned; that reason, in the caller's words */
	bool is_forwarded;      /* ssh said that the connection is for somebody on another host */
	char *wanted;           /* owned; list: for this purpose alone; NULL: for the usual ones */
	uint32_t first;         /* list: index of the first key wanted */
	bool is_all;            /* lists: also keys that may not be used, and requests of others */
	struct ask_item *items; /* owned */
	size_t n_items;
	int pin_fd;         /* owned; unlock: a sealed memfd, never read here */
	bool is_stored_pin; /* unlock: it comes from a file, and not from a person now */
};

void ask_init(struct ask *a);
void ask_done(struct ask *a);

/* Allocates n empty items. -ENOMEM. */
int ask_set_items(struct ask *a, size_t n);

/*
 * Copies what is to be signed and how, into an ask without items. -ENOMEM, then ret has to be given to
 * ask_done() all the same.
 */
int ask_copy_items(const struct ask *a, struct ask *ret);

/* What only shows a key names none of these: what names one of them signs, and must name all. */
bool ask_is_signing(const struct ask *a);

#endif
