/*
 * test-login.c - what is decided before a PIN is tried; trying itself is in test-library.c
 */
#include "agent/worker/login.h"

#include "tests/unit/unit.h"

#include <sys/mman.h>
#include <unistd.h>

#include "agent/base/fd.h"

/* --- a token that only says how it is -------------------------------------------------------------- */

static struct {
	CK_RV rv;
	CK_FLAGS flags;
	CK_STATE state;
} fake;

static CK_RV fake_get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	(void)slot;
	memset(info, ' ', sizeof(*info));
	info->flags = fake.flags;
	return fake.rv;
}

static CK_RV fake_get_session_info(CK_SESSION_HANDLE h, CK_SESSION_INFO *info)
{
	(void)h;
	*info = (CK_SESSION_INFO){.state = fake.state};
	return CKR_OK;
}

static CK_FUNCTION_LIST list = {
	.C_GetTokenInfo = fake_get_token_info,
	.C_GetSessionInfo = fake_get_session_info,
};

static struct secret *new_pin(void)
{
	_cleanup_(fd_closep) int fd = memfd_create("pin", MFD_CLOEXEC);
	struct secret *s = NULL;

	ck_assert_int_eq(write(fd, "1234", 4), 4);
	ck_assert_int_eq(secret_read(fd, 64, &s), 0);
	return s;
}

/* A login that must end before the token sees a PIN: there is no library to try it with. */
static enum token_state run(CK_FLAGS flags, const struct secret *pin, bool is_person,
			    struct answer *a)
{
	const struct login l = {
		.name = "name",
		.directory = "/does/not/exist",
		.p11 = &list,
		.pin = pin,
		.is_person = is_person,
	};

	fake.flags = flags;
	*a = (struct answer){};
	return login_run(&l, a);
}

/* --- tests -------------------------------------------------------------------------------------------- */

START_TEST(a_token_without_login_is_ready)
{
	struct answer a;

	ck_assert_int_eq(run(0, NULL, false, &a), TOKEN_STATE_READY);
	ck_assert_int_eq(a.result, JOB_RESULT_OK);
}
END_TEST

START_TEST(a_token_that_is_logged_in_is_ready)
{
	struct answer a;

	fake.state = CKS_RO_USER_FUNCTIONS;
	ck_assert_int_eq(run(CKF_LOGIN_REQUIRED, NULL, false, &a), TOKEN_STATE_READY);
	fake.state = CKS_RO_PUBLIC_SESSION;
	ck_assert_int_eq(run(CKF_LOGIN_REQUIRED, NULL, false, &a), TOKEN_STATE_LOCKED);
}
END_TEST

START_TEST(without_a_pin_the_token_is_locked)
{
	struct answer a;

	ck_assert_int_eq(run(CKF_LOGIN_REQUIRED, NULL, false, &a), TOKEN_STATE_LOCKED);
	ck_assert_int_eq(a.result, JOB_RESULT_LOCKED);
	ck_assert_ptr_nonnull(strstr(a.sentence, "signet unlock name"));
}
END_TEST

START_TEST(a_pin_pad_is_refused_with_its_reason)
{
	const CK_FLAGS flags = CKF_LOGIN_REQUIRED | CKF_PROTECTED_AUTHENTICATION_PATH;
	_cleanup_(secret_freep) struct secret *pin = new_pin();
	struct answer a;

	ck_assert_int_eq(run(flags, pin, true, &a), TOKEN_STATE_LOCKED);
	ck_assert_int_eq(a.result, JOB_RESULT_REFUSED);
	ck_assert_ptr_nonnull(strstr(a.sentence, "PIN pad"));
}
END_TEST

START_TEST(a_blocked_token_gets_no_pin_from_anybody)
{
	const CK_FLAGS flags = CKF_LOGIN_REQUIRED | CKF_USER_PIN_LOCKED;
	_cleanup_(secret_freep) struct secret *pin = new_pin();
	struct answer a;

	ck_assert_int_eq(run(flags, pin, false, &a), TOKEN_STATE_BLOCKED);
	ck_assert_int_eq(run(flags, pin, true, &a), TOKEN_STATE_BLOCKED);
	ck_assert_int_eq(a.result, JOB_RESULT_PIN_BLOCKED);
}
END_TEST

START_TEST(the_last_try_is_for_a_person)
{
	const CK_FLAGS flags = CKF_LOGIN_REQUIRED | CKF_USER_PIN_FINAL_TRY;
	_cleanup_(secret_freep) struct secret *pin = new_pin();
	struct answer a;

	ck_assert_int_eq(run(flags, pin, false, &a), TOKEN_STATE_BLOCKED);
	ck_assert_int_eq(a.result, JOB_RESULT_PIN_BLOCKED);
	/* A person gets as far as the latch, which is not there. */
	ck_assert_int_eq(run(flags, pin, true, &a), TOKEN_STATE_LOCKED);
	ck_assert_ptr_nonnull(strstr(a.sentence, "cannot be written"));
}
END_TEST

START_TEST(where_no_note_can_be_made_no_pin_is_tried)
{
	_cleanup_(secret_freep) struct secret *pin = new_pin();
	struct answer a;

	ck_assert_int_eq(run(CKF_LOGIN_REQUIRED, pin, false, &a), TOKEN_STATE_LOCKED);
	ck_assert_ptr_nonnull(strstr(a.sentence, "the PIN is not tried"));
}
END_TEST

START_TEST(a_token_that_does_not_answer_is_lost)
{
	struct answer a;

	fake.rv = CKR_DEVICE_REMOVED;
	ck_assert_int_eq(run(0, NULL, false, &a), TOKEN_STATE_LOST);
	ck_assert_uint_eq(a.ckr, CKR_DEVICE_REMOVED);
	ck_assert_ptr_nonnull(strstr(a.sentence, "CKR_DEVICE_REMOVED"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_token_without_login_is_ready,
		a_token_that_is_logged_in_is_ready,
		without_a_pin_the_token_is_locked,
		a_pin_pad_is_refused_with_its_reason,
		a_blocked_token_gets_no_pin_from_anybody,
		the_last_try_is_for_a_person,
		where_no_note_can_be_made_no_pin_is_tried,
		a_token_that_does_not_answer_is_lost,
	};

	return unit_run("login", tests, array_len(tests));
}
