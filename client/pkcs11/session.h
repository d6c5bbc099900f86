/*
 * pkcs11/session.h - sessions: a handle, a connection to the agent, and what is under way on it
 *
 * Each has a handle of libsignet's of its own, so that sessions of different threads sign side by
 * side. A session may be closed by one thread while another one is signing on it: the close takes
 * it out of the table, and who works on it last frees it.
 *
 * Two locks. That of the module guards the table and the counts of references; that of the session
 * what is under way on it, and is held for as long as the agent takes. Who holds a session's lock
 * may take the module's, never the other way round.
 */
#ifndef CLIENT_PKCS11_SESSION_H
#define CLIENT_PKCS11_SESSION_H

#include <pthread.h>
#include <stdatomic.h>

#include "client/pkcs11/digest.h"
#include "client/pkcs11/module.h"
#include "client/pkcs11/pkcs11.h"
#include "client/pkcs11/sign.h"

struct session {
	struct module *module;
	CK_SESSION_HANDLE handle;
	CK_SLOT_ID slot;
	CK_FLAGS flags;
	unsigned n_refs; /* the module's lock: the table's, and one of each call under way */
	atomic_bool is_closed;

	pthread_mutex_t lock; /* for all below */
	struct signet *agent; /* owned; NULL until the first signature */
	struct signing signing;
	bool is_digesting;
	bool is_digest_begun; /* by C_DigestUpdate */
	struct digest digest;
	bool is_finding;
	CK_OBJECT_HANDLE *found; /* owned */
	size_t n_found;
	size_t n_told;
};

/* With the module's lock held. CKR_SESSION_COUNT, CKR_HOST_MEMORY. */
CK_RV session_open(struct module *m, CK_SLOT_ID slot, CK_FLAGS flags, CK_SESSION_HANDLE *ret);

/* The session of a handle, with the module's lock held, and for as long as it is; may be NULL. */
struct session *session_find(struct module *m, CK_SESSION_HANDLE h);

/* With the module's lock held. slot is NULL: all. */
CK_RV session_close(struct module *m, CK_SESSION_HANDLE h);
void session_close_all(struct module *m, const CK_SLOT_ID *slot);

/*
 * For a call that works on a session: takes it, waiting for the call before. It is given back with
 * the result of the call, which becomes CKR_SESSION_CLOSED if it was closed meanwhile.
 */
CK_RV session_take(CK_SESSION_HANDLE h, struct session **ret);
CK_RV session_give_back(struct session *s, CK_RV rv);

/* With the session taken. */
void session_end_find(struct session *s);

/* In the child of a fork: closes its copies of the parent's connections. */
void session_let_go_all(struct module *inherited);

#endif
