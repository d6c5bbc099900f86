/*
 * provider/agent.c - see agent.h
 */
#include "client/provider/agent.h"

#include <errno.h>
#include <string.h>

/* --- what is said when there is no signature -------------------------------------------------- */

static enum reason reason_of(int status)
{
	switch ((enum signet_status)status) {
	case SIGNET_STATUS_OK:
		break;
	case SIGNET_STATUS_USAGE:
	case SIGNET_STATUS_DATA:
		return REASON_USAGE;
	case SIGNET_STATUS_UNAVAILABLE:
		return REASON_UNAVAILABLE;
	case SIGNET_STATUS_IO:
		return REASON_FAILED;
	case SIGNET_STATUS_AGAIN:
		return REASON_AGAIN;
	case SIGNET_STATUS_DENIED:
		return REASON_DENIED;
	case SIGNET_STATUS_CONFIG:
		return REASON_CONFIG;
	}
	return REASON_FAILED;
}

static void raise_error(const struct provider *p, const struct signet *s, int result)
{
	const char *socket = s ? signet_socket(s) : "not opened";
	const char *sentence = signet_strerror(result);
	char cause[128];

	switch (result) {
	case SIGNET_E_CONNECT:
	case SIGNET_E_IO:
		provider_raise(p, __func__, REASON_NO_AGENT,
			       "%s (%s): %s; see 'systemctl status signet.socket'", sentence,
			       socket, strerror_r(errno, cause, sizeof(cause)));
		return;
	case SIGNET_E_INVALID:
		provider_raise(p, __func__, s ? REASON_USAGE : REASON_NO_AGENT, "%s%s", sentence,
			       s ? ": names have 1 to 128 bytes of UTF-8"
				 : "; look at SIGNET_SOCK");
		return;
	case SIGNET_E_TIMEOUT:
	case SIGNET_E_CLOSED:
		provider_raise(p, __func__, REASON_AGAIN,
			       "%s (%s); what was asked may have been done: the journal has the "
			       "record",
			       sentence, socket);
		return;
	}
	provider_raise(p, __func__, REASON_NO_AGENT, "%s (%s)", sentence, socket);
}

/* A sentence that names the key already does not need to be told it twice. */
static void raise_refusal(const struct provider *p, const char *name, int status,
			  const char *sentence, const char *request)
{
	bool is_named = !name || strstr(sentence, name);

	if (*sentence == '\0')
		sentence = "refused, without a reason";
	provider_raise(p, __func__, reason_of(status), "%s%s%s%s%s%s%s", is_named ? "" : "key '",
		       is_named ? "" : name, is_named ? "" : "': ", sentence,
		       *request ? " (request " : "", request, *request ? ")" : "");
}

/* What became of a call, which gave the handle back. */
static bool check(const struct provider *p, const struct signet *s, const char *name, int result,
		  const struct signet_answer *a)
{
	if (result < 0) {
		raise_error(p, s, result);
		return false;
	}
	if (signet_answer_status(a) == SIGNET_STATUS_OK)
		return true;
	raise_refusal(p, name, signet_answer_status(a), signet_answer_sentence(a),
		      signet_answer_request(a));
	return false;
}

/* --- calls ------------------------------------------------------------------------------------ */

bool agent_list(struct provider *p, const char *name, struct signet_answer **ret)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	const struct signet_key *k;
	struct signet *s = NULL;
	bool is_done;
	int r;

	r = pool_take(&p->pool, &s);
	if (r == 0)
		r = signet_list(s, name, &a);
	is_done = check(p, s, name, r, a);
	if (s)
		pool_give(&p->pool, s);
	k = is_done && name ? signet_answer_key(a, 0) : NULL;
	if (is_done && name && (!k || strcmp(signet_key_name(k), name) != 0)) {
		provider_raise(p, __func__, REASON_NO_KEY,
			       "there is no key '%s' that you may use; see 'signet list'", name);
		return false;
	}
	if (!is_done)
		return false;
	*ret = a;
	a = NULL;
	return true;
}

/* What came for the only item. */
static bool take_signature(const struct key *k, const struct signet_answer *a, uint8_t *ret,
			   size_t size, size_t *ret_size)
{
	const struct signet_signature *g = signet_answer_signature(a, 0);
	const uint8_t *data;
	size_t data_size;

	if (!g || signet_answer_count(a) != 1) {
		provider_raise(k->provider, __func__, REASON_BAD_SIGNATURE,
			       "key '%s': the answer has no signature", k->name);
		return false;
	}
	if (signet_signature_status(g) != SIGNET_STATUS_OK) {
		raise_refusal(k->provider, k->name, signet_signature_status(g),
			      signet_signature_sentence(g), signet_answer_request(a));
		return false;
	}
	data = signet_signature_data(g, &data_size);
	if (!data || !key_makes(k, data, data_size) || data_size > size) {
		provider_raise(k->provider, __func__, REASON_BAD_SIGNATURE,
			       "key '%s': a signature of %zu bytes does not fit the key", k->name,
			       data_size);
		return false;
	}
	memcpy(ret, data, data_size);
	*ret_size = data_size;
	return true;
}

bool agent_sign(const struct key *k, struct signet_request request, const void *data,
		size_t data_size, uint8_t *ret, size_t size, size_t *ret_size)
{
	const struct signet_item item = {.data = data, .size = data_size};
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	struct provider *p = k->provider;
	struct signet *s = NULL;
	bool is_done;
	int r;

	request.key = k->name;
	request.key_id = k->id;
	request.flags = SIGNET_MAY_ASK;
	request.items = &item;
	request.n_items = 1;
	r = pool_take(&p->pool, &s);
	if (r == 0)
		r = signet_sign(s, &request, &a);
	is_done = check(p, s, k->name, r, a);
	if (s)
		pool_give(&p->pool, s);
	return is_done && take_signature(k, a, ret, size, ret_size);
}
