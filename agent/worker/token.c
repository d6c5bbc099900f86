/*
 * worker/token.c - see token.h
 */
#include "agent/worker/token.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "agent/base/fd.h"
#include "agent/base/text.h"
#include "agent/worker/allow.h"
#include "agent/worker/gate.h"
#include "agent/worker/login.h"
#include "agent/worker/module.h"
#include "agent/worker/proof.h"

void token_init(struct token *t, const char *name, const char *directory,
		const struct tokenfile *config, struct secret **pin)
{
	*t = (struct token){
		.name = name,
		.directory = directory,
		.config = config,
		.p11 = gate_functions(),
		.pin = take_ptr(*pin),
		.state = TOKEN_STATE_LOST,
		.sessions = 1,
	};
	answer_set(&t->why, JOB_RESULT_LOST, 0, "the token is being looked for");
}

static bool fails(struct token *t, CK_RV rv, const char *what)
{
	char name[RECOVERY_NAME_SIZE];

	if (rv == CKR_OK)
		return false;
	answer_set(&t->why, JOB_RESULT_LOST, rv, "%s: %s", what, recovery_name(rv, name));
	return true;
}

/* --- down --------------------------------------------------------------------------------------- */

/* Leaves the one that holds the login. */
static void close_sessions(struct token *t)
{
	for (unsigned i = 0; i < t->sessions; i++)
		if (t->signing[i] != CK_INVALID_HANDLE && t->signing[i] != t->keeper)
			(void)t->p11->C_CloseSession(t->signing[i]); /* it may be dead */
	t->signing[0] = CK_INVALID_HANDLE;
	t->sessions = 1;
}

/* Lets go of the slot: all sessions end, and the login with them. */
static void release(struct token *t)
{
	close_sessions(t);
	library_leave(&t->library);
	if (t->has_slot)
		(void)gate_close_all(t->slot.id); /* what is dead cannot be closed, and need not */
	gate_show_all_slots();
	t->has_slot = false;
	t->keeper = CK_INVALID_HANDLE;
	t->generation++;
}

static void unload(struct token *t)
{
	release(t);
	library_unload(&t->library);
	gate_detach();
}

/* --- up ------------------------------------------------------------------------------------------ */

static bool load(struct token *t)
{
	if (!t->module) {
		module_load(t->config->module, &t->why, &t->module);
		if (t->why.result != JOB_RESULT_OK)
			return false;
	}
	if (t->library.ctx)
		return true;
	if (!gate_attach(t->module)) {
		answer_set(&t->why, JOB_RESULT_LOST, 0,
			   "module '%s' lacks functions that signing needs", t->config->module);
		return false;
	}
	return !fails(t, library_load(&t->library), "the module cannot be initialised");
}

/* As many as configured; the token's limit also has to do for the one that holds the login. */
static unsigned sessions_of(const struct token *t)
{
	unsigned wanted = config_sessions(t->config);
	unsigned long max = t->slot.max_sessions;

	if (max == CK_EFFECTIVELY_INFINITE || max > wanted)
		return wanted;
	return max > 1 ? (unsigned)max - 1 : 1;
}

static bool find_slot(struct token *t)
{
	struct slot slot;

	slot_find(t->p11, &t->config->uri, &slot, &t->why);
	if (t->why.result != JOB_RESULT_OK)
		return false;
	t->slot = slot;
	t->has_slot = true;
	gate_show_slot(slot.id);
	return true;
}

static bool open_keeper(struct token *t)
{
	return !fails(t, gate_open(t->slot.id, &t->keeper), "the token opens no session");
}

/* As many as the token gives. If that is none, the one that holds the login has to do. */
static bool open_sessions(struct token *t)
{
	unsigned wanted = sessions_of(t), n = 0;
	CK_RV rv = CKR_OK;

	while (n < wanted && rv == CKR_OK) {
		rv = gate_open(t->slot.id, &t->signing[n]);
		n += rv == CKR_OK;
	}
	if (n == 0)
		t->signing[0] = t->keeper;
	t->sessions = n > 0 ? n : 1;
	/* With some at least it does not matter how the token says that there are no more. */
	if (n > 0 || rv == CKR_SESSION_COUNT)
		return true;
	return !fails(t, rv, "the token opens no session to sign with");
}

static enum token_state log_in(struct token *t, bool is_person)
{
	const struct login l = {
		.name = t->name,
		.directory = t->directory,
		.p11 = t->p11,
		.slot = t->slot.id,
		.keeper = t->keeper,
		.library = &t->library,
		.pin = t->pin,
		.is_person = is_person,
		.has_succeeded = t->pin_has_succeeded,
	};
	enum token_state state = login_run(&l, &t->why);

	t->pin_has_succeeded = state == TOKEN_STATE_READY;
	return state;
}

/*
 * Reads keys and certificates into t->keys. While logged out only public keys can be seen: they do
 * when nothing better is known, so that names can be told from the first start on.
 */
static int read_keys(struct token *t, bool is_logged_in, CK_RV *ret_rv)
{
	struct objects private = {}, public = {};
	PKCS11_CERT *certificates;
	unsigned n_certificates;
	struct keys keys;
	int r;

	*ret_rv = CKR_OK;
	r = objects_read(t->p11, t->keeper, CKO_PUBLIC_KEY, &public, ret_rv);
	if (r == 0 && *ret_rv == CKR_OK && is_logged_in)
		r = objects_read(t->p11, t->keeper, CKO_PRIVATE_KEY, &private, ret_rv);
	/* Logged out meanwhile, a token shows no private keys, and no error. */
	if (r == 0 && *ret_rv == CKR_OK && t->has_login && !login_is_active(t->p11, t->keeper))
		*ret_rv = CKR_USER_NOT_LOGGED_IN;
	if (r == 0 && *ret_rv == CKR_OK) {
		/* Without certificates the keys are as good. */
		(void)library_certificates(&t->library, &certificates, &n_certificates);
		r = keys_build(is_logged_in ? &private : NULL, &public, certificates,
			       n_certificates, &keys);
		if (r == 0) {
			allow_limit(t->config, is_logged_in, &keys);
			keys_done(&t->keys);
			t->keys = keys;
		}
	}
	objects_done(&private);
	objects_done(&public);
	return r;
}

static enum token_state take_stock(struct token *t, enum token_state state)
{
	bool is_ready = state == TOKEN_STATE_READY;
	CK_RV rv;
	int r;

	if (!is_ready && t->keys.n > 0)
		return state;
	r = read_keys(t, is_ready, &rv);
	if (!is_ready)
		return state; /* names are a courtesy */
	if (r < 0) {
		answer_set(&t->why, JOB_RESULT_LOST, 0, "the keys cannot be read: %s",
			   strerror(-r));
		return TOKEN_STATE_LOST;
	}
	if (fails(t, rv, "the keys cannot be read"))
		return TOKEN_STATE_LOST;
	proof_run(&t->keys, t->config, t->p11, t->keeper);
	return TOKEN_STATE_READY;
}

/* From a session to the keys, with libp11 in the house. */
static enum token_state visit(struct token *t, bool is_person)
{
	enum token_state state;

	close_sessions(t); /* libp11 needs one, and there may not be many */
	if (fails(t, library_visit(&t->library), "the token does not answer"))
		return TOKEN_STATE_LOST;
	state = log_in(t, is_person);
	t->has_login = login_is_active(t->p11, t->keeper);
	if (state != TOKEN_STATE_LOST)
		state = take_stock(t, state);
	library_leave(&t->library);
	if (state == TOKEN_STATE_READY && !open_sessions(t))
		return TOKEN_STATE_LOST;
	return state;
}

/*
 * Logins to one token happen one after the other, and no start falls into one: SoftHSM empties and
 * rewrites its token file at each. The lock goes with the descriptor, so no crash leaves it behind.
 */
static int lock_logins(const struct token *t)
{
	_cleanup_(freep) char *path = text_format("%s/lock", t->directory);
	int fd;

	if (!path)
		return -ENOMEM;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX) < 0) {
		int r = -errno;

		if (r == -EINTR)
			continue;
		fd_close(fd);
		return r;
	}
	return fd;
}

static enum token_state go_up(struct token *t)
{
	if (!load(t) || !find_slot(t) || !open_keeper(t))
		return TOKEN_STATE_LOST;
	return visit(t, false);
}

void token_activate(struct token *t, enum recovery depth)
{
	_cleanup_(fd_closep) int lock_fd = lock_logins(t);

	if (lock_fd < 0) {
		release(t);
		t->state = TOKEN_STATE_LOST;
		answer_set(&t->why, JOB_RESULT_LOST, 0, "'%s/lock' cannot be locked: %s",
			   t->directory, strerror(-lock_fd));
		return;
	}
	if (depth >= RECOVERY_RELOAD)
		unload(t);
	else
		release(t);
	t->state = go_up(t);
	if (t->state != TOKEN_STATE_LOST || depth >= RECOVERY_RELOAD)
		return;
	unload(t);
	t->state = go_up(t);
}

/* --- orders --------------------------------------------------------------------------------------- */

/* Whether there is a session to log in with, and what the state says is still so. */
static bool is_up(const struct token *t)
{
	CK_SESSION_INFO info;

	if (t->state == TOKEN_STATE_LOST)
		return false;
	if (t->p11->C_GetSessionInfo(t->keeper, &info) != CKR_OK)
		return false;
	return t->state != TOKEN_STATE_READY || login_is_active(t->p11, t->keeper);
}

/* The PIN at hand before is given up with this: it was refused, or there was none. */
static void log_in_with(struct token *t, struct secret **pin, bool is_person)
{
	_cleanup_(fd_closep) int lock_fd = lock_logins(t);

	if (lock_fd < 0) {
		answer_set(&t->why, JOB_RESULT_LOCKED, 0, "'%s/lock' cannot be locked: %s",
			   t->directory, strerror(-lock_fd));
		return;
	}
	secret_free(t->pin);
	t->pin = take_ptr(*pin);
	t->pin_has_succeeded = false;
	t->state = visit(t, is_person);
	if (t->state != TOKEN_STATE_READY)
		t->pin = secret_free(t->pin);
}

void token_unlock(struct token *t, struct secret **pin, bool is_person, struct answer *ret_answer)
{
	if (!is_up(t))
		token_activate(t, RECOVERY_LOGIN);
	if (t->state != TOKEN_STATE_READY && t->state != TOKEN_STATE_LOST)
		log_in_with(t, pin, is_person);
	*ret_answer = t->why;
	if (t->state == TOKEN_STATE_READY)
		answer_ok(ret_answer);
}

void token_lock(struct token *t, struct answer *ret_answer)
{
	t->pin = secret_free(t->pin);
	t->pin_has_succeeded = false;
	answer_ok(ret_answer);
	if (t->state == TOKEN_STATE_LOST)
		return; /* no login, and no PIN to get one */
	/* Closing all sessions logs out even where C_Logout does not. */
	if (t->keeper != CK_INVALID_HANDLE)
		(void)t->p11->C_Logout(t->keeper);
	token_activate(t, RECOVERY_LOGIN);
	if (t->state == TOKEN_STATE_READY) /* its sessions would not close: C_Finalize ends them */
		token_activate(t, RECOVERY_RELOAD);
	if (t->state == TOKEN_STATE_READY)
		answer_set(ret_answer, JOB_RESULT_REFUSED, 0,
			   "the token needs no PIN, so it cannot be locked");
}

void token_refresh(struct token *t)
{
	if (t->state != TOKEN_STATE_READY) {
		token_activate(t, RECOVERY_LOGIN);
		return;
	}
	t->state = visit(t, false);
}

void token_give_up(struct token *t, const char *sentence)
{
	release(t);
	t->state = TOKEN_STATE_LOST;
	answer_set(&t->why, JOB_RESULT_LOST, 0, "%s", sentence);
}
