/*
 * cli/ssh.h - how ssh writes strings and public keys
 *
 * False: out of memory, or a key that ssh has no form for.
 */
#ifndef CLIENT_CLI_SSH_H
#define CLIENT_CLI_SSH_H

#include <openssl/bio.h>
#include <openssl/bn.h>

#include "client/cli/pkey.h"

/* The bytes, with their length in front. */
bool ssh_put(BIO *bio, const void *data, size_t size);
bool ssh_put_text(BIO *bio, const char *s);
/* A positive number, with a zero in front if it would look negative. */
bool ssh_put_number(BIO *bio, const BIGNUM *n);

/* "ssh-rsa", ...; NULL for a type that has none. */
const char *ssh_type(enum signet_key_type type);
/* The blob of a public key, without a length. */
bool ssh_put_key(BIO *bio, const EVP_PKEY *key);

#endif
