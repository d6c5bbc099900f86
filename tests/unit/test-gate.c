/*
 * test-gate.c - what stands between libp11 and a module that misbehaves
 */
#include "agent/worker/gate.h"

#include "tests/unit/unit.h"

#include <dlfcn.h>
#include <pthread.h>

#include "agent/worker/sessions.h"

/* --- a module that does as it is told ------------------------------------------------------------ */

#define FAKE_SLOT 7

static struct {
	CK_RV open, sign_init, sign, login, logout, attributes; /* what the functions return */
	CK_ULONG sign_size, attribute_size, find_count;         /* what they say */
	unsigned n_opened, n_closed, n_logins, n_signs, n_others;
	CK_SESSION_HANDLE last_opened, last_used;
	bool opened_before_closed; /* at the last close there was one more open than closed */
	unsigned long n_found;
	CK_FLAGS flags;
} fake;

static CK_RV fake_initialize(void *args)
{
	(void)args;
	return CKR_OK;
}

static CK_RV fake_get_info(CK_INFO *info)
{
	memset(info, 0, sizeof(*info));
	return CKR_OK;
}

static CK_RV fake_get_slot_list(CK_BYTE is_present, CK_SLOT_ID *list, CK_ULONG *n)
{
	(void)is_present;
	if (list)
		list[0] = 1;
	*n = 3;
	return CKR_OK;
}

static CK_RV fake_get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
	(void)slot;
	memset(info, 0, sizeof(*info));
	return CKR_OK;
}

static CK_RV fake_get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	(void)slot;
	memset(info, 0, sizeof(*info));
	return CKR_OK;
}

static CK_RV fake_open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *a, CK_NOTIFY n,
			       CK_SESSION_HANDLE *ret)
{
	(void)slot;
	(void)a;
	(void)n;
	fake.flags = flags;
	if (fake.open != CKR_OK)
		return fake.open;
	fake.n_opened++;
	*ret = fake.last_opened = 1000 + fake.n_opened;
	return CKR_OK;
}

static CK_RV fake_close_session(CK_SESSION_HANDLE h)
{
	(void)h;
	fake.opened_before_closed = fake.n_opened > fake.n_closed + 1;
	fake.n_closed++;
	return CKR_OK;
}

static CK_RV fake_close_all_sessions(CK_SLOT_ID slot)
{
	(void)slot;
	fake.n_others++;
	return CKR_OK;
}

static CK_RV fake_get_session_info(CK_SESSION_HANDLE h, CK_SESSION_INFO *info)
{
	fake.last_used = h;
	memset(info, 0, sizeof(*info));
	return CKR_OK;
}

static CK_RV fake_login(CK_SESSION_HANDLE h, CK_USER_TYPE user, CK_BYTE *pin, CK_ULONG size)
{
	(void)h;
	(void)user;
	(void)pin;
	(void)size;
	fake.n_logins++;
	return fake.login;
}

static CK_RV fake_logout(CK_SESSION_HANDLE h)
{
	(void)h;
	return fake.logout;
}

static CK_RV fake_find_objects_init(CK_SESSION_HANDLE h, CK_ATTRIBUTE *t, CK_ULONG n)
{
	(void)h;
	(void)t;
	(void)n;
	fake.n_found = 0;
	return CKR_OK;
}

/* Objects 1 to 5; the types of their keys are those of fake_types. */
static CK_RV fake_find_objects(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE *list, CK_ULONG max,
			       CK_ULONG *n)
{
	(void)h;
	for (*n = 0; *n < max && fake.n_found < 5; ++*n)
		list[*n] = ++fake.n_found;
	if (fake.find_count > 0)
		*n = fake.find_count;
	return CKR_OK;
}

static CK_RV fake_find_objects_final(CK_SESSION_HANDLE h)
{
	(void)h;
	return CKR_OK;
}

static const CK_KEY_TYPE fake_types[] = {CKK_RSA, CKK_EC_EDWARDS, CKK_EC, CKK_DSA, 0x4a};

static CK_RV fake_get_attribute_value(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *t,
				      CK_ULONG n)
{
	(void)h;
	for (CK_ULONG i = 0; i < n; i++) {
		if (t[i].type == CKA_KEY_TYPE && t[i].pValue)
			memcpy(t[i].pValue, &fake_types[object - 1], sizeof(CK_KEY_TYPE));
		else
			t[i].ulValueLen = fake.attribute_size;
	}
	return fake.attributes;
}

static CK_RV fake_sign_init(CK_SESSION_HANDLE h, CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	(void)m;
	(void)key;
	fake.last_used = h;
	return fake.sign_init;
}

static CK_RV fake_sign(CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG size, CK_BYTE *signature,
		       CK_ULONG *n)
{
	(void)data;
	(void)size;
	(void)signature;
	fake.n_signs++;
	fake.last_used = h;
	*n = fake.sign_size;
	return fake.sign;
}

static CK_RV fake_destroy_object(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o)
{
	(void)h;
	(void)o;
	fake.n_others++;
	return CKR_OK;
}

static CK_FUNCTION_LIST fake_list = {
	.C_Initialize = fake_initialize,
	.C_Finalize = fake_initialize,
	.C_GetInfo = fake_get_info,
	.C_GetSlotList = fake_get_slot_list,
	.C_GetSlotInfo = fake_get_slot_info,
	.C_GetTokenInfo = fake_get_token_info,
	.C_OpenSession = fake_open_session,
	.C_CloseSession = fake_close_session,
	.C_CloseAllSessions = fake_close_all_sessions,
	.C_GetSessionInfo = fake_get_session_info,
	.C_Login = fake_login,
	.C_Logout = fake_logout,
	.C_FindObjectsInit = fake_find_objects_init,
	.C_FindObjects = fake_find_objects,
	.C_FindObjectsFinal = fake_find_objects_final,
	.C_GetAttributeValue = fake_get_attribute_value,
	.C_SignInit = fake_sign_init,
	.C_Sign = fake_sign,
	.C_DestroyObject = fake_destroy_object,
};

/* The gate before the fake, and a session as libp11 opens it. */
static CK_FUNCTION_LIST *attach(CK_SESSION_HANDLE *ret)
{
	CK_FUNCTION_LIST *p11 = gate_functions();

	ck_assert(gate_attach(&fake_list));
	if (ret)
		ck_assert_uint_eq(p11->C_OpenSession(FAKE_SLOT, CKF_SERIAL_SESSION | CKF_RW_SESSION,
						     NULL, NULL, ret),
				  CKR_OK);
	return p11;
}

static CK_RV sign_with(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE h, CK_ULONG room)
{
	CK_MECHANISM m = {.mechanism = CKM_ECDSA};
	CK_BYTE data[32] = {}, signature[64];
	CK_ULONG n = room;
	CK_RV rv;

	rv = p11->C_SignInit(h, &m, 1);
	return rv == CKR_OK ? p11->C_Sign(h, data, sizeof(data), signature, &n) : rv;
}

/* --- tests ----------------------------------------------------------------------------------------- */

START_TEST(libp11_finds_the_gate_where_it_looks_for_a_module)
{
	CK_FUNCTION_LIST *list = NULL;

	ck_assert_uint_eq(C_GetFunctionList(&list), CKR_OK);
	ck_assert_ptr_eq(list, gate_functions());
}
END_TEST

START_TEST(whoever_asks_the_process_for_an_interface_gets_none)
{
	void *process = dlopen("", RTLD_NOW | RTLD_LOCAL);
	CK_RV (*get)(void);

	ck_assert_ptr_nonnull(process);
	*(void **)&get = dlsym(process, "C_GetInterface");
	ck_assert_ptr_nonnull(get);
	ck_assert_uint_eq(get(), CKR_FUNCTION_NOT_SUPPORTED);
	dlclose(process);
}
END_TEST

START_TEST(without_a_module_nothing_works_and_nothing_crashes)
{
	CK_FUNCTION_LIST *p11 = gate_functions();
	CK_SESSION_HANDLE h;
	CK_ULONG n;

	ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, NULL, &n), CKR_CRYPTOKI_NOT_INITIALIZED);
	ck_assert_uint_eq(p11->C_OpenSession(1, 0, NULL, NULL, &h), CKR_CRYPTOKI_NOT_INITIALIZED);
	ck_assert_uint_eq(p11->C_Logout(65), CKR_CRYPTOKI_NOT_INITIALIZED);
	ck_assert_uint_eq(gate_open(1, &h), CKR_CRYPTOKI_NOT_INITIALIZED);
}
END_TEST

START_TEST(a_module_that_lacks_a_function_is_not_taken)
{
	CK_FUNCTION_LIST list = fake_list;

	list.C_Sign = NULL;
	ck_assert(!gate_attach(&list));
	ck_assert_uint_eq(gate_functions()->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
}
END_TEST

START_TEST(what_signing_does_not_need_never_reaches_the_module)
{
	CK_SESSION_HANDLE h;
	CK_FUNCTION_LIST *p11 = attach(&h);
	CK_BYTE bytes[8];
	CK_ULONG n = sizeof(bytes);

	ck_assert_uint_eq(p11->C_DestroyObject(h, 1), CKR_FUNCTION_NOT_SUPPORTED);
	ck_assert_uint_eq(p11->C_SetPIN(h, bytes, n, bytes, n), CKR_FUNCTION_NOT_SUPPORTED);
	ck_assert_uint_eq(p11->C_Decrypt(h, bytes, n, bytes, &n), CKR_FUNCTION_NOT_SUPPORTED);
	ck_assert_uint_eq(p11->C_GenerateRandom(h, bytes, n), CKR_FUNCTION_NOT_SUPPORTED);
	ck_assert_uint_eq(fake.n_others, 0);
}
END_TEST

START_TEST(every_function_of_the_list_can_be_called)
{
	CK_FUNCTION_LIST *p11 = attach(NULL);
	void *functions[sizeof(*p11) / sizeof(void *)];

	memcpy(functions, p11, sizeof(*p11));
	/* The first is the version. */
	for (size_t i = 1; i < array_len(functions); i++)
		ck_assert_msg(functions[i], "function %zu is missing", i);
}
END_TEST

START_TEST(sessions_are_read_only_whatever_is_asked_for)
{
	CK_SESSION_HANDLE h;

	(void)attach(&h);
	ck_assert_uint_eq(fake.flags, CKF_SERIAL_SESSION);
}
END_TEST

START_TEST(a_session_that_cannot_be_opened_is_dead_and_says_why)
{
	CK_FUNCTION_LIST *p11;
	CK_SESSION_HANDLE h;

	fake.open = 0x80000030;
	p11 = attach(&h);
	ck_assert_uint_eq(sign_with(p11, h, 64), 0x80000030);
	ck_assert_uint_eq(p11->C_Login(h, CKU_USER, NULL, 0), 0x80000030);
	ck_assert_uint_eq(p11->C_CloseSession(h), CKR_OK);
	ck_assert_uint_eq(fake.n_closed, 0);
	ck_assert_uint_eq(sign_with(p11, h, 64), CKR_SESSION_HANDLE_INVALID);
}
END_TEST

START_TEST(too_many_sessions_are_a_dead_session_too_or_libp11_waits_for_ever)
{
	CK_FUNCTION_LIST *p11;
	CK_SESSION_HANDLE h;

	fake.open = CKR_SESSION_COUNT;
	p11 = attach(&h);
	ck_assert_uint_eq(sign_with(p11, h, 64), CKR_SESSION_COUNT);
}
END_TEST

START_TEST(our_own_session_tells_at_once_that_it_cannot_be_opened)
{
	CK_SESSION_HANDLE h;

	(void)attach(NULL);
	fake.open = CKR_DEVICE_ERROR;
	ck_assert_uint_eq(gate_open(FAKE_SLOT, &h), CKR_DEVICE_ERROR);
}
END_TEST

START_TEST(the_table_of_sessions_has_an_end)
{
	CK_SESSION_HANDLE h;

	(void)attach(NULL);
	for (int i = 0; i < SESSIONS_MAX; i++)
		ck_assert_uint_eq(gate_open(FAKE_SLOT, &h), CKR_OK);
	ck_assert_uint_eq(gate_open(FAKE_SLOT, &h), CKR_SESSION_COUNT);
	/* What was opened for nothing was closed. */
	ck_assert_uint_eq(fake.n_opened - fake.n_closed, SESSIONS_MAX);
}
END_TEST

START_TEST(after_a_failed_signature_another_session_is_under_the_handle)
{
	CK_SESSION_HANDLE h, before;
	CK_FUNCTION_LIST *p11 = attach(&h);

	fake.sign = CKR_DEVICE_ERROR;
	ck_assert_uint_eq(sign_with(p11, h, 64), CKR_DEVICE_ERROR);
	before = fake.last_used;
	fake.sign = CKR_OK;
	ck_assert_uint_eq(sign_with(p11, h, 64), CKR_OK);
	ck_assert_uint_ne(fake.last_used, before);
	/* Or the login would have ended with the last session. */
	ck_assert(fake.opened_before_closed);
	ck_assert_uint_eq(fake.n_closed, 1);
}
END_TEST

START_TEST(after_a_failed_c_sign_init_too)
{
	CK_SESSION_HANDLE h, before;
	CK_FUNCTION_LIST *p11 = attach(&h);

	fake.sign_init = CKR_OPERATION_ACTIVE;
	ck_assert_uint_eq(sign_with(p11, h, 64), CKR_OPERATION_ACTIVE);
	before = fake.last_used;
	fake.sign_init = CKR_OK;
	ck_assert_uint_eq(sign_with(p11, h, 64), CKR_OK);
	ck_assert_uint_ne(fake.last_used, before);
}
END_TEST

START_TEST(a_session_that_cannot_be_renewed_is_dead)
{
	CK_SESSION_HANDLE h;
	CK_FUNCTION_LIST *p11 = attach(&h);

	fake.sign = CKR_DEVICE_ERROR;
	fake.open = CKR_DEVICE_REMOVED;
	ck_assert_uint_eq(sign_with(p11, h, 64), CKR_DEVICE_ERROR);
	fake.sign = CKR_OK;
	ck_assert_uint_eq(sign_with(p11, h, 64), CKR_DEVICE_REMOVED);
}
END_TEST

START_TEST(a_question_for_the_size_keeps_the_session)
{
	CK_SESSION_HANDLE h;
	CK_FUNCTION_LIST *p11 = attach(&h);
	CK_BYTE data[32] = {};
	CK_ULONG n = 0;

	fake.sign_size = 64;
	ck_assert_uint_eq(p11->C_Sign(h, data, sizeof(data), NULL, &n), CKR_OK);
	fake.sign = CKR_BUFFER_TOO_SMALL;
	ck_assert_uint_eq(p11->C_Sign(h, data, sizeof(data), data, &n), CKR_BUFFER_TOO_SMALL);
	ck_assert_uint_eq(fake.n_opened, 1);
}
END_TEST

START_TEST(a_signature_longer_than_its_room_is_an_error)
{
	CK_SESSION_HANDLE h;
	CK_FUNCTION_LIST *p11 = attach(&h);

	fake.sign_size = 65;
	ck_assert_uint_eq(sign_with(p11, h, 64), CKR_GENERAL_ERROR);
	fake.sign_size = CK_UNAVAILABLE_INFORMATION;
	ck_assert_uint_eq(sign_with(p11, h, 64), CKR_GENERAL_ERROR);
	fake.sign_size = 64;
	ck_assert_uint_eq(sign_with(p11, h, 64), CKR_OK);
}
END_TEST

START_TEST(an_attribute_longer_than_its_room_is_not_available)
{
	CK_SESSION_HANDLE h;
	CK_FUNCTION_LIST *p11 = attach(&h);
	CK_BYTE bytes[16];
	CK_ATTRIBUTE a = {CKA_ID, bytes, sizeof(bytes)};

	fake.attribute_size = 17;
	ck_assert_uint_eq(p11->C_GetAttributeValue(h, 1, &a, 1), CKR_GENERAL_ERROR);
	ck_assert_uint_eq(a.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	a = (CK_ATTRIBUTE){CKA_ID, NULL, 0};
	fake.attribute_size = 1ul << 40;
	ck_assert_uint_eq(p11->C_GetAttributeValue(h, 1, &a, 1), CKR_GENERAL_ERROR);
	ck_assert_uint_eq(a.ulValueLen, CK_UNAVAILABLE_INFORMATION);
}
END_TEST

START_TEST(more_objects_than_asked_for_are_an_error)
{
	CK_SESSION_HANDLE h;
	CK_FUNCTION_LIST *p11 = attach(NULL);
	CK_OBJECT_HANDLE list[2];
	CK_ULONG n;

	ck_assert_uint_eq(gate_open(FAKE_SLOT, &h), CKR_OK);
	fake.find_count = 3;
	ck_assert_uint_eq(p11->C_FindObjects(h, list, 2, &n), CKR_GENERAL_ERROR);
}
END_TEST

/* How many of the five keys of the fake are found. */
static CK_ULONG count_found(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE h)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE t = {CKA_CLASS, &class, sizeof(class)};
	CK_OBJECT_HANDLE list[8];
	CK_ULONG n;

	ck_assert_uint_eq(p11->C_FindObjectsInit(h, &t, 1), CKR_OK);
	ck_assert_uint_eq(p11->C_FindObjects(h, list, array_len(list), &n), CKR_OK);
	ck_assert_uint_eq(p11->C_FindObjectsFinal(h), CKR_OK);
	return n;
}

START_TEST(libp11_does_not_see_keys_it_does_not_know_and_we_do)
{
	CK_SESSION_HANDLE theirs, ours;
	CK_FUNCTION_LIST *p11 = attach(&theirs);

	ck_assert_uint_eq(gate_open(FAKE_SLOT, &ours), CKR_OK);
	ck_assert_uint_eq(count_found(p11, theirs), 2);
	ck_assert_uint_eq(count_found(p11, ours), 5);
}
END_TEST

START_TEST(libp11_sees_the_one_slot_that_was_chosen)
{
	CK_FUNCTION_LIST *p11 = attach(NULL);
	CK_SLOT_ID list[3];
	CK_ULONG n = 0;

	gate_show_slot(FAKE_SLOT);
	ck_assert_uint_eq(p11->C_GetSlotList(CK_FALSE, NULL, &n), CKR_OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(p11->C_GetSlotList(CK_FALSE, list, &n), CKR_OK);
	ck_assert_uint_eq(list[0], FAKE_SLOT);
	gate_show_all_slots();
	n = 3;
	ck_assert_uint_eq(p11->C_GetSlotList(CK_FALSE, list, &n), CKR_OK);
	ck_assert_uint_eq(n, 3);
}
END_TEST

START_TEST(more_slots_than_there_is_room_for_are_an_error)
{
	CK_FUNCTION_LIST *p11 = attach(NULL);
	CK_SLOT_ID list[1];
	CK_ULONG n = 1;

	ck_assert_uint_eq(p11->C_GetSlotList(CK_FALSE, list, &n), CKR_GENERAL_ERROR);
}
END_TEST

START_TEST(libp11_closes_its_own_sessions_only)
{
	CK_SESSION_HANDLE theirs, ours;
	CK_FUNCTION_LIST *p11 = attach(&theirs);

	ck_assert_uint_eq(gate_open(FAKE_SLOT, &ours), CKR_OK);
	ck_assert_uint_eq(p11->C_CloseAllSessions(FAKE_SLOT), CKR_OK);
	ck_assert_uint_eq(sign_with(p11, theirs, 64), CKR_SESSION_HANDLE_INVALID);
	ck_assert_uint_eq(sign_with(p11, ours, 64), CKR_OK);
	ck_assert_uint_eq(fake.n_closed, 1);
	ck_assert_uint_eq(fake.n_others, 0);
}
END_TEST

START_TEST(an_old_handle_never_fits_a_new_session)
{
	CK_SESSION_HANDLE first, second;
	CK_FUNCTION_LIST *p11 = attach(&first);

	ck_assert_uint_eq(p11->C_CloseSession(first), CKR_OK);
	ck_assert_uint_eq(gate_open(FAKE_SLOT, &second), CKR_OK);
	ck_assert_uint_ne(first, second);
	ck_assert_uint_eq(sign_with(p11, first, 64), CKR_SESSION_HANDLE_INVALID);
	ck_assert_uint_eq(gate_close_all(FAKE_SLOT), CKR_OK);
	ck_assert_uint_eq(sign_with(p11, second, 64), CKR_SESSION_HANDLE_INVALID);
}
END_TEST

START_TEST(each_login_must_be_allowed)
{
	CK_SESSION_HANDLE h;
	CK_FUNCTION_LIST *p11 = attach(&h);
	CK_BYTE pin[4] = "1234";

	ck_assert_uint_eq(p11->C_Login(h, CKU_USER, pin, 4), CKR_FUNCTION_REJECTED);
	gate_allow_login();
	ck_assert_uint_eq(p11->C_Login(h, CKU_USER, pin, 4), CKR_OK);
	ck_assert_uint_eq(p11->C_Login(h, CKU_USER, pin, 4), CKR_FUNCTION_REJECTED);
	ck_assert_uint_eq(fake.n_logins, 1);
}
END_TEST

START_TEST(a_security_officer_never_logs_in_here)
{
	CK_SESSION_HANDLE h;
	CK_FUNCTION_LIST *p11 = attach(&h);

	gate_allow_login();
	ck_assert_uint_eq(p11->C_Login(h, CKU_SO, NULL, 0), CKR_USER_TYPE_INVALID);
	ck_assert_uint_eq(fake.n_logins, 0);
}
END_TEST

START_TEST(a_wrong_pin_for_one_signature_does_not_poison_the_session)
{
	CK_SESSION_HANDLE h;
	CK_FUNCTION_LIST *p11 = attach(&h);

	fake.login = CKR_PIN_INCORRECT;
	gate_allow_login();
	ck_assert_uint_eq(p11->C_Login(h, CKU_CONTEXT_SPECIFIC, NULL, 0), CKR_PIN_INCORRECT);
	ck_assert_uint_eq(fake.n_opened, 2);
}
END_TEST

START_TEST(logged_out_already_is_logged_out)
{
	CK_SESSION_HANDLE h;
	CK_FUNCTION_LIST *p11 = attach(&h);

	fake.logout = CKR_USER_NOT_LOGGED_IN;
	ck_assert_uint_eq(p11->C_Logout(h), CKR_OK);
	fake.logout = CKR_DEVICE_ERROR;
	ck_assert_uint_eq(p11->C_Logout(h), CKR_DEVICE_ERROR);
}
END_TEST

static void *last_of_thread(void *ret)
{
	*(CK_RV *)ret = gate_last();
	return NULL;
}

START_TEST(the_exact_code_is_kept_for_the_thread_that_got_it)
{
	CK_RV elsewhere = CKR_GENERAL_ERROR;
	CK_SESSION_HANDLE h;
	CK_FUNCTION_LIST *p11 = attach(&h);
	pthread_t thread;

	fake.sign = 0x800000a0;
	(void)sign_with(p11, h, 64);
	ck_assert_uint_eq(gate_last(), 0x800000a0);
	ck_assert_int_eq(pthread_create(&thread, NULL, last_of_thread, &elsewhere), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(elsewhere, CKR_OK);
	gate_clear();
	ck_assert_uint_eq(gate_last(), CKR_OK);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		libp11_finds_the_gate_where_it_looks_for_a_module,
		whoever_asks_the_process_for_an_interface_gets_none,
		without_a_module_nothing_works_and_nothing_crashes,
		a_module_that_lacks_a_function_is_not_taken,
		what_signing_does_not_need_never_reaches_the_module,
		every_function_of_the_list_can_be_called,
		sessions_are_read_only_whatever_is_asked_for,
		a_session_that_cannot_be_opened_is_dead_and_says_why,
		too_many_sessions_are_a_dead_session_too_or_libp11_waits_for_ever,
		our_own_session_tells_at_once_that_it_cannot_be_opened,
		the_table_of_sessions_has_an_end,
		after_a_failed_signature_another_session_is_under_the_handle,
		after_a_failed_c_sign_init_too,
		a_session_that_cannot_be_renewed_is_dead,
		a_question_for_the_size_keeps_the_session,
		a_signature_longer_than_its_room_is_an_error,
		an_attribute_longer_than_its_room_is_not_available,
		more_objects_than_asked_for_are_an_error,
		libp11_does_not_see_keys_it_does_not_know_and_we_do,
		libp11_sees_the_one_slot_that_was_chosen,
		more_slots_than_there_is_room_for_are_an_error,
		libp11_closes_its_own_sessions_only,
		an_old_handle_never_fits_a_new_session,
		each_login_must_be_allowed,
		a_security_officer_never_logs_in_here,
		a_wrong_pin_for_one_signature_does_not_poison_the_session,
		logged_out_already_is_logged_out,
		the_exact_code_is_kept_for_the_thread_that_got_it,
	};

	return unit_run("gate", tests, array_len(tests));
}
