/*
 * model/tokenfile.h - what a file of tokens.d says: which token, through which module
 *
 * Read by the token process, which it is for, and by signetd on (re)load, so that a mistake is
 * refused where all mistakes in the configuration are: with file and line, before it matters.
 */
#ifndef AGENT_MODEL_TOKENFILE_H
#define AGENT_MODEL_TOKENFILE_H

#include <stdbool.h>

#include "agent/base/ini.h"
#include "agent/model/uri.h"

/* Which signatures are verified with the public key before they leave the token process. */
enum token_verify {
	TOKEN_VERIFY_ALWAYS = 0,
	TOKEN_VERIFY_ACTIVATION, /* one by each key, whenever the token comes up */
};

struct tokenfile {
	char *module;   /* owned; absolute path */
	struct uri uri; /* picks the token */
	bool has_uri;
	unsigned sessions; /* 1 to TOKEN_SESSIONS_MAX; 0: as many as there are processors */
	bool is_serial;    /* one thing at a time, as smart cards want it */
	enum token_verify verify;
	char **keys;         /* owned; labels and ids, ends with NULL; none, or NULL: all keys */
	unsigned algorithms; /* bits 1 << enum algorithm; 0: all */
	unsigned hashes;     /* bits 1 << enum hash; 0: all */
};

/* An ini_handler; userdata is a struct tokenfile that began as all zeroes. */
int tokenfile_assign(const char *section, const char *key, const char *value, unsigned line,
		     struct ini_error *error, void *userdata);

/* Whether all is there that must be. 0, or -EINVAL with error filled in. */
int tokenfile_check(const struct tokenfile *t, struct ini_error *error);

void tokenfile_done(struct tokenfile *t);

#endif
