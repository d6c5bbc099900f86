/*
 * policy/purpose.h - what a signature is for, as files name it; pure
 */
#ifndef AGENT_POLICY_PURPOSE_H
#define AGENT_POLICY_PURPOSE_H

#include <stdbool.h>

/*
 * Whether text names a purpose, as Purposes= takes it: digest, cms, ssh-auth, ssh-cert, ssh-raw,
 * sshsig:NAMESPACE, or sshsig:* for every namespace.
 */
bool purpose_is_name(const char *text);
#define PURPOSES_EXPECTED "digest, cms, ssh-auth, ssh-cert, ssh-raw, sshsig:NAMESPACE or sshsig:*"

/* Whether a purpose is among those of a list that ends with NULL. The empty one is in no list. */
bool purpose_is_among(const char *purpose, char *const *list);

#endif
