/*
 * worker/library.h - libp11, called in for a visit
 *
 * libp11 loads and initialises the module (through the gate), walks the slot, logs in, and reads
 * certificates. Between library_visit() and library_leave() it holds sessions, a copy of the PIN
 * on the heap, and its own belief about who is logged in. So a visit lasts no longer than one
 * activation: library_leave() makes it wipe and forget all that, while the gate keeps our own
 * session, and with it the login. What libp11 cannot be told later, it cannot get wrong.
 *
 * One thread only.
 */
#ifndef AGENT_WORKER_LIBRARY_H
#define AGENT_WORKER_LIBRARY_H

#include <libp11.h>
#include <p11-kit/pkcs11.h>

#include "agent/base/secret.h"

struct library {
	PKCS11_CTX *ctx;    /* owned; NULL: not loaded */
	PKCS11_SLOT *slots; /* owned during a visit */
	unsigned n_slots;
	PKCS11_TOKEN *token; /* borrowed from slots */
};

/* All of these return CKR_OK or the token's code; CKR_GENERAL_ERROR if libp11 gives none. */
CK_RV library_load(struct library *l);
CK_RV library_visit(struct library *l);

/* One C_Login, if gate_allow_login() was called; CKR_OK proves nothing by itself. */
CK_RV library_login(struct library *l, const struct secret *pin);

/* The certificates, borrowed until the end of the visit. */
CK_RV library_certificates(struct library *l, PKCS11_CERT **ret, unsigned *ret_n);

void library_leave(struct library *l);

/* Ends with C_Finalize; no session and no call may be open. */
void library_unload(struct library *l);

#endif
