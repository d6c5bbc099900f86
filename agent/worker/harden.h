/*
 * worker/harden.h - what this process gives up before it gets to see a PIN
 */
#ifndef AGENT_WORKER_HARDEN_H
#define AGENT_WORKER_HARDEN_H

/*
 * No core dumps, no tracing by others, no new privileges, no environment that leads OpenSSL
 * or the dynamic linker astray. 0, or a negative errno if one of these is not to be had.
 */
int harden_process(void);

/*
 * Keeps all memory out of the swap, the module's copies of a PIN with it. -EPERM if there is no
 * permission for so much; the PIN in our own hands is locked all the same.
 */
int harden_memory(void);

#endif
