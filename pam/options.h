/*
 * pam/options.h - what stands behind pam_signet.so in a file of pam.d; pure
 */
#ifndef PAM_OPTIONS_H
#define PAM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strings are borrowed from the arguments; NULL if not given. */
struct options {
	const char *socket; /* never NULL */
	const char *token;
	const char *authorized_keys;
	const char *trusted_ca;
	uint64_t timeout_usec; /* for what the agent does by itself */
	uint64_t wait_usec;    /* for people who have to approve */
	bool is_locking;       /* lock_on_last_close */
	bool is_setting_env;
	bool is_debug;
};

/* False if one is not known, or has a value that it cannot have: then *ret_bad is that one. */
bool options_parse(int argc, const char **argv, struct options *ret, const char **ret_bad);

/* Whether an auth line asks for a signature, and not to unlock tokens. */
bool options_is_signing(const struct options *o);

#endif
