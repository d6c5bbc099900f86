/*
 * pam/sshcert.h - whether an OpenSSH certificate says that a key is a user's
 *
 * Pure. PROTOCOL.certkeys of OpenSSH is the format. A certificate counts as it does with sshd, or less:
 * one without principals is nobody's, and any critical option, force-command and source-address too, is
 * a refusal, because what it limits is a login and not this.
 */
#ifndef PAM_SSHCERT_H
#define PAM_SSHCERT_H

#include <stdint.h>

#include "pam/authorized.h"
#include "pam/sshkey.h"

enum sshcert_result {
	SSHCERT_NONE = 0, /* was not looked at: a refusal */
	SSHCERT_RIGHT,
	SSHCERT_BROKEN,
	SSHCERT_TYPE,
	SSHCERT_STRANGER,
	SSHCERT_FORGED,
	SSHCERT_HOST,
	SSHCERT_EARLY,
	SSHCERT_EXPIRED,
	SSHCERT_CRITICAL,
	SSHCERT_NOBODY,
	SSHCERT_OTHER_USER,
	_SSHCERT_MAX,
};

/* All views point into the certificate. */
struct sshcert {
	struct sshkey key;
	struct view id; /* what the authority called it: clean text, may be empty */
	uint64_t serial;
	const struct authorized_entry *authority; /* borrowed */
};

/*
 * SSHCERT_RIGHT, with ret written: an authority of the list has signed that the key is the user's now.
 * The list's principals=, if it has any for that authority, stand in place of the user's name.
 */
enum sshcert_result sshcert_check(struct view certificate, const struct authorized *authorities,
				  const char *user, uint64_t now_usec, struct sshcert *ret);

/* Why: what follows 'refused because'; NULL for SSHCERT_RIGHT and numbers that are none. */
const char *sshcert_reason(enum sshcert_result r);

#endif
