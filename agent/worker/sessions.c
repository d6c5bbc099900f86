/*
 * worker/sessions.c - see sessions.h
 */
#include "agent/worker/sessions.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct session table[SESSIONS_MAX];
static unsigned long last_serial;

static CK_SESSION_HANDLE handle_of(size_t i)
{
	return table[i].serial * SESSIONS_MAX + i + 1;
}

/* The entry of a handle; NULL if there is none. Called with the lock held, as the next ones. */
static struct session *entry_of(CK_SESSION_HANDLE h)
{
	size_t i = (h - 1) % SESSIONS_MAX;

	return h != CK_INVALID_HANDLE && table[i].is_used && handle_of(i) == h ? &table[i] : NULL;
}

static size_t find_free(void)
{
	size_t i;

	for (i = 0; i < SESSIONS_MAX; i++)
		if (!table[i].is_used)
			break;
	return i;
}

CK_RV sessions_enter(const struct session *s, CK_SESSION_HANDLE *ret)
{
	CK_RV rv = CKR_SESSION_COUNT;
	size_t i;

	pthread_mutex_lock(&lock);
	i = find_free();
	if (i < SESSIONS_MAX) {
		table[i] = *s;
		table[i].is_used = true;
		table[i].serial = ++last_serial;
		*ret = handle_of(i);
		rv = CKR_OK;
	}
	pthread_mutex_unlock(&lock);
	return rv;
}

CK_RV sessions_look_up(CK_SESSION_HANDLE h, struct session *ret)
{
	CK_RV rv = CKR_SESSION_HANDLE_INVALID;
	struct session *s;

	pthread_mutex_lock(&lock);
	s = entry_of(h);
	if (s) {
		*ret = *s;
		rv = s->dead;
	}
	pthread_mutex_unlock(&lock);
	return rv;
}

bool sessions_leave(CK_SESSION_HANDLE h, struct session *ret)
{
	struct session *s;

	pthread_mutex_lock(&lock);
	s = entry_of(h);
	if (s) {
		*ret = *s;
		s->is_used = false;
	}
	pthread_mutex_unlock(&lock);
	return s != NULL;
}

bool sessions_replace(CK_SESSION_HANDLE h, CK_SESSION_HANDLE real, CK_RV dead)
{
	struct session *s;

	pthread_mutex_lock(&lock);
	s = entry_of(h);
	if (s) {
		s->real = real;
		s->dead = dead;
	}
	pthread_mutex_unlock(&lock);
	return s != NULL;
}

void sessions_begin_search(CK_SESSION_HANDLE h, bool is_for_keys)
{
	struct session *s;

	pthread_mutex_lock(&lock);
	s = entry_of(h);
	if (s)
		s->is_filtered = is_for_keys && !s->is_ours;
	pthread_mutex_unlock(&lock);
}

CK_SESSION_HANDLE sessions_of_library(CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE h = CK_INVALID_HANDLE;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < SESSIONS_MAX && h == CK_INVALID_HANDLE; i++)
		if (table[i].is_used && !table[i].is_ours && table[i].slot == slot)
			h = handle_of(i);
	pthread_mutex_unlock(&lock);
	return h;
}

void sessions_forget_slot(CK_SLOT_ID slot)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (table[i].slot == slot)
			table[i].is_used = false;
	pthread_mutex_unlock(&lock);
}

void sessions_forget_all(void)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		table[i].is_used = false;
	pthread_mutex_unlock(&lock);
}
