/*
 * worker/recovery.c - see recovery.h
 */
#include "agent/worker/recovery.h"

#include <stddef.h>
#include <stdio.h>

#include "agent/base/cleanup.h"

/* clang-format off */
#define RULE(code, act, unsigned_, res) {code, #code, RECOVERY_##act, unsigned_, JOB_RESULT_##res}

/*
 * PKCS#11 says of some codes that they describe how things were when the function was called, and
 * of others what happened during it. Only the first kind is certain not to have signed.
 */
static const struct recovery_rule rules[] = {
	/* A session that is worn out. If the login went with it, signer.c makes this LOGIN. */
	RULE(CKR_OPERATION_ACTIVE,             SESSION, true,  FAILED),
	RULE(CKR_OPERATION_NOT_INITIALIZED,    SESSION, true,  FAILED),
	RULE(CKR_SESSION_CLOSED,               SESSION, false, LOST),
	RULE(CKR_SESSION_HANDLE_INVALID,       SESSION, true,  LOST),
	RULE(CKR_SESSION_COUNT,                NONE,    true,  BUSY),

	/* Logged out, or the token's objects have other handles now. */
	RULE(CKR_USER_NOT_LOGGED_IN,           LOGIN,   true,  LOCKED),
	RULE(CKR_OBJECT_HANDLE_INVALID,        LOGIN,   true,  FAILED),
	RULE(CKR_KEY_HANDLE_INVALID,           LOGIN,   true,  FAILED),

	/* The token is or was gone. */
	RULE(CKR_TOKEN_NOT_PRESENT,            LOGIN,   true,  LOST),
	RULE(CKR_TOKEN_NOT_RECOGNIZED,         LOGIN,   true,  LOST),
	RULE(CKR_SLOT_ID_INVALID,              LOGIN,   true,  LOST),
	RULE(CKR_DEVICE_REMOVED,               LOGIN,   false, LOST),

	/* The module or the device is confused. */
	RULE(CKR_DEVICE_ERROR,                 RELOAD,  false, LOST),
	RULE(CKR_GENERAL_ERROR,                RELOAD,  false, LOST),
	RULE(CKR_FUNCTION_FAILED,              RELOAD,  false, LOST),
	RULE(CKR_CRYPTOKI_NOT_INITIALIZED,     RELOAD,  true,  LOST),
	RULE(CKR_HOST_MEMORY,                  LEAVE,   false, LOST),
	RULE(CKR_CANT_LOCK,                    LEAVE,   false, LOST),
	RULE(CKR_MUTEX_BAD,                    LEAVE,   false, LOST),
	RULE(CKR_MUTEX_NOT_LOCKED,             LEAVE,   false, LOST),
	RULE(CKR_NEED_TO_CREATE_THREADS,       LEAVE,   false, LOST),

	/* The token means it. */
	RULE(CKR_ARGUMENTS_BAD,                NONE,    true,  FAILED),
	RULE(CKR_ATTRIBUTE_SENSITIVE,          NONE,    true,  FAILED),
	RULE(CKR_ATTRIBUTE_TYPE_INVALID,       NONE,    true,  FAILED),
	RULE(CKR_BUFFER_TOO_SMALL,             SESSION, true,  FAILED),
	RULE(CKR_DATA_INVALID,                 NONE,    true,  FAILED),
	RULE(CKR_DATA_LEN_RANGE,               NONE,    true,  FAILED),
	RULE(CKR_DEVICE_MEMORY,                NONE,    false, FAILED),
	RULE(CKR_FUNCTION_CANCELED,            NONE,    false, FAILED),
	RULE(CKR_FUNCTION_NOT_SUPPORTED,       NONE,    true,  FAILED),
	RULE(CKR_FUNCTION_REJECTED,            NONE,    true,  FAILED),
	RULE(CKR_KEY_FUNCTION_NOT_PERMITTED,   NONE,    true,  FAILED),
	RULE(CKR_KEY_SIZE_RANGE,               NONE,    true,  FAILED),
	RULE(CKR_KEY_TYPE_INCONSISTENT,        NONE,    true,  FAILED),
	RULE(CKR_MECHANISM_INVALID,            NONE,    true,  FAILED),
	RULE(CKR_MECHANISM_PARAM_INVALID,      NONE,    true,  FAILED),

	/* About PINs; from C_Login. */
	RULE(CKR_PIN_INCORRECT,                NONE,    true,  PIN_REFUSED),
	RULE(CKR_PIN_INVALID,                  NONE,    true,  PIN_REFUSED),
	RULE(CKR_PIN_LEN_RANGE,                NONE,    true,  PIN_REFUSED),
	RULE(CKR_PIN_EXPIRED,                  NONE,    true,  PIN_REFUSED),
	RULE(CKR_PIN_LOCKED,                   NONE,    true,  PIN_BLOCKED),
	RULE(CKR_USER_PIN_NOT_INITIALIZED,     NONE,    true,  LOST),
	RULE(CKR_USER_ALREADY_LOGGED_IN,       NONE,    true,  LOST),
	RULE(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, NONE,  true,  LOST),
	RULE(CKR_USER_TOO_MANY_TYPES,          NONE,    true,  LOST),
};

/* Codes of vendors, and what later versions of PKCS#11 add: nobody knows what they mean. */
static const struct recovery_rule any_other = {
	CKR_VENDOR_DEFINED, NULL, RECOVERY_NONE, false, JOB_RESULT_FAILED,
};
/* clang-format on */

const struct recovery_rule *recovery_of(CK_RV rv)
{
	for (size_t i = 0; i < array_len(rules); i++)
		if (rules[i].ckr == rv)
			return &rules[i];
	return &any_other;
}

const char *recovery_name(CK_RV rv, char buf[static RECOVERY_NAME_SIZE])
{
	const char *name = recovery_of(rv)->name;

	if (name)
		return name;
	(void)snprintf(buf, RECOVERY_NAME_SIZE, "CK_RV 0x%lx", rv); /* always fits */
	return buf;
}
