/*
 * cli/approval.c - see approval.h
 */
#include "client/cli/approval.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "client/cli/agent.h"
#include "client/cli/input.h"

#define ARMOR "SSH SIGNATURE"
#define USEC_PER_SEC UINT64_C(1000000)
/* An agent that ends with each request is asked so often in a row. */
#define TRIES_MAX 5u

/* --- times and numbers -------------------------------------------------------------------------- */

/* Digits, at most max; moves *text behind them. */
static bool read_number(const char **text, uint64_t max, uint64_t *ret)
{
	const char *at = *text;
	uint64_t n = 0;

	for (; *at >= '0' && *at <= '9' && n <= max; at++)
		n = n * 10 + (uint64_t)(*at - '0');
	if (at == *text || n > max)
		return false;
	*text = at;
	*ret = n;
	return true;
}

/* As in configuration files: 90s 90 30min 2h 1d. */
static bool read_time(const char *text, uint64_t max, uint64_t *ret)
{
	static const struct {
		const char *unit;
		uint64_t seconds;
	} units[] = {{"", 1}, {"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
	uint64_t n;

	if (!read_number(&text, max, &n))
		return false;
	for (size_t i = 0; i < array_len(units); i++) {
		if (strcmp(text, units[i].unit) != 0)
			continue;
		*ret = n * units[i].seconds;
		return *ret > 0 && *ret <= max;
	}
	return false;
}

enum exit_code window_parse(const struct args *args, struct signet_window *ret)
{
	const char *maximum = args->maximum;

	*ret = (struct signet_window){};
	if (args->period && !read_time(args->period, SIGNET_WINDOW_SECONDS_MAX, &ret->seconds)) {
		complain(
			"--for is '%s': it takes a time of at most 30 days, such as 90s, 30min or 2h",
			args->period);
		return EXIT_USAGE;
	}
	if (maximum && (!read_number(&maximum, SIGNET_WINDOW_SIGNATURES_MAX, &ret->signatures) ||
			*maximum != '\0' || ret->signatures == 0)) {
		complain("--max is '%s': it takes a number from 1 to %u", args->maximum,
			 SIGNET_WINDOW_SIGNATURES_MAX);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

enum exit_code check_wait(const struct args *args)
{
	uint64_t seconds;

	if (!args->wait || *args->wait == '\0' ||
	    read_time(args->wait, SIGNET_WINDOW_SECONDS_MAX, &seconds))
		return EXIT_DONE;
	complain("--wait is '%s': it takes a time, such as 90s, 30min or 2h, or none at all",
		 args->wait);
	return EXIT_USAGE;
}

/* --- waiting ------------------------------------------------------------------------------------ */

/* When to give up; UINT64_MAX: never. */
static uint64_t deadline_of(const struct args *args)
{
	uint64_t seconds;

	if (!read_time(args->wait, SIGNET_WINDOW_SECONDS_MAX, &seconds))
		return UINT64_MAX;
	return now_usec() + seconds * USEC_PER_SEC;
}

static unsigned next_wait(uint64_t deadline)
{
	uint64_t now = now_usec(), left = deadline > now ? deadline - now : 0;

	if (deadline == UINT64_MAX || left / USEC_PER_SEC >= SIGNET_WAIT_MAX)
		return SIGNET_WAIT_MAX;
	return (unsigned)(left / USEC_PER_SEC + (left % USEC_PER_SEC > 0));
}

/* The agent may be started anew while we wait: what was asked for is there again. */
static int fetch(struct signet *s, const struct args *args, const char *id, unsigned wait,
		 size_t n_known, struct signet_answer **ret)
{
	int r = SIGNET_E_CLOSED;

	for (unsigned i = 0; i < TRIES_MAX && r == SIGNET_E_CLOSED; i++)
		r = signet_fetch(s, id, agent_flags(args), wait, n_known, ret);
	return r;
}

int approval_await(struct signet *s, const struct args *args, size_t n,
		   struct signet_answer **answer)
{
	uint64_t deadline = deadline_of(args);
	size_t have, needed, told = SIZE_MAX;

	while (signet_answer_pending(*answer, &have, &needed)) {
		struct signet_answer *next;
		unsigned wait = next_wait(deadline);
		int r;

		if (wait == 0)
			return 0;
		if (have != told)
			note(args, "waiting for approvals of request %s: %zu of %zu are there",
			     signet_answer_request(*answer), have, needed);
		told = have;
		r = fetch(s, args, signet_answer_request(*answer), wait, have, &next);
		if (r < 0)
			return r;
		signet_answer_free(*answer);
		*answer = next;
	}
	if (signet_answer_status(*answer) == SIGNET_STATUS_OK && n != ANY_NUMBER &&
	    signet_answer_count(*answer) != n)
		return SIGNET_E_PROTOCOL;
	return 0;
}

/* --- approving ---------------------------------------------------------------------------------- */

/* Without the two lines around it. *ret is from libcrypto. */
static enum exit_code read_signature(const char *path, unsigned char **ret, size_t *ret_size)
{
	_cleanup_(contents_done) struct contents text = {};
	char *name = NULL, *header = NULL;
	unsigned char *blob = NULL;
	enum exit_code e;
	long size = 0;
	BIO *bio;

	e = input_read(path, INPUT_SIGNATURE_MAX, "is too long for a signature", &text);
	if (e != EXIT_DONE)
		return e;
	bio = BIO_new_mem_buf(text.data ? text.data : (uint8_t *)"", (int)text.size);
	if (!bio || PEM_read_bio(bio, &name, &header, &blob, &size) != 1 ||
	    strcmp(name, ARMOR) != 0 || size <= 0 || (size_t)size > SIGNET_APPROVAL_MAX) {
		complain("'%s' is no SSH signature, as 'ssh-keygen -Y sign' writes it", path);
		OPENSSL_free(blob);
		blob = NULL;
		e = EXIT_DATA;
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	BIO_free(bio);
	ERR_clear_error();
	*ret = blob;
	*ret_size = blob ? (size_t)size : 0;
	return e;
}

enum exit_code approval_send(const struct args *args, enum signet_opinion opinion)
{
	struct signet_approval approval = {
		.id = args->operands[0],
		.opinion = opinion,
		.reason = args->reason,
		.flags = agent_flags(args),
	};
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	unsigned char *signature = NULL;
	enum exit_code e;
	int r;

	e = window_parse(args, &approval.window);
	if (e == EXIT_DONE && args->signature)
		e = read_signature(args->signature, &signature, &approval.signature_size);
	approval.signature = signature;
	if (e == EXIT_DONE)
		e = agent_open(args, &s);
	if (e == EXIT_DONE) {
		r = signet_approve(s, &approval, &a);
		e = agent_check(s, r, a, "request %s", approval.id);
	}
	OPENSSL_free(signature);
	if (e == EXIT_DONE)
		note(args, "request %s is %s", approval.id,
		     opinion == SIGNET_APPROVE ? "approved by one person more" : "denied");
	return e;
}
