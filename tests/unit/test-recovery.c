/*
 * test-recovery.c - what is done about a CK_RV
 */
#include "agent/worker/recovery.h"

#include "tests/unit/unit.h"

START_TEST(what_may_have_signed_is_never_taken_for_unsigned)
{
	static const CK_RV doubtful[] = {
		CKR_DEVICE_ERROR,   CKR_GENERAL_ERROR,     CKR_FUNCTION_FAILED,
		CKR_DEVICE_REMOVED, CKR_SESSION_CLOSED,    CKR_HOST_MEMORY,
		CKR_DEVICE_MEMORY,  CKR_FUNCTION_CANCELED, CKR_VENDOR_DEFINED | 1,
		0x7fffffff,
	};

	for (size_t i = 0; i < array_len(doubtful); i++)
		ck_assert_msg(!recovery_of(doubtful[i])->is_unsigned, "0x%lx", doubtful[i]);
}
END_TEST

START_TEST(a_vendors_code_is_final_and_keeps_all_its_bits)
{
	char name[RECOVERY_NAME_SIZE];

	ck_assert_int_eq(recovery_of(0x800000a0)->action, RECOVERY_NONE);
	ck_assert_int_eq(recovery_of(0x800000a0)->result, JOB_RESULT_FAILED);
	ck_assert_str_eq(recovery_name(0x800000a0, name), "CK_RV 0x800000a0");
}
END_TEST

START_TEST(each_kind_of_loss_has_its_remedy)
{
	static const struct {
		CK_RV rv;
		enum recovery action;
	} rows[] = {
		{CKR_OPERATION_ACTIVE, RECOVERY_SESSION},
		{CKR_SESSION_HANDLE_INVALID, RECOVERY_SESSION},
		{CKR_USER_NOT_LOGGED_IN, RECOVERY_LOGIN},
		{CKR_OBJECT_HANDLE_INVALID, RECOVERY_LOGIN},
		{CKR_DEVICE_REMOVED, RECOVERY_LOGIN},
		{CKR_DEVICE_ERROR, RECOVERY_RELOAD},
		{CKR_CRYPTOKI_NOT_INITIALIZED, RECOVERY_RELOAD},
		{CKR_HOST_MEMORY, RECOVERY_LEAVE},
		{CKR_KEY_FUNCTION_NOT_PERMITTED, RECOVERY_NONE},
		{CKR_MECHANISM_INVALID, RECOVERY_NONE},
		{CKR_PIN_LOCKED, RECOVERY_NONE},
	};

	for (size_t i = 0; i < array_len(rows); i++)
		ck_assert_int_eq(recovery_of(rows[i].rv)->action, rows[i].action);
}
END_TEST

START_TEST(a_refused_pin_is_told_from_everything_else)
{
	ck_assert_int_eq(recovery_of(CKR_PIN_INCORRECT)->result, JOB_RESULT_PIN_REFUSED);
	ck_assert_int_eq(recovery_of(CKR_PIN_LOCKED)->result, JOB_RESULT_PIN_BLOCKED);
	ck_assert_int_ne(recovery_of(CKR_DEVICE_ERROR)->result, JOB_RESULT_PIN_REFUSED);
	ck_assert_int_ne(recovery_of(CKR_USER_NOT_LOGGED_IN)->result, JOB_RESULT_PIN_REFUSED);
}
END_TEST

START_TEST(every_name_fits_its_buffer)
{
	char name[RECOVERY_NAME_SIZE];

	ck_assert_str_eq(recovery_name(CKR_PIN_INCORRECT, name), "CKR_PIN_INCORRECT");
	ck_assert_str_eq(recovery_name(~0ul, name), "CK_RV 0xffffffffffffffff");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_may_have_signed_is_never_taken_for_unsigned,
		a_vendors_code_is_final_and_keeps_all_its_bits,
		each_kind_of_loss_has_its_remedy,
		a_refused_pin_is_told_from_everything_else,
		every_name_fits_its_buffer,
	};

	return unit_run("recovery", tests, array_len(tests));
}
