/*
 * cli/cmd-csr.c - signet csr: a certificate request for a key, or a certificate that it gives itself
 */
#include "client/cli/cli.h"

#include <openssl/bio.h>
#include <string.h>

#include "client/cli/agent.h"
#include "client/cli/approval.h"
#include "client/cli/csr.h"
#include "client/cli/output.h"

/* A hundred years. */
#define DAYS_MAX 36525u

/* 0 without the option. */
static enum exit_code count_days(const struct args *args, unsigned *ret)
{
	const char *digit = args->self_signed;
	unsigned n = 0;

	if (!digit) {
		*ret = 0;
		return EXIT_DONE;
	}
	while (*digit >= '0' && *digit <= '9' && n <= DAYS_MAX)
		n = n * 10 + (unsigned)(*digit++ - '0');
	if (n == 0 || n > DAYS_MAX || *digit != '\0') {
		complain("--self-signed is '%s': it takes a number of days from 1 to %u",
			 args->self_signed, DAYS_MAX);
		return EXIT_USAGE;
	}
	*ret = n;
	return EXIT_DONE;
}

static enum exit_code choose(const struct args *args, struct signet *s, struct signer *signer,
			     struct scheme *ret)
{
	enum exit_code e = signer_from_agent(args, s, signer);

	if (e == EXIT_DONE)
		e = scheme_choose(args, signer->type, args->key, ret);
	if (e == EXIT_DONE && (!signer->public || ret->hash == SIGNET_SHA1))
		return signer_ask_why_not(args, s, ret);
	if (e == EXIT_DONE && !args->hash)
		scheme_of_curve(signer->type, ret);
	return e;
}

/* The signature belongs to *ret. */
static enum exit_code ask(const struct args *args, struct signet *s, const struct signer *signer,
			  const struct scheme *scheme, const struct signet_item *item,
			  struct signet_answer **ret)
{
	const struct signet_request request = {
		.key = args->key,
		.key_id = signer->id,
		.algorithm = scheme->algorithm,
		.hash = scheme->hash,
		.input = SIGNET_MESSAGE,
		.flags = agent_flags(args),
		.items = item,
		.n_items = 1,
	};
	const struct signet_signature *g;
	enum exit_code e;
	int r;

	r = signet_sign(s, &request, ret);
	if (r == 0 && args->wait)
		r = approval_await(s, args, 1, ret);
	e = agent_check(s, r, *ret, "key '%s'", args->key);
	if (e != EXIT_DONE)
		return e;
	g = signet_answer_signature(*ret, 0);
	if (signet_signature_status(g) == SIGNET_STATUS_OK)
		return EXIT_DONE;
	complain("key '%s': %s (request %s)", args->key, signet_signature_sentence(g),
		 signet_answer_request(*ret));
	return agent_exit(signet_signature_status(g));
}

static enum exit_code write_out(const struct args *args, const struct csr *csr)
{
	BIO *bio = BIO_new(BIO_s_mem());
	enum exit_code e;
	char *data;
	long size;

	if (!bio) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	e = csr_write(csr, args->is_der, bio);
	if (e == EXIT_DONE) {
		size = BIO_get_mem_data(bio, &data);
		e = output_write(args->output ? args->output : "-", data, (size_t)size);
	}
	BIO_free(bio);
	return e;
}

static enum exit_code make(const struct args *args, struct signet *s, const struct signer *signer,
			   const struct scheme *scheme, unsigned days)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(csr_done) struct csr csr = {};
	_cleanup_(freep) uint8_t *data = NULL;
	struct signet_item item = {.label = days > 0 ? "certificate" : "certificate request"};
	const uint8_t *signature;
	enum exit_code e;
	size_t size;

	e = csr_begin(args, signer, scheme, days, &csr, &data, &size);
	if (e != EXIT_DONE)
		return e;
	item.data = data;
	item.size = size;
	e = ask(args, s, signer, scheme, &item, &a);
	if (e != EXIT_DONE)
		return e;
	signature = signet_signature_data(signet_answer_signature(a, 0), &size);
	e = csr_finish(&csr, signer, signature, size);
	return e == EXIT_DONE ? write_out(args, &csr) : e;
}

enum exit_code cmd_csr(const struct args *args)
{
	_cleanup_(signet_closep) struct signet *s = NULL;
	_cleanup_(signer_done) struct signer signer = {};
	struct scheme scheme;
	unsigned days;
	enum exit_code e;

	if (!args->key) {
		complain("which key? Name it with -k; 'signet list' shows them");
		return EXIT_USAGE;
	}
	e = check_wait(args);
	if (e == EXIT_DONE)
		e = count_days(args, &days);
	if (e == EXIT_DONE)
		e = agent_open(args, &s);
	if (e == EXIT_DONE)
		e = choose(args, s, &signer, &scheme);
	return e == EXIT_DONE ? make(args, s, &signer, &scheme, days) : e;
}
