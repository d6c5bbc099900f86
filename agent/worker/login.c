/*
 * worker/login.c - see login.h
 */
#include "agent/worker/login.h"

#include <string.h>

#include "agent/base/text.h"
#include "agent/worker/gate.h"
#include "agent/worker/latch.h"
#include "agent/worker/recovery.h"

/* The serial as it stands there: it may be no text, and is to be compared only. */
#define SERIAL_HEX_SIZE (2 * sizeof(((CK_TOKEN_INFO *)0)->serialNumber) + 1)

/*
 * Tokens that set CKF_USER_PIN_COUNT_LOW after a wrong PIN, and clear it after a right one. Of
 * others the latch learns it when it sees it.
 */
static const char *const counting_manufacturers[] = {
	"SoftHSM project",
};

static bool is_counting(const CK_TOKEN_INFO *info)
{
	for (size_t i = 0; i < array_len(counting_manufacturers); i++) {
		const char *name = counting_manufacturers[i];

		if (memcmp(info->manufacturerID, name, strlen(name)) == 0)
			return true;
	}
	return false;
}

bool login_is_active(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session)
{
	CK_SESSION_INFO info = {};

	return p11->C_GetSessionInfo(session, &info) == CKR_OK &&
	       (info.state == CKS_RO_USER_FUNCTIONS || info.state == CKS_RW_USER_FUNCTIONS);
}

static enum token_state lost(CK_RV rv, const char *what, struct answer *a)
{
	char name[RECOVERY_NAME_SIZE];

	answer_set(a, JOB_RESULT_LOST, rv, "%s: %s", what, recovery_name(rv, name));
	return TOKEN_STATE_LOST;
}

/* What the flags forbid. NONE: nothing. */
static enum token_state judge_flags(const struct login *l, CK_FLAGS flags, struct answer *a)
{
	if (flags & CKF_PROTECTED_AUTHENTICATION_PATH) {
		answer_set(a, JOB_RESULT_REFUSED, 0,
			   "the token takes its PIN on a PIN pad of its own, which is not served");
		return TOKEN_STATE_LOCKED;
	}
	if (flags & CKF_USER_PIN_LOCKED) {
		answer_set(
			a, JOB_RESULT_PIN_BLOCKED, 0,
			"the token takes no PIN any more: it must be unblocked with the tools of "
			"its vendor");
		return TOKEN_STATE_BLOCKED;
	}
	if (!l->pin) {
		answer_set(a, JOB_RESULT_LOCKED, 0, "needs its PIN: signet unlock %s", l->name);
		return TOKEN_STATE_LOCKED;
	}
	if ((flags & CKF_USER_PIN_FINAL_TRY) && !l->is_person) {
		answer_set(a, JOB_RESULT_PIN_BLOCKED, 0,
			   "the token has one try left for its PIN, which a person must make: "
			   "signet unlock %s",
			   l->name);
		return TOKEN_STATE_BLOCKED;
	}
	return TOKEN_STATE_NONE;
}

static enum token_state no_record(const struct login *l, const char *what, int r, struct answer *a)
{
	answer_set(a, JOB_RESULT_LOCKED, 0,
		   "the PIN is not tried, because '%s/pin-refused' cannot be %s: %s", l->directory,
		   what, strerror(-r));
	return TOKEN_STATE_LOCKED;
}

/* The token has refused the PIN: what it says about itself now, and what a person can do. */
static enum token_state refused(const struct login *l, CK_RV rv, CK_FLAGS now, struct answer *a)
{
	char name[RECOVERY_NAME_SIZE];

	if (rv == CKR_PIN_LOCKED || (now & CKF_USER_PIN_LOCKED)) {
		answer_set(a, JOB_RESULT_PIN_BLOCKED, rv,
			   "the PIN was refused, and the token takes none any more: it must be "
			   "unblocked with the tools of its vendor");
		return TOKEN_STATE_BLOCKED;
	}
	if (now & CKF_USER_PIN_FINAL_TRY) {
		answer_set(a, JOB_RESULT_PIN_REFUSED, rv,
			   "the PIN was refused (%s), and one try is left: signet unlock %s",
			   recovery_name(rv, name), l->name);
		return TOKEN_STATE_BLOCKED;
	}
	answer_set(a, JOB_RESULT_PIN_REFUSED, rv,
		   "the PIN at hand was refused (%s); it is not tried again: signet unlock %s",
		   recovery_name(rv, name), l->name);
	return TOKEN_STATE_REFUSED_PIN;
}

static CK_FLAGS flags_now(const struct login *l)
{
	CK_TOKEN_INFO info = {};

	/* A token that cannot tell any more shows nothing. */
	return l->p11->C_GetTokenInfo(l->slot, &info) == CKR_OK ? info.flags : 0;
}

/* Writes down what the token said, and says it. */
static enum token_state conclude(const struct login *l, struct latch *latch,
				 const struct latch_facts *facts, CK_RV rv, struct answer *a)
{
	const struct recovery_rule *rule = recovery_of(rv);
	CK_FLAGS now;

	if (rv == CKR_OK) {
		/* If this cannot be written, the next start may have to ask a person: no harm. */
		(void)latch_succeeded(latch, facts);
		answer_ok(a);
		return TOKEN_STATE_READY;
	}
	if (rule->result == JOB_RESULT_PIN_REFUSED || rule->result == JOB_RESULT_PIN_BLOCKED) {
		now = flags_now(l);
		/* If this cannot be written, the line from before stands, and counts as a try. */
		(void)latch_refused(latch, facts, now & CKF_USER_PIN_COUNT_LOW);
		return refused(l, rv, now, a);
	}
	if (rule->is_unsigned)
		(void)latch_untried(latch, facts); /* likewise */
	return lost(rv, "the login failed", a);
}

static enum token_state try_pin(const struct login *l, const CK_TOKEN_INFO *info, struct answer *a)
{
	_cleanup_(latch_freep) struct latch *latch = NULL;
	char serial[SERIAL_HEX_SIZE];
	struct latch_facts facts = {
		.serial = serial,
		.pin = l->pin,
		.is_counting = is_counting(info),
		.is_count_low = info->flags & CKF_USER_PIN_COUNT_LOW,
		.is_person = l->is_person,
		.has_succeeded = l->has_succeeded,
	};
	CK_RV rv;
	int r;

	text_hex(info->serialNumber, sizeof(info->serialNumber), serial);
	r = latch_open(l->directory, &latch);
	if (r < 0)
		return no_record(l, "read", r, a);
	if (!latch_may_try(latch, &facts)) {
		answer_set(a, JOB_RESULT_PIN_REFUSED, 0,
			   "the PIN at hand was refused; it is not tried again: signet unlock %s",
			   l->name);
		return TOKEN_STATE_REFUSED_PIN;
	}
	r = latch_begin(latch, &facts);
	if (r < 0)
		return no_record(l, "written", r, a);
	gate_allow_login();
	rv = library_login(l->library, l->pin);
	if (rv == CKR_OK && !login_is_active(l->p11, l->keeper))
		rv = CKR_USER_NOT_LOGGED_IN;
	return conclude(l, latch, &facts, rv, a);
}

enum token_state login_run(const struct login *l, struct answer *ret_answer)
{
	CK_TOKEN_INFO info = {};
	enum token_state state;
	CK_RV rv;

	rv = l->p11->C_GetTokenInfo(l->slot, &info);
	if (rv != CKR_OK)
		return lost(rv, "the token does not answer", ret_answer);
	if (!(info.flags & CKF_LOGIN_REQUIRED) || login_is_active(l->p11, l->keeper)) {
		answer_ok(ret_answer);
		return TOKEN_STATE_READY;
	}
	state = judge_flags(l, info.flags, ret_answer);
	if (state != TOKEN_STATE_NONE)
		return state;
	return try_pin(l, &info, ret_answer);
}
