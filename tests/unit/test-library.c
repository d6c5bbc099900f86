/*
 * test-library.c - a real token, SoftHSM's, from the module to a signature; with libp11 in between
 */
#include "agent/worker/library.h"

#include "tests/unit/unit.h"

#include <dlfcn.h>
#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "agent/base/text.h"
#include "agent/worker/gate.h"
#include "agent/worker/login.h"
#include "agent/worker/sign.h"
#include "agent/worker/token.h"
#include "agent/worker/verify.h"

#define PIN "right-pin"

/* SoftHSM loses some bytes for each Ed25519 key that it makes or reads. Asked by AddressSanitizer. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* --- a token in a directory of its own ------------------------------------------------------------- */

struct house {
	char dir[48];
	char *state_dir; /* owned */
	char *module;    /* owned */
	struct tokenfile config;
	struct token token;
	struct secret *pin; /* owned until the token takes it */
};

static char *find_module(void)
{
	static const char *const places[] = {
		"/usr/lib/softhsm/libsofthsm2.so",
		"/usr/lib/*/softhsm/libsofthsm2.so",
		"/usr/lib64/pkcs11/libsofthsm2.so",
		"/usr/lib64/softhsm/libsofthsm*.so",
	};
	char *found = NULL;
	glob_t g;

	for (size_t i = 0; i < array_len(places) && !found; i++) {
		if (glob(places[i], 0, NULL, &g) == 0)
			found = realpath(g.gl_pathv[0], NULL);
		globfree(&g);
	}
	if (!found)
		ck_abort_msg("SoftHSM is not installed");
	return found;
}

static void make_directories(struct house *h)
{
	_cleanup_(freep) char *conf = NULL, *tokens = NULL;
	FILE *f;

	strcpy(h->dir, "/tmp/test-library-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(h->dir));
	h->state_dir = text_format("%s/state", h->dir);
	tokens = text_format("%s/tokens", h->dir);
	conf = text_format("%s/softhsm2.conf", h->dir);
	ck_assert_int_eq(mkdir(h->state_dir, 0700), 0);
	ck_assert_int_eq(mkdir(tokens, 0700), 0);
	f = fopen(conf, "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_gt(fprintf(f, "directories.tokendir = %s\nlog.level = ERROR\n", tokens), 0);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(setenv("SOFTHSM2_CONF", conf, 1), 0);
}

static CK_FUNCTION_LIST *softhsm(const struct house *h)
{
	CK_FUNCTION_LIST *p11 = NULL;
	CK_C_GetFunctionList get;
	void *handle = dlopen(h->module, RTLD_NOW | RTLD_LOCAL);

	ck_assert_msg(handle, "%s", dlerror());
	*(void **)&get = dlsym(handle, "C_GetFunctionList");
	ck_assert_uint_eq(get(&p11), CKR_OK);
	return p11;
}

/* --- keys ------------------------------------------------------------------------------------------- */

struct made_key {
	const char *label;
	const char *id;
	CK_KEY_TYPE type;
	const char *params; /* DER; NULL: RSA-2048 */
	size_t params_size;
	CK_BBOOL needs_pin_each_time;
};

static const struct made_key made_keys[] = {
	{"rsa", "01", CKK_RSA, NULL, 0, CK_FALSE},
	{"p256", "02", CKK_EC, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10, CK_FALSE},
	{"ed", "03", CKK_EC_EDWARDS,
	 "\x13\x0c"
	 "edwards25519",
	 14, CK_FALSE},
	{"nameless", "", CKK_EC, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10, CK_FALSE},
	{"twin", "04", CKK_EC, "\x06\x05\x2b\x81\x04\x00\x22", 7, CK_FALSE},
	{"sibling", "04", CKK_EC, "\x06\x05\x2b\x81\x04\x00\x22", 7, CK_FALSE},
	{"careful", "05", CKK_EC, "\x06\x05\x2b\x81\x04\x00\x22", 7, CK_TRUE},
};

static void generate(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE s, const struct made_key *k)
{
	static CK_BBOOL yes = CK_TRUE;
	CK_BBOOL each_time = k->needs_pin_each_time;
	CK_ULONG bits = 2048;
	CK_KEY_TYPE type = k->type;
	CK_MECHANISM m = {.mechanism = k->type == CKK_RSA  ? CKM_RSA_PKCS_KEY_PAIR_GEN
				       : k->type == CKK_EC ? CKM_EC_KEY_PAIR_GEN
							   : CKM_EC_EDWARDS_KEY_PAIR_GEN};
	CK_ATTRIBUTE public[] = {
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_VERIFY, &yes, sizeof(yes)},
		{CKA_LABEL, (void *)k->label, strlen(k->label)},
		{CKA_ID, (void *)k->id, strlen(k->id)},
		{CKA_KEY_TYPE, &type, sizeof(type)},
		{CKA_MODULUS_BITS, &bits, sizeof(bits)},
	};
	CK_ATTRIBUTE private[] = {
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_PRIVATE, &yes, sizeof(yes)},
		{CKA_SIGN, &yes, sizeof(yes)},
		{CKA_SENSITIVE, &yes, sizeof(yes)},
		{CKA_LABEL, (void *)k->label, strlen(k->label)},
		{CKA_ID, (void *)k->id, strlen(k->id)},
		{CKA_ALWAYS_AUTHENTICATE, &each_time, sizeof(each_time)},
	};
	CK_OBJECT_HANDLE a, b;

	if (k->params)
	public[5] = (CK_ATTRIBUTE){CKA_EC_PARAMS, (void *)k->params, k->params_size};
	ck_assert_uint_eq(p11->C_GenerateKeyPair(s, &m, public, array_len(public), private,
						 array_len(private), &a, &b),
			  CKR_OK);
}

/* A token by this name, with all keys. */
static void make_token(const struct house *h, const char *name)
{
	CK_FUNCTION_LIST *p11 = softhsm(h);
	CK_UTF8CHAR label[32];
	CK_SESSION_HANDLE s;
	CK_SLOT_ID slots[8];
	CK_ULONG n = array_len(slots);
	CK_BYTE *so = (CK_BYTE *)"so-pin", *pin = (CK_BYTE *)PIN;

	memset(label, ' ', sizeof(label));
	memcpy(label, name, strlen(name));
	ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
	ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, slots, &n), CKR_OK);
	/* The last one is the empty one. */
	ck_assert_uint_eq(p11->C_InitToken(slots[n - 1], so, 6, label), CKR_OK);
	ck_assert_uint_eq(p11->C_OpenSession(slots[n - 1], CKF_SERIAL_SESSION | CKF_RW_SESSION,
					     NULL, NULL, &s),
			  CKR_OK);
	ck_assert_uint_eq(p11->C_Login(s, CKU_SO, so, 6), CKR_OK);
	ck_assert_uint_eq(p11->C_InitPIN(s, pin, strlen(PIN)), CKR_OK);
	ck_assert_uint_eq(p11->C_Logout(s), CKR_OK);
	ck_assert_uint_eq(p11->C_Login(s, CKU_USER, pin, strlen(PIN)), CKR_OK);
	for (size_t i = 0; i < array_len(made_keys); i++)
		generate(p11, s, &made_keys[i]);
	ck_assert_uint_eq(p11->C_Finalize(NULL), CKR_OK);
}

/* --- the house ------------------------------------------------------------------------------------------ */

static struct secret *pin_of(const char *text)
{
	_cleanup_(fd_closep) int fd = memfd_create("pin", MFD_CLOEXEC);
	struct secret *s = NULL;

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(secret_read(fd, 64, &s), 0);
	return s;
}

static void house_init(struct house *h, const char *uri, const char *pin)
{
	char why[256];

	*h = (struct house){};
	make_directories(h);
	h->module = find_module();
	make_token(h, "unit");
	make_token(h, "unit-other");
	h->config.module = h->module;
	h->config.sessions = 3;
	h->config.has_uri = true;
	ck_assert_int_eq(uri_parse(uri, URI_TOKEN, &h->config.uri, why, sizeof(why)), 0);
	if (pin)
		h->pin = pin_of(pin);
	token_init(&h->token, "name", h->state_dir, &h->config, &h->pin);
}

/* The same, with the token found and logged in. */
static void house_up(struct house *h)
{
	house_init(h, "pkcs11:token=unit", PIN);
	token_activate(&h->token, RECOVERY_LOGIN);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void house_done(struct house *h)
{
	struct answer a;

	token_lock(&h->token, &a);
	library_unload(&h->token.library);
	keys_done(&h->token.keys);
	uri_done(&h->config.uri);
	free(h->module);
	free(h->state_dir);
	ck_assert_int_eq(nftw(h->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static const struct key *key_of(const struct token *t, const char *label)
{
	for (size_t i = 0; i < t->keys.n; i++)
		if (strcmp(t->keys.list[i].label, label) == 0)
			return &t->keys.list[i];
	return NULL;
}

/* Signs with the key and verifies. */
static bool can_sign(const struct token *t, const char *label, enum algorithm algorithm)
{
	const struct key *k = key_of(t, label);
	bool is_hashed = algorithm != ALGORITHM_EDDSA;
	const struct sign_task task = {
		.public = k ? &k->public : NULL,
		.algorithm = algorithm,
		.hash = is_hashed ? HASH_SHA256 : HASH_NONE,
		.input = INPUT_MESSAGE,
		.data = {(const uint8_t *)"hello", 5},
	};
	uint8_t signature[SIGNATURE_MAX];
	struct verifier v = {};
	struct sign_input input;
	enum sign_stage stage;
	CK_SESSION_HANDLE s;
	struct answer a;
	bool is_right;
	size_t size;

	ck_assert_msg(k, "there is no key '%s'", label);
	sign_prepare(&task, &input, &a);
	ck_assert_int_eq(a.result, JOB_RESULT_OK);
	ck_assert_uint_eq(gate_open(t->slot.id, &s), CKR_OK);
	is_right = sign_run(t->p11, s, k->handle, &input, signature, &size, &stage) == CKR_OK &&
		   verifier_check(&v, &task, &input, signature, size);
	ck_assert_uint_eq(t->p11->C_CloseSession(s), CKR_OK);
	verifier_done(&v);
	return is_right;
}

static void check_state(const struct token *t, enum token_state state, const char *reason)
{
	ck_assert_msg(t->state == state, "%s, not %s: %s", token_state_name(t->state),
		      token_state_name(state), t->why.sentence);
	ck_assert_msg(strstr(t->why.sentence, reason), "'%s' is not in '%s'", reason,
		      t->why.sentence);
}

/* --- tests ---------------------------------------------------------------------------------------------- */

START_TEST(all_types_of_keys_of_one_token_sign)
{
	struct house h;

	house_up(&h);
	check_state(&h.token, TOKEN_STATE_READY, "");
	ck_assert(can_sign(&h.token, "rsa", ALGORITHM_RSA_PKCS1));
	ck_assert(can_sign(&h.token, "rsa", ALGORITHM_RSA_PSS));
	ck_assert(can_sign(&h.token, "p256", ALGORITHM_ECDSA));
	ck_assert(can_sign(&h.token, "ed", ALGORITHM_EDDSA));
	house_done(&h);
}
END_TEST

START_TEST(keys_that_cannot_be_told_apart_or_served_are_left_out_and_counted)
{
	struct house h;

	house_up(&h);
	ck_assert_uint_eq(h.token.keys.n, 3);
	ck_assert_uint_eq(h.token.keys.n_left_out, 4);
	ck_assert_ptr_null(key_of(&h.token, "nameless"));
	ck_assert_ptr_null(key_of(&h.token, "twin"));
	ck_assert_ptr_null(key_of(&h.token, "sibling"));
	ck_assert_ptr_null(key_of(&h.token, "careful"));
	house_done(&h);
}
END_TEST

START_TEST(libp11_enumerates_a_token_with_keys_it_does_not_know)
{
	PKCS11_KEY *keys;
	struct house h;
	unsigned n = 0;

	house_up(&h);
	ck_assert_uint_eq(library_visit(&h.token.library), CKR_OK);
	ck_assert_int_eq(PKCS11_enumerate_keys(h.token.library.token, &keys, &n), 0);
	ck_assert_uint_eq(n, array_len(made_keys) - 1);
	library_leave(&h.token.library);
	/* And when it goes, the login stays. */
	ck_assert(login_is_active(h.token.p11, h.token.keeper));
	ck_assert(can_sign(&h.token, "ed", ALGORITHM_EDDSA));
	house_done(&h);
}
END_TEST

START_TEST(a_token_is_never_found_by_the_beginning_of_its_name)
{
	struct house h;

	house_init(&h, "pkcs11:token=uni", PIN);
	token_activate(&h.token, RECOVERY_LOGIN);
	check_state(&h.token, TOKEN_STATE_LOST, "none of 3 slots has token 'uni'");
	house_done(&h);
}
END_TEST

START_TEST(tokens_that_cannot_be_told_apart_are_not_used)
{
	struct house h;

	house_init(&h, "pkcs11:token=unit", PIN);
	make_token(&h, "unit");
	token_activate(&h.token, RECOVERY_LOGIN);
	check_state(&h.token, TOKEN_STATE_LOST, "2 tokens match");
	house_done(&h);
}
END_TEST

START_TEST(without_a_pin_the_token_is_locked_and_its_keys_have_names)
{
	struct house h;

	house_init(&h, "pkcs11:token=unit", NULL);
	token_activate(&h.token, RECOVERY_LOGIN);
	check_state(&h.token, TOKEN_STATE_LOCKED, "signet unlock name");
	ck_assert_ptr_nonnull(key_of(&h.token, "rsa"));
	ck_assert_ptr_nonnull(key_of(&h.token, "ed"));
	house_done(&h);
}
END_TEST

START_TEST(a_wrong_pin_is_tried_once_and_a_right_one_heals)
{
	struct secret *wrong = pin_of("wrong-pin"), *right = pin_of(PIN);
	struct house h;
	struct answer a;

	house_init(&h, "pkcs11:token=unit", "wrong-pin");
	token_activate(&h.token, RECOVERY_LOGIN);
	check_state(&h.token, TOKEN_STATE_REFUSED_PIN, "CKR_PIN_INCORRECT");
	token_activate(&h.token, RECOVERY_RELOAD);
	/* Not the token's words: it was not asked. */
	check_state(&h.token, TOKEN_STATE_REFUSED_PIN, "it is not tried again");
	ck_assert_uint_eq(h.token.why.ckr, 0);
	token_unlock(&h.token, &wrong, true, &a);
	ck_assert_int_eq(a.result, JOB_RESULT_PIN_REFUSED);
	ck_assert_uint_eq(a.ckr, 0);
	token_unlock(&h.token, &right, true, &a);
	ck_assert_int_eq(a.result, JOB_RESULT_OK);
	check_state(&h.token, TOKEN_STATE_READY, "");
	ck_assert(can_sign(&h.token, "p256", ALGORITHM_ECDSA));
	secret_free(wrong);
	secret_free(right);
	house_done(&h);
}
END_TEST

static CK_RV unlock(struct house *h, const char *pin, bool is_person)
{
	struct secret *secret = pin_of(pin);
	struct answer a;

	token_unlock(&h->token, &secret, is_person, &a);
	secret_free(secret);
	ck_assert_int_eq(a.result == JOB_RESULT_OK, strcmp(pin, PIN) == 0);
	return a.ckr;
}

/* The right PIN shows that no try is used up; a person may mean that the PIN is another one now. */
START_TEST(a_stored_pin_that_was_refused_is_not_tried_again_and_a_typed_one_is)
{
	struct house h;
	struct answer a;

	house_init(&h, "pkcs11:token=unit", NULL);
	token_activate(&h.token, RECOVERY_LOGIN);
	ck_assert_uint_eq(unlock(&h, "wrong-pin", false), CKR_PIN_INCORRECT);
	ck_assert_uint_eq(unlock(&h, PIN, false), CKR_OK);
	token_lock(&h.token, &a);
	ck_assert_uint_eq(unlock(&h, "wrong-pin", false), 0); /* the token was not asked */
	check_state(&h.token, TOKEN_STATE_REFUSED_PIN, "it is not tried again");
	ck_assert_uint_eq(unlock(&h, "wrong-pin", true), CKR_PIN_INCORRECT);
	ck_assert_uint_eq(unlock(&h, PIN, true), CKR_OK);
	house_done(&h);
}
END_TEST

START_TEST(a_wrong_pin_does_not_end_a_login_that_works)
{
	struct secret *wrong = pin_of("wrong-pin");
	struct house h;
	struct answer a;

	house_up(&h);
	token_unlock(&h.token, &wrong, true, &a);
	ck_assert_int_eq(a.result, JOB_RESULT_OK);
	ck_assert_ptr_nonnull(wrong); /* not even looked at */
	ck_assert(can_sign(&h.token, "p256", ALGORITHM_ECDSA));
	secret_free(wrong);
	house_done(&h);
}
END_TEST

START_TEST(a_locked_token_signs_no_more_and_knows_no_pin)
{
	struct house h;
	struct answer a;

	house_up(&h);
	token_lock(&h.token, &a);
	ck_assert_int_eq(a.result, JOB_RESULT_OK);
	check_state(&h.token, TOKEN_STATE_LOCKED, "needs its PIN");
	ck_assert_ptr_null(h.token.pin);
	ck_assert(!can_sign(&h.token, "p256", ALGORITHM_ECDSA));
	token_activate(&h.token, RECOVERY_RELOAD);
	check_state(&h.token, TOKEN_STATE_LOCKED, "needs its PIN");
	house_done(&h);
}
END_TEST

static CK_RV refuse_session(CK_SESSION_HANDLE session)
{
	(void)session;
	return CKR_DEVICE_ERROR;
}

static CK_RV refuse_slot(CK_SLOT_ID slot)
{
	(void)slot;
	return CKR_DEVICE_ERROR;
}

static CK_RV refuse_attributes(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *t,
			       CK_ULONG n)
{
	(void)session;
	(void)object;
	(void)t;
	(void)n;
	return CKR_DEVICE_ERROR;
}

START_TEST(a_token_that_cannot_read_its_keys_is_not_taken_for_one_without_keys)
{
	CK_FUNCTION_LIST broken, *whole;
	struct house h;

	house_up(&h);
	whole = h.token.module;
	broken = *whole;
	broken.C_GetAttributeValue = refuse_attributes;
	h.token.module = &broken;
	token_activate(&h.token, RECOVERY_RELOAD);
	check_state(&h.token, TOKEN_STATE_LOST, "the keys cannot be read: CKR_DEVICE_ERROR");
	ck_assert_uint_eq(h.token.keys.n, 3);
	h.token.module = whole;
	token_activate(&h.token, RECOVERY_RELOAD);
	check_state(&h.token, TOKEN_STATE_READY, "");
	ck_assert(can_sign(&h.token, "p256", ALGORITHM_ECDSA));
	house_done(&h);
}
END_TEST

START_TEST(a_token_that_refuses_to_log_out_is_locked_all_the_same)
{
	CK_FUNCTION_LIST stubborn;
	struct house h;
	struct answer a;

	house_up(&h);
	stubborn = *h.token.module;
	stubborn.C_Logout = refuse_session;
	stubborn.C_CloseSession = refuse_session;
	stubborn.C_CloseAllSessions = refuse_slot;
	h.token.module = &stubborn;
	token_activate(&h.token, RECOVERY_RELOAD);
	check_state(&h.token, TOKEN_STATE_READY, "");
	token_lock(&h.token, &a);
	ck_assert_int_eq(a.result, JOB_RESULT_OK);
	check_state(&h.token, TOKEN_STATE_LOCKED, "needs its PIN");
	house_done(&h);
}
END_TEST

START_TEST(a_login_that_was_lost_comes_back_with_the_pin_at_hand)
{
	struct house h;

	house_up(&h);
	ck_assert_uint_eq(h.token.module->C_CloseAllSessions(h.token.slot.id), CKR_OK);
	ck_assert(!login_is_active(h.token.p11, h.token.keeper));
	token_activate(&h.token, RECOVERY_LOGIN);
	check_state(&h.token, TOKEN_STATE_READY, "");
	ck_assert(can_sign(&h.token, "rsa", ALGORITHM_RSA_PKCS1));
	ck_assert_uint_eq(h.token.module->C_Finalize(NULL), CKR_OK);
	token_activate(&h.token, RECOVERY_LOGIN);
	check_state(&h.token, TOKEN_STATE_READY, "");
	ck_assert(can_sign(&h.token, "rsa", ALGORITHM_RSA_PKCS1));
	house_done(&h);
}
END_TEST

START_TEST(a_token_that_went_away_is_lost_keeps_its_keys_and_comes_back)
{
	_cleanup_(freep) char *here = NULL, *away = NULL;
	struct house h;

	house_init(&h, "pkcs11:token=unit", PIN);
	here = text_format("%s/tokens", h.dir);
	away = text_format("%s/away", h.dir);
	token_activate(&h.token, RECOVERY_LOGIN);
	ck_assert_int_eq(rename(here, away), 0);
	token_activate(&h.token, RECOVERY_LOGIN);
	check_state(&h.token, TOKEN_STATE_LOST, "");
	ck_assert_uint_eq(h.token.keys.n, 3);
	ck_assert_int_eq(rename(away, here), 0);
	token_activate(&h.token, RECOVERY_LOGIN);
	check_state(&h.token, TOKEN_STATE_READY, "");
	ck_assert(can_sign(&h.token, "p256", ALGORITHM_ECDSA));
	house_done(&h);
}
END_TEST

START_TEST(a_module_that_others_may_write_to_is_not_loaded)
{
	struct house h;

	house_init(&h, "pkcs11:token=unit", PIN);
	h.config.module = text_format("%s/module.so", h.dir);
	fclose(fopen(h.config.module, "we"));
	ck_assert_int_eq(chmod(h.config.module, 0666), 0);
	token_activate(&h.token, RECOVERY_LOGIN);
	check_state(&h.token, TOKEN_STATE_LOST, "others than its owner may write to it");
	ck_assert_int_eq(chmod(h.config.module, 0644), 0);
	token_activate(&h.token, RECOVERY_LOGIN);
	check_state(&h.token, TOKEN_STATE_LOST, "cannot be loaded");
	ck_assert_int_eq(unlink(h.config.module), 0);
	token_activate(&h.token, RECOVERY_LOGIN);
	check_state(&h.token, TOKEN_STATE_LOST, "cannot be found");
	ck_assert_int_eq(mkdir(h.config.module, 0755), 0);
	token_activate(&h.token, RECOVERY_LOGIN);
	check_state(&h.token, TOKEN_STATE_LOST, "no regular file");
	free(h.config.module);
	house_done(&h);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		all_types_of_keys_of_one_token_sign,
		keys_that_cannot_be_told_apart_or_served_are_left_out_and_counted,
		libp11_enumerates_a_token_with_keys_it_does_not_know,
		a_token_is_never_found_by_the_beginning_of_its_name,
		tokens_that_cannot_be_told_apart_are_not_used,
		without_a_pin_the_token_is_locked_and_its_keys_have_names,
		a_wrong_pin_is_tried_once_and_a_right_one_heals,
		a_stored_pin_that_was_refused_is_not_tried_again_and_a_typed_one_is,
		a_wrong_pin_does_not_end_a_login_that_works,
		a_locked_token_signs_no_more_and_knows_no_pin,
		a_token_that_cannot_read_its_keys_is_not_taken_for_one_without_keys,
		a_token_that_refuses_to_log_out_is_locked_all_the_same,
		a_login_that_was_lost_comes_back_with_the_pin_at_hand,
		a_token_that_went_away_is_lost_keeps_its_keys_and_comes_back,
		a_module_that_others_may_write_to_is_not_loaded,
	};

	return unit_run("library", tests, array_len(tests));
}
