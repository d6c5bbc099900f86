/*
 * worker/gate.c - see gate.h
 */
#include "agent/worker/gate.h"

#include <pthread.h>
#include <string.h>

#include "agent/worker/gate-refuse.h"
#include "agent/worker/sessions.h"

/* Attributes read in one call: our own lists are shorter, libp11 reads one or two. */
#define ATTRIBUTES_MAX 16
/* The largest attribute that anybody may have to make room for. */
#define ATTRIBUTE_SIZE_MAX (1024ul * 1024)

/* Written while nobody else uses the gate (attach, detach), or under the lock (the login). */
static struct {
	CK_FUNCTION_LIST real; /* of the module */
	bool has_module;
	bool has_slot;
	CK_SLOT_ID slot;
	pthread_mutex_t lock;
	bool may_login;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local CK_RV last_failure;

static CK_RV note(CK_RV rv)
{
	if (rv != CKR_OK)
		last_failure = rv;
	return rv;
}

CK_RV gate_last(void)
{
	return last_failure;
}

void gate_clear(void)
{
	last_failure = CKR_OK;
}

/* --- sessions ------------------------------------------------------------------------------------- */

static CK_RV look_up(CK_SESSION_HANDLE h, struct session *ret)
{
	return gate.has_module ? sessions_look_up(h, ret) : CKR_CRYPTOKI_NOT_INITIALIZED;
}

static CK_RV open_real(CK_SLOT_ID slot, CK_SESSION_HANDLE *ret)
{
	return gate.real.C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, ret);
}

/*
 * Puts another real session under a handle. First opened, then closed: the login ends with the
 * last session. Only a token that has no room for a second one gets it the other way round.
 */
static void renew(CK_SESSION_HANDLE h, const struct session *old)
{
	CK_SESSION_HANDLE fresh = CK_INVALID_HANDLE;
	CK_RV rv;

	rv = open_real(old->slot, &fresh);
	(void)gate.real.C_CloseSession(old->real); /* it may be gone already */
	if (rv == CKR_SESSION_COUNT)
		rv = open_real(old->slot, &fresh);

	if (!sessions_replace(h, fresh, rv) && rv == CKR_OK)
		(void)gate.real.C_CloseSession(fresh); /* the handle was closed meanwhile */
}

static CK_RV renew_unless_ok(CK_SESSION_HANDLE h, const struct session *s, CK_RV rv)
{
	if (rv != CKR_OK)
		renew(h, s);
	return note(rv);
}

/* --- what is forwarded -------------------------------------------------------------------------- */

static CK_RV forward_initialize(void *args)
{
	CK_C_INITIALIZE_ARGS own = {.flags = CKF_OS_LOCKING_OK};

	if (!gate.has_module)
		return note(CKR_CRYPTOKI_NOT_INITIALIZED);
	/* Without arguments a module may go without its locks; we have threads. */
	return note(gate.real.C_Initialize(args ? args : &own));
}

static CK_RV forward_finalize(void *reserved)
{
	sessions_forget_all();
	if (!gate.has_module)
		return note(CKR_CRYPTOKI_NOT_INITIALIZED);
	return note(gate.real.C_Finalize(reserved));
}

static CK_RV forward_get_info(CK_INFO *info)
{
	if (!gate.has_module)
		return note(CKR_CRYPTOKI_NOT_INITIALIZED);
	return note(gate.real.C_GetInfo(info));
}

static CK_RV forward_get_slot_list(CK_BYTE is_present, CK_SLOT_ID *list, CK_ULONG *n)
{
	CK_ULONG room = list ? *n : 0;
	CK_RV rv;

	if (!gate.has_module)
		return note(CKR_CRYPTOKI_NOT_INITIALIZED);
	if (gate.has_slot) {
		*n = 1;
		if (list && room < 1)
			return note(CKR_BUFFER_TOO_SMALL);
		if (list)
			list[0] = gate.slot;
		return CKR_OK;
	}
	rv = gate.real.C_GetSlotList(is_present, list, n);
	if (rv == CKR_OK && list && *n > room)
		rv = CKR_GENERAL_ERROR; /* more than there was room for */
	return note(rv);
}

static CK_RV forward_get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
	if (!gate.has_module)
		return note(CKR_CRYPTOKI_NOT_INITIALIZED);
	return note(gate.real.C_GetSlotInfo(slot, info));
}

static CK_RV forward_get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	if (!gate.has_module)
		return note(CKR_CRYPTOKI_NOT_INITIALIZED);
	return note(gate.real.C_GetTokenInfo(slot, info));
}

/* For libp11: never fails, see gate.h. Flags that ask for writing are not passed on. */
static CK_RV forward_open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application,
				  CK_NOTIFY notify, CK_SESSION_HANDLE *ret)
{
	struct session s = {.slot = slot};

	(void)flags;
	(void)application;
	(void)notify; /* a call-back from vendor code is not wanted */
	if (!gate.has_module)
		return note(CKR_CRYPTOKI_NOT_INITIALIZED);
	s.dead = note(open_real(slot, &s.real));
	return note(sessions_enter(&s, ret));
}

static CK_RV forward_close_session(CK_SESSION_HANDLE h)
{
	struct session s;

	if (!sessions_leave(h, &s))
		return note(CKR_SESSION_HANDLE_INVALID);
	if (s.dead != CKR_OK)
		return CKR_OK;
	return note(gate.real.C_CloseSession(s.real));
}

/* For libp11: closes what it has opened itself. */
static CK_RV forward_close_all_sessions(CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE h;

	while ((h = sessions_of_library(slot)) != CK_INVALID_HANDLE)
		(void)forward_close_session(h); /* noted; the others are closed too */
	return CKR_OK;
}

static CK_RV forward_get_session_info(CK_SESSION_HANDLE h, CK_SESSION_INFO *info)
{
	struct session s;
	CK_RV rv = look_up(h, &s);

	if (rv == CKR_OK)
		rv = gate.real.C_GetSessionInfo(s.real, info);
	return note(rv);
}

static bool take_login(void)
{
	bool may;

	pthread_mutex_lock(&gate.lock);
	may = gate.may_login;
	gate.may_login = false;
	pthread_mutex_unlock(&gate.lock);
	return may;
}

static CK_RV forward_login(CK_SESSION_HANDLE h, CK_USER_TYPE user, CK_BYTE *pin, CK_ULONG size)
{
	struct session s;
	CK_RV rv = look_up(h, &s);

	if (rv == CKR_OK && user != CKU_USER && user != CKU_CONTEXT_SPECIFIC)
		rv = CKR_USER_TYPE_INVALID;
	if (rv == CKR_OK && !take_login())
		rv = CKR_FUNCTION_REJECTED;
	if (rv != CKR_OK)
		return note(rv);
	rv = gate.real.C_Login(s.real, user, pin, size);
	if (user == CKU_CONTEXT_SPECIFIC)
		return renew_unless_ok(h, &s, rv);
	return note(rv);
}

static CK_RV forward_logout(CK_SESSION_HANDLE h)
{
	struct session s;
	CK_RV rv = look_up(h, &s);

	if (rv == CKR_OK)
		rv = gate.real.C_Logout(s.real);
	/* What was asked for is so; libp11 would take this for a failure and stay 'logged in'. */
	return rv == CKR_USER_NOT_LOGGED_IN ? CKR_OK : note(rv);
}

/* An unsigned long attribute of a template, or fallback. */
static CK_ULONG number_in(const CK_ATTRIBUTE *t, CK_ULONG n, CK_ATTRIBUTE_TYPE type,
			  CK_ULONG fallback)
{
	CK_ULONG value = fallback;

	for (CK_ULONG i = 0; i < n; i++)
		if (t[i].type == type && t[i].pValue && t[i].ulValueLen == sizeof(value))
			memcpy(&value, t[i].pValue, sizeof(value));
	return value;
}

static CK_RV forward_find_objects_init(CK_SESSION_HANDLE h, CK_ATTRIBUTE *t, CK_ULONG n)
{
	CK_OBJECT_CLASS class = number_in(t, n, CKA_CLASS, CKO_DATA);
	bool is_key = class == CKO_PRIVATE_KEY || class == CKO_PUBLIC_KEY;
	struct session s;
	CK_RV rv = look_up(h, &s);

	sessions_begin_search(h, is_key);
	if (rv == CKR_OK)
		rv = gate.real.C_FindObjectsInit(s.real, t, n);
	return note(rv);
}

static bool is_known_to_libp11(CK_SESSION_HANDLE real, CK_OBJECT_HANDLE object)
{
	CK_KEY_TYPE type = CK_UNAVAILABLE_INFORMATION;
	CK_ATTRIBUTE a = {CKA_KEY_TYPE, &type, sizeof(type)};

	return gate.real.C_GetAttributeValue(real, object, &a, 1) == CKR_OK &&
	       (type == CKK_RSA || type == CKK_EC);
}

static CK_RV find_filtered(CK_SESSION_HANDLE real, CK_OBJECT_HANDLE *list, CK_ULONG max,
			   CK_ULONG *n)
{
	*n = 0;
	while (*n < max) {
		CK_ULONG got = 0;
		CK_RV rv = gate.real.C_FindObjects(real, &list[*n], 1, &got);

		if (rv != CKR_OK || got == 0)
			return rv;
		if (is_known_to_libp11(real, list[*n]))
			++*n;
	}
	return CKR_OK;
}

static CK_RV forward_find_objects(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE *list, CK_ULONG max,
				  CK_ULONG *n)
{
	struct session s;
	CK_RV rv = look_up(h, &s);

	*n = 0;
	if (rv != CKR_OK)
		return note(rv);
	if (s.is_filtered)
		return note(find_filtered(s.real, list, max, n));
	rv = gate.real.C_FindObjects(s.real, list, max, n);
	if (rv == CKR_OK && *n > max)
		rv = CKR_GENERAL_ERROR;
	return note(rv);
}

static CK_RV forward_find_objects_final(CK_SESSION_HANDLE h)
{
	struct session s;
	CK_RV rv = look_up(h, &s);

	if (rv == CKR_OK)
		rv = gate.real.C_FindObjectsFinal(s.real);
	return note(rv);
}

/* Sizes that do not fit the room there was are turned into "not available". */
static CK_RV check_sizes(CK_ATTRIBUTE *t, CK_ULONG n, const CK_ULONG *room, CK_RV rv)
{
	for (CK_ULONG i = 0; i < n; i++) {
		CK_ULONG max = t[i].pValue ? room[i] : ATTRIBUTE_SIZE_MAX;

		if (t[i].ulValueLen == CK_UNAVAILABLE_INFORMATION || t[i].ulValueLen <= max)
			continue;
		t[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
		if (rv == CKR_OK)
			rv = CKR_GENERAL_ERROR;
	}
	return rv;
}

static CK_RV forward_get_attribute_value(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE object,
					 CK_ATTRIBUTE *t, CK_ULONG n)
{
	CK_ULONG room[ATTRIBUTES_MAX];
	struct session s;
	CK_RV rv = look_up(h, &s);

	if (rv == CKR_OK && n > ATTRIBUTES_MAX)
		rv = CKR_ARGUMENTS_BAD;
	if (rv != CKR_OK)
		return note(rv);
	for (CK_ULONG i = 0; i < n; i++)
		room[i] = t[i].ulValueLen;
	rv = gate.real.C_GetAttributeValue(s.real, object, t, n);
	return note(check_sizes(t, n, room, rv));
}

static CK_RV forward_sign_init(CK_SESSION_HANDLE h, CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	struct session s;
	CK_RV rv = look_up(h, &s);

	if (rv != CKR_OK)
		return note(rv);
	return renew_unless_ok(h, &s, gate.real.C_SignInit(s.real, m, key));
}

static CK_RV forward_sign(CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG size, CK_BYTE *signature,
			  CK_ULONG *n)
{
	CK_ULONG room = signature ? *n : 0;
	struct session s;
	CK_RV rv = look_up(h, &s);

	if (rv != CKR_OK)
		return note(rv);
	rv = gate.real.C_Sign(s.real, data, size, signature, n);
	if (rv == CKR_OK && signature && *n > room)
		rv = CKR_GENERAL_ERROR;
	/* A question for the size does not end the operation, and neither does too little room. */
	if (!signature || rv == CKR_BUFFER_TOO_SMALL)
		return note(rv);
	return renew_unless_ok(h, &s, rv);
}

/* --- the list ---------------------------------------------------------------------------------- */

static CK_FUNCTION_LIST list;
static pthread_once_t list_once = PTHREAD_ONCE_INIT;

static void fill_list(void)
{
	list = gate_refuse_all;
	list.C_Initialize = forward_initialize;
	list.C_Finalize = forward_finalize;
	list.C_GetInfo = forward_get_info;
	list.C_GetFunctionList = C_GetFunctionList;
	list.C_GetSlotList = forward_get_slot_list;
	list.C_GetSlotInfo = forward_get_slot_info;
	list.C_GetTokenInfo = forward_get_token_info;
	list.C_OpenSession = forward_open_session;
	list.C_CloseSession = forward_close_session;
	list.C_CloseAllSessions = forward_close_all_sessions;
	list.C_GetSessionInfo = forward_get_session_info;
	list.C_Login = forward_login;
	list.C_Logout = forward_logout;
	list.C_FindObjectsInit = forward_find_objects_init;
	list.C_FindObjects = forward_find_objects;
	list.C_FindObjectsFinal = forward_find_objects_final;
	list.C_GetAttributeValue = forward_get_attribute_value;
	list.C_SignInit = forward_sign_init;
	list.C_Sign = forward_sign;
}

CK_FUNCTION_LIST *gate_functions(void)
{
	(void)pthread_once(&list_once, fill_list); /* fails for a bad once-control only */
	return &list;
}

/* What libp11 looks for; exported from the program by its link options. */
__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST **ret)
{
	*ret = gate_functions();
	return CKR_OK;
}

/*
 * libp11 0.4.20 and later look for this one too. There must be one here: the next one in the
 * process is p11-kit's, which loads every module that is registered on the host and hands out a
 * list that goes past the gate. Under the assembler's name, because not all headers know the types.
 */
CK_RV gate_no_interface(void) __asm__("C_GetInterface");
__attribute__((visibility("default"))) CK_RV gate_no_interface(void)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

/* --- for token.c ------------------------------------------------------------------------------- */

bool gate_attach(CK_FUNCTION_LIST *m)
{
	bool is_whole = m->C_Initialize && m->C_Finalize && m->C_GetInfo && m->C_GetSlotList &&
			m->C_GetSlotInfo && m->C_GetTokenInfo && m->C_OpenSession &&
			m->C_CloseSession && m->C_CloseAllSessions && m->C_GetSessionInfo &&
			m->C_Login && m->C_Logout && m->C_FindObjectsInit && m->C_FindObjects &&
			m->C_FindObjectsFinal && m->C_GetAttributeValue && m->C_SignInit &&
			m->C_Sign;

	gate_detach();
	if (!is_whole)
		return false;
	gate.real = *m;
	gate.has_module = true;
	return true;
}

void gate_detach(void)
{
	sessions_forget_all();
	gate.has_module = false;
	gate.has_slot = false;
	gate.may_login = false;
}

void gate_show_slot(CK_SLOT_ID slot)
{
	gate.slot = slot;
	gate.has_slot = true;
}

void gate_show_all_slots(void)
{
	gate.has_slot = false;
}

CK_RV gate_open(CK_SLOT_ID slot, CK_SESSION_HANDLE *ret)
{
	struct session s = {.slot = slot, .is_ours = true};
	CK_RV rv;

	if (!gate.has_module)
		return note(CKR_CRYPTOKI_NOT_INITIALIZED);
	rv = open_real(slot, &s.real);
	if (rv != CKR_OK)
		return note(rv);
	rv = sessions_enter(&s, ret);
	if (rv != CKR_OK)
		(void)gate.real.C_CloseSession(
			s.real); /* the table is full: that is what is told */
	return note(rv);
}

CK_RV gate_close_all(CK_SLOT_ID slot)
{
	sessions_forget_slot(slot);
	if (!gate.has_module)
		return note(CKR_CRYPTOKI_NOT_INITIALIZED);
	return note(gate.real.C_CloseAllSessions(slot));
}

void gate_allow_login(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.may_login = true;
	pthread_mutex_unlock(&gate.lock);
}
