/*
 * worker/token.h - the one token of this process: found, opened, logged in, its keys known
 *
 * An activation runs from the module to the keys, and leaves the token in one of the states of
 * enum token_state, with a sentence that says why and what a person can do. Everything the token
 * gives out is bound to a generation: after the next activation old sessions and handles are void.
 *
 * Owned and changed by the manager thread, and only while no other thread uses the token
 * (queue_drain()); read by the threads that sign, between queue_take() and queue_finish().
 */
#ifndef AGENT_WORKER_TOKEN_H
#define AGENT_WORKER_TOKEN_H

#include <stdbool.h>

#include "agent/base/secret.h"
#include "agent/worker/answer.h"
#include "agent/worker/config.h"
#include "agent/worker/keys.h"
#include "agent/worker/library.h"
#include "agent/worker/recovery.h"
#include "agent/worker/slot.h"

struct token {
	const char *name;               /* borrowed */
	const char *directory;          /* borrowed; STATE/token/NAME */
	const struct tokenfile *config; /* borrowed */

	CK_FUNCTION_LIST *module; /* the vendor's; NULL until it could be loaded */
	CK_FUNCTION_LIST *p11;    /* the gate's; what everybody calls */
	struct library library;
	bool has_slot;            /* slot is of this generation */
	struct slot slot;         /* label and serial stay known while the token is lost */
	CK_SESSION_HANDLE keeper; /* holds the login; invalid: none */

	bool has_login;     /* while READY: it needed one, and has it */
	struct secret *pin; /* owned; NULL: none at hand */
	bool pin_has_succeeded;

	enum token_state state;
	struct answer why; /* what a job gets while the state is not READY */
	struct keys keys;  /* stay known while the token is lost or locked */
	/* While READY, one for each lane of the queue. */
	CK_SESSION_HANDLE signing[TOKEN_SESSIONS_MAX];
	unsigned sessions; /* how many: signatures at once; never 0 */
	unsigned generation;
};

/* pin may be NULL; it is taken. */
void token_init(struct token *t, const char *name, const char *directory,
		const struct tokenfile *config, struct secret **pin);

/*
 * Brings the token up, from as far down as depth says (RECOVERY_LOGIN or RECOVERY_RELOAD), and
 * once more from the bottom if it is lost. Logs in with the PIN at hand, if there is one.
 */
void token_activate(struct token *t, enum recovery depth);

/*
 * A PIN has come, from a person who has typed it just now or else from a file; it is taken. A token
 * that is logged in keeps its login and does not get to see the PIN. ret_answer is what who sent it is
 * told.
 */
void token_unlock(struct token *t, struct secret **pin, bool is_person, struct answer *ret_answer);

/* Logs out and forgets the PIN. */
void token_lock(struct token *t, struct answer *ret_answer);

/* Reads the keys again, where the token is ready; activates it otherwise. */
void token_refresh(struct token *t);

/* Gives up for now, with what jobs are told meanwhile. */
void token_give_up(struct token *t, const char *sentence);

#endif
