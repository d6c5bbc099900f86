/*
 * policy/purpose.h - what a signature is for, as files name it; pure
 */
#ifndef AGENT_POLICY_PURPOSE_H
#define AGENT_POLICY_PURPOSE_H

#include <stdbool.h>

/*
 * Whether text names a purpose, as Purposes= takes it: digest, cms, ssh-auth, ssh-cert, ssh-raw,
 * sshsig:NAMESPACE and pam:SERVICE, or sshsig:* and pam:* for every one of these.
 */
bool purpose_is_name(const char *text);
#define PURPOSES_EXPECTED \
	"digest, cms, ssh-auth, ssh-cert, ssh-raw, sshsig:NAMESPACE, sshsig:*, pam:SERVICE or pam:*"

/* Whether it is the name of one purpose, as something that is signed has it. */
bool purpose_is_single(const char *text);
#define PURPOSE_EXPECTED "digest, cms, ssh-auth, ssh-cert, ssh-raw, sshsig:NAMESPACE or pam:SERVICE"

/* Whether a purpose is among those of a list that ends with NULL. The empty one is in no list. */
bool purpose_is_among(const char *purpose, char *const *list);

#endif
