/*
 * cli/keyfacts.h - what can be known about a key: from the agent, and from its certificate
 */
#ifndef CLIENT_CLI_KEYFACTS_H
#define CLIENT_CLI_KEYFACTS_H

#include <time.h>

#include "client/cli/cli.h"
#include "client/cli/keylimits.h"

/* How far a certificate can be read. */
enum certificate_state {
	CERTIFICATE_NONE = 0,
	CERTIFICATE_UNREADABLE, /* no X.509 */
	CERTIFICATE_OTHER_KEY,
	CERTIFICATE_FITS,
};

/* Times are seconds, 0: not set. Texts that are not owned belong to the agent's answer. */
struct keyfacts {
	const char *name;
	const char *token;
	enum signet_key_type type;
	unsigned bits;
	enum signet_token_state token_state;
	enum signet_key_standing standing;
	const char *path;      /* of its file; NULL: it has none */
	const char *successor; /* NULL: none */
	time_t not_before;
	time_t not_after;
	bool is_file_read;       /* else the next is empty, which means nothing */
	struct keylimits limits; /* owned */
	unsigned quorum;
	uint64_t uses; /* signatures that were counted */
	time_t last_use;
	enum certificate_state certificate;
	char *subject; /* owned, as the next two; NULL: no certificate that can be read */
	char *issuer;
	char *signature_hash; /* NULL as well if the name says none */
	time_t certificate_from;
	time_t certificate_until;
};

/* False when out of memory. k has to live as long as the facts. */
bool keyfacts_of(const struct signet_key *k, struct keyfacts *ret);
void keyfacts_done(struct keyfacts *f);

#endif
