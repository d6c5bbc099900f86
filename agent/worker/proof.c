/*
 * worker/proof.c - see proof.h
 */
#include "agent/worker/proof.h"

#include "agent/base/clock.h"
#include "agent/worker/allow.h"
#include "agent/worker/recovery.h"
#include "agent/worker/sign.h"
#include "agent/worker/verify.h"

/* For all keys together: somebody waits for the token. */
#define PROOF_USEC (2 * USEC_PER_SEC)

static const char text[] = "signet: does this private key belong to that public key?";

/* The first way to sign that the key has and the configuration allows; false if there is none. */
static bool find_task(const struct public *p, const struct tokenfile *config, struct sign_task *ret)
{
	struct sign_task t = {
		.public = p,
		.input = INPUT_MESSAGE,
		.data = {(const uint8_t *)text, sizeof(text) - 1},
	};
	struct answer answer;

	for (enum algorithm a = ALGORITHM_RSA_PKCS1; a < _ALGORITHM_MAX; a++) {
		for (enum hash h = HASH_NONE; h < _HASH_MAX; h++) {
			if (!code_is_signable(p->type, a, h, t.input) ||
			    !allow_signature(config, a, h, &answer))
				continue;
			t.algorithm = a;
			t.hash = h;
			*ret = t;
			return true;
		}
	}
	return false;
}

/* False if the token is not fit for another test. */
static bool prove(struct keys *keys, struct key *key, const struct tokenfile *config,
		  struct verifier *v, CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session)
{
	struct sign_task task;
	uint8_t signature[SIGNATURE_MAX];
	struct sign_input input;
	enum sign_stage stage;
	struct answer answer;
	size_t size;
	CK_RV rv;

	if (!find_task(&key->public, config, &task))
		return true;
	sign_prepare(&task, &input, &answer);
	if (answer.result != JOB_RESULT_OK)
		return true;
	rv = sign_run(p11, session, key->handle, &input, signature, &size, &stage);
	if (rv != CKR_OK)
		return recovery_of(rv)->action <= RECOVERY_SESSION;
	key->is_proven = verifier_check(v, &task, &input, signature, size);
	if (!key->is_proven)
		keys_note(keys, key, "gave a test signature that its public key does not verify");
	return true;
}

void proof_run(struct keys *keys, const struct tokenfile *config, CK_FUNCTION_LIST *p11,
	       CK_SESSION_HANDLE session)
{
	uint64_t end_usec = clock_boottime_usec() + PROOF_USEC;
	struct verifier verifier = {};

	for (size_t i = 0; i < keys->n && clock_boottime_usec() < end_usec; i++)
		if (!prove(keys, &keys->list[i], config, &verifier, p11, session))
			break;
	verifier_done(&verifier);
}
