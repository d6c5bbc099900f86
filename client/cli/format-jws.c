/*
 * cli/format-jws.c - JWS in its compact form (RFC 7515): header, payload and signature, in base64
 * for URLs with dots between them
 */
#include "client/cli/format.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/base64.h"
#include "client/cli/input.h"
#include "client/cli/json.h"
#include "client/cli/message.h"

#define PAYLOAD_MAX ((size_t)64 * 1024 * 1024)
#define TOKEN_MAX (PAYLOAD_MAX * 2)
#define HALF_MAX 66u /* bytes of r or s of P-521 */

/* What the header calls a way of signing; each curve goes with one hash (RFC 7518, RFC 8037). */
static const struct {
	enum signet_algorithm algorithm;
	enum signet_hash hash;
	enum signet_key_type type; /* 0: any */
	const char *name;
	size_t half; /* ECDSA: bytes of r, and of s */
} algorithms[] = {
	{SIGNET_RSA_PKCS1, SIGNET_SHA256, 0, "RS256", 0},
	{SIGNET_RSA_PKCS1, SIGNET_SHA384, 0, "RS384", 0},
	{SIGNET_RSA_PKCS1, SIGNET_SHA512, 0, "RS512", 0},
	{SIGNET_RSA_PSS, SIGNET_SHA256, 0, "PS256", 0},
	{SIGNET_RSA_PSS, SIGNET_SHA384, 0, "PS384", 0},
	{SIGNET_RSA_PSS, SIGNET_SHA512, 0, "PS512", 0},
	{SIGNET_ECDSA, SIGNET_SHA256, SIGNET_KEY_P256, "ES256", 32},
	{SIGNET_ECDSA, SIGNET_SHA384, SIGNET_KEY_P384, "ES384", 48},
	{SIGNET_ECDSA, SIGNET_SHA512, SIGNET_KEY_P521, "ES512", 66},
	{SIGNET_EDDSA, SIGNET_NO_HASH, SIGNET_KEY_ED25519, "EdDSA", 0},
};

/* The row of a recipe; array_len(algorithms): none. */
static size_t find(const struct recipe *r)
{
	size_t i = 0;

	while (i < array_len(algorithms) &&
	       (algorithms[i].algorithm != r->scheme.algorithm ||
		algorithms[i].hash != r->scheme.hash ||
		(algorithms[i].type && algorithms[i].type != r->signer.type)))
		i++;
	return i;
}

static enum exit_code choose(struct recipe *r)
{
	/* A curve has its own hash unless another one was asked for. */
	if (r->scheme.algorithm == SIGNET_ECDSA && !r->args->hash)
		scheme_of_curve(r->signer.type, &r->scheme);
	if (find(r) < array_len(algorithms))
		return EXIT_DONE;
	complain("JWS has no name for key '%s' with this hash: leave out -a", r->signer.name);
	return EXIT_USAGE;
}

/* "HEADER.PAYLOAD"; NULL: out of memory. */
static char *build(const struct recipe *r, const struct contents *payload)
{
	_cleanup_(freep) char *header = NULL, *front = NULL, *body = NULL;
	char keyid[65], *all;

	message_keyid(r, keyid);
	if (asprintf(&header, "{\"alg\":\"%s\",\"kid\":\"%s\"}", algorithms[find(r)].name, keyid) <
	    0) {
		header = NULL;
		return NULL;
	}
	front = base64_encode(header, strlen(header), true);
	body = base64_encode(payload->data, payload->size, true);
	return front && body && asprintf(&all, "%s.%s", front, body) >= 0 ? all : NULL;
}

static enum exit_code prepare(const struct recipe *r, struct job *job)
{
	_cleanup_(contents_done) struct contents payload = {};
	enum exit_code e;

	e = input_read(job->path, PAYLOAD_MAX, "is too long for a JWS: at most 64 MiB", &payload);
	if (e != EXIT_DONE)
		return e;
	job->held = payload.size / 3 * 4;
	job->made = build(r, &payload);
	if (job->made)
		return message_begin(r, job->made, strlen(job->made), job);
	complain("out of memory");
	return EXIT_AGAIN;
}

/* r and s of fixed size, where the agent has DER. */
static bool flatten(const uint8_t *der, size_t size, uint8_t ret[2 * HALF_MAX], size_t half)
{
	const unsigned char *at = der;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)size);
	bool is_done = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret, (int)half) > 0 &&
		       BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret + half, (int)half) > 0;

	ECDSA_SIG_free(sig);
	return is_done;
}

static enum exit_code finish(const struct recipe *r, struct job *job, const uint8_t *signature,
			     size_t size)
{
	_cleanup_(freep) char *text = NULL, *all = NULL;
	size_t half = algorithms[find(r)].half;
	uint8_t flat[2 * HALF_MAX];

	if (half > 0 && !flatten(signature, size, flat, half)) {
		complain("'%s': the signature is none of ECDSA", shown_name(job->path));
		return EXIT_IO;
	}
	text = half > 0 ? base64_encode(flat, 2 * half, true)
			: base64_encode(signature, size, true);
	if (!text || asprintf(&all, "%s.%s\n", (char *)job->made, text) < 0) {
		all = NULL;
		complain("out of memory");
		return EXIT_AGAIN;
	}
	return format_write(r, job->path, all, strlen(all));
}

/* --- verifying -------------------------------------------------------------------------------- */

static bool is_der_right(const struct recipe *r, const char *token, size_t size,
			 const uint8_t *flat, size_t half)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *a = BN_bin2bn(flat, (int)half, NULL), *b = BN_bin2bn(flat + half, (int)half, NULL);
	unsigned char *der = NULL;
	bool is_right = false;
	int n = -1;

	if (sig && a && b && ECDSA_SIG_set0(sig, a, b) == 1) {
		a = b = NULL; /* taken over */
		n = i2d_ECDSA_SIG(sig, &der);
	}
	if (n > 0)
		is_right = message_is_signed(r, (const uint8_t *)token, size, der, (size_t)n);
	OPENSSL_free(der);
	BN_free(a);
	BN_free(b);
	ECDSA_SIG_free(sig);
	return is_right;
}

/* The header must name the algorithm that is expected, and nothing that has to be understood. */
static bool has_header(const struct recipe *r, const char *token, size_t size)
{
	size_t n = 0;
	_cleanup_(freep) uint8_t *text = base64_decode(token, size, true, &n);
	struct json_object *header = text ? json_read(text, n) : NULL;
	const char *name = header ? json_text(header, "alg") : NULL;
	bool is_right = name && strcmp(name, algorithms[find(r)].name) == 0 &&
			!json_object_object_get_ex(header, "crit", NULL);

	json_object_put(header);
	return is_right;
}

static bool is_right(const struct recipe *r, const char *token, size_t size)
{
	const char *dot = memchr(token, '.', size), *last = memrchr(token, '.', size);
	_cleanup_(freep) uint8_t *signature = NULL;
	size_t half = algorithms[find(r)].half, n;

	if (!dot || dot == last || memchr(dot + 1, '.', (size_t)(last - dot - 1)) ||
	    !has_header(r, token, (size_t)(dot - token)))
		return false;
	signature = base64_decode(last + 1, size - (size_t)(last + 1 - token), true, &n);
	if (!signature)
		return false;
	if (half > 0)
		return n == 2 * half &&
		       is_der_right(r, token, (size_t)(last - token), signature, half);
	return message_is_signed(r, (const uint8_t *)token, (size_t)(last - token), signature, n);
}

static enum exit_code verify(const struct recipe *r, const char *path, const char *signature_path)
{
	_cleanup_(contents_done) struct contents token = {};
	enum exit_code e;

	(void)signature_path; /* it is in the token */
	e = input_read(path, TOKEN_MAX, "is too long for a JWS", &token);
	if (e != EXIT_DONE)
		return e;
	while (token.size > 0 && memchr("\r\n", token.data[token.size - 1], 2))
		token.size--;
	e = is_right(r, (const char *)token.data, token.size) ? EXIT_DONE : EXIT_NO_MATCH;
	ERR_clear_error();
	return e;
}

const struct format format_jws = {
	.name = "jws",
	.purpose = "digest",
	.suffix = ".jws",
	.is_enclosing = true,
	.choose = choose,
	.prepare = prepare,
	.finish = finish,
	.drop = free,
	.verify = verify,
};
