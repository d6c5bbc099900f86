/*
 * pkcs11/agent.c - see agent.h
 */
#include "client/pkcs11/agent.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/pkcs11/der.h"

/*
 * Programs list slots when they start, whether they want a key or not: they must not wait for ever
 * for an agent that hangs, which systemd ends after as long. A busy one may take seconds.
 */
#define LIST_TIMEOUT_USEC UINT64_C(30000000)

#define _cleanup_answer_ _cleanup_(answer_freep)
static void answer_freep(struct signet_answer **a)
{
	signet_answer_free(*a);
}

/* --- SIGNET_DEBUG ------------------------------------------------------------------------------- */

/* One write, so that lines of different threads do not mix. */
static void say(const char *what, const char *key, const char *reason, const char *request)
{
	const char *wanted = secure_getenv("SIGNET_DEBUG");

	if (!wanted || *wanted == '\0' || strcmp(wanted, "0") == 0)
		return;
	(void)dprintf(STDERR_FILENO, "signet-pkcs11: %s%s%s%s: %s%s%s%s\n", what, *key ? " '" : "",
		      key, *key ? "'" : "", reason, *request ? " (request " : "", request,
		      *request ? ")" : ""); /* who cannot be told is not told */
}

static CK_RV fail(const char *what, const char *key, int error)
{
	say(what, key, signet_strerror(error), "");
	return error == SIGNET_E_MEMORY ? CKR_HOST_MEMORY : CKR_DEVICE_ERROR;
}

/* --- listing ------------------------------------------------------------------------------------ */

/*
 * A list may be asked for again: the agent may have been restarted between two of them, or have been
 * too busy to find out what the caller may use.
 */
static int ask_list(struct signet *s, const char *name, struct signet_answer **ret)
{
	int r = signet_list(s, name, ret);

	if (r == 0 && signet_answer_status(*ret) != SIGNET_STATUS_OK) {
		signet_answer_free(*ret);
		*ret = NULL;
		r = SIGNET_E_CLOSED;
	}
	return r == SIGNET_E_CLOSED ? signet_list(s, name, ret) : r;
}

static int fetch_list(struct signet_answer **ret)
{
	struct signet *s;
	int r;

	r = signet_open(NULL, &s);
	if (r < 0)
		return r;
	signet_set_timeout(s, LIST_TIMEOUT_USEC);
	r = ask_list(s, NULL, ret);
	signet_close(s);
	return r;
}

/* Keys that make no sense are left out, and those beyond what has room. */
static CK_RV read_keys(const struct signet_answer *a, struct keypair **keys, size_t *n)
{
	const struct signet_key *from;
	struct keypair *k;

	for (size_t i = 0; i < AGENT_KEYS_MAX && (from = signet_answer_key(a, i)); i++) {
		if (keypair_new(from, &k) < 0)
			return CKR_HOST_MEMORY;
		if (k)
			keys[(*n)++] = k;
		else
			say("key", signet_key_name(from), "left out because its public key is odd",
			    "");
	}
	return CKR_OK;
}

CK_RV agent_list(struct keypair ***ret, size_t *ret_n)
{
	_cleanup_answer_ struct signet_answer *a = NULL;
	struct keypair **keys;
	size_t n = 0;
	CK_RV rv;
	int r;

	r = fetch_list(&a);
	if (r == SIGNET_E_MEMORY)
		return CKR_HOST_MEMORY;
	if (r < 0)
		(void)fail("no keys", "", r); /* that is all: there are none */
	else if (signet_answer_status(a) != SIGNET_STATUS_OK)
		say("no keys", "", signet_answer_sentence(a), signet_answer_request(a));
	keys = calloc(AGENT_KEYS_MAX, sizeof(*keys));
	if (!keys)
		return CKR_HOST_MEMORY;
	rv = a ? read_keys(a, keys, &n) : CKR_OK;
	if (rv != CKR_OK) {
		while (n > 0)
			(void)keypair_unref(keys[--n]); /* returns NULL */
		free(keys);
		return rv;
	}
	*ret = keys;
	*ret_n = n;
	return CKR_OK;
}

/* --- signing ------------------------------------------------------------------------------------ */

/* The status alone does not say so: it is that of everything that is not there now. */
static bool is_locked(struct signet *s, const char *name)
{
	_cleanup_answer_ struct signet_answer *a = NULL;
	const struct signet_key *k;

	if (ask_list(s, name, &a) < 0)
		return false;
	k = signet_answer_key(a, 0);
	if (!k)
		return false;
	switch (signet_key_state(k)) {
	case SIGNET_TOKEN_LOCKED:
	case SIGNET_TOKEN_REFUSED_PIN:
	case SIGNET_TOKEN_BLOCKED:
		return true;
	case SIGNET_TOKEN_READY:
	case SIGNET_TOKEN_LOST:
		break;
	}
	return false;
}

static CK_RV refuse(struct signet *s, const struct wish *wish, const struct signet_answer *a,
		    int status, const char *sentence)
{
	say("key", wish->key->name, sentence, signet_answer_request(a));
	if (status == SIGNET_STATUS_DENIED)
		return CKR_FUNCTION_REJECTED;
	if (status == SIGNET_STATUS_UNAVAILABLE && is_locked(s, wish->key->name))
		return CKR_USER_NOT_LOGGED_IN;
	return CKR_DEVICE_ERROR;
}

/* What the agent gives -> what PKCS#11 wants: the same, but for ECDSA. */
static bool read_signature(const struct keypair *k, struct octets from, uint8_t *ret)
{
	if (k->family == FAMILY_EC)
		return der_read_ecdsa(from, ret, k->half);
	if (from.size != keypair_signature_size(k))
		return false;
	memcpy(ret, from.data, from.size);
	return true;
}

static CK_RV take(struct signet *s, const struct wish *wish, const struct signet_answer *a,
		  uint8_t *ret)
{
	const struct signet_signature *g = signet_answer_signature(a, 0);
	struct octets signature;

	if (!g)
		return refuse(s, wish, a, signet_answer_status(a), signet_answer_sentence(a));
	if (signet_signature_status(g) != SIGNET_STATUS_OK)
		return refuse(s, wish, a, signet_signature_status(g), signet_signature_sentence(g));
	signature.data = signet_signature_data(g, &signature.size);
	if (read_signature(wish->key, signature, ret))
		return CKR_OK;
	say("key", wish->key->name, "the signature is not one of such a key",
	    signet_answer_request(a));
	return CKR_DEVICE_ERROR;
}

CK_RV agent_sign(struct signet **handle, const struct wish *wish, uint8_t *ret)
{
	_cleanup_answer_ struct signet_answer *a = NULL;
	const struct signet_item item = {.data = wish->input.data, .size = wish->input.size};
	const struct signet_request request = {
		.key = wish->key->name,
		.algorithm = wish->algorithm,
		.hash = wish->hash,
		.input = wish->hash == SIGNET_NO_HASH ? SIGNET_MESSAGE : SIGNET_DIGEST,
		.flags = SIGNET_MAY_ASK,
		.items = &item,
		.n_items = 1,
		.key_id = wish->key->id,
	};
	int r = 0;

	if (!*handle)
		r = signet_open(NULL, handle);
	if (r == 0)
		r = signet_sign(*handle, &request, &a);
	return r < 0 ? fail("key", wish->key->name, r) : take(*handle, wish, a, ret);
}
