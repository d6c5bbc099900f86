/*
 * test-pkcs11.c - the PKCS#11 module by its table of functions, against an agent in this process
 */
#include "client/pkcs11/pkcs11.h"

#include "tests/lib/fake-agent.h"
#include "tests/unit/unit.h"

#include <sys/wait.h>

#include "client/pkcs11/digest.h"

#define RW (CKF_SERIAL_SESSION | CKF_RW_SESSION)

CK_RV find_interface(CK_UTF8CHAR *name, CK_VERSION *version, struct interface **ret,
		     CK_FLAGS flags) __asm__("C_GetInterface");
CK_RV find_interfaces(struct interface *list, CK_ULONG *n) __asm__("C_GetInterfaceList");

static CK_FUNCTION_LIST *p11;
static struct fake_agent agent;

static const struct fake_agent_key keys[] = {
	{"rsa", KEY_TYPE_RSA, 1, .has_certificate = true},
	{"p256", KEY_TYPE_P256, 2, .has_certificate = true},
	{"p521", KEY_TYPE_P521, .byte = 3},
	{"ed", KEY_TYPE_ED25519, .byte = 4},
};
enum { SLOT_RSA, SLOT_P256, SLOT_P521, SLOT_ED };

static const uint8_t digest[64] = "0123456789abcdef0123456789abcdef";

/* --- what most tests begin and end with ---------------------------------------------------------- */

static void initialize(void)
{
	ck_assert_uint_eq(C_GetFunctionList(&p11), CKR_OK);
	ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
}

static void begin(void)
{
	fake_agent_start(&agent, keys, array_len(keys));
	initialize();
}

static void end(void)
{
	CK_RV rv = p11->C_Finalize(NULL);

	ck_assert(rv == CKR_OK || rv == CKR_CRYPTOKI_NOT_INITIALIZED);
	fake_agent_stop(&agent);
	fake_agent_done(&agent);
}

static CK_ULONG slots(bool is_present)
{
	CK_ULONG n = 77;

	ck_assert_uint_eq(p11->C_GetSlotList(is_present, NULL, &n), CKR_OK);
	return n;
}

static CK_SESSION_HANDLE open_session(CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE h = 0;

	ck_assert_uint_eq(p11->C_OpenSession(slot, RW, NULL, NULL, &h), CKR_OK);
	ck_assert_uint_ne(h, 0);
	return h;
}

/* The objects of a class. */
static CK_ULONG find(CK_SESSION_HANDLE h, CK_OBJECT_CLASS class, CK_OBJECT_HANDLE list[8])
{
	CK_ATTRIBUTE t = {CKA_CLASS, &class, sizeof(class)};
	CK_ULONG n = 0;

	ck_assert_uint_eq(p11->C_FindObjectsInit(h, &t, 1), CKR_OK);
	ck_assert_uint_eq(p11->C_FindObjects(h, list, 8, &n), CKR_OK);
	ck_assert_uint_eq(p11->C_FindObjectsFinal(h), CKR_OK);
	return n;
}

static CK_OBJECT_HANDLE find_key(CK_SESSION_HANDLE h)
{
	CK_OBJECT_HANDLE list[8];

	ck_assert_uint_eq(find(h, CKO_PRIVATE_KEY, list), 1);
	return list[0];
}

static CK_RV sign_init(CK_SESSION_HANDLE h, CK_MECHANISM_TYPE type)
{
	CK_MECHANISM m = {type, NULL, 0};

	return p11->C_SignInit(h, &m, find_key(h));
}

/* A session with P-256, on which ECDSA was begun. */
static CK_SESSION_HANDLE begin_ecdsa(void)
{
	CK_SESSION_HANDLE h = open_session(SLOT_P256);

	ck_assert_uint_eq(sign_init(h, CKM_ECDSA), CKR_OK);
	return h;
}

static CK_RV sign(CK_SESSION_HANDLE h)
{
	CK_BYTE signature[512];
	CK_ULONG n = sizeof(signature);

	return p11->C_Sign(h, (CK_BYTE *)digest, 32, signature, &n);
}

/* --- tables, C_Initialize ------------------------------------------------------------------------ */

static void check_no_null(const void *table, size_t size)
{
	void *const *entry = (void *const *)((const char *)table + sizeof(void *));

	for (size_t i = 0; i < size / sizeof(void *) - 1; i++)
		ck_assert_msg(entry[i], "entry %zu is NULL", i);
}

START_TEST(the_tables_are_full)
{
	struct interface list[2], *one;
	CK_VERSION old = {2, 40}, none = {2, 20};
	CK_ULONG n = 1;

	ck_assert_uint_eq(C_GetFunctionList(NULL), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(C_GetFunctionList(&p11), CKR_OK);
	ck_assert_uint_eq(p11->version.major, 2);
	check_no_null(p11, sizeof(*p11));
	ck_assert_uint_eq(find_interfaces(NULL, NULL), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(find_interfaces(list, &n), CKR_BUFFER_TOO_SMALL);
	ck_assert_uint_eq(find_interfaces(list, &n), CKR_OK);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(find_interface(NULL, NULL, NULL, 0), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(find_interface(NULL, NULL, &one, 0), CKR_OK);
	ck_assert_uint_eq(((CK_VERSION *)one->functions)->major, 3);
	check_no_null(one->functions, sizeof(struct functions));
	ck_assert_uint_eq(find_interface((CK_UTF8CHAR *)"PKCS 11", &old, &one, 0), CKR_OK);
	ck_assert_ptr_eq(one->functions, p11);
	ck_assert_uint_ne(find_interface((CK_UTF8CHAR *)"Vendor", NULL, &one, 0), CKR_OK);
	ck_assert_uint_ne(find_interface(NULL, &none, &one, 0), CKR_OK);
	ck_assert_uint_ne(find_interface(NULL, NULL, &one, 1), CKR_OK);
}
END_TEST

static CK_RV no_mutex(void *mutex)
{
	(void)mutex;
	return CKR_GENERAL_ERROR;
}

static CK_RV make_no_mutex(void **mutex)
{
	(void)mutex;
	return CKR_GENERAL_ERROR;
}

START_TEST(initialize_takes_every_way_of_the_standard_and_no_other)
{
	CK_C_INITIALIZE_ARGS good[] = {
		{},
		{.flags = CKF_OS_LOCKING_OK},
		{make_no_mutex, no_mutex, no_mutex, no_mutex, 0, NULL},
		{make_no_mutex, no_mutex, no_mutex, no_mutex, CKF_OS_LOCKING_OK, NULL},
		{.flags = CKF_LIBRARY_CANT_CREATE_OS_THREADS},
	};
	CK_C_INITIALIZE_ARGS bad[] = {
		{.pReserved = good},
		{.CreateMutex = make_no_mutex},
		{make_no_mutex, no_mutex, no_mutex, NULL, CKF_OS_LOCKING_OK, NULL},
	};

	ck_assert_uint_eq(C_GetFunctionList(&p11), CKR_OK);
	for (size_t i = 0; i < array_len(bad); i++)
		ck_assert_uint_eq(p11->C_Initialize(&bad[i]), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(p11->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	for (size_t i = 0; i < array_len(good); i++) {
		ck_assert_uint_eq(p11->C_Initialize(&good[i]), CKR_OK);
		ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_CRYPTOKI_ALREADY_INITIALIZED);
		ck_assert_uint_eq(p11->C_Finalize(good), CKR_ARGUMENTS_BAD);
		ck_assert_uint_eq(p11->C_Finalize(NULL), CKR_OK);
	}
}
END_TEST

/* Every function that does something, with arguments that would make it crash if it looked. */
static void check_not_initialized(CK_SESSION_HANDLE h)
{
	CK_ULONG n = 1;
	CK_RV rvs[] = {
		p11->C_GetInfo(&(CK_INFO){}),
		p11->C_GetSlotList(CK_TRUE, NULL, &n),
		p11->C_GetSlotInfo(0, &(CK_SLOT_INFO){}),
		p11->C_GetTokenInfo(0, &(CK_TOKEN_INFO){}),
		p11->C_GetMechanismList(0, NULL, &n),
		p11->C_GetMechanismInfo(0, CKM_ECDSA, &(CK_MECHANISM_INFO){}),
		p11->C_OpenSession(0, RW, NULL, NULL, &h),
		p11->C_CloseSession(h),
		p11->C_CloseAllSessions(0),
		p11->C_GetSessionInfo(h, &(CK_SESSION_INFO){}),
		p11->C_Login(h, CKU_USER, NULL, 0),
		p11->C_Logout(h),
		p11->C_FindObjectsInit(h, NULL, 0),
		p11->C_FindObjects(h, NULL, 0, &n),
		p11->C_FindObjectsFinal(h),
		p11->C_GetAttributeValue(h, 1, NULL, 0),
		p11->C_SignInit(h, &(CK_MECHANISM){CKM_ECDSA, NULL, 0}, 1),
		p11->C_Sign(h, NULL, 1, NULL, NULL),
		p11->C_SignUpdate(h, NULL, 1),
		p11->C_SignFinal(h, NULL, NULL),
		p11->C_DigestInit(h, NULL),
		p11->C_DigestUpdate(h, NULL, 1),
	};

	for (size_t i = 0; i < array_len(rvs); i++)
		ck_assert_msg(rvs[i] == CKR_CRYPTOKI_NOT_INITIALIZED, "call %zu: 0x%lx", i, rvs[i]);
}

START_TEST(nothing_works_before_initialize_and_after_finalize)
{
	CK_SESSION_HANDLE h;

	ck_assert_uint_eq(C_GetFunctionList(&p11), CKR_OK);
	check_not_initialized(1);
	begin();
	h = begin_ecdsa();
	ck_assert_uint_eq(p11->C_Finalize(NULL), CKR_OK);
	check_not_initialized(h);
	ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
	ck_assert_uint_eq(sign(h), CKR_SESSION_HANDLE_INVALID);
	ck_assert_uint_eq(sign(begin_ecdsa()), CKR_OK);
	end();
}
END_TEST

START_TEST(what_is_not_offered_is_refused)
{
	CK_SESSION_HANDLE h;

	begin();
	h = open_session(SLOT_RSA);
	ck_assert_uint_eq(p11->C_GenerateRandom(h, NULL, 8), CKR_RANDOM_NO_RNG);
	ck_assert_uint_eq(p11->C_DecryptInit(h, NULL, 0), CKR_FUNCTION_NOT_SUPPORTED);
	ck_assert_uint_eq(p11->C_VerifyInit(h, NULL, 0), CKR_FUNCTION_NOT_SUPPORTED);
	ck_assert_uint_eq(p11->C_CreateObject(h, NULL, 0, NULL), CKR_FUNCTION_NOT_SUPPORTED);
	ck_assert_uint_eq(p11->C_DestroyObject(h, find_key(h)), CKR_FUNCTION_NOT_SUPPORTED);
	ck_assert_uint_eq(p11->C_WaitForSlotEvent(0, NULL, NULL), CKR_FUNCTION_NOT_SUPPORTED);
	ck_assert_uint_eq(p11->C_GetFunctionStatus(h), CKR_FUNCTION_NOT_PARALLEL);
	end();
}
END_TEST

/* --- slots ---------------------------------------------------------------------------------------- */

static void check_label(CK_SLOT_ID slot, const char *label)
{
	CK_TOKEN_INFO info;
	char padded[33];

	ck_assert_uint_eq(p11->C_GetTokenInfo(slot, &info), CKR_OK);
	(void)snprintf(padded, sizeof(padded), "%-32s", label);
	ck_assert_msg(memcmp(padded, info.label, 32) == 0, "'%.32s' is not '%s'", info.label,
		      padded);
	ck_assert_uint_eq(info.flags, CKF_TOKEN_INITIALIZED | CKF_WRITE_PROTECTED);
}

START_TEST(each_key_is_a_token_and_keeps_its_slot)
{
	const struct fake_agent_key fewer[] = {keys[3], keys[1]};
	const struct fake_agent_key more[] = {{"new", KEY_TYPE_P256, .byte = 9},
					      keys[0],
					      keys[1],
					      keys[3]};
	const struct fake_agent_key other = {"rsa", KEY_TYPE_RSA, .byte = 99};
	CK_SLOT_ID list[8];
	CK_ULONG n = 2;

	begin();
	ck_assert_uint_eq(slots(true), 4);
	ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, list, &n), CKR_BUFFER_TOO_SMALL);
	ck_assert_uint_eq(n, 4);
	for (size_t i = 0; i < array_len(keys); i++)
		check_label(i, keys[i].name);
	fake_agent_set_keys(&agent, fewer, 2);
	check_label(SLOT_RSA, "rsa"); /* nobody has asked for the length of the list */
	ck_assert_uint_eq(slots(true), 2);
	ck_assert_uint_eq(slots(false), 4);
	ck_assert_uint_eq(p11->C_GetTokenInfo(SLOT_RSA, &(CK_TOKEN_INFO){}), CKR_TOKEN_NOT_PRESENT);
	ck_assert_uint_eq(p11->C_OpenSession(SLOT_RSA, RW, NULL, NULL, list),
			  CKR_TOKEN_NOT_PRESENT);
	fake_agent_set_keys(&agent, more, 4);
	n = slots(true);
	ck_assert_uint_eq(n, 4);
	ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, list, &n), CKR_OK);
	ck_assert_uint_eq(list[0], SLOT_RSA);
	ck_assert_uint_eq(list[2], SLOT_ED);
	ck_assert_uint_eq(list[3], 4);
	check_label(4, "new");
	fake_agent_set_keys(&agent, &other, 1);
	ck_assert_uint_eq(slots(true), 1);
	check_label(5, "rsa"); /* another key of that name is another token */
	ck_assert_uint_eq(p11->C_GetSlotInfo(6, &(CK_SLOT_INFO){}), CKR_SLOT_ID_INVALID);
	ck_assert_uint_eq(p11->C_GetSlotInfo((CK_SLOT_ID)-1, &(CK_SLOT_INFO){}),
			  CKR_SLOT_ID_INVALID);
	ck_assert_uint_eq(p11->C_GetSlotInfo(0, NULL), CKR_ARGUMENTS_BAD);
	end();
}
END_TEST

START_TEST(a_slot_survives_finalize)
{
	const struct fake_agent_key swapped[] = {keys[1], keys[0]};

	begin();
	ck_assert_uint_eq(slots(true), 4);
	ck_assert_uint_eq(p11->C_Finalize(NULL), CKR_OK);
	fake_agent_set_keys(&agent, swapped, 2);
	ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
	check_label(SLOT_RSA, "rsa");
	check_label(SLOT_P256, "p256");
	ck_assert_uint_eq(p11->C_GetTokenInfo(SLOT_ED, &(CK_TOKEN_INFO){}), CKR_TOKEN_NOT_PRESENT);
	end();
}
END_TEST

START_TEST(without_an_agent_there_are_no_slots_until_there_is_one)
{
	fake_agent_start(&agent, keys, array_len(keys));
	fake_agent_stop(&agent);
	initialize();
	ck_assert_uint_eq(slots(true), 0);
	ck_assert_uint_eq(slots(false), 0);
	ck_assert_uint_eq(p11->C_OpenSession(0, RW, NULL, NULL, (CK_ULONG[1]){}),
			  CKR_SLOT_ID_INVALID);
	fake_agent_listen(&agent);
	ck_assert_uint_eq(slots(true), 4);
	fake_agent_stop(&agent);
	ck_assert_uint_eq(slots(true), 0);
	ck_assert_uint_eq(slots(false), 4);
	fake_agent_done(&agent);
}
END_TEST

START_TEST(one_slot_has_all_keys)
{
	CK_OBJECT_HANDLE list[8];
	CK_MECHANISM_TYPE mechanisms[32];
	CK_ULONG n = 32;
	CK_SESSION_HANDLE h;

	ck_assert_int_eq(setenv("SIGNET_PKCS11_ONE_SLOT", "1", 1), 0);
	begin();
	ck_assert_uint_eq(slots(true), 1);
	check_label(0, "signet");
	ck_assert_uint_eq(p11->C_GetTokenInfo(1, &(CK_TOKEN_INFO){}), CKR_SLOT_ID_INVALID);
	ck_assert_uint_eq(p11->C_GetMechanismList(0, mechanisms, &n), CKR_OK);
	ck_assert_uint_eq(n, 16);
	h = open_session(0);
	ck_assert_uint_eq(find(h, CKO_PRIVATE_KEY, list), 4);
	ck_assert_uint_eq(find(h, CKO_CERTIFICATE, list), 2);
	fake_agent_set_keys(&agent, keys, 1);
	ck_assert_uint_eq(slots(true), 1);
	ck_assert_uint_eq(find(h, CKO_PRIVATE_KEY, list), 1);
	end();
}
END_TEST

START_TEST(a_long_name_is_cut_behind_a_whole_character)
{
	/* 31 bytes, and a character of two behind them. */
	static const struct fake_agent_key key = {"0123456789012345678901234567890\xc3\xbc!",
						  KEY_TYPE_P256, .byte = 1};
	CK_ATTRIBUTE label = {CKA_LABEL, NULL, 0};
	CK_SESSION_HANDLE h;

	begin();
	fake_agent_set_keys(&agent, &key, 1);
	check_label(0, "0123456789012345678901234567890");
	h = open_session(0);
	ck_assert_uint_eq(p11->C_GetAttributeValue(h, find_key(h), &label, 1), CKR_OK);
	ck_assert_uint_eq(label.ulValueLen, 34);
	end();
}
END_TEST

START_TEST(keys_that_make_no_sense_are_left_out)
{
	const struct fake_agent_key odd[] = {
		{"a", KEY_TYPE_P256, 1, .spki = unit_view("nonsense")},
		keys[1],
		{"b", KEY_TYPE_RSA, 1, .spki = unit_view("\x30\x84\xff\xff\xff\xff")},
		{"c", KEY_TYPE_P384, 1, .certificate = unit_view("\x30\x03\x02\x01\x01")},
	};
	CK_OBJECT_HANDLE list[8];

	begin();
	fake_agent_set_keys(&agent, odd, array_len(odd));
	ck_assert_uint_eq(slots(true), 2);
	check_label(0, "p256");
	check_label(1, "c");
	ck_assert_uint_eq(find(open_session(0), CKO_CERTIFICATE, list), 1);
	ck_assert_uint_eq(find(open_session(1), CKO_CERTIFICATE, list), 0);
	end();
}
END_TEST

START_TEST(a_list_that_did_not_come_is_asked_for_again_once)
{
	begin();
	agent.hang_up_lists = 1;
	ck_assert_uint_eq(slots(true), 4);
	ck_assert_uint_eq(agent.n_lists, 2);
	agent.hang_up_lists = 2;
	ck_assert_uint_eq(slots(true), 0);
	ck_assert_uint_eq(agent.n_lists, 4);
	agent.refuse_lists = 1;
	ck_assert_uint_eq(slots(true), 4);
	agent.refuse_lists = 2;
	ck_assert_uint_eq(slots(true), 0);
	ck_assert_uint_eq(agent.n_lists, 8);
	end();
}
END_TEST

/* --- sessions and objects -------------------------------------------------------------------------- */

START_TEST(a_handle_that_was_closed_names_nothing_else)
{
	CK_SESSION_HANDLE h, other;

	begin();
	h = open_session(0);
	ck_assert_uint_eq(p11->C_CloseSession(h), CKR_OK);
	other = open_session(0);
	ck_assert_uint_ne(h, other);
	ck_assert_uint_eq(p11->C_CloseSession(h), CKR_SESSION_HANDLE_INVALID);
	ck_assert_uint_eq(p11->C_GetSessionInfo(0, &(CK_SESSION_INFO){}),
			  CKR_SESSION_HANDLE_INVALID);
	ck_assert_uint_eq(p11->C_GetSessionInfo((CK_ULONG)-1, &(CK_SESSION_INFO){}),
			  CKR_SESSION_HANDLE_INVALID);
	ck_assert_uint_eq(p11->C_CloseAllSessions(1), CKR_OK); /* of another slot */
	ck_assert_uint_eq(p11->C_GetSessionInfo(other, &(CK_SESSION_INFO){}), CKR_OK);
	ck_assert_uint_eq(p11->C_CloseAllSessions(77), CKR_SLOT_ID_INVALID);
	ck_assert_uint_eq(p11->C_CloseAllSessions(0), CKR_OK);
	ck_assert_uint_eq(p11->C_CloseSession(other), CKR_SESSION_HANDLE_INVALID);
	ck_assert_uint_eq(p11->C_OpenSession(0, CKF_RW_SESSION, NULL, NULL, &h),
			  CKR_SESSION_PARALLEL_NOT_SUPPORTED);
	ck_assert_uint_eq(p11->C_OpenSession(0, RW, NULL, NULL, NULL), CKR_ARGUMENTS_BAD);
	end();
}
END_TEST

START_TEST(there_may_be_thousands_of_sessions_and_not_without_end)
{
	CK_SESSION_HANDLE h = 0;
	CK_ULONG n = 0;

	begin();
	while (n < 100000 && p11->C_OpenSession(0, RW, NULL, NULL, &h) == CKR_OK)
		n++;
	ck_assert_uint_eq(n, 65536);
	ck_assert_uint_eq(p11->C_OpenSession(0, RW, NULL, NULL, &h), CKR_SESSION_COUNT);
	ck_assert_uint_eq(p11->C_CloseSession(h), CKR_OK);
	ck_assert_uint_eq(p11->C_OpenSession(0, RW, NULL, NULL, &h), CKR_OK);
	end();
}
END_TEST

START_TEST(any_login_succeeds_and_is_needed_for_nothing)
{
	CK_SESSION_HANDLE h;
	CK_SESSION_INFO info;

	begin();
	h = open_session(0);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(p11->C_Login(h, CKU_USER, (CK_UTF8CHAR *)"0000", 4), CKR_OK);
		ck_assert_uint_eq(p11->C_Login(h, CKU_USER, NULL, (CK_ULONG)-1), CKR_OK);
	}
	ck_assert_uint_eq(p11->C_Login(h, CKU_CONTEXT_SPECIFIC, NULL, 0), CKR_OK);
	ck_assert_uint_eq(p11->C_GetSessionInfo(h, &info), CKR_OK);
	ck_assert_uint_eq(info.state, CKS_RW_USER_FUNCTIONS);
	ck_assert_uint_eq(p11->C_Login(h, CKU_SO, NULL, 0), CKR_USER_TYPE_INVALID);
	ck_assert_uint_eq(p11->C_Logout(h), CKR_OK);
	ck_assert_uint_eq(p11->C_Logout(h), CKR_OK);
	ck_assert_uint_eq(p11->C_GetSessionInfo(h, &info), CKR_OK);
	ck_assert_uint_eq(info.state, CKS_RW_PUBLIC_SESSION);
	ck_assert_uint_eq(p11->C_Login(h + 1, CKU_USER, NULL, 0), CKR_SESSION_HANDLE_INVALID);
	end();
}
END_TEST

START_TEST(a_search_gives_its_objects_one_by_one_and_once)
{
	CK_OBJECT_HANDLE one[4];
	CK_SESSION_HANDLE h;
	CK_ULONG n, all = 0;

	begin();
	h = open_session(SLOT_RSA);
	ck_assert_uint_eq(p11->C_FindObjects(h, one, 1, &n), CKR_OPERATION_NOT_INITIALIZED);
	ck_assert_uint_eq(p11->C_FindObjectsFinal(h), CKR_OPERATION_NOT_INITIALIZED);
	ck_assert_uint_eq(p11->C_FindObjectsInit(h, NULL, 0), CKR_OK);
	ck_assert_uint_eq(p11->C_FindObjectsInit(h, NULL, 0), CKR_OPERATION_ACTIVE);
	ck_assert_uint_eq(p11->C_FindObjects(h, NULL, 1, &n), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(p11->C_FindObjects(h, one, 1, NULL), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(p11->C_FindObjects(h, NULL, 0, &n), CKR_OK);
	while (p11->C_FindObjects(h, one, 1, &n) == CKR_OK && n == 1)
		all++;
	ck_assert_uint_eq(all, 3);
	ck_assert_uint_eq(p11->C_FindObjects(h, one, (CK_ULONG)-1, &n), CKR_OK);
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_eq(p11->C_FindObjectsFinal(h), CKR_OK);
	end();
}
END_TEST

START_TEST(templates_of_absurd_length_are_not_walked_through)
{
	CK_ATTRIBUTE a = {CKA_LABEL, NULL, 0};
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE h;

	begin();
	h = open_session(0);
	key = find_key(h);
	ck_assert_uint_eq(p11->C_GetAttributeValue(h, key, &a, (CK_ULONG)-1), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(p11->C_GetAttributeValue(h, key, NULL, 1), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(p11->C_FindObjectsInit(h, &a, (CK_ULONG)1 << 60), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(p11->C_FindObjectsInit(h, NULL, 1), CKR_ARGUMENTS_BAD);
	end();
}
END_TEST

START_TEST(handles_of_objects_hold_in_their_own_slot_alone)
{
	CK_ATTRIBUTE a = {CKA_LABEL, NULL, 0};
	CK_SESSION_HANDLE rsa, ed;
	CK_OBJECT_HANDLE key;

	begin();
	rsa = open_session(SLOT_RSA);
	ed = open_session(SLOT_ED);
	key = find_key(ed);
	ck_assert_uint_eq(p11->C_GetAttributeValue(ed, key, &a, 1), CKR_OK);
	ck_assert_uint_eq(p11->C_GetAttributeValue(rsa, key, &a, 1), CKR_OBJECT_HANDLE_INVALID);
	for (CK_OBJECT_HANDLE odd = 0; odd < 64; odd++)
		if (odd != key && odd != key + 1)
			ck_assert_uint_eq(p11->C_GetAttributeValue(ed, odd, &a, 1),
					  CKR_OBJECT_HANDLE_INVALID);
	ck_assert_uint_eq(p11->C_GetAttributeValue(ed, (CK_ULONG)-1, &a, 1),
			  CKR_OBJECT_HANDLE_INVALID);
	end();
}
END_TEST

/* --- signing --------------------------------------------------------------------------------------- */

static CK_RSA_PKCS_PSS_PARAMS pss_256 = {CKM_SHA256, CKG_MGF1_SHA256, 32};
static CK_RSA_PKCS_PSS_PARAMS pss_384 = {CKM_SHA384, CKG_MGF1_SHA384, 48};
static CK_RSA_PKCS_PSS_PARAMS pss_512 = {CKM_SHA512, CKG_MGF1_SHA512, 64};

static const uint8_t digest_info[51] =
	"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
	"0123456789abcdef0123456789abcdef";

/* Every mechanism with which something is signed, and a key for it. hash: of the data, or none. */
static const struct {
	CK_SLOT_ID slot;
	CK_MECHANISM mechanism;
	const uint8_t *data;
	CK_ULONG size, front; /* of the data before what the agent gets */
	enum signet_hash hash;
	CK_ULONG signature;
} ways[] = {
	{SLOT_RSA, {CKM_RSA_PKCS, NULL, 0}, digest_info, 51, 19, 0, 256},
	{SLOT_RSA, {CKM_SHA256_RSA_PKCS, NULL, 0}, digest, 64, 0, SIGNET_SHA256, 256},
	{SLOT_RSA, {CKM_SHA384_RSA_PKCS, NULL, 0}, digest, 64, 0, SIGNET_SHA384, 256},
	{SLOT_RSA, {CKM_SHA512_RSA_PKCS, NULL, 0}, digest, 64, 0, SIGNET_SHA512, 256},
	{SLOT_RSA, {CKM_RSA_PKCS_PSS, &pss_256, sizeof(pss_256)}, digest, 32, 0, 0, 256},
	{SLOT_RSA,
	 {CKM_SHA256_RSA_PKCS_PSS, &pss_256, sizeof(pss_256)},
	 digest,
	 9,
	 0,
	 SIGNET_SHA256,
	 256},
	{SLOT_RSA,
	 {CKM_SHA384_RSA_PKCS_PSS, &pss_384, sizeof(pss_384)},
	 digest,
	 9,
	 0,
	 SIGNET_SHA384,
	 256},
	{SLOT_RSA,
	 {CKM_SHA512_RSA_PKCS_PSS, &pss_512, sizeof(pss_512)},
	 digest,
	 9,
	 0,
	 SIGNET_SHA512,
	 256},
	{SLOT_P256, {CKM_ECDSA, NULL, 0}, digest, 32, 0, 0, 64},
	{SLOT_P256, {CKM_ECDSA, NULL, 0}, digest, 48, 0, 0, 64},
	{SLOT_P256, {CKM_ECDSA_SHA256, NULL, 0}, digest, 64, 0, SIGNET_SHA256, 64},
	{SLOT_P256, {CKM_ECDSA_SHA384, NULL, 0}, digest, 0, 0, SIGNET_SHA384, 64},
	{SLOT_P521, {CKM_ECDSA, NULL, 0}, digest, 64, 0, 0, 132},
	{SLOT_P521, {CKM_ECDSA_SHA512, NULL, 0}, digest, 64, 0, SIGNET_SHA512, 132},
	{SLOT_ED, {CKM_EDDSA, NULL, 0}, digest, 64, 0, 0, 64},
	{SLOT_ED, {CKM_EDDSA, NULL, 0}, digest, 0, 0, 0, 64},
};

/* What the agent, which signs with what it gets, must have got. */
static void check_signature(size_t i, const CK_BYTE *signature)
{
	const uint8_t *data = ways[i].data + ways[i].front;
	CK_ULONG size = ways[i].size - ways[i].front, half = ways[i].signature / 2;
	uint8_t hashed[DIGEST_SIZE_MAX], raw[256];
	struct digest d;

	if (ways[i].hash) {
		digest_init(&d, ways[i].hash);
		digest_update(&d, data, size);
		digest_final(&d, hashed);
		data = hashed;
		size = digest_size(ways[i].hash);
	}
	for (CK_ULONG j = 0; j < ways[i].signature; j++)
		raw[j] = size > 0 ? data[j % size] : 0;
	if (ways[i].slot == SLOT_P256 || ways[i].slot == SLOT_P521) {
		raw[0] = 0x01; /* see fake_signature() */
		raw[half - 1] = (raw[half - 1] & 0x7f) | 1;
		memset(raw + half, 0, half - 1);
		raw[2 * half - 1] = raw[half - 1];
	}
	unit_check_view((struct view){signature, ways[i].signature},
			(struct view){raw, ways[i].signature});
}

START_TEST(every_mechanism_signs_what_it_should)
{
	CK_BYTE signature[512];

	begin();
	for (size_t i = 0; i < array_len(ways); i++) {
		CK_SESSION_HANDLE h = open_session(ways[i].slot);
		CK_MECHANISM m = ways[i].mechanism;
		CK_ULONG n = sizeof(signature);

		ck_assert_uint_eq(p11->C_SignInit(h, &m, find_key(h)), CKR_OK);
		ck_assert_uint_eq(p11->C_Sign(h, (CK_BYTE *)ways[i].data, ways[i].size, signature,
					      &n),
				  CKR_OK);
		ck_assert_uint_eq(n, ways[i].signature);
		check_signature(i, signature);
	}
	ck_assert_uint_eq(agent.n_signs, array_len(ways));
	ck_assert_uint_eq(agent.flags, MESSAGE_INTERACTIVE);
	ck_assert_uint_eq(agent.key_id_size, MESSAGE_KEY_ID_SIZE);
	end();
}
END_TEST

START_TEST(every_mechanism_signs_the_same_in_parts)
{
	CK_BYTE signature[512];

	begin();
	for (size_t i = 0; i < array_len(ways); i++) {
		CK_SESSION_HANDLE h = open_session(ways[i].slot);
		CK_MECHANISM m = ways[i].mechanism;
		CK_ULONG n = 0;

		ck_assert_uint_eq(p11->C_SignInit(h, &m, find_key(h)), CKR_OK);
		for (CK_ULONG j = 0; j < ways[i].size; j++)
			ck_assert_uint_eq(p11->C_SignUpdate(h, (CK_BYTE *)ways[i].data + j, 1),
					  CKR_OK);
		ck_assert_uint_eq(p11->C_SignFinal(h, NULL, &n), CKR_OK);
		ck_assert_uint_eq(n, ways[i].signature);
		n--;
		ck_assert_uint_eq(p11->C_SignFinal(h, signature, &n), CKR_BUFFER_TOO_SMALL);
		ck_assert_uint_eq(p11->C_SignFinal(h, signature, &n), CKR_OK);
		check_signature(i, signature);
		ck_assert_uint_eq(p11->C_SignFinal(h, signature, &n),
				  CKR_OPERATION_NOT_INITIALIZED);
	}
	ck_assert_uint_eq(agent.n_signs, array_len(ways));
	end();
}
END_TEST

START_TEST(a_large_message_is_signed_in_parts_and_a_larger_one_refused)
{
	uint8_t part[4096] = {};
	CK_BYTE signature[64];
	CK_SESSION_HANDLE h;
	CK_ULONG n = sizeof(signature);

	begin();
	h = open_session(SLOT_ED);
	ck_assert_uint_eq(sign_init(h, CKM_EDDSA), CKR_OK);
	for (size_t size = 0; size < SIGNET_MESSAGE_MAX; size += sizeof(part))
		ck_assert_uint_eq(p11->C_SignUpdate(h, part, sizeof(part)), CKR_OK);
	ck_assert_uint_eq(p11->C_SignFinal(h, signature, &n), CKR_OK);
	ck_assert_uint_eq(sign_init(h, CKM_EDDSA), CKR_OK);
	for (size_t size = 0; size < SIGNET_MESSAGE_MAX; size += sizeof(part))
		ck_assert_uint_eq(p11->C_SignUpdate(h, part, sizeof(part)), CKR_OK);
	ck_assert_uint_eq(p11->C_SignUpdate(h, part, 1), CKR_DATA_LEN_RANGE);
	ck_assert_uint_eq(p11->C_SignFinal(h, signature, &n), CKR_OPERATION_NOT_INITIALIZED);
	ck_assert_uint_eq(agent.n_signs, 1);
	end();
}
END_TEST

START_TEST(the_length_of_a_signature_is_told_without_asking)
{
	CK_BYTE signature[64];
	CK_SESSION_HANDLE h;
	CK_ULONG n = 0;

	begin();
	h = begin_ecdsa();
	ck_assert_uint_eq(p11->C_Sign(h, (CK_BYTE *)digest, 32, NULL, &n), CKR_OK);
	ck_assert_uint_eq(n, 64);
	n = 63;
	ck_assert_uint_eq(p11->C_Sign(h, (CK_BYTE *)digest, 32, signature, &n),
			  CKR_BUFFER_TOO_SMALL);
	ck_assert_uint_eq(n, 64);
	ck_assert_uint_eq(agent.n_signs, 0);
	ck_assert_uint_eq(p11->C_Sign(h, (CK_BYTE *)digest, 32, signature, &n), CKR_OK);
	ck_assert_uint_eq(agent.n_signs, 1);
	ck_assert_uint_eq(p11->C_Sign(h, (CK_BYTE *)digest, 32, NULL, &n),
			  CKR_OPERATION_NOT_INITIALIZED);
	end();
}
END_TEST

START_TEST(what_is_odd_is_refused_before_anybody_is_asked)
{
	CK_MECHANISM wrong_type = {CKM_RSA_PKCS, NULL, 0}, unknown = {CKM_RSA_X_509, NULL, 0};
	CK_MECHANISM hash = {CKM_SHA256, NULL, 0}, good = {CKM_ECDSA, NULL, 0};
	CK_OBJECT_HANDLE list[8], key;
	CK_SESSION_HANDLE h;

	begin();
	h = open_session(SLOT_P256);
	key = find_key(h);
	ck_assert_uint_eq(p11->C_SignInit(h, NULL, key), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(p11->C_SignInit(h, &wrong_type, key), CKR_KEY_TYPE_INCONSISTENT);
	ck_assert_uint_eq(p11->C_SignInit(h, &unknown, key), CKR_MECHANISM_INVALID);
	ck_assert_uint_eq(p11->C_SignInit(h, &hash, key), CKR_MECHANISM_INVALID);
	ck_assert_uint_eq(p11->C_SignInit(h, &good, 0), CKR_KEY_HANDLE_INVALID);
	ck_assert_uint_eq(p11->C_SignInit(h, &good, (CK_ULONG)-1), CKR_KEY_HANDLE_INVALID);
	ck_assert_uint_eq(find(h, CKO_PUBLIC_KEY, list), 1);
	ck_assert_uint_eq(p11->C_SignInit(h, &good, list[0]), CKR_KEY_FUNCTION_NOT_PERMITTED);
	ck_assert_uint_eq(find(h, CKO_CERTIFICATE, list), 1);
	ck_assert_uint_eq(p11->C_SignInit(h, &good, list[0]), CKR_KEY_HANDLE_INVALID);
	ck_assert_uint_eq(sign(h), CKR_OPERATION_NOT_INITIALIZED);
	ck_assert_uint_eq(p11->C_SignInit(h, &good, key), CKR_OK);
	ck_assert_uint_eq(p11->C_SignInit(h, &good, key), CKR_OPERATION_ACTIVE);
	ck_assert_uint_eq(p11->C_SignInit(h, NULL, key), CKR_OK); /* drops it */
	ck_assert_uint_eq(sign(h), CKR_OPERATION_NOT_INITIALIZED);
	ck_assert_uint_eq(agent.n_signs, 0);
	end();
}
END_TEST

START_TEST(a_mistake_of_the_host_ends_what_was_begun)
{
	CK_BYTE signature[64], *d = (CK_BYTE *)digest;
	CK_SESSION_HANDLE h;
	CK_ULONG n = sizeof(signature);

	begin();
	h = begin_ecdsa();
	ck_assert_uint_eq(p11->C_Sign(h, d, 20, signature, &n), CKR_DATA_LEN_RANGE);
	ck_assert_uint_eq(sign(h), CKR_OPERATION_NOT_INITIALIZED);
	ck_assert_uint_eq(sign_init(h, CKM_ECDSA), CKR_OK);
	ck_assert_uint_eq(p11->C_Sign(h, NULL, 32, signature, &n), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(sign_init(h, CKM_ECDSA), CKR_OK);
	ck_assert_uint_eq(p11->C_Sign(h, d, 32, signature, NULL), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(sign_init(h, CKM_ECDSA), CKR_OK);
	ck_assert_uint_eq(p11->C_SignUpdate(h, NULL, 1), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(sign_init(h, CKM_ECDSA), CKR_OK);
	ck_assert_uint_eq(p11->C_SignUpdate(h, d, (CK_ULONG)-1), CKR_DATA_LEN_RANGE);
	ck_assert_uint_eq(sign_init(h, CKM_ECDSA), CKR_OK);
	ck_assert_uint_eq(p11->C_SignUpdate(h, d, 16), CKR_OK);
	ck_assert_uint_eq(p11->C_Sign(h, d, 32, signature, &n), CKR_OPERATION_ACTIVE);
	ck_assert_uint_eq(p11->C_SignFinal(h, signature, &n), CKR_OPERATION_NOT_INITIALIZED);
	ck_assert_uint_eq(agent.n_signs, 0);
	end();
}
END_TEST

START_TEST(each_refusal_has_its_code_and_ends_what_was_begun)
{
	static const struct {
		enum fake_mood mood;
		enum token_state state;
		CK_RV rv;
	} refusals[] = {
		{FAKE_DENIES, TOKEN_STATE_READY, CKR_FUNCTION_REJECTED},
		{FAKE_DENIES, TOKEN_STATE_LOCKED, CKR_FUNCTION_REJECTED},
		{FAKE_IS_UNAVAILABLE, TOKEN_STATE_LOCKED, CKR_USER_NOT_LOGGED_IN},
		{FAKE_IS_UNAVAILABLE, TOKEN_STATE_REFUSED_PIN, CKR_USER_NOT_LOGGED_IN},
		{FAKE_IS_UNAVAILABLE, TOKEN_STATE_BLOCKED, CKR_USER_NOT_LOGGED_IN},
		{FAKE_IS_UNAVAILABLE, TOKEN_STATE_LOST, CKR_DEVICE_ERROR},
		{FAKE_IS_UNAVAILABLE, TOKEN_STATE_READY, CKR_DEVICE_ERROR},
		{FAKE_IS_BUSY, TOKEN_STATE_LOCKED, CKR_DEVICE_ERROR},
		{FAKE_FAILS_THE_ITEM, TOKEN_STATE_READY, CKR_DEVICE_ERROR},
		{FAKE_HANGS_UP, TOKEN_STATE_READY, CKR_DEVICE_ERROR},
	};
	CK_SESSION_HANDLE h;

	begin();
	h = open_session(SLOT_P256);
	for (size_t i = 0; i < array_len(refusals); i++) {
		struct fake_agent_key key = keys[SLOT_P256];

		key.state = refusals[i].state;
		fake_agent_set_keys(&agent, &key, 1);
		fake_agent_set(&agent, refusals[i].mood);
		ck_assert_uint_eq(sign_init(h, CKM_ECDSA), CKR_OK);
		ck_assert_uint_eq(sign(h), refusals[i].rv);
		ck_assert_uint_eq(sign(h), CKR_OPERATION_NOT_INITIALIZED);
		ck_assert_uint_eq(agent.n_signs, i + 1); /* never twice */
		fake_agent_set_keys(&agent, keys, array_len(keys));
	}
	fake_agent_set(&agent, FAKE_SIGNS);
	ck_assert_uint_eq(sign_init(h, CKM_ECDSA), CKR_OK);
	ck_assert_uint_eq(sign(h), CKR_OK);
	end();
}
END_TEST

START_TEST(a_signature_of_the_wrong_form_is_none)
{
	static const char *const wrong[] = {
		"00",
		"3006020101020100",
		"3006020100020101",
		"30060201010201010000",
		"3006020101020180",
	};
	CK_SESSION_HANDLE h;

	begin();
	h = open_session(SLOT_P256);
	for (size_t i = 0; i < array_len(wrong); i++) {
		agent.wrong = unit_unhex(wrong[i]);
		fake_agent_set(&agent, FAKE_SIGNS_WRONGLY);
		ck_assert_uint_eq(sign_init(h, CKM_ECDSA), CKR_OK);
		ck_assert_uint_eq(sign(h), CKR_DEVICE_ERROR);
		free((void *)agent.wrong.data);
	}
	agent.wrong = unit_view("sixty-three bytes are not a signature of Ed25519, which has one");
	h = open_session(SLOT_ED);
	ck_assert_uint_eq(sign_init(h, CKM_EDDSA), CKR_OK);
	ck_assert_uint_eq(sign(h), CKR_DEVICE_ERROR);
	end();
}
END_TEST

START_TEST(a_new_agent_is_found_by_the_next_signature)
{
	CK_SESSION_HANDLE h;

	begin();
	h = begin_ecdsa();
	ck_assert_uint_eq(sign(h), CKR_OK);
	fake_agent_stop(&agent);
	ck_assert_uint_eq(slots(true), 0); /* and the session goes on */
	ck_assert_uint_eq(sign_init(h, CKM_ECDSA), CKR_OK);
	ck_assert_uint_eq(sign(h), CKR_DEVICE_ERROR);
	agent.mood = FAKE_SIGNS;
	fake_agent_listen(&agent);
	ck_assert_uint_eq(sign_init(h, CKM_ECDSA), CKR_OK);
	ck_assert_uint_eq(sign(h), CKR_OK);
	end();
}
END_TEST

START_TEST(digests_are_made_here)
{
	CK_MECHANISM sha384 = {CKM_SHA384, NULL, 0}, sha1 = {CKM_SHA_1, NULL, 0};
	CK_MECHANISM signs = {CKM_SHA256_RSA_PKCS, NULL, 0};
	CK_BYTE whole[64], parts[64];
	CK_SESSION_HANDLE h;
	CK_ULONG n = 0, m = 47;

	begin();
	h = open_session(SLOT_ED);
	ck_assert_uint_eq(p11->C_DigestInit(h, &sha1), CKR_MECHANISM_INVALID);
	ck_assert_uint_eq(p11->C_DigestInit(h, &signs), CKR_MECHANISM_INVALID);
	ck_assert_uint_eq(p11->C_DigestInit(h, NULL), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(p11->C_Digest(h, (CK_BYTE *)"abc", 3, whole, &n),
			  CKR_OPERATION_NOT_INITIALIZED);
	ck_assert_uint_eq(p11->C_DigestInit(h, &sha384), CKR_OK);
	ck_assert_uint_eq(p11->C_DigestInit(h, &sha384), CKR_OPERATION_ACTIVE);
	ck_assert_uint_eq(p11->C_Digest(h, (CK_BYTE *)"abc", 3, NULL, &n), CKR_OK);
	ck_assert_uint_eq(n, 48);
	ck_assert_uint_eq(p11->C_Digest(h, (CK_BYTE *)"abc", 3, whole, &n), CKR_OK);
	ck_assert_uint_eq(p11->C_DigestInit(h, &sha384), CKR_OK);
	ck_assert_uint_eq(p11->C_DigestUpdate(h, (CK_BYTE *)"a", 1), CKR_OK);
	ck_assert_uint_eq(p11->C_DigestUpdate(h, (CK_BYTE *)"bc", 2), CKR_OK);
	ck_assert_uint_eq(p11->C_DigestFinal(h, parts, &m), CKR_BUFFER_TOO_SMALL);
	ck_assert_uint_eq(p11->C_DigestFinal(h, parts, &m), CKR_OK);
	unit_check_view((struct view){parts, m}, (struct view){whole, n});
	ck_assert_uint_eq(p11->C_DigestUpdate(h, NULL, 0), CKR_OPERATION_NOT_INITIALIZED);
	ck_assert_uint_eq(p11->C_DigestInit(h, &sha384), CKR_OK);
	ck_assert_uint_eq(p11->C_DigestUpdate(h, NULL, 1), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(p11->C_DigestFinal(h, parts, &m), CKR_OPERATION_NOT_INITIALIZED);
	end();
}
END_TEST

START_TEST(session_cancel_drops_what_it_names)
{
	struct interface *three;
	struct functions *f;
	CK_SESSION_HANDLE h;

	begin();
	ck_assert_uint_eq(find_interface(NULL, NULL, &three, 0), CKR_OK);
	f = three->functions;
	h = begin_ecdsa();
	ck_assert_uint_eq(f->C_SessionCancel(h, CKF_DIGEST | CANCEL_FIND), CKR_OK);
	ck_assert_uint_eq(sign(h), CKR_OK);
	ck_assert_uint_eq(sign_init(h, CKM_ECDSA), CKR_OK);
	ck_assert_uint_eq(p11->C_FindObjectsInit(h, NULL, 0), CKR_OK);
	ck_assert_uint_eq(f->C_SessionCancel(h, CKF_SIGN | CANCEL_FIND), CKR_OK);
	ck_assert_uint_eq(sign(h), CKR_OPERATION_NOT_INITIALIZED);
	ck_assert_uint_eq(p11->C_FindObjectsFinal(h), CKR_OPERATION_NOT_INITIALIZED);
	ck_assert_uint_eq(f->C_LoginUser(h, CKU_USER, NULL, 0, NULL, 0), CKR_OK);
	ck_assert_uint_eq(f->C_MessageSignInit(h, NULL, 0), CKR_FUNCTION_NOT_SUPPORTED);
	ck_assert_uint_eq(f->C_SessionCancel(0, 0), CKR_SESSION_HANDLE_INVALID);
	end();
}
END_TEST

/* --- threads and processes --------------------------------------------------------------------------- */

static void *sign_in_thread(void *h)
{
	return (void *)sign(*(CK_SESSION_HANDLE *)h);
}

/* A signature of another thread's that the agent has begun and does not end. */
static void sign_in_background(CK_SESSION_HANDLE *h, pthread_t *ret)
{
	fake_agent_set(&agent, FAKE_WAITS);
	*h = begin_ecdsa();
	ck_assert_int_eq(pthread_create(ret, NULL, sign_in_thread, h), 0);
	fake_agent_wait(&agent, 1);
}

static CK_RV end_background(pthread_t thread)
{
	void *rv;

	fake_agent_set(&agent, FAKE_SIGNS);
	ck_assert_int_eq(pthread_join(thread, &rv), 0);
	return (CK_RV)rv;
}

START_TEST(a_session_may_be_closed_while_it_signs)
{
	CK_SESSION_HANDLE h;
	pthread_t thread;

	begin();
	sign_in_background(&h, &thread);
	ck_assert_uint_eq(p11->C_CloseSession(h), CKR_OK); /* does not wait */
	ck_assert_uint_eq(p11->C_GetSessionInfo(h, &(CK_SESSION_INFO){}),
			  CKR_SESSION_HANDLE_INVALID);
	ck_assert_uint_eq(end_background(thread), CKR_SESSION_CLOSED);
	sign_in_background(&h, &thread);
	ck_assert_uint_eq(p11->C_CloseAllSessions(SLOT_P256), CKR_OK);
	ck_assert_uint_eq(end_background(thread), CKR_SESSION_CLOSED);
	sign_in_background(&h, &thread);
	ck_assert_uint_eq(p11->C_Finalize(NULL), CKR_OK);
	ck_assert_uint_eq(end_background(thread), CKR_SESSION_CLOSED);
	check_not_initialized(h);
	end();
}
END_TEST

START_TEST(a_session_that_signs_holds_up_nobody_else)
{
	CK_ATTRIBUTE label = {CKA_LABEL, NULL, 0};
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE h, other;
	CK_SESSION_INFO info;
	pthread_t thread;

	begin();
	other = open_session(SLOT_P256);
	key = find_key(other);
	sign_in_background(&h, &thread);
	ck_assert_uint_eq(p11->C_GetSessionInfo(h, &info), CKR_OK);
	ck_assert_uint_eq(p11->C_GetAttributeValue(h, key, &label, 1), CKR_OK);
	ck_assert_uint_eq(p11->C_CloseSession(other), CKR_OK);
	other = open_session(SLOT_RSA);
	ck_assert_uint_ne(find_key(other), key);
	ck_assert_uint_eq(p11->C_Login(other, CKU_USER, NULL, 0), CKR_OK);
	ck_assert_uint_eq(end_background(thread), CKR_OK);
	end();
}
END_TEST

START_TEST(sessions_sign_side_by_side)
{
	CK_SESSION_HANDLE h[8];
	pthread_t threads[8];
	void *rv;

	begin();
	fake_agent_set(&agent, FAKE_WAITS);
	for (size_t i = 0; i < array_len(h); i++) {
		h[i] = begin_ecdsa();
		ck_assert_int_eq(pthread_create(&threads[i], NULL, sign_in_thread, &h[i]), 0);
	}
	fake_agent_wait(&agent, array_len(h)); /* all at once */
	fake_agent_set(&agent, FAKE_SIGNS);
	for (size_t i = 0; i < array_len(h); i++) {
		ck_assert_int_eq(pthread_join(threads[i], &rv), 0);
		ck_assert_uint_eq((CK_RV)rv, CKR_OK);
	}
	end();
}
END_TEST

static int status_of(pid_t child)
{
	int status = -1;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

START_TEST(a_child_begins_anew_and_the_parent_goes_on)
{
	CK_SESSION_HANDLE h;
	pid_t child;

	begin();
	h = begin_ecdsa();
	ck_assert_uint_eq(sign(h), CKR_OK);
	ck_assert_uint_eq(sign_init(h, CKM_ECDSA), CKR_OK);
	child = fork();
	if (child == 0) {
		check_not_initialized(h);
		ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
		ck_assert_uint_eq(sign(h), CKR_SESSION_HANDLE_INVALID);
		ck_assert_uint_eq(sign(begin_ecdsa()), CKR_OK);
		_exit(p11->C_Finalize(NULL) == CKR_OK ? 0 : 1);
	}
	ck_assert_int_eq(status_of(child), 0);
	ck_assert_uint_eq(sign(h), CKR_OK);
	end();
}
END_TEST

START_TEST(a_child_does_not_wait_for_a_thread_that_it_has_not)
{
	CK_SESSION_HANDLE h;
	pthread_t thread;
	pid_t child;

	begin();
	sign_in_background(&h, &thread);
	child = fork();
	if (child == 0) {
		check_not_initialized(h);
		ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
		(void)begin_ecdsa();
		_exit(0);
	}
	ck_assert_int_eq(status_of(child), 0);
	ck_assert_uint_eq(end_background(thread), CKR_OK);
	end();
}
END_TEST

/* All that a host with many threads and no plan may do; none of it may crash or hang. */
static void *storm(void *userdata)
{
	unsigned seed = *(unsigned *)userdata;
	CK_SESSION_HANDLE h = 0;
	CK_BYTE signature[512];

	for (unsigned i = 0; i < 400; i++) {
		CK_ULONG n = sizeof(signature);
		CK_SLOT_ID list[8];

		seed = seed * 1103515245 + 12345;
		switch (seed >> 16 & 15) {
		case 0:
			(void)p11->C_Initialize(NULL);
			break;
		case 1:
			(void)p11->C_Finalize(NULL);
			break;
		case 2:
			(void)p11->C_CloseAllSessions(SLOT_P256);
			break;
		case 3:
			(void)p11->C_CloseSession(h);
			break;
		case 4:
			n = array_len(list);
			(void)p11->C_GetSlotList(CK_TRUE, seed & 1 << 24 ? list : NULL, &n);
			break;
		case 5:
			(void)p11->C_FindObjectsInit(h, NULL, 0);
			(void)p11->C_FindObjects(h, list, 8, &n);
			break;
		case 6:
		case 7:
		case 8:
			(void)p11->C_OpenSession(SLOT_P256, RW, NULL, NULL, &h);
			break;
		default: /* SLOT_P256 * 8 + 1 is its private key */
			(void)p11->C_SignInit(h, &(CK_MECHANISM){CKM_ECDSA, NULL, 0}, 9);
			(void)p11->C_Sign(h, (CK_BYTE *)digest, 32, signature, &n);
			break;
		}
	}
	return NULL;
}

START_TEST(threads_without_a_plan_do_no_harm)
{
	unsigned seeds[4] = {1, 2, 3, 4};
	pthread_t threads[4];

	begin();
	for (size_t i = 0; i < array_len(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, storm, &seeds[i]), 0);
	for (size_t i = 0; i < array_len(threads); i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	(void)p11->C_Initialize(NULL); /* or it is */
	ck_assert_uint_eq(sign(begin_ecdsa()), CKR_OK);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_tables_are_full,
		initialize_takes_every_way_of_the_standard_and_no_other,
		nothing_works_before_initialize_and_after_finalize,
		what_is_not_offered_is_refused,
		each_key_is_a_token_and_keeps_its_slot,
		a_slot_survives_finalize,
		without_an_agent_there_are_no_slots_until_there_is_one,
		one_slot_has_all_keys,
		a_long_name_is_cut_behind_a_whole_character,
		keys_that_make_no_sense_are_left_out,
		a_list_that_did_not_come_is_asked_for_again_once,
		a_handle_that_was_closed_names_nothing_else,
		there_may_be_thousands_of_sessions_and_not_without_end,
		any_login_succeeds_and_is_needed_for_nothing,
		a_search_gives_its_objects_one_by_one_and_once,
		templates_of_absurd_length_are_not_walked_through,
		handles_of_objects_hold_in_their_own_slot_alone,
		every_mechanism_signs_what_it_should,
		every_mechanism_signs_the_same_in_parts,
		a_large_message_is_signed_in_parts_and_a_larger_one_refused,
		the_length_of_a_signature_is_told_without_asking,
		what_is_odd_is_refused_before_anybody_is_asked,
		a_mistake_of_the_host_ends_what_was_begun,
		each_refusal_has_its_code_and_ends_what_was_begun,
		a_signature_of_the_wrong_form_is_none,
		a_new_agent_is_found_by_the_next_signature,
		digests_are_made_here,
		session_cancel_drops_what_it_names,
		a_session_may_be_closed_while_it_signs,
		a_session_that_signs_holds_up_nobody_else,
		sessions_sign_side_by_side,
		a_child_begins_anew_and_the_parent_goes_on,
		a_child_does_not_wait_for_a_thread_that_it_has_not,
		threads_without_a_plan_do_no_harm,
	};

	return unit_run("pkcs11", tests, array_len(tests));
}
