/*
 * pam/authorized.h - the keys and authorities of an authorized_keys file
 *
 * OpenSSH's format. A line counts only if all of it is understood: one with any option but
 * cert-authority, principals= and expiry-time= is skipped, since to ignore what limits a key would grant
 * more than was meant; so is one with a key of another type, with principals= and no cert-authority, one
 * that is longer than 16 KiB or holds a NUL. expiry-time= is always UTC, where sshd without a 'Z' takes
 * the local time: that depends on the environment of whoever loaded us. Owns copies of what it keeps.
 * Never takes a file for good in part: too many keys are an error.
 */
#ifndef PAM_AUTHORIZED_H
#define PAM_AUTHORIZED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/ini.h"
#include "agent/wire/reader.h"

/* A file with more is larger than what an administrator keeps by hand. */
#define AUTHORIZED_FILE_MAX (1024u * 1024)
#define AUTHORIZED_ENTRIES_MAX 1024u
/* An RSA key of 8,192 bits has 1,400 bytes in base64; the rest is for principals. */
#define AUTHORIZED_LINE_MAX (16u * 1024)
#define AUTHORIZED_PRINCIPALS_MAX 256u

/* What a key without options is. */
enum authorized_form {
	AUTHORIZED_NONE = 0,    /* nothing: no line counts */
	AUTHORIZED_KEYS,        /* a key; an authority if the line says cert-authority */
	AUTHORIZED_AUTHORITIES, /* an authority, as in the file of sshd's TrustedUserCAKeys */
};

struct authorized_entry {
	struct view blob; /* owned, through data; sshkey_read() takes it */
	bool is_authority;
	char **principals; /* owned; NULL: a certificate has to name the user */
	char *comment;     /* owned; clean text, may be empty */
	unsigned line;     /* from 1 */
};

struct authorized {
	struct authorized_entry *entries; /* owned */
	size_t n;
	unsigned n_skipped; /* lines that are neither empty, nor a comment, nor an entry */
};

/*
 * Reads size bytes of text, which it cuts into pieces and which end with a NUL. What expired before
 * now_usec is skipped. -EINVAL with error filled in; -ENOMEM.
 */
int authorized_parse(char *text, size_t size, enum authorized_form form, uint64_t now_usec,
		     struct authorized *ret, struct ini_error *error);

/* The same with the file at path, which rootfile_read() must take; its results, and those above. */
int authorized_load(const char *path, enum authorized_form form, uint64_t now_usec,
		    struct authorized *ret, struct ini_error *error);

/* The first entry from number *at on with this key that is, or is not, an authority; NULL. *at is behind it. */
const struct authorized_entry *authorized_next(const struct authorized *a, struct view blob,
					       bool is_authority, size_t *at);

void authorized_done(struct authorized *a);

#endif
