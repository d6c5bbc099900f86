/*
 * gpg-agent/pksign.h - one signature by signetd, as gpg-agent would give it
 */
#ifndef CLIENT_GPG_AGENT_PKSIGN_H
#define CLIENT_GPG_AGENT_PKSIGN_H

#include <gpg-error.h>

#include "client/gpg-agent/assuan.h"

/* What is to be signed, and with what: what SIGKEY, SETHASH and SETKEYDESC have said. */
struct pksign {
	char key[SIGNET_NAME_MAX + 1];  /* empty: none of signetd's */
	uint8_t id[SIGNET_KEY_ID_SIZE]; /* of the public key that has the keygrip */
	enum signet_key_type type;
	enum signet_hash hash; /* SIGNET_NO_HASH: SETHASH was not there yet */
	uint8_t digest[ASSUAN_DIGEST_MAX];
	size_t digest_size;
	char label[SIGNET_LABEL_MAX + 1];
};

/* A sentence may be about a key with a long name. */
#define PKSIGN_SENTENCE_MAX 512

/*
 * Asks signetd and waits; a person may be asked meanwhile. 0 and the signature as an S-expression,
 * to be freed by the caller; or why there is none, as a code and as a sentence, which is logged.
 */
gpg_err_code_t pksign(struct signet *signet, const struct pksign *p, char **ret, size_t *ret_size,
		      char ret_sentence[static PKSIGN_SENTENCE_MAX]);

#endif
