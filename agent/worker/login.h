/*
 * worker/login.h - one login, with all that must be known and written down around it
 *
 * A wrong PIN costs the token one try, once: its flags are read right before, the latch
 * (latch.h) is asked and written before, and what the token says is written after. Nothing here
 * tries twice.
 */
#ifndef AGENT_WORKER_LOGIN_H
#define AGENT_WORKER_LOGIN_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>

#include "agent/base/code.h"
#include "agent/base/secret.h"
#include "agent/worker/answer.h"
#include "agent/worker/library.h"

struct login {
	const char *name;      /* of the token, for sentences */
	const char *directory; /* where the latch is */
	CK_FUNCTION_LIST *p11;
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE keeper; /* our session, which keeps the login */
	struct library *library;  /* on a visit */
	const struct secret *pin; /* NULL: there is none */
	bool is_person;           /* somebody has typed it just now */
	bool has_succeeded;       /* it has logged this process in before */
};

/*
 * Returns the state of the token afterwards; READY if it is logged in or needs no login. The
 * answer is OK then, and says why not otherwise.
 */
enum token_state login_run(const struct login *l, struct answer *ret_answer);

/* Whether the session is logged in, as the token sees it. */
bool login_is_active(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session);

#endif
