/*
 * bench/public.h - the public half of the key that signs: makes what is to be signed, and says
 * whether a signature is right
 *
 * The key is read from a file that was taken from the token by other means, so that neither agent
 * is asked about its own work.
 */
#ifndef TESTS_BENCH_PUBLIC_H
#define TESTS_BENCH_PUBLIC_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/code.h"
#include "agent/wire/reader.h"

/* What is signed: a digest of SHA-256, or a message as short for Ed25519. */
#define DATA_SIZE 32u

struct public
{
	void *pkey; /* owned; EVP_PKEY */
	enum key_type type;
	unsigned bits;
};

/* Who made a signature: ECDSA has a form with each, and ssh hashes the data first. */
enum form {
	FORM_SIGNET, /* DER */
	FORM_TOKEN,  /* r and s side by side */
	FORM_SSH,    /* r and s as mpints */
};

/* Reads a PEM file. 0, -EINVAL, or -ENOTSUP for a key that is not RSA, P-256 or Ed25519. */
int public_read(const char *path, struct public *ret);
void public_done(struct public *p);

/* Data number n; differs from that of every other number and process. */
void public_sample(uint64_t n, uint8_t ret[DATA_SIZE]);

/* Whether it is a signature of the data: PKCS#1 v1.5, ECDSA or Ed25519. */
bool public_verifies(const struct public *p, const uint8_t data[DATA_SIZE], enum form form,
		     struct view signature);

#endif
