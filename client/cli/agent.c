/*
 * cli/agent.c - see agent.h
 */
#include "client/cli/agent.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct {
	enum exit_code exit;
	const char *advice; /* continues the sentence of signet_strerror(); may be NULL */
} errors[] = {
	[-SIGNET_E_INVALID]     = {EXIT_USAGE, "names have 1 to 128 bytes and no control characters"},
	[-SIGNET_E_MEMORY]      = {EXIT_AGAIN, NULL},
	[-SIGNET_E_CONNECT]     = {EXIT_UNAVAILABLE, "see 'systemctl status signet.socket'"},
	[-SIGNET_E_IO]          = {EXIT_IO, NULL},
	[-SIGNET_E_TIMEOUT]     = {EXIT_AGAIN, "what was asked may have been done; the journal has the record"},
	[-SIGNET_E_CLOSED]      = {EXIT_AGAIN, "what was asked may have been done; the journal has the record"},
	[-SIGNET_E_PROTOCOL]    = {EXIT_IO, NULL},
	[-SIGNET_E_UNSUPPORTED] = {EXIT_UNAVAILABLE, "look at SIGNET_SOCK and --socket"},
	[-SIGNET_E_WITHDRAWN]   = {EXIT_AGAIN, NULL},
	[-SIGNET_E_LISTENER]    = {EXIT_UNAVAILABLE, NULL},
};
/* clang-format on */

unsigned agent_flags(const struct args *args)
{
	return args->is_ask_off ? 0 : SIGNET_MAY_ASK;
}

enum exit_code agent_open(const struct args *args, struct signet **ret)
{
	int r = signet_open(args->socket, ret);

	if (r == 0)
		return EXIT_DONE;
	if (r == SIGNET_E_INVALID)
		complain("the path of the agent's socket is empty or too long; look at SIGNET_SOCK "
			 "and --socket");
	else
		complain("%s", signet_strerror(r));
	return errors[-r].exit;
}

static enum exit_code report_error(const struct signet *s, int result, int cause)
{
	const char *advice = errors[-result].advice;
	bool has_cause = (result == SIGNET_E_CONNECT || result == SIGNET_E_IO) && cause != 0;

	complain("%s (%s)%s%s%s%s", signet_strerror(result), signet_socket(s),
		 has_cause ? ": " : "", has_cause ? strerror(cause) : "", advice ? "; " : "",
		 advice ? advice : "");
	return errors[-result].exit;
}

enum exit_code agent_exit(int status)
{
	switch ((enum signet_status)status) {
	case SIGNET_STATUS_OK:
	case SIGNET_STATUS_USAGE:
	case SIGNET_STATUS_DATA:
	case SIGNET_STATUS_UNAVAILABLE:
	case SIGNET_STATUS_IO:
	case SIGNET_STATUS_AGAIN:
	case SIGNET_STATUS_DENIED:
	case SIGNET_STATUS_CONFIG:
		return (enum exit_code)status;
	}
	return EXIT_IO;
}

/* Sentences of the agent that begin with what was asked about do not need to be told it twice. */
static enum exit_code report_refusal(const struct signet_answer *a, const char *what)
{
	const char *request = signet_answer_request(a), *sentence = signet_answer_sentence(a);
	bool is_named = strncmp(sentence, what, strlen(what)) == 0;

	if (*sentence == '\0')
		sentence = "refused, without a reason";
	complain("%s%s%s%s%s%s", is_named ? "" : what, is_named ? "" : ": ", sentence,
		 *request ? " (request " : "", request, *request ? ")" : "");
	return agent_exit(signet_answer_status(a));
}

enum exit_code agent_check(const struct signet *s, int result, const struct signet_answer *a,
			   const char *what, ...)
{
	_cleanup_(freep) char *subject = NULL;
	int cause = errno;
	va_list ap;

	if (result < 0)
		return report_error(s, result, cause);
	if (signet_answer_status(a) == SIGNET_STATUS_OK)
		return EXIT_DONE;
	va_start(ap, what);
	if (vasprintf(&subject, what, ap) < 0)
		subject = NULL;
	va_end(ap);
	return report_refusal(a, subject ? subject : "the request");
}

enum exit_code agent_need_key(struct signet *s, const char *name, struct signet_answer **ret,
			      const struct signet_key **ret_key)
{
	struct signet_answer *a = NULL;
	enum exit_code e;
	int r;

	r = signet_list(s, name, &a);
	e = agent_check(s, r, a, "key '%s'", name);
	if (e == EXIT_DONE && !signet_answer_key(a, 0)) {
		complain("there is no key '%s' that you may use; see 'signet list'", name);
		e = EXIT_UNAVAILABLE;
	}
	if (e != EXIT_DONE) {
		signet_answer_free(a);
		return e;
	}
	*ret_key = signet_answer_key(a, 0);
	*ret = a;
	return EXIT_DONE;
}

void agent_key_id(const struct signet_key *k, char ret[KEY_ID_TEXT_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	const uint8_t *spki;
	size_t size;

	ret[0] = '\0';
	spki = signet_key_spki(k, &size);
	if (EVP_Digest(spki, size, digest, NULL, EVP_sha256(), NULL) != 1)
		return;
	for (size_t i = 0; i < SIGNET_KEY_ID_SIZE; i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", digest[i]); /* always two digits */
}

const struct signet_token *agent_find_token(const struct signet_answer *a, const char *name)
{
	const struct signet_token *t;

	for (size_t i = 0; (t = signet_answer_token(a, i)); i++)
		if (strcmp(signet_token_name(t), name) == 0)
			break;
	return t;
}
