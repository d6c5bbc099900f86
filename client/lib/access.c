/*
 * lib/access.c - the accessors of signet.h, and the names of its numbers
 *
 * Nothing here asks anybody or changes anything.
 */
#include "client/include/signet.h"

#include "client/lib/answer.h"
#include "agent/base/code.h"
#include "agent/base/limits.h"

/* What is published and what crosses the wire are the same numbers. */
#define SAME(published, wire) \
	_Static_assert((unsigned)(published) == (unsigned)(wire), #published " is not " #wire)

SAME(SIGNET_STATUS_USAGE, STATUS_USAGE);
SAME(SIGNET_STATUS_DATA, STATUS_DATA);
SAME(SIGNET_STATUS_UNAVAILABLE, STATUS_UNAVAILABLE);
SAME(SIGNET_STATUS_IO, STATUS_IO);
SAME(SIGNET_STATUS_AGAIN, STATUS_AGAIN);
SAME(SIGNET_STATUS_DENIED, STATUS_DENIED);
SAME(SIGNET_STATUS_CONFIG, STATUS_CONFIG);
SAME(SIGNET_KEY_RSA, KEY_TYPE_RSA);
SAME(SIGNET_KEY_P256, KEY_TYPE_P256);
SAME(SIGNET_KEY_P384, KEY_TYPE_P384);
SAME(SIGNET_KEY_P521, KEY_TYPE_P521);
SAME(SIGNET_KEY_ED25519, KEY_TYPE_ED25519);
SAME(SIGNET_TOKEN_READY, TOKEN_STATE_READY);
SAME(SIGNET_TOKEN_LOCKED, TOKEN_STATE_LOCKED);
SAME(SIGNET_TOKEN_LOST, TOKEN_STATE_LOST);
SAME(SIGNET_TOKEN_REFUSED_PIN, TOKEN_STATE_REFUSED_PIN);
SAME(SIGNET_TOKEN_BLOCKED, TOKEN_STATE_BLOCKED);
SAME(SIGNET_KEY_ACTIVE, KEY_STATE_ACTIVE);
SAME(SIGNET_KEY_SUSPENDED, KEY_STATE_SUSPENDED);
SAME(SIGNET_KEY_RETIRED, KEY_STATE_RETIRED);
SAME(SIGNET_RSA_PKCS1, ALGORITHM_RSA_PKCS1);
SAME(SIGNET_RSA_PSS, ALGORITHM_RSA_PSS);
SAME(SIGNET_ECDSA, ALGORITHM_ECDSA);
SAME(SIGNET_EDDSA, ALGORITHM_EDDSA);
SAME(SIGNET_NO_HASH, HASH_NONE);
SAME(SIGNET_SHA256, HASH_SHA256);
SAME(SIGNET_SHA384, HASH_SHA384);
SAME(SIGNET_SHA512, HASH_SHA512);
SAME(SIGNET_SHA1, HASH_SHA1);
SAME(SIGNET_DIGEST, INPUT_DIGEST);
SAME(SIGNET_MESSAGE, INPUT_MESSAGE);
SAME(SIGNET_MAY_ASK, MESSAGE_INTERACTIVE);
SAME(SIGNET_FORWARDED, MESSAGE_FORWARDED);
SAME(SIGNET_STORED_PIN, MESSAGE_STORED_PIN);
SAME(SIGNET_VERDICT_ALLOWED, EXPLAIN_ALLOWED);
SAME(SIGNET_VERDICT_REFUSED, EXPLAIN_REFUSED);
SAME(SIGNET_VERDICT_ASKS, EXPLAIN_ASKS);
SAME(SIGNET_VERDICT_APPROVALS, EXPLAIN_APPROVALS);
SAME(SIGNET_GROUPS_MAX, MESSAGE_GROUPS_MAX);
SAME(SIGNET_UNIT_MAX, MESSAGE_UNIT_MAX);
SAME(SIGNET_ITEMS_MAX, BATCH_MAX);
SAME(SIGNET_MESSAGE_MAX, MESSAGE_MAX);
SAME(SIGNET_LABEL_MAX, LABEL_MAX);
SAME(SIGNET_NAME_MAX, NAME_MAX_LEN);
SAME(SIGNET_PIN_MAX, PIN_MAX);
SAME(SIGNET_KEY_ID_SIZE, MESSAGE_KEY_ID_SIZE);
SAME(SIGNET_ALL, MESSAGE_ALL);
SAME(SIGNET_APPROVE, MESSAGE_APPROVE);
SAME(SIGNET_DENY, MESSAGE_DENY);
SAME(SIGNET_REQUEST_ID_LEN, MESSAGE_ID_SIZE);
SAME(SIGNET_REASON_MAX, REASON_MAX);
SAME(SIGNET_APPROVAL_MAX, SSHSIG_MAX);
SAME(SIGNET_WAIT_MAX, FETCH_WAIT_SEC_MAX);
SAME(SIGNET_WINDOW_SECONDS_MAX, WINDOW_SEC_MAX);
SAME(SIGNET_WINDOW_SIGNATURES_MAX, WINDOW_SIGNATURES_MAX);
/* Room for the front of the request, and for one largest message with the longest label. */
_Static_assert(SIGNET_REQUEST_MAX + 512 + NAME_MAX_LEN <= FRAME_MAX, "a request fits a frame");
_Static_assert(SIGNET_MESSAGE_MAX + LABEL_MAX + 8 <= SIGNET_REQUEST_MAX, "a message fits");

const char *signet_strerror(int error)
{
	static const char *const sentences[] = {
		[0] = "no error",
		[-SIGNET_E_INVALID] = "the request is not valid and was not sent",
		[-SIGNET_E_MEMORY] = "out of memory",
		[-SIGNET_E_CONNECT] = "the agent cannot be reached",
		[-SIGNET_E_IO] = "talking to the agent failed",
		[-SIGNET_E_TIMEOUT] = "the agent did not answer in time",
		[-SIGNET_E_CLOSED] = "the agent hung up before it answered",
		[-SIGNET_E_PROTOCOL] = "the answer of the agent is malformed",
		[-SIGNET_E_UNSUPPORTED] =
			"what listens there does not know this operation of signet",
		[-SIGNET_E_WITHDRAWN] = "who had asked for it has hung up",
		[-SIGNET_E_LISTENER] = "another user than the agent's listens at its socket",
	};

	if (error > 0 || error < SIGNET_E_LISTENER)
		return "unknown error";
	return sentences[-error];
}

/* --- answers ---------------------------------------------------------------------------------- */

void signet_answer_free(struct signet_answer *a)
{
	(void)answer_free(a); /* returns NULL */
}

int signet_answer_status(const struct signet_answer *a)
{
	return a->status;
}

const char *signet_answer_sentence(const struct signet_answer *a)
{
	return a->sentence;
}

const char *signet_answer_request(const struct signet_answer *a)
{
	return a->request;
}

/* A list of several pages may have ended in a refusal. */
size_t signet_answer_count(const struct signet_answer *a)
{
	return a->status == 0 ? a->n : 0;
}

const struct signet_key *signet_answer_key(const struct signet_answer *a, size_t i)
{
	return a->keys && i < signet_answer_count(a) ? &a->keys[i] : NULL;
}

const struct signet_signature *signet_answer_signature(const struct signet_answer *a, size_t i)
{
	return a->signatures && i < signet_answer_count(a) ? &a->signatures[i] : NULL;
}

const struct signet_token *signet_answer_token(const struct signet_answer *a, size_t i)
{
	return a->tokens && i < signet_answer_count(a) ? &a->tokens[i] : NULL;
}

const struct signet_agent *signet_answer_agent(const struct signet_answer *a)
{
	return a->agent.version ? &a->agent : NULL;
}

const struct signet_explanation *signet_answer_explanation(const struct signet_answer *a)
{
	return a->explanation.purpose ? &a->explanation : NULL;
}

const struct signet_step *signet_answer_step(const struct signet_answer *a, size_t i)
{
	return a->steps && i < signet_answer_count(a) ? &a->steps[i] : NULL;
}

const struct signet_parked *signet_answer_parked(const struct signet_answer *a, size_t i)
{
	return a->parked && i < signet_answer_count(a) ? &a->parked[i] : NULL;
}

const char *signet_answer_text(const struct signet_answer *a)
{
	return a->text;
}

int signet_answer_pending(const struct signet_answer *a, size_t *ret_approvals, size_t *ret_needed)
{
	if (!a->is_pending)
		return 0;
	*ret_approvals = a->advance.approvals;
	*ret_needed = a->advance.needed;
	return 1;
}

/* --- a request that waits for approvals ----------------------------------------------------------- */

const char *signet_parked_id(const struct signet_parked *p)
{
	return p->id;
}

enum signet_parked_state signet_parked_state(const struct signet_parked *p)
{
	return (enum signet_parked_state)p->m.state;
}

uid_t signet_parked_uid(const struct signet_parked *p)
{
	return p->m.uid;
}

const char *signet_parked_unit(const struct signet_parked *p)
{
	return p->unit;
}

const char *signet_parked_key(const struct signet_parked *p)
{
	return p->key;
}

const char *signet_parked_purpose(const struct signet_parked *p)
{
	return p->purpose;
}

size_t signet_parked_items(const struct signet_parked *p)
{
	return p->m.items;
}

const char *signet_parked_label(const struct signet_parked *p)
{
	return p->label;
}

size_t signet_parked_approvals(const struct signet_parked *p)
{
	return p->m.approvals;
}

size_t signet_parked_needed(const struct signet_parked *p)
{
	return p->m.needed;
}

struct signet_window signet_parked_window(const struct signet_parked *p)
{
	return (struct signet_window){p->m.window.seconds, p->m.window.signatures};
}

uint64_t signet_parked_created_usec(const struct signet_parked *p)
{
	return p->m.created_usec;
}

uint64_t signet_parked_expires_usec(const struct signet_parked *p)
{
	return p->m.expires_usec;
}

int signet_parked_is_own(const struct signet_parked *p)
{
	return (p->m.relation & MESSAGE_RELATION_OWN) != 0;
}

int signet_parked_may_approve(const struct signet_parked *p)
{
	return (p->m.relation & MESSAGE_RELATION_MAY_APPROVE) != 0;
}

const char *signet_parked_state_name(enum signet_parked_state state)
{
	static const char *const names[] = {
		[SIGNET_PARKED_PENDING] = "pending", [SIGNET_PARKED_APPROVED] = "approved",
		[SIGNET_PARKED_VETOED] = "vetoed",   [SIGNET_PARKED_EXPIRED] = "expired",
		[SIGNET_PARKED_VOIDED] = "voided",   [SIGNET_PARKED_WITHDRAWN] = "withdrawn",
	};

	return (size_t)state < array_len(names) ? names[state] : NULL;
}

/* --- a key ------------------------------------------------------------------------------------ */

const char *signet_key_name(const struct signet_key *k)
{
	return k->name;
}

const char *signet_key_token(const struct signet_key *k)
{
	return k->token;
}

enum signet_key_type signet_key_type(const struct signet_key *k)
{
	return k->type;
}

unsigned signet_key_bits(const struct signet_key *k)
{
	return k->bits;
}

enum signet_token_state signet_key_state(const struct signet_key *k)
{
	return k->state;
}

static const uint8_t *give(const struct bytes *b, size_t *ret_size)
{
	*ret_size = b->size;
	return b->data;
}

const uint8_t *signet_key_spki(const struct signet_key *k, size_t *ret_size)
{
	return give(&k->spki, ret_size);
}

const uint8_t *signet_key_certificate(const struct signet_key *k, size_t *ret_size)
{
	return give(&k->certificate, ret_size);
}

const uint8_t *signet_key_ssh_certificate(const struct signet_key *k, size_t *ret_size)
{
	return give(&k->ssh_certificate, ret_size);
}

enum signet_key_standing signet_key_standing(const struct signet_key *k)
{
	return k->standing;
}

const char *signet_key_standing_name(enum signet_key_standing standing)
{
	return key_state_name((enum key_state)standing);
}

uint64_t signet_key_not_before(const struct signet_key *k)
{
	return k->not_before;
}

uint64_t signet_key_not_after(const struct signet_key *k)
{
	return k->not_after;
}

uint64_t signet_key_certificate_not_after(const struct signet_key *k)
{
	return k->certificate_not_after;
}

uint64_t signet_key_uses(const struct signet_key *k)
{
	return k->uses;
}

uint64_t signet_key_last_use(const struct signet_key *k)
{
	return k->last_use;
}

unsigned signet_key_quorum(const struct signet_key *k)
{
	return k->quorum;
}

const char *signet_key_successor(const struct signet_key *k)
{
	return k->successor;
}

const char *signet_key_file(const struct signet_key *k)
{
	return k->file;
}

const char *signet_key_type_name(enum signet_key_type type)
{
	return key_type_name((enum key_type)type);
}

/* --- a signature ------------------------------------------------------------------------------ */

int signet_signature_status(const struct signet_signature *g)
{
	return g->status;
}

const char *signet_signature_sentence(const struct signet_signature *g)
{
	return g->sentence;
}

const uint8_t *signet_signature_data(const struct signet_signature *g, size_t *ret_size)
{
	return give(&g->data, ret_size);
}

/* --- a token ---------------------------------------------------------------------------------- */

const char *signet_token_name(const struct signet_token *t)
{
	return t->name;
}

enum signet_token_state signet_token_state(const struct signet_token *t)
{
	return t->state;
}

const char *signet_token_sentence(const struct signet_token *t)
{
	return t->sentence;
}

unsigned signet_token_keys(const struct signet_token *t)
{
	return t->keys;
}

unsigned signet_token_sessions(const struct signet_token *t)
{
	return t->sessions;
}

unsigned signet_token_queued(const struct signet_token *t)
{
	return t->queued;
}

const char *signet_token_state_name(enum signet_token_state state)
{
	return token_state_name((enum token_state)state);
}

/* --- the agent -------------------------------------------------------------------------------- */

const char *signet_agent_version(const struct signet_agent *g)
{
	return g->version;
}

uint64_t signet_agent_uptime_usec(const struct signet_agent *g)
{
	return g->uptime_usec;
}

unsigned signet_agent_connections(const struct signet_agent *g)
{
	return g->connections;
}

unsigned signet_agent_requests(const struct signet_agent *g)
{
	return g->requests;
}

uint64_t signet_agent_records(const struct signet_agent *g)
{
	return g->records;
}

const char *signet_agent_authorization(const struct signet_agent *g)
{
	return g->authorization;
}

/* --- an explanation --------------------------------------------------------------------------- */

enum signet_verdict signet_explanation_verdict(const struct signet_explanation *e)
{
	return e->verdict;
}

const char *signet_explanation_authority(const struct signet_explanation *e)
{
	return e->authority;
}

const char *signet_explanation_sentence(const struct signet_explanation *e)
{
	return e->sentence;
}

const char *signet_explanation_purpose(const struct signet_explanation *e)
{
	return e->purpose;
}

const char *signet_explanation_algorithm(const struct signet_explanation *e)
{
	return e->algorithm;
}

const char *signet_explanation_hash(const struct signet_explanation *e)
{
	return e->hash;
}

const char *signet_verdict_name(enum signet_verdict verdict)
{
	static const char *const names[] = {
		[SIGNET_VERDICT_ALLOWED] = "allowed",
		[SIGNET_VERDICT_REFUSED] = "refused",
		[SIGNET_VERDICT_ASKS] = "asks",
		[SIGNET_VERDICT_APPROVALS] = "approvals",
	};

	return (size_t)verdict < array_len(names) ? names[verdict] : NULL;
}

const char *signet_step_name(const struct signet_step *t)
{
	return t->name;
}

const char *signet_step_source(const struct signet_step *t)
{
	return t->source;
}

unsigned signet_step_line(const struct signet_step *t)
{
	return t->line;
}

const char *signet_step_result(const struct signet_step *t)
{
	return t->result;
}

const char *signet_step_text(const struct signet_step *t)
{
	return t->text;
}
