/*
 * pam/proof.h - whose signature counts, and whether it is one
 *
 * Pure, and used on both sides: by the child to choose a key, by the host to judge what the child says.
 */
#ifndef PAM_PROOF_H
#define PAM_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "pam/authorized.h"
#include "pam/sshcert.h"
#include "pam/sshkey.h"

/* What counts for one user, now; borrowed. */
struct proof_rules {
	const char *user;
	uint64_t now_usec;
	struct authorized keys;        /* of authorized_keys=; empty if it is not given */
	struct authorized authorities; /* of trusted_ca= */
};

#define PROOF_NAME_SIZE 320u

/* Whether a certificate counts, by an authority of either file; *ret is written then. */
enum sshcert_result proof_certificate(const struct proof_rules *rules, struct view certificate,
				      struct sshcert *ret);

/* Whether the message was signed by a key that counts, by itself or by a certificate: the blob. */
bool proof_is_right(const struct proof_rules *rules, struct view blob, struct view message,
		    struct view signature);

/* What the blob is called in a log: as ssh-keygen -l does, or what its authority called it. */
void proof_name(const struct proof_rules *rules, struct view blob,
		char ret[static PROOF_NAME_SIZE]);

#endif
