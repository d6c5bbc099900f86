/*
 * policy/keyfile.h - keys.d/NAME.conf, text -> struct key_rule; pure
 *
 * The certificate that a text names is read by rules.c, which alone opens files.
 */
#ifndef AGENT_POLICY_KEYFILE_H
#define AGENT_POLICY_KEYFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/ini.h"
#include "agent/model/key.h"

/* Paths of Certificate= in a file and its drop-ins: two are of use. */
#define KEYFILE_CERTIFICATES_MAX 8u

struct keyfile {
	struct key_rule *rule;                        /* owned until taken */
	char *certificates[KEYFILE_CERTIFICATES_MAX]; /* owned; the paths, in order */
	size_t n_certificates;
	char *approver_keys; /* owned; path of ApproverKeys=; NULL: none */
	bool has_uri;
	bool has_hashes;
	bool has_algorithms;
	bool ignores_expiry; /* of the certificates */
	const char *const
		*at; /* borrowed; *at is the file that is being read; NULL: the key's own */
};

/* Starts with the defaults. 0 or -ENOMEM. */
int keyfile_init(struct keyfile *k, const char *name, const char *path);
void keyfile_done(struct keyfile *k);

/* An ini_handler; userdata is a struct keyfile. For the file and each of its drop-ins, in order. */
int keyfile_assign(const char *section, const char *key, const char *value, unsigned line,
		   struct ini_error *error, void *userdata);

/*
 * The same for a template, which is parsed before the key's own file: what can be only of one key
 * is refused.
 */
int keyfile_assign_template(const char *section, const char *key, const char *value, unsigned line,
			    struct ini_error *error, void *userdata);

/* After the last of them: whether all of it makes sense together. 0, or -EINVAL with error. */
int keyfile_check(struct keyfile *k, struct ini_error *error);

#endif
