/*
 * policy/approvers.h - the file that ApproverKeys= names, text -> struct approver_key
 *
 * A line a key, "PERSON ssh-ed25519 BASE64 COMMENT"; a key in a FIDO token is
 * sk-ssh-ed25519@openssh.com. A PERSON who is a user of this host counts as that user. Owns nothing;
 * looks users up, so only when the rules are loaded.
 */
#ifndef AGENT_POLICY_APPROVERS_H
#define AGENT_POLICY_APPROVERS_H

#include <stddef.h>

#include "agent/base/ini.h"
#include "agent/model/approver.h"

/*
 * 0; -EINVAL with error filled in: a line that is no key, a key of another type, a key that stands there
 * twice, a file without keys; -ENOMEM.
 */
int approvers_parse(char *text, size_t size, struct approver_key **ret, size_t *ret_n,
		    struct ini_error *error);

/*
 * One public key as ssh encodes it. False if it is none of the two types. The application, which may be
 * NULL, is owned by the caller; *ret_error is set if it could not be had.
 */
bool approvers_read_key(const void *blob, size_t size, struct approver_key *ret, int *ret_error);

#endif
