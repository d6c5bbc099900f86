/*
 * pkcs11/module.c - see module.h
 */
#include "client/pkcs11/module.h"

#include <string.h>
#include <unistd.h>

#include "client/pkcs11/session.h"

/* Never freed: there is no moment after which nobody calls. */
static _Atomic(struct module *) current;

/* A thread that is cancelled while it closes a session would keep the lock: so it is not, until it leaves. */
void module_lock(struct module *m)
{
	int state;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE,
				     &state); /* fails for a bad state only */
	(void)pthread_mutex_lock(&m->lock);   /* a default mutex that we do not hold cannot fail */
	m->cancel_state = state;
}

void module_leave(struct module *m)
{
	int state = m->cancel_state;

	(void)pthread_mutex_unlock(&m->lock);      /* locked by us */
	(void)pthread_setcancelstate(state, NULL); /* as it was */
}

CK_RV module_enter(struct module **ret)
{
	struct module *m = atomic_load(&current);

	if (!m || m->owner != getpid())
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	module_lock(m);
	if (!m->is_initialized) {
		module_leave(m);
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	}
	*ret = m;
	return CKR_OK;
}

static struct module *make(struct module *inherited)
{
	struct module *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	if (pthread_mutex_init(&m->lock, NULL) != 0) {
		free(m);
		return NULL;
	}
	m->owner = getpid();
	m->inherited = inherited;
	return m;
}

/* If no thread of the parent was inside, its connections are known, and our copies are closed. */
static void let_go(struct module *inherited)
{
	if (!inherited || pthread_mutex_trylock(&inherited->lock) != 0)
		return;
	session_let_go_all(inherited);
	(void)pthread_mutex_unlock(&inherited->lock); /* locked by us */
}

/* The state of this process, made if need be; NULL when out of memory. */
static struct module *get_or_make(void)
{
	struct module *m = atomic_load(&current), *mine;

	while (!m || m->owner != getpid()) {
		mine = make(m);
		if (!mine)
			return NULL;
		if (atomic_compare_exchange_strong(&current, &m, mine)) {
			let_go(m);
			return mine;
		}
		(void)pthread_mutex_destroy(&mine->lock); /* another thread was first; unused */
		free(mine);
	}
	return m;
}

static bool is_on(const char *name)
{
	const char *value = secure_getenv(name);

	return value && strcmp(value, "1") == 0;
}

/*
 * Locks are those of the system whatever the host says, which may use any of the ways that the
 * standard has: no mutexes and no threads, its own, or the system's.
 */
static bool is_sane(const CK_C_INITIALIZE_ARGS *args)
{
	unsigned n;

	if (!args)
		return true;
	n = (args->CreateMutex != NULL) + (args->DestroyMutex != NULL) + (args->LockMutex != NULL) +
	    (args->UnlockMutex != NULL);
	return !args->pReserved && (n == 0 || n == 4);
}

CK_RV module_start(const CK_C_INITIALIZE_ARGS *args)
{
	CK_RV rv = CKR_CRYPTOKI_ALREADY_INITIALIZED;
	struct module *m;

	if (!is_sane(args))
		return CKR_ARGUMENTS_BAD;
	m = get_or_make();
	if (!m)
		return CKR_HOST_MEMORY;
	module_lock(m);
	if (!m->is_initialized) {
		m->is_initialized = true;
		m->is_listed = false;
		m->has_one_slot = is_on("SIGNET_PKCS11_ONE_SLOT");
		rv = CKR_OK;
	}
	module_leave(m);
	return rv;
}

CK_RV module_stop(void)
{
	struct module *m;
	CK_RV rv;

	rv = module_enter(&m);
	if (rv != CKR_OK)
		return rv;
	session_close_all(m, NULL);
	m->is_initialized = false;
	module_leave(m);
	return CKR_OK;
}
