/*
 * cli/cmd-pubkey.c - signet pubkey: the public half of a key, in the shape that others read
 */
#include "client/cli/cli.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/agent.h"
#include "client/cli/output.h"
#include "client/cli/pkey.h"
#include "client/cli/ssh.h"

/* The blob in base64 between its type and a comment. */
static bool put_ssh_line(BIO *bio, const EVP_PKEY *key, const char *comment)
{
	_cleanup_(freep) unsigned char *text = NULL;
	BIO *blob = BIO_new(BIO_s_mem());
	bool is_done = false;
	char *data;
	long size;

	if (blob && ssh_put_key(blob, key)) {
		size = BIO_get_mem_data(blob, &data);
		text = malloc((size_t)size / 3 * 4 + 5);
		if (text && EVP_EncodeBlock(text, (unsigned char *)data, (int)size) > 0)
			is_done = BIO_printf(bio, "%s %s %s\n", ssh_type(pkey_type(key)), text,
					     comment) > 0;
	}
	BIO_free(blob);
	return is_done;
}

/* --- shapes ----------------------------------------------------------------------------------- */

static enum exit_code put_certificate(BIO *bio, const struct signet_key *k)
{
	const unsigned char *at;
	const uint8_t *der;
	X509 *x = NULL;
	bool is_done;
	size_t size;

	der = signet_key_certificate(k, &size);
	if (!der) {
		complain("key '%s' has no certificate, neither on its token nor in its key file",
			 signet_key_name(k));
		return EXIT_UNAVAILABLE;
	}
	at = der;
	x = d2i_X509(NULL, &at, (long)size);
	is_done = x && at == der + size && PEM_write_bio_X509(bio, x) == 1;
	X509_free(x);
	if (is_done)
		return EXIT_DONE;
	complain("the certificate of key '%s' is no X.509 certificate", signet_key_name(k));
	return EXIT_DATA;
}

static enum exit_code put_key(BIO *bio, const struct signet_key *k, const struct args *args)
{
	_cleanup_(pkey_freep) EVP_PKEY *key = NULL;
	const uint8_t *spki;
	enum exit_code e;
	bool is_done;
	size_t size;

	spki = signet_key_spki(k, &size);
	e = pkey_from_spki(spki, size, signet_key_name(k), &key);
	if (e != EXIT_DONE)
		return e;
	if (args->is_der)
		is_done = BIO_write(bio, spki, (int)size) == (int)size;
	else if (args->is_ssh)
		is_done = put_ssh_line(bio, key, signet_key_name(k));
	else
		is_done = PEM_write_bio_PUBKEY(bio, key) == 1;
	if (is_done)
		return EXIT_DONE;
	complain("key '%s' cannot be written in this form", signet_key_name(k));
	return EXIT_DATA;
}

static enum exit_code print_key(const struct signet_key *k, const struct args *args)
{
	BIO *bio = BIO_new(BIO_s_mem());
	enum exit_code e;
	char *data;
	long size;

	if (!bio) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	e = args->is_certificate ? put_certificate(bio, k) : put_key(bio, k, args);
	if (e == EXIT_DONE) {
		size = BIO_get_mem_data(bio, &data);
		e = output_write("-", data, (size_t)size);
	}
	BIO_free(bio);
	ERR_clear_error();
	return e;
}

enum exit_code cmd_pubkey(const struct args *args)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	const struct signet_key *key;
	enum exit_code e;

	if (!args->key) {
		complain("which key? Name it with -k");
		return EXIT_USAGE;
	}
	if (args->is_pem + args->is_der + args->is_ssh + args->is_certificate > 1) {
		complain("--pem, --der, --ssh and --cert: one of them");
		return EXIT_USAGE;
	}
	e = agent_open(args, &s);
	if (e == EXIT_DONE)
		e = agent_need_key(s, args->key, &a, &key);
	return e == EXIT_DONE ? print_key(key, args) : e;
}
