/*
 * pkcs11/session.c - see session.h
 */
#include "client/pkcs11/session.h"

#include <string.h>

/* More than any program opens; a power of two, so that handles are places and a running number. */
#define SESSIONS_MAX 65536u
#define PLACES_AT_ONCE 16u

static void session_free(struct session *s)
{
	signet_close(s->agent);
	signing_end(&s->signing);
	session_end_find(s);
	(void)pthread_mutex_destroy(&s->lock); /* fails only while it is held */
	free(s);
}

static void unref(struct session *s)
{
	if (--s->n_refs == 0)
		session_free(s);
}

/* --- the table ---------------------------------------------------------------------------------- */

static bool find_place(struct module *m, size_t *ret)
{
	struct session **bigger;
	size_t n = m->n_sessions;

	for (size_t i = 0; i < n; i++)
		if (!m->sessions[i]) {
			*ret = i;
			return true;
		}
	bigger = reallocarray(m->sessions, n + PLACES_AT_ONCE, sizeof(struct session *));
	if (!bigger)
		return false;
	memset(bigger + n, 0, PLACES_AT_ONCE * sizeof(struct session *));
	m->sessions = bigger;
	m->n_sessions = n + PLACES_AT_ONCE;
	*ret = n;
	return true;
}

CK_RV session_open(struct module *m, CK_SLOT_ID slot, CK_FLAGS flags, CK_SESSION_HANDLE *ret)
{
	struct session *s;
	size_t place;

	if (!find_place(m, &place))
		return CKR_HOST_MEMORY;
	if (place >= SESSIONS_MAX)
		return CKR_SESSION_COUNT;
	s = calloc(1, sizeof(*s));
	if (!s)
		return CKR_HOST_MEMORY;
	if (pthread_mutex_init(&s->lock, NULL) != 0) {
		free(s);
		return CKR_HOST_MEMORY;
	}
	s->module = m;
	s->slot = slot;
	s->flags = flags;
	s->n_refs = 1;
	/* The number keeps a handle that was closed from naming what came after it. */
	while (++m->n_opened * SESSIONS_MAX == 0)
		; /* where a handle has 32 bits; 0 is none */
	s->handle = m->n_opened * SESSIONS_MAX + place;
	m->sessions[place] = s;
	*ret = s->handle;
	return CKR_OK;
}

struct session *session_find(struct module *m, CK_SESSION_HANDLE h)
{
	size_t place = h % SESSIONS_MAX;
	struct session *s = place < m->n_sessions ? m->sessions[place] : NULL;

	return s && s->handle == h ? s : NULL;
}

static void close_one(struct module *m, struct session *s)
{
	m->sessions[s->handle % SESSIONS_MAX] = NULL;
	s->is_closed = true;
	unref(s);
}

CK_RV session_close(struct module *m, CK_SESSION_HANDLE h)
{
	struct session *s = session_find(m, h);

	if (!s)
		return CKR_SESSION_HANDLE_INVALID;
	close_one(m, s);
	return CKR_OK;
}

void session_close_all(struct module *m, const CK_SLOT_ID *slot)
{
	for (size_t i = 0; i < m->n_sessions; i++)
		if (m->sessions[i] && (!slot || m->sessions[i]->slot == *slot))
			close_one(m, m->sessions[i]);
}

/* --- calls -------------------------------------------------------------------------------------- */

CK_RV session_take(CK_SESSION_HANDLE h, struct session **ret)
{
	struct session *s;
	struct module *m;
	CK_RV rv;

	rv = module_enter(&m);
	if (rv != CKR_OK)
		return rv;
	s = session_find(m, h);
	if (s)
		s->n_refs++;
	module_leave(m);
	if (!s)
		return CKR_SESSION_HANDLE_INVALID;
	(void)pthread_mutex_lock(&s->lock); /* a default mutex that we do not hold cannot fail */
	if (s->is_closed)
		return session_give_back(s, CKR_SESSION_CLOSED);
	*ret = s;
	return CKR_OK;
}

CK_RV session_give_back(struct session *s, CK_RV rv)
{
	struct module *m = s->module;

	(void)pthread_mutex_unlock(&s->lock); /* locked by session_take() */
	module_lock(m);
	if (s->is_closed)
		rv = CKR_SESSION_CLOSED;
	unref(s);
	module_leave(m);
	return rv;
}

void session_end_find(struct session *s)
{
	free(s->found);
	s->found = NULL;
	s->n_found = s->n_told = 0;
	s->is_finding = false;
}

/* What else the sessions hold stays: a thread of the parent may have been at work on it. */
void session_let_go_all(struct module *inherited)
{
	for (size_t i = 0; i < inherited->n_sessions; i++) {
		struct session *s = inherited->sessions[i];

		if (!s)
			continue;
		signet_close(s->agent);
		s->agent = NULL;
	}
}
