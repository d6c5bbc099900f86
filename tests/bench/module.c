/*
 * bench/module.c - a load on a PKCS#11 module: C_SignInit and C_Sign, a session for each worker
 *
 * The module is loaded into this process: the token's own, or the client of `p11-kit server`.
 */
#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include <p11-kit/pkcs11.h>

#include "agent/base/cleanup.h"
#include "tests/bench/load.h"

/* DER of what PKCS#1 v1.5 pads: SHA-256, and the digest behind it. */
static const uint8_t sha256_info[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
				      0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

/* Set by prepare(), before there are threads. */
static CK_FUNCTION_LIST *p11;
static CK_SLOT_ID slot;

/* One worker's end. */
struct session {
	CK_SESSION_HANDLE handle;
	CK_OBJECT_HANDLE key;
	CK_MECHANISM mechanism;
};

static int check(struct worker *w, CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return 0;
	worker_complain(w, "%s: CKR 0x%lx", what, rv);
	return -EIO;
}

/* --- a process -------------------------------------------------------------------------------- */

static bool is_token(CK_SLOT_ID id, const char *token)
{
	CK_TOKEN_INFO info;
	char label[sizeof(info.label)];

	if (strlen(token) > sizeof(label) || p11->C_GetTokenInfo(id, &info) != CKR_OK)
		return false;
	memset(label, ' ', sizeof(label));
	memcpy(label, token, strlen(token));
	return memcmp(label, info.label, sizeof(label)) == 0;
}

static int find_slot(const struct load *l, struct worker *w)
{
	CK_SLOT_ID slots[64];
	CK_ULONG n = array_len(slots);
	int r;

	r = check(w, p11->C_GetSlotList(CK_TRUE, slots, &n), "C_GetSlotList");
	if (r < 0)
		return r;
	for (CK_ULONG i = 0; i < n; i++)
		if (is_token(slots[i], l->token)) {
			slot = slots[i];
			return 0;
		}
	worker_complain(w, "the module has no token '%s'", l->token);
	return -ENOENT;
}

static int load_module(const struct load *l, struct worker *w)
{
	CK_C_GetFunctionList get;
	void *module;

	module = dlopen(l->path, RTLD_NOW | RTLD_LOCAL);
	if (!module) {
		worker_complain(w, "%s", dlerror());
		return -ENOENT;
	}
	get = (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList");
	if (!get)
		return -ENOEXEC;
	return check(w, get(&p11), "C_GetFunctionList");
}

/* A login is the token's, so that one session, which stays open, is enough for all. */
static int login(const struct load *l, struct worker *w)
{
	CK_SESSION_HANDLE session;
	CK_RV rv;
	int r;

	r = check(w, p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session),
		  "C_OpenSession");
	if (r < 0)
		return r;
	rv = p11->C_Login(session, CKU_USER, (unsigned char *)l->pin, strlen(l->pin));
	return rv == CKR_USER_ALREADY_LOGGED_IN ? 0 : check(w, rv, "C_Login");
}

static int prepare(struct load *l, struct worker *w)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
	int r;

	if (p11)
		(void)p11->C_Finalize(NULL); /* a try that failed */
	else if (load_module(l, w) < 0)
		return -ENOEXEC;
	r = check(w, p11->C_Initialize(&args), "C_Initialize");
	if (r == 0)
		r = find_slot(l, w);
	return r < 0 ? r : login(l, w);
}

/* --- a worker --------------------------------------------------------------------------------- */

static int find_key(const struct load *l, struct worker *w, struct session *s)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &class, sizeof(class)},
		{CKA_LABEL, (void *)l->key, strlen(l->key)},
	};
	CK_ULONG n = 0;
	int r;

	r = check(w, p11->C_FindObjectsInit(s->handle, template, array_len(template)),
		  "C_FindObjectsInit");
	if (r == 0)
		r = check(w, p11->C_FindObjects(s->handle, &s->key, 1, &n), "C_FindObjects");
	if (r == 0)
		r = check(w, p11->C_FindObjectsFinal(s->handle), "C_FindObjectsFinal");
	if (r < 0 || n == 1)
		return r;
	worker_complain(w, "the token has no key '%s'", l->key);
	return -ENOENT;
}

static CK_MECHANISM_TYPE mechanism_of(enum key_type type)
{
	if (type == KEY_TYPE_RSA)
		return CKM_RSA_PKCS;
	return type == KEY_TYPE_ED25519 ? CKM_EDDSA : CKM_ECDSA;
}

static int open_session(const struct load *l, struct worker *w, struct session *ret)
{
	int r;

	*ret = (struct session){.mechanism = {mechanism_of(l->public.type), NULL, 0}};
	r = check(w, p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &ret->handle),
		  "C_OpenSession");
	return r < 0 ? r : find_key(l, w, ret);
}

static int sign(const struct load *l, struct worker *w, struct session *s, uint64_t n)
{
	uint8_t data[sizeof(sha256_info) + DATA_SIZE], signature[1024];
	size_t info = l->public.type == KEY_TYPE_RSA ? sizeof(sha256_info) : 0;
	CK_ULONG size = sizeof(signature);
	int r;

	memcpy(data, sha256_info, info);
	public_sample(n, data + info);
	r = check(w, p11->C_SignInit(s->handle, &s->mechanism, s->key), "C_SignInit");
	w->asked += r == 0;
	if (r == 0)
		r = check(w, p11->C_Sign(s->handle, data, info + DATA_SIZE, signature, &size),
			  "C_Sign");
	if (r == 0)
		worker_signed(w, l, n, FORM_TOKEN, (struct view){signature, size});
	else
		w->refused++;
	return r;
}

static int run(const struct load *l, struct worker *w, struct gate *g)
{
	/* Numbers of one worker do not meet those of another: their distance is too large. */
	uint64_t n = (uint64_t)(uintptr_t)w << 16, end_nsec, sent_nsec;
	struct session s;
	int r;

	r = open_session(l, w, &s);
	if (r < 0)
		return r;
	r = sign(l, w, &s, n++);
	if (r < 0)
		return r;
	end_nsec = gate_pass(g, l, w);
	while ((sent_nsec = load_now_nsec()) < end_nsec) {
		r = sign(l, w, &s, n++);
		if (r < 0)
			return r;
		worker_answered(w, sent_nsec, 1);
	}
	return 0;
}

const struct kind kind_module = {"module", prepare, run};
