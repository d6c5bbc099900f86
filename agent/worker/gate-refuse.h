/*
 * worker/gate-refuse.h - the part of PKCS#11 that signing does not need, as refusals
 */
#ifndef AGENT_WORKER_GATE_REFUSE_H
#define AGENT_WORKER_GATE_REFUSE_H

#include <p11-kit/pkcs11.h>

/*
 * Every function in it answers CKR_FUNCTION_NOT_SUPPORTED. Those that gate.c forwards are NULL: it
 * puts its own there.
 */
extern const CK_FUNCTION_LIST gate_refuse_all;

#endif
