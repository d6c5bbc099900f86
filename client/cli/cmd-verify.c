/*
 * cli/cmd-verify.c - signet verify: a signature against a public key
 *
 * The key comes from the agent, or from a file, and then no agent is needed. A signature that is
 * no signature at all does not verify: that is an answer (1), not a failure.
 */
#include "client/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cli/agent.h"
#include "client/cli/input.h"
#include "client/cli/pkey.h"

#define SIGNATURE_MAX ((size_t)64 * 1024)

/* The contents of a file of any size: mapped, or read where that is not possible. */
struct contents {
	uint8_t *data;
	size_t size;
	bool is_mapped;
};

static void contents_done(struct contents *c)
{
	if (c->is_mapped)
		(void)munmap(c->data, c->size); /* fails only for what is not mapped */
	else
		free(c->data);
}

static bool map(const char *path, struct contents *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	void *data = MAP_FAILED;
	struct stat st;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	(void)close(fd); /* was only read */
	if (data == MAP_FAILED)
		return false;
	*ret = (struct contents){.data = data, .size = (size_t)st.st_size, .is_mapped = true};
	return true;
}

static enum exit_code contents_load(const char *path, struct contents *ret)
{
	if (strcmp(path, "-") != 0 && map(path, ret))
		return EXIT_DONE;
	return input_read(path, SIZE_MAX / 4, "is too long", &ret->data, &ret->size);
}

/* 1: verifies. Anything else: does not. */
static int verify_digest(EVP_PKEY *key, const struct scheme *scheme, const uint8_t *digest,
			 size_t digest_size, const struct contents *signature)
{
	int padding =
		scheme->algorithm == SIGNET_RSA_PSS ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	int ok = ctx ? EVP_PKEY_verify_init(ctx) : 0;

	if (ok == 1 && scheme->algorithm != SIGNET_ECDSA)
		ok = EVP_PKEY_CTX_set_rsa_padding(ctx, padding);
	if (ok == 1)
		ok = EVP_PKEY_CTX_set_signature_md(ctx, scheme->md);
	if (ok == 1)
		ok = EVP_PKEY_verify(ctx, signature->data, signature->size, digest, digest_size);
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static int verify_message(EVP_PKEY *key, const struct contents *message,
			  const struct contents *signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = ctx ? EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) : 0;

	if (ok == 1)
		ok = EVP_DigestVerify(ctx, signature->data, signature->size, message->data,
				      message->size);
	EVP_MD_CTX_free(ctx);
	return ok;
}

static enum exit_code verify(const char *path, EVP_PKEY *key, const struct scheme *scheme,
			     struct progress *progress, const struct contents *signature,
			     int *ret_ok)
{
	_cleanup_(contents_done) struct contents message = {};
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t size;
	enum exit_code e;

	if (scheme->md) {
		e = input_digest(path, scheme->md, progress, digest, &size);
		if (e == EXIT_DONE)
			*ret_ok = verify_digest(key, scheme, digest, size, signature);
		return e;
	}
	e = contents_load(path, &message);
	if (e == EXIT_DONE)
		*ret_ok = verify_message(key, &message, signature);
	return e;
}

static enum exit_code key_from_agent(const struct args *args, EVP_PKEY **ret)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	const struct signet_key *key;
	const uint8_t *spki;
	enum exit_code e;
	size_t size;

	e = agent_open(args, &s);
	if (e == EXIT_DONE)
		e = agent_need_key(s, args->key, &a, &key);
	if (e != EXIT_DONE)
		return e;
	spki = signet_key_spki(key, &size);
	return pkey_from_spki(spki, size, args->key, ret);
}

static enum exit_code key_from_args(const struct args *args, EVP_PKEY **ret, const char **ret_name)
{
	unsigned n = !!args->key + !!args->certificate + !!args->public_key;

	if (n != 1) {
		complain("verify needs one of -k KEY, --cert FILE and --pubkey FILE");
		return EXIT_USAGE;
	}
	*ret_name = args->key           ? args->key
		    : args->certificate ? args->certificate
					: args->public_key;
	if (args->key)
		return key_from_agent(args, ret);
	if (args->certificate)
		return pkey_from_certificate(args->certificate, ret);
	return pkey_from_file(args->public_key, ret);
}

static enum exit_code load_signature(const struct args *args, struct contents *ret)
{
	const char *file = args->operands[0];
	_cleanup_(freep) char *beside = NULL;

	if (args->n_operands == 2)
		return input_read(args->operands[1], SIGNATURE_MAX, "is too long for a signature",
				  &ret->data, &ret->size);
	if (strcmp(file, "-") == 0) {
		complain("where is the signature of standard input? Name it behind the '-'");
		return EXIT_USAGE;
	}
	if (asprintf(&beside, "%s.sig", file) < 0) {
		beside = NULL;
		complain("out of memory");
		return EXIT_AGAIN;
	}
	return input_read(beside, SIGNATURE_MAX, "is too long for a signature", &ret->data,
			  &ret->size);
}

static bool is_stdin_twice(const struct args *args)
{
	unsigned n = 0;

	for (size_t i = 0; i < args->n_operands; i++)
		n += strcmp(args->operands[i], "-") == 0;
	n += args->certificate && strcmp(args->certificate, "-") == 0;
	n += args->public_key && strcmp(args->public_key, "-") == 0;
	return n > 1;
}

static enum exit_code report(const struct args *args, const char *name, int ok)
{
	const char *file = shown_name(args->operands[0]);

	ERR_clear_error();
	if (ok != 1) {
		complain("'%s': the signature does not verify with '%s': file, key or options are "
			 "not those it was made with",
			 file, name);
		return EXIT_NO_MATCH;
	}
	note(args, "'%s': good signature by '%s'", file, name);
	return EXIT_DONE;
}

enum exit_code cmd_verify(const struct args *args)
{
	_cleanup_(contents_done) struct contents signature = {};
	_cleanup_(pkey_freep) EVP_PKEY *key = NULL;
	struct progress progress;
	struct scheme scheme;
	const char *name;
	enum exit_code e;
	int ok = 0;

	if (is_stdin_twice(args)) {
		complain("only one thing can come from standard input");
		return EXIT_USAGE;
	}
	e = key_from_args(args, &key, &name);
	if (e == EXIT_DONE)
		e = scheme_choose(args, pkey_type(key), name, &scheme);
	if (e == EXIT_DONE)
		e = load_signature(args, &signature);
	if (e != EXIT_DONE)
		return e;
	progress_start(&progress, args);
	e = verify(args->operands[0], key, &scheme, &progress, &signature, &ok);
	progress_end(&progress);
	return e == EXIT_DONE ? report(args, name, ok) : e;
}
