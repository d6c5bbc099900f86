/*
 * base/code.c - see code.h
 */
#include "agent/base/code.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/cleanup.h"

static const struct {
	const char *name;
	size_t size;
} hashes[_HASH_MAX] = {
	[HASH_SHA256] = {"sha256", 32},
	[HASH_SHA384] = {"sha384", 48},
	[HASH_SHA512] = {"sha512", 64},
	[HASH_SHA1] = {"sha1", 20},
};

static const char *const algorithm_names[_ALGORITHM_MAX] = {
	[ALGORITHM_RSA_PKCS1] = "rsa-pkcs1",
	[ALGORITHM_RSA_PSS] = "rsa-pss",
	[ALGORITHM_ECDSA] = "ecdsa",
	[ALGORITHM_EDDSA] = "ed25519",
};

static const struct {
	const char *name;
	size_t signature; /* 0: depends on the modulus */
} key_types[_KEY_TYPE_MAX] = {
	[KEY_TYPE_RSA] = {"RSA", 0},          [KEY_TYPE_P256] = {"P-256", 2 * 32},
	[KEY_TYPE_P384] = {"P-384", 2 * 48},  [KEY_TYPE_P521] = {"P-521", 2 * 66},
	[KEY_TYPE_ED25519] = {"Ed25519", 64},
};

static const char *const token_state_names[_TOKEN_STATE_MAX] = {
	[TOKEN_STATE_READY] = "ready",     [TOKEN_STATE_LOCKED] = "locked",
	[TOKEN_STATE_LOST] = "lost",       [TOKEN_STATE_REFUSED_PIN] = "refused-pin",
	[TOKEN_STATE_BLOCKED] = "blocked",
};

static const char *const job_result_names[_JOB_RESULT_MAX] = {
	[JOB_RESULT_OK] = "ok",
	[JOB_RESULT_REFUSED] = "refused",
	[JOB_RESULT_NO_KEY] = "no-key",
	[JOB_RESULT_LOCKED] = "locked",
	[JOB_RESULT_FAILED] = "failed",
	[JOB_RESULT_UNKNOWN] = "unknown",
	[JOB_RESULT_LOST] = "lost",
	[JOB_RESULT_PIN_REFUSED] = "pin-refused",
	[JOB_RESULT_PIN_BLOCKED] = "pin-blocked",
	[JOB_RESULT_BUSY] = "busy",
};

const char *hash_name(enum hash h)
{
	return (size_t)h < array_len(hashes) ? hashes[h].name : NULL;
}

enum hash hash_from_name(const char *name)
{
	for (size_t h = HASH_SHA256; h <= HASH_SHA512; h++)
		if (strcmp(hashes[h].name, name) == 0)
			return (enum hash)h;
	return HASH_NONE;
}

size_t hash_size(enum hash h)
{
	return (size_t)h < array_len(hashes) ? hashes[h].size : 0;
}

const char *algorithm_name(enum algorithm a)
{
	return (size_t)a < array_len(algorithm_names) ? algorithm_names[a] : NULL;
}

enum algorithm algorithm_from_name(const char *name)
{
	for (size_t a = ALGORITHM_NONE + 1; a < array_len(algorithm_names); a++)
		if (strcmp(algorithm_names[a], name) == 0)
			return (enum algorithm)a;
	return ALGORITHM_NONE;
}

static unsigned hash_number(const char *name)
{
	return hash_from_name(name);
}

static unsigned algorithm_number(const char *name)
{
	return algorithm_from_name(name);
}

/* No name is as long as a word that is cut. */
static int add_bits(const char *words, unsigned (*number)(const char *name), unsigned *bits,
		    char unknown[static CODE_WORD_SIZE])
{
	const char *at = words;
	unsigned n;

	while (*(at += strspn(at, " ")) != '\0') {
		size_t len = strcspn(at, " ");

		(void)snprintf(unknown, CODE_WORD_SIZE, "%.*s", (int)len, at); /* cut if long */
		n = number(unknown);
		if (n == 0)
			return -EINVAL;
		*bits |= 1u << n;
		at += len;
	}
	return 0;
}

int code_add_hashes(const char *words, unsigned *bits, char unknown[static CODE_WORD_SIZE])
{
	return add_bits(words, hash_number, bits, unknown);
}

int code_add_algorithms(const char *words, unsigned *bits, char unknown[static CODE_WORD_SIZE])
{
	return add_bits(words, algorithm_number, bits, unknown);
}

const char *key_type_name(enum key_type t)
{
	return (size_t)t < array_len(key_types) ? key_types[t].name : NULL;
}

const char *token_state_name(enum token_state s)
{
	return (size_t)s < array_len(token_state_names) ? token_state_names[s] : NULL;
}

const char *key_state_name(enum key_state s)
{
	switch (s) {
	case KEY_STATE_ACTIVE:
		return "active";
	case KEY_STATE_SUSPENDED:
		return "suspended";
	case KEY_STATE_RETIRED:
		return "retired";
	case KEY_STATE_NONE:
		break;
	}
	return NULL;
}

const char *job_result_name(enum job_result r)
{
	return (size_t)r < array_len(job_result_names) ? job_result_names[r] : NULL;
}

bool code_is_signable(enum key_type t, enum algorithm a, enum hash h, enum input i)
{
	bool is_hashed =
		hash_size(h) > 0 && h != HASH_SHA1 && (i == INPUT_DIGEST || i == INPUT_MESSAGE);

	switch (t) {
	case KEY_TYPE_RSA:
		return is_hashed && (a == ALGORITHM_RSA_PKCS1 || a == ALGORITHM_RSA_PSS);
	case KEY_TYPE_P256:
	case KEY_TYPE_P384:
	case KEY_TYPE_P521:
		return is_hashed && a == ALGORITHM_ECDSA;
	case KEY_TYPE_ED25519:
		return a == ALGORITHM_EDDSA && h == HASH_NONE && i == INPUT_MESSAGE;
	case KEY_TYPE_NONE:
	case _KEY_TYPE_MAX:
		break;
	}
	return false;
}

size_t code_signature_size(enum key_type t, unsigned bits)
{
	if (t == KEY_TYPE_RSA)
		return (bits + 7) / 8;
	return (size_t)t < array_len(key_types) ? key_types[t].signature : 0;
}
