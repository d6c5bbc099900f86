/*
 * gpg-agent/pksign.c - see pksign.h
 */
#include "client/gpg-agent/pksign.h"

#include <stdarg.h>
#include <stdio.h>

#include "client/gpg-agent/sexp.h"
#include "client/gpg-agent/share.h"

static gpg_err_code_t refuse(gpg_err_code_t code, char ret[static PKSIGN_SENTENCE_MAX],
			     const char *format, ...) __attribute__((format(printf, 3, 4)));

static gpg_err_code_t refuse(gpg_err_code_t code, char ret[static PKSIGN_SENTENCE_MAX],
			     const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(ret, PKSIGN_SENTENCE_MAX, format, ap); /* cut if too long */
	va_end(ap);
	(void)fprintf(stderr, "not signed: %s\n", ret); /* nobody else to tell */
	return code;
}

/* gpg shows no more than the sentence that GnuPG has for the code. */
static gpg_err_code_t code_of(int status)
{
	switch ((enum signet_status)status) {
	case SIGNET_STATUS_OK:
		return GPG_ERR_GENERAL; /* an answer without what it says it has */
	case SIGNET_STATUS_USAGE:
		return GPG_ERR_UNSUPPORTED_ALGORITHM;
	case SIGNET_STATUS_DATA:
		return GPG_ERR_INV_DATA;
	case SIGNET_STATUS_UNAVAILABLE:
		return GPG_ERR_UNUSABLE_SECKEY;
	case SIGNET_STATUS_IO:
		return GPG_ERR_HARDWARE;
	case SIGNET_STATUS_AGAIN:
		return GPG_ERR_TIMEOUT;
	case SIGNET_STATUS_DENIED:
		return GPG_ERR_FORBIDDEN;
	case SIGNET_STATUS_CONFIG:
		return GPG_ERR_CONFIGURATION;
	}
	return GPG_ERR_GENERAL;
}

/* What gpg calls a signature with Ed25519 is one of the digest as it is, taken for a message. */
static int ask(struct signet *signet, const struct pksign *p, struct signet_answer **ret)
{
	bool is_message = p->type == SIGNET_KEY_ED25519;
	struct signet_item item = {p->digest, p->digest_size, *p->label ? p->label : NULL};
	struct signet_request request = {
		.key = p->key,
		.key_id = p->id,
		.algorithm = SIGNET_ECDSA,
		.hash = is_message ? SIGNET_NO_HASH : p->hash,
		.input = is_message ? SIGNET_MESSAGE : SIGNET_DIGEST,
		.flags = SIGNET_MAY_ASK,
		.items = &item,
		.n_items = 1,
	};

	if (is_message)
		request.algorithm = SIGNET_EDDSA;
	if (p->type == SIGNET_KEY_RSA)
		request.algorithm = SIGNET_RSA_PKCS1;
	return signet_sign(signet, &request, ret);
}

static gpg_err_code_t take(const struct signet_answer *a, const struct pksign *p, char **ret,
			   size_t *ret_size, char ret_sentence[static PKSIGN_SENTENCE_MAX])
{
	const struct signet_signature *g = signet_answer_signature(a, 0);
	const char *id = signet_answer_request(a);
	const uint8_t *data;
	size_t size;

	if (!g)
		return refuse(code_of(signet_answer_status(a)), ret_sentence,
			      "key '%s': %s (request %s)", p->key, signet_answer_sentence(a), id);
	data = signet_signature_data(g, &size);
	if (!data)
		return refuse(code_of(signet_signature_status(g)), ret_sentence,
			      "key '%s': %s (request %s)", p->key, signet_signature_sentence(g),
			      id);
	if (!sexp_signature(p->type, data, size, ret, ret_size))
		return refuse(GPG_ERR_BAD_SIGNATURE, ret_sentence,
			      "key '%s': what signetd sent is no signature (request %s)", p->key,
			      id);
	return 0;
}

gpg_err_code_t pksign(struct signet *signet, const struct pksign *p, char **ret, size_t *ret_size,
		      char ret_sentence[static PKSIGN_SENTENCE_MAX])
{
	struct signet_answer *a = NULL;
	gpg_err_code_t code;
	int r;

	if (p->hash == SIGNET_NO_HASH)
		return refuse(GPG_ERR_MISSING_VALUE, ret_sentence, "key '%s': there was no SETHASH",
			      p->key);
	r = ask(signet, p, &a);
	if (r < 0)
		return refuse(r == SIGNET_E_TIMEOUT ? GPG_ERR_TIMEOUT : GPG_ERR_NO_AGENT,
			      ret_sentence, "key '%s': %s (%s)", p->key, signet_strerror(r),
			      signet_socket(signet));
	code = take(a, p, ret, ret_size, ret_sentence);
	signet_answer_free(a);
	return code;
}
