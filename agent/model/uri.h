/*
 * model/uri.h - a PKCS#11 URI (RFC 7512), read strictly
 *
 * p11-kit's parser behind a wall: what it would ignore, guess or pass on is refused here. Module
 * paths and PINs never come from a URI.
 */
#ifndef AGENT_MODEL_URI_H
#define AGENT_MODEL_URI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/limits.h"

enum uri_kind {
	URI_TOKEN, /* must name a token or serial, and no object */
	URI_KEY,   /* must name an object or id; type, if given, is private */
};

struct uri {
	char *token; /* owned, as all strings; NULL: not given */
	char *serial;
	char *manufacturer;
	char *model;
	char *object;
	uint8_t id[CKA_ID_MAX];
	size_t id_size; /* 0: not given */
};

/*
 * Reads text. 0; -EINVAL with a sentence in why (what was found and what was expected);
 * -ENOMEM.
 */
int uri_parse(const char *text, enum uri_kind kind, struct uri *ret, char *why, size_t why_size);
void uri_done(struct uri *u);

/* Whether the URI means a key with this label and CKA_ID: exact comparison of what it names. */
bool uri_matches_object(const struct uri *u, const char *label, const uint8_t *id, size_t id_size);

/* Whether it means a token with this label and serial (both without padding). */
bool uri_matches_token(const struct uri *u, const char *label, const char *serial);

#endif
