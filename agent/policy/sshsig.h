/*
 * policy/sshsig.h - an SSHSIG over a text, by one of the keys of a list; pure
 *
 * What `ssh-keygen -Y sign` makes, without its armour. Ed25519 alone, verified by libsodium.
 */
#ifndef AGENT_POLICY_SSHSIG_H
#define AGENT_POLICY_SSHSIG_H

#include <stddef.h>

#include "agent/model/approver.h"
#include "agent/wire/reader.h"

enum sshsig_result {
	SSHSIG_BROKEN = 0, /* it is none, or one of a kind that is not taken */
	SSHSIG_STRANGER,   /* by a key that is not in the list */
	SSHSIG_FORGED,     /* not of this text in this namespace */
	SSHSIG_RIGHT,
};

/* *ret is written when the result is RIGHT; it points into keys. */
enum sshsig_result sshsig_verify(struct view sig, const char *namespace, const char *text,
				 const struct approver_key *keys, size_t n_keys,
				 const struct approver_key **ret);

#endif
