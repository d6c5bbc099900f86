/*
 * worker/sessions.h - the gate's table: handles that callers hold -> sessions of the module
 *
 * A handle stays the same while the session under it is replaced, and it can stand for a session
 * that was never opened and answers every call with the reason. Locked; any thread.
 */
#ifndef AGENT_WORKER_SESSIONS_H
#define AGENT_WORKER_SESSIONS_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stddef.h>

/* Sessions of libp11 (16 a slot, of which it uses one here), of our threads, and some more. */
#define SESSIONS_MAX 64

struct session {
	CK_SESSION_HANDLE real;
	CK_SLOT_ID slot;
	CK_RV dead;           /* what every call answers; CKR_OK while the session lives */
	unsigned long serial; /* part of the handle, so that an old one never fits a new session */
	bool is_used;
	bool is_ours;     /* opened by gate_open() */
	bool is_filtered; /* the search under way may find types that libp11 does not know */
};

/* Gives the session a handle; CKR_SESSION_COUNT if the table is full. */
CK_RV sessions_enter(const struct session *s, CK_SESSION_HANDLE *ret);

/*
 * Copies the entry out, so that nothing is locked while the module works. Returns what it answers
 * if it is dead, CKR_SESSION_HANDLE_INVALID if there is none.
 */
CK_RV sessions_look_up(CK_SESSION_HANDLE h, struct session *ret);

/* Takes an entry out of the table; false if it is not there. */
bool sessions_leave(CK_SESSION_HANDLE h, struct session *ret);

/* Puts another session under the handle, or a dead one; false if it was closed meanwhile. */
bool sessions_replace(CK_SESSION_HANDLE h, CK_SESSION_HANDLE real, CK_RV dead);

/* Says whether the search that begins is filtered: one for keys, in a session of libp11. */
void sessions_begin_search(CK_SESSION_HANDLE h, bool is_for_keys);

/* Any one session of the slot that libp11 has opened; CK_INVALID_HANDLE if there is none left. */
CK_SESSION_HANDLE sessions_of_library(CK_SLOT_ID slot);

/* Forgets those of a slot, or all. */
void sessions_forget_slot(CK_SLOT_ID slot);
void sessions_forget_all(void);

#endif
