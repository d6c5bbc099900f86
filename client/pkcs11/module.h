/*
 * pkcs11/module.h - the state of this module in this process
 *
 * PKCS#11 has no handle for it, so there is one place that finds it: module_enter(). It is made by
 * the first C_Initialize and stays until the process ends: C_Finalize empties it, but a thread may
 * still be on its way out, and hosts call even after their own exit handlers.
 *
 * After fork(2) the child has a copy that another thread may have left in any state, locked for
 * ever. It is never looked into: to the child this module is not initialized, as PKCS#11 has it,
 * and its C_Initialize makes a new state. Whose a state is, its owner says; there is no
 * pthread_atfork(), which would call into nothing once the module was unloaded.
 */
#ifndef CLIENT_PKCS11_MODULE_H
#define CLIENT_PKCS11_MODULE_H

#include <pthread.h>
#include <sys/types.h>

#include "client/pkcs11/keypair.h"
#include "client/pkcs11/pkcs11.h"

struct session;

/* A key that the agent has listed at some time. It keeps its place as long as the process lives. */
struct entry {
	struct keypair *key; /* owned */
	bool is_present;     /* in the last list */
	bool is_logged_in;   /* of its slot; nothing depends on it */
};

struct module {
	pid_t owner;
	struct module *inherited; /* the parent's: kept, never used */
	pthread_mutex_t lock; /* for all below; held for moments, never while the agent is asked */
	int cancel_state;     /* of the thread that holds the lock */
	bool is_initialized;
	bool has_one_slot; /* SIGNET_PKCS11_ONE_SLOT */
	bool is_listed;    /* the agent was asked since C_Initialize */
	struct entry *entries;
	size_t n_entries;
	struct session **sessions; /* owned; NULL: a free place */
	size_t n_sessions;         /* places */
	CK_ULONG n_opened;
};

/* C_Initialize and C_Finalize. */
CK_RV module_start(const CK_C_INITIALIZE_ARGS *args);
CK_RV module_stop(void);

/* The state, locked; CKR_CRYPTOKI_NOT_INITIALIZED. */
CK_RV module_enter(struct module **ret);
void module_leave(struct module *m);

/* Locks a state that a session belongs to, initialized or not. */
void module_lock(struct module *m);

#endif
