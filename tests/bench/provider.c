/*
 * bench/provider.c - a load on signetd through libcrypto and its provider 'signet'
 *
 * The workers of a process share the object of the key, as the threads of a server do, and each
 * digest is an operation of its own. OPENSSL_MODULES says where the provider is.
 */
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <stdlib.h>

#include "tests/bench/load.h"

/* Set by prepare(), before there are threads. */
static EVP_PKEY *key;

/* What libcrypto has to say, in the words of whoever failed last. */
static int complain(struct worker *w, const char *what)
{
	const char *data = NULL;
	int flags = 0;

	(void)ERR_peek_last_error_data(&data, &flags); /* its number says less */
	worker_complain(w, "%s: %s", what, data && (flags & ERR_TXT_STRING) ? data : "no reason");
	ERR_clear_error();
	return -EIO;
}

/* --- a process -------------------------------------------------------------------------------- */

static EVP_PKEY *open_key(const char *name)
{
	OSSL_STORE_INFO *info = NULL;
	OSSL_STORE_CTX *store;
	EVP_PKEY *found = NULL;
	char uri[512];

	if (snprintf(uri, sizeof(uri), "signet:%s", name) >= (int)sizeof(uri))
		return NULL;
	store = OSSL_STORE_open(uri, NULL, NULL, NULL, NULL);
	if (store && OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY) == 1)
		info = OSSL_STORE_load(store);
	if (info)
		found = OSSL_STORE_INFO_get1_PKEY(info);
	OSSL_STORE_INFO_free(info);
	(void)OSSL_STORE_close(store); /* was only read */
	return found;
}

static int prepare(struct load *l, struct worker *w)
{
	if (setenv("SIGNET_SOCK", l->path, 1) < 0)
		return -errno;
	if (!OSSL_PROVIDER_load(NULL, "default") || !OSSL_PROVIDER_load(NULL, "signet"))
		return complain(w, "the provider cannot be loaded");
	key = open_key(l->key);
	return key ? 0 : complain(w, "there is no key");
}

/* --- a worker --------------------------------------------------------------------------------- */

static bool sign_digest(const uint8_t *data, uint8_t *ret, size_t *size)
{
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, (char *)"SHA256", 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	bool is_done;

	is_done = ctx && EVP_PKEY_sign_init_ex(ctx, params) == 1 &&
		  EVP_PKEY_sign(ctx, ret, size, data, DATA_SIZE) == 1;
	EVP_PKEY_CTX_free(ctx);
	return is_done;
}

static bool sign_message(const uint8_t *data, uint8_t *ret, size_t *size)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool is_done;

	is_done = ctx && EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, key, NULL) == 1 &&
		  EVP_DigestSign(ctx, ret, size, data, DATA_SIZE) == 1;
	EVP_MD_CTX_free(ctx);
	return is_done;
}

static int sign(const struct load *l, struct worker *w, uint64_t n)
{
	uint8_t data[DATA_SIZE], signature[1024];
	size_t size = sizeof(signature);
	bool is_done;

	public_sample(n, data);
	w->asked++;
	is_done = l->public.type == KEY_TYPE_ED25519 ? sign_message(data, signature, &size)
						     : sign_digest(data, signature, &size);
	if (!is_done) {
		w->refused++;
		return complain(w, "not signed");
	}
	worker_signed(w, l, n, FORM_SIGNET, (struct view){signature, size});
	return 0;
}

static int run(const struct load *l, struct worker *w, struct gate *g)
{
	/* Numbers of one worker do not meet those of another: their distance is too large. */
	uint64_t n = (uint64_t)(uintptr_t)w << 16, end_nsec, sent_nsec;
	int r;

	r = sign(l, w, n++);
	if (r < 0)
		return r;
	end_nsec = gate_pass(g, l, w);
	while ((sent_nsec = load_now_nsec()) < end_nsec) {
		r = sign(l, w, n++);
		if (r < 0)
			return r;
		worker_answered(w, sent_nsec, 1);
	}
	return 0;
}

const struct kind kind_provider = {"provider", prepare, run};
