/*
 * worker/sign.h - one signature: what exactly the token gets, and the two calls that make it
 *
 * All four algorithms go to the token through raw PKCS#11, not through libp11's EVP_PKEY: one path
 * for RSA, PSS, ECDSA and Ed25519 (of which libp11 0.4.12 knows half, and PSS only as raw RSA); the
 * exact CK_RV; one C_Sign for one request, where libp11 tries again by itself in another way;
 * sessions that belong to one thread each instead of a pool that is waited for without a deadline.
 * Digests are made here, so the token needs no hash mechanism of its own, and there is no fallback
 * to a mechanism that was not asked for.
 */
#ifndef AGENT_WORKER_SIGN_H
#define AGENT_WORKER_SIGN_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/code.h"
#include "agent/base/limits.h"
#include "agent/wire/reader.h"
#include "agent/worker/answer.h"
#include "agent/worker/public.h"

/* A DigestInfo of PKCS#1 is the digest and 19 bytes before it. */
#define SIGN_PREFIX_SIZE 19

struct sign_task {
	const struct public *public; /* borrowed, as all of it */
	enum algorithm algorithm;
	enum hash hash;
	enum input input;
	struct view data;
};

/* What goes to the token. Points into itself and the task's data: it is not to be copied. */
struct sign_input {
	CK_MECHANISM mechanism;
	CK_RSA_PKCS_PSS_PARAMS pss;
	uint8_t digest[DIGEST_MAX];
	size_t digest_size; /* 0: the message itself is signed */
	uint8_t block[SIGN_PREFIX_SIZE + DIGEST_MAX];
	struct view data;
};

/* How far the token got. */
enum sign_stage {
	SIGN_STAGE_INIT = 1, /* C_SignInit said no: nothing was signed */
	SIGN_STAGE_SIGN,     /* C_Sign was called */
};

/* OK, or REFUSED with a sentence if the task does not fit the key. */
void sign_prepare(const struct sign_task *task, struct sign_input *ret, struct answer *ret_answer);

/*
 * Has the token sign. ret_signature has room for SIGNATURE_MAX bytes; *ret_size is what the token
 * says, at most that many.
 */
CK_RV sign_run(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
	       const struct sign_input *input, uint8_t *ret_signature, size_t *ret_size,
	       enum sign_stage *ret_stage);

#endif
