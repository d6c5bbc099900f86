/*
 * cli/cmd-pubkey.c - signet pubkey: the public half of a key, in the shape that others read
 */
#include "client/cli/cli.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/agent.h"
#include "client/cli/output.h"
#include "client/cli/pkey.h"

#define FIELD_MAX 66u /* bytes of a coordinate of P-521 */

/* --- an ssh public key: strings and numbers, each with its length in front (RFC 4253) --------- */

static bool put_string(BIO *bio, const void *data, size_t size)
{
	const uint8_t length[4] = {(uint8_t)(size >> 24), (uint8_t)(size >> 16),
				   (uint8_t)(size >> 8), (uint8_t)size};

	return BIO_write(bio, length, 4) == 4 &&
	       (size == 0 || BIO_write(bio, data, (int)size) == (int)size);
}

static bool put_text(BIO *bio, const char *s)
{
	return put_string(bio, s, strlen(s));
}

/* A number of the key, with a zero in front if it would look negative. */
static bool put_number(BIO *bio, const EVP_PKEY *key, const char *parameter)
{
	uint8_t buf[4096 + 1] = {};
	BIGNUM *n = NULL;
	bool is_done = false;
	int size;

	if (EVP_PKEY_get_bn_param(key, parameter, &n) != 1)
		return false;
	size = BN_num_bytes(n);
	if (size > 0 && size < (int)sizeof(buf)) {
		(void)BN_bn2bin(n, buf + 1); /* writes size bytes */
		is_done = buf[1] & 0x80 ? put_string(bio, buf, (size_t)size + 1)
					: put_string(bio, buf + 1, (size_t)size);
	}
	BN_free(n);
	return is_done;
}

/* One coordinate of a point, as long as the field. */
static bool get_coordinate(const EVP_PKEY *key, const char *parameter, uint8_t *buf, size_t size)
{
	BIGNUM *n = NULL;
	bool is_done;

	if (EVP_PKEY_get_bn_param(key, parameter, &n) != 1)
		return false;
	is_done = BN_bn2binpad(n, buf, (int)size) == (int)size;
	BN_free(n);
	return is_done;
}

static bool put_point(BIO *bio, const EVP_PKEY *key)
{
	size_t size = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
	uint8_t point[1 + 2 * FIELD_MAX] = {4}; /* not compressed */

	if (size == 0 || size > FIELD_MAX)
		return false;
	return get_coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X, point + 1, size) &&
	       get_coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y, point + 1 + size, size) &&
	       put_string(bio, point, 1 + 2 * size);
}

static bool put_ed25519(BIO *bio, const EVP_PKEY *key)
{
	uint8_t raw[32];
	size_t size = sizeof(raw);

	return EVP_PKEY_get_raw_public_key(key, raw, &size) == 1 && put_string(bio, raw, size);
}

static const char *ssh_type(enum signet_key_type type)
{
	switch (type) {
	case SIGNET_KEY_RSA:
		return "ssh-rsa";
	case SIGNET_KEY_P256:
		return "ecdsa-sha2-nistp256";
	case SIGNET_KEY_P384:
		return "ecdsa-sha2-nistp384";
	case SIGNET_KEY_P521:
		return "ecdsa-sha2-nistp521";
	case SIGNET_KEY_ED25519:
		return "ssh-ed25519";
	}
	return NULL;
}

static bool put_ssh_blob(BIO *bio, const EVP_PKEY *key)
{
	enum signet_key_type type = pkey_type(key);
	const char *name = ssh_type(type);

	if (!name || !put_text(bio, name))
		return false;
	if (type == SIGNET_KEY_RSA)
		return put_number(bio, key, OSSL_PKEY_PARAM_RSA_E) &&
		       put_number(bio, key, OSSL_PKEY_PARAM_RSA_N);
	if (type == SIGNET_KEY_ED25519)
		return put_ed25519(bio, key);
	return put_text(bio, strrchr(name, '-') + 1) && put_point(bio, key);
}

/* The blob in base64 between its type and a comment. */
static bool put_ssh_line(BIO *bio, const EVP_PKEY *key, const char *comment)
{
	_cleanup_(freep) unsigned char *text = NULL;
	BIO *blob = BIO_new(BIO_s_mem());
	bool is_done = false;
	char *data;
	long size;

	if (blob && put_ssh_blob(blob, key)) {
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

static enum exit_code put_key(BIO *bio, const struct signet_key *k, enum form form)
{
	_cleanup_(pkey_freep) EVP_PKEY *key = NULL;
	bool is_done = false;
	const uint8_t *spki;
	enum exit_code e;
	size_t size;

	spki = signet_key_spki(k, &size);
	e = pkey_from_spki(spki, size, signet_key_name(k), &key);
	if (e != EXIT_DONE)
		return e;
	switch (form) {
	case FORM_PEM:
		is_done = PEM_write_bio_PUBKEY(bio, key) == 1;
		break;
	case FORM_DER:
		is_done = BIO_write(bio, spki, (int)size) == (int)size;
		break;
	case FORM_SSH:
		is_done = put_ssh_line(bio, key, signet_key_name(k));
		break;
	case FORM_CERTIFICATE:
		break; /* is no key */
	}
	if (is_done)
		return EXIT_DONE;
	complain("key '%s' cannot be written in this form", signet_key_name(k));
	return EXIT_DATA;
}

static enum exit_code print_key(const struct signet_key *k, enum form form)
{
	BIO *bio = BIO_new(BIO_s_mem());
	enum exit_code e;
	char *data;
	long size;

	if (!bio) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	e = form == FORM_CERTIFICATE ? put_certificate(bio, k) : put_key(bio, k, form);
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
	e = agent_open(args, &s);
	if (e == EXIT_DONE)
		e = agent_need_key(s, args->key, &a, &key);
	return e == EXIT_DONE ? print_key(key, args->form) : e;
}
