/*
 * worker/module.h - the vendor's PKCS#11 module: checked, then loaded
 *
 * Code that is loaded here runs with the PIN in its hands, so only root, or the user this process
 * runs as, may have put it there. A module once loaded stays loaded: unloading vendor code whose
 * threads and clean-up handlers live on is a crash.
 */
#ifndef AGENT_WORKER_MODULE_H
#define AGENT_WORKER_MODULE_H

#include <p11-kit/pkcs11.h>

#include "agent/worker/answer.h"

/*
 * Loads the module at path (absolute; links are resolved first). ret is set, and borrowed for as
 * long as the process lives, if the result is OK; otherwise it is LOST and says why.
 */
void module_load(const char *path, struct answer *ret_answer, CK_FUNCTION_LIST **ret);

#endif
