/*
 * cli/signer.h - who signs: the public key, and the certificates that formats put beside a signature
 */
#ifndef CLIENT_CLI_SIGNER_H
#define CLIENT_CLI_SIGNER_H

#include <openssl/x509.h>

#include "client/cli/cli.h"
#include "client/cli/pkey.h"

struct signer {
	const char *name;          /* as messages call it */
	enum signet_key_type type; /* 0: not known */
	unsigned bits;
	uint8_t id[SIGNET_KEY_ID_SIZE]; /* of a key that the agent lists */
	EVP_PKEY *public;               /* owned; NULL if the agent does not show the key */
	X509 *certificate;              /* owned; NULL: there is none */
	STACK_OF(X509) * chain; /* owned; what stood behind it in the file of --cert, or NULL */
};

/* A key that the agent lists; the certificate is that of --cert, else the agent's. */
enum exit_code signer_from_key(const struct args *args, const struct signet_key *key,
			       struct signer *ret);
/* The key of -k; without a public key if the agent does not list it. */
enum exit_code signer_from_agent(const struct args *args, struct signet *s, struct signer *ret);

/*
 * Has the agent say, and record, why it does not sign, where nothing is built that could be signed:
 * the key is not shown, or the hash is refused. It is asked for a key whose public half is another
 * one: it decides about the caller first, and then never signs. Never EXIT_DONE.
 */
enum exit_code signer_ask_why_not(const struct args *args, struct signet *s,
				  const struct scheme *scheme);

/* For verify without an agent: --cert or --pubkey. */
enum exit_code signer_from_file(const struct args *args, struct signer *ret);

void signer_done(struct signer *s);

#endif
