/*
 * worker/recovery.h - CK_RV -> what to do about it, and what the caller hears: one table
 *
 * Two questions decide what becomes of a signature that failed. Did the token certainly not sign?
 * Only then may it be asked once more; otherwise the outcome is unknown. And what must be mended
 * before the token is asked for anything again?
 */
#ifndef AGENT_WORKER_RECOVERY_H
#define AGENT_WORKER_RECOVERY_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>

#include "agent/worker/answer.h"

/* From the smallest to the largest. */
enum recovery {
	RECOVERY_NONE = 0, /* nothing is broken: the token means what it says */
	RECOVERY_SESSION,  /* a new session; the gate has already put it under the handle */
	RECOVERY_LOGIN,    /* let go of the slot, find the token again, log in, read the keys */
	RECOVERY_RELOAD,   /* that, and C_Finalize and C_Initialize before it */
	RECOVERY_LEAVE,    /* the process cannot be trusted any more: systemd starts a new one */
};

struct recovery_rule {
	CK_RV ckr;
	const char *name;
	enum recovery action;
	bool is_unsigned;       /* C_Sign that answers so has certainly not signed */
	enum job_result result; /* if it is not mended, and is_unsigned */
};

/* Never NULL: codes that are not in the table, vendors' own among them, have a rule as well. */
const struct recovery_rule *recovery_of(CK_RV rv);

/* "CKR_DEVICE_ERROR", or "CK_RV 0x800000a0" in buf. */
#define RECOVERY_NAME_SIZE 32
const char *recovery_name(CK_RV rv, char buf[static RECOVERY_NAME_SIZE]);

#endif
