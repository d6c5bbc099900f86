/*
 * cli/pkey.h - public keys in libcrypto's hands: from where they come, what they can do
 */
#ifndef CLIENT_CLI_PKEY_H
#define CLIENT_CLI_PKEY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "client/cli/cli.h"

/* How a signature is made, as the options of sign and verify say. */
struct scheme {
	enum signet_algorithm algorithm;
	enum signet_hash hash; /* SIGNET_NO_HASH: the whole file is the message */
	const EVP_MD *md;      /* NULL: the same */
};

/*
 * Which scheme -a and --pss choose for a key of this type; name is what the key is called in
 * messages. Type 0 is a key that is not known: taken for RSA.
 */
enum exit_code scheme_choose(const struct args *args, enum signet_key_type type, const char *name,
			     struct scheme *ret);

/* The hash that goes with a curve: SHA-256 for P-256, ... Other keys leave the scheme as it is. */
void scheme_of_curve(enum signet_key_type type, struct scheme *s);

/* All of these give a key that the caller frees. source is what it is called in messages. */
enum exit_code pkey_from_spki(const uint8_t *spki, size_t size, const char *source, EVP_PKEY **ret);
enum exit_code pkey_from_file(const char *path, EVP_PKEY **ret);
enum exit_code pkey_from_certificate(X509 *x, const char *source, EVP_PKEY **ret);

/* No file that is read here has a pass phrase; libcrypto would ask for one. */
int pkey_no_password(char *buf, int size, int is_write, void *userdata);

/* 0 for a key of no type that signet knows. */
enum signet_key_type pkey_type(const EVP_PKEY *key);

static inline void pkey_freep(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

#endif
