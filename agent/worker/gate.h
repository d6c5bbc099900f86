/*
 * worker/gate.h - the PKCS#11 function list that stands between everybody and the vendor's module
 *
 * libp11 takes its function list from this program (PKCS11_CTX_load(ctx, "") finds the
 * C_GetFunctionList that gate.c exports, and a C_GetInterface that has none to give), and our own
 * calls go through the same list. So there is one place that
 *  - forwards what signing needs and refuses everything else: no write, no decryption, no key
 *    generation reaches the module from here;
 *  - checks every length that comes back;
 *  - hides from libp11 the types of keys it does not know, one of which would hide all others;
 *  - gives libp11 a dead session, which answers every call with the reason, where opening one
 *    failed: libp11 0.4.12 waits for ever otherwise;
 *  - swaps the real session under a handle after a failed signature or context login, so that no
 *    half-done operation stays behind;
 *  - closes for libp11 only the sessions that libp11 opened, so that it can be sent away without
 *    ending the login;
 *  - lets a C_Login through only after gate_allow_login(), once;
 *  - remembers the exact CK_RV, of which libp11 cuts the top bits.
 *
 * PKCS#11 function lists carry no user pointer, so the gate is the one thing here whose state is
 * global. The functions of the list may be called from any thread, and one session, as PKCS#11 has
 * it, by one thread at a time; the gate_ functions that change what stands behind the gate may be
 * called only while nobody is in it. Never looks at a PIN.
 */
#ifndef AGENT_WORKER_GATE_H
#define AGENT_WORKER_GATE_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>

/*
 * Puts the module behind the gate. False if it lacks a function that signing needs. The list is
 * borrowed until gate_detach() or the next attach.
 */
bool gate_attach(CK_FUNCTION_LIST *module);

/* Forgets the module and all sessions; every call then says CKR_CRYPTOKI_NOT_INITIALIZED. */
void gate_detach(void);

/* The list that forwards; valid always, for C_ calls of our own. */
CK_FUNCTION_LIST *gate_functions(void);

/* From now on libp11 sees this slot only; one broken slot would hide all of them from it. */
void gate_show_slot(CK_SLOT_ID slot);
void gate_show_all_slots(void);

/*
 * Opens a read-only session of our own: unlike with C_OpenSession of the list, a failure is told
 * at once, keys of all types are found with it, and C_CloseAllSessions of libp11 spares it.
 */
CK_RV gate_open(CK_SLOT_ID slot, CK_SESSION_HANDLE *ret);

/* Closes all sessions of the slot, ours too; the token ends the login with the last one. */
CK_RV gate_close_all(CK_SLOT_ID slot);

/* Lets the next C_Login reach the token; any further one is CKR_FUNCTION_REJECTED. */
void gate_allow_login(void);

/* The CK_RV of this thread's last call that failed, since gate_clear(). */
CK_RV gate_last(void);
void gate_clear(void);

#endif
