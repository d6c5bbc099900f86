/*
 * cli/signer.c - see signer.h
 */
#include "client/cli/signer.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "client/cli/agent.h"
#include "client/cli/input.h"
#include "client/cli/pkey.h"

#define CHAIN_FILE_MAX ((size_t)256 * 1024)
#define CHAIN_MAX 16

void signer_done(struct signer *s)
{
	EVP_PKEY_free(s->public);
	X509_free(s->certificate);
	sk_X509_pop_free(s->chain, X509_free);
	*s = (struct signer){};
}

/* --- certificates ----------------------------------------------------------------------------- */

/* Takes x over. */
static bool push(struct signer *s, X509 *x)
{
	if (!s->certificate) {
		s->certificate = x;
		return true;
	}
	if (!s->chain)
		s->chain = sk_X509_new_null();
	if (s->chain && sk_X509_num(s->chain) < CHAIN_MAX && sk_X509_push(s->chain, x) > 0)
		return true;
	X509_free(x);
	return false;
}

/* One in DER, or as many as there are in PEM. */
static bool parse(struct signer *s, BIO *bio, const uint8_t *data, size_t size)
{
	const unsigned char *at = data;
	X509 *x;

	while ((x = PEM_read_bio_X509(bio, NULL, pkey_no_password, NULL)))
		if (!push(s, x))
			return false;
	if (!s->certificate)
		s->certificate = d2i_X509(NULL, &at, (long)size);
	return s->certificate != NULL;
}

static enum exit_code read_chain(const char *path, struct signer *s)
{
	_cleanup_(contents_done) struct contents c = {};
	bool is_read = false;
	enum exit_code e;
	BIO *bio;

	e = input_read(path, CHAIN_FILE_MAX, "is too long for certificates", &c);
	if (e != EXIT_DONE)
		return e;
	bio = BIO_new_mem_buf(c.data, (int)c.size);
	if (bio)
		is_read = parse(s, bio, c.data, c.size);
	BIO_free(bio);
	ERR_clear_error();
	if (is_read)
		return EXIT_DONE;
	complain("'%s': this is no certificate in PEM or DER, with at most %d behind it",
		 shown_name(path), CHAIN_MAX);
	return EXIT_DATA;
}

static enum exit_code check_match(const struct signer *s, const char *source)
{
	int is_match = X509_check_private_key(s->certificate, s->public);

	ERR_clear_error();
	if (is_match == 1)
		return EXIT_DONE;
	complain("the certificate of %s is of another key than '%s'", source, s->name);
	return EXIT_DATA;
}

static enum exit_code find_certificate(const struct args *args, const struct signet_key *key,
				       struct signer *s)
{
	const unsigned char *at;
	const uint8_t *der;
	enum exit_code e;
	size_t size;

	if (args->certificate) {
		e = read_chain(args->certificate, s);
		return e == EXIT_DONE ? check_match(s, args->certificate) : e;
	}
	der = signet_key_certificate(key, &size);
	at = der;
	if (!der)
		return EXIT_DONE;
	s->certificate = d2i_X509(NULL, &at, (long)size);
	return s->certificate ? check_match(s, "the agent") : EXIT_DONE;
}

/* --- where the key comes from ----------------------------------------------------------------- */

enum exit_code signer_from_key(const struct args *args, const struct signet_key *key,
			       struct signer *ret)
{
	_cleanup_(signer_done) struct signer found = {.name = args->key};
	const uint8_t *spki;
	enum exit_code e;
	size_t size;

	found.type = signet_key_type(key);
	found.bits = signet_key_bits(key);
	spki = signet_key_spki(key, &size);
	e = pkey_from_spki(spki, size, args->key, &found.public);
	if (e == EXIT_DONE && EVP_Q_digest(NULL, "SHA256", NULL, spki, size, found.id, NULL) != 1) {
		complain("key '%s' cannot be hashed: libcrypto refuses", args->key);
		e = EXIT_IO;
	}
	if (e == EXIT_DONE)
		e = find_certificate(args, key, &found);
	if (e != EXIT_DONE)
		return e;
	*ret = found;
	found = (struct signer){};
	return EXIT_DONE;
}

/*
 * A key that is not listed may exist and be refused, or not exist. Only the agent's answer to a
 * request to sign tells, and it looks at the caller before it looks whether the algorithm fits. The
 * same if even listing is refused: then the request to sign is what is refused, and recorded.
 */
enum exit_code signer_from_agent(const struct args *args, struct signet *s, struct signer *ret)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	enum exit_code e;
	int r;

	*ret = (struct signer){.name = args->key};
	r = signet_list(s, args->key, &a);
	if (r == 0 && signet_answer_status(a) == EXIT_DENIED)
		return EXIT_DONE;
	e = agent_check(s, r, a, "key '%s'", args->key);
	if (e != EXIT_DONE || !signet_answer_key(a, 0))
		return e;
	return signer_from_key(args, signet_answer_key(a, 0), ret);
}

enum exit_code signer_from_file(const struct args *args, struct signer *ret)
{
	_cleanup_(signer_done) struct signer found = {};
	enum exit_code e;

	found.name = args->certificate ? args->certificate : args->public_key;
	if (args->certificate) {
		e = read_chain(args->certificate, &found);
		if (e == EXIT_DONE)
			e = pkey_from_certificate(found.certificate, found.name, &found.public);
	} else {
		e = pkey_from_file(args->public_key, &found.public);
	}
	if (e != EXIT_DONE)
		return e;
	found.type = pkey_type(found.public);
	*ret = found;
	found = (struct signer){};
	return EXIT_DONE;
}

enum exit_code signer_ask_why_not(const struct args *args, struct signet *s,
				  const struct scheme *scheme)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	static const uint8_t nothing[EVP_MAX_MD_SIZE];
	const struct signet_item item = {.data = nothing,
					 .size = (size_t)EVP_MD_get_size(scheme->md)};
	const struct signet_request request = {
		.key = args->key,
		.key_id = nothing,
		.algorithm = scheme->algorithm,
		.hash = scheme->hash,
		.input = SIGNET_DIGEST,
		.items = &item,
		.n_items = 1,
	};
	enum exit_code e;
	int result;

	result = signet_sign(s, &request, &a);
	e = agent_check(s, result, a, "key '%s'", args->key);
	if (e == EXIT_UNAVAILABLE)
		complain("the public key of '%s', which is needed here, is not shown to you",
			 args->key);
	if (e != EXIT_DONE)
		return e;
	complain("key '%s' is not shown, and signs all the same", args->key);
	return EXIT_IO;
}
