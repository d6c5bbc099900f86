/*
 * pkcs11/call-session.c - sessions and logins
 *
 * The agent decides who may sign, so a login is a formality: it is never asked for, and always
 * succeeds. No PIN is read, whatever a host passes.
 */
#include "client/pkcs11/calls.h"
#include "client/pkcs11/module.h"
#include "client/pkcs11/session.h"
#include "client/pkcs11/slot.h"

/* Sessions for reading and writing are given although nothing can be written: ssh asks for them. */
CK_RV call_open_session(CK_SLOT_ID id, CK_FLAGS flags, void *application, CK_NOTIFY notify,
			CK_SESSION_HANDLE *ret)
{
	struct module *m;
	CK_RV rv;

	(void)application;
	(void)notify;
	rv = slot_need();
	if (rv == CKR_OK)
		rv = module_enter(&m);
	if (rv != CKR_OK)
		return rv;
	rv = slot_check_present(m, id);
	if (rv == CKR_OK && !(flags & CKF_SERIAL_SESSION))
		rv = CKR_SESSION_PARALLEL_NOT_SUPPORTED;
	if (rv == CKR_OK)
		rv = ret ? session_open(m, id, flags, ret) : CKR_ARGUMENTS_BAD;
	module_leave(m);
	return rv;
}

CK_RV call_close_session(CK_SESSION_HANDLE h)
{
	struct module *m;
	CK_RV rv;

	rv = module_enter(&m);
	if (rv != CKR_OK)
		return rv;
	rv = session_close(m, h);
	module_leave(m);
	return rv;
}

CK_RV call_close_all_sessions(CK_SLOT_ID id)
{
	struct module *m;
	CK_RV rv;

	rv = module_enter(&m);
	if (rv != CKR_OK)
		return rv;
	if (id < slot_count(m)) {
		session_close_all(m, &id);
		*slot_login(m, id) = false;
	} else {
		rv = CKR_SLOT_ID_INVALID;
	}
	module_leave(m);
	return rv;
}

/* Does not wait for what is under way on the session. */
CK_RV call_get_session_info(CK_SESSION_HANDLE h, CK_SESSION_INFO *info)
{
	const struct session *s;
	struct module *m;
	bool is_user;
	CK_RV rv;

	rv = module_enter(&m);
	if (rv != CKR_OK)
		return rv;
	s = session_find(m, h);
	if (!s) {
		rv = CKR_SESSION_HANDLE_INVALID;
	} else if (!info) {
		rv = CKR_ARGUMENTS_BAD;
	} else {
		is_user = *slot_login(m, s->slot);
		*info = (CK_SESSION_INFO){.slotID = s->slot, .flags = s->flags};
		if (s->flags & CKF_RW_SESSION)
			info->state = is_user ? CKS_RW_USER_FUNCTIONS : CKS_RW_PUBLIC_SESSION;
		else
			info->state = is_user ? CKS_RO_USER_FUNCTIONS : CKS_RO_PUBLIC_SESSION;
	}
	module_leave(m);
	return rv;
}

static CK_RV set_login(CK_SESSION_HANDLE h, bool is_logged_in)
{
	const struct session *s;
	struct module *m;
	CK_RV rv;

	rv = module_enter(&m);
	if (rv != CKR_OK)
		return rv;
	s = session_find(m, h);
	if (s)
		*slot_login(m, s->slot) = is_logged_in;
	module_leave(m);
	return s ? CKR_OK : CKR_SESSION_HANDLE_INVALID;
}

CK_RV call_login(CK_SESSION_HANDLE h, CK_USER_TYPE type, CK_UTF8CHAR *pin, CK_ULONG pin_size)
{
	(void)pin;
	(void)pin_size;
	if (type != CKU_USER && type != CKU_CONTEXT_SPECIFIC)
		return CKR_USER_TYPE_INVALID;
	return set_login(h, true);
}

CK_RV call_login_user(CK_SESSION_HANDLE h, CK_USER_TYPE type, CK_UTF8CHAR *pin, CK_ULONG pin_size,
		      CK_UTF8CHAR *name, CK_ULONG name_size)
{
	(void)name;
	(void)name_size;
	return call_login(h, type, pin, pin_size);
}

CK_RV call_logout(CK_SESSION_HANDLE h)
{
	return set_login(h, false);
}

CK_RV call_session_cancel(CK_SESSION_HANDLE h, CK_FLAGS flags)
{
	struct session *s;
	CK_RV rv;

	rv = session_take(h, &s);
	if (rv != CKR_OK)
		return rv;
	if (flags & CKF_SIGN)
		signing_end(&s->signing);
	if (flags & CKF_DIGEST)
		s->is_digesting = false;
	if (flags & CANCEL_FIND)
		session_end_find(s);
	return session_give_back(s, CKR_OK);
}
