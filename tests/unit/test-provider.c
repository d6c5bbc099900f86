/*
 * test-provider.c - signet.so in a program: keys of the agent sign there and nothing else, and all
 * other keys are as usual, whoever libcrypto takes them to
 */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/store.h>
#include <openssl/x509.h>

#include "client/provider/provider.h"
#include "tests/lib/fake-agent.h"
#include "tests/unit/unit.h"

OSSL_provider_init_fn OSSL_provider_init;

#define OURS "provider=signet"

static struct fake_agent agent;
static struct fake_agent_key keys[] = {
	{.name = "ec", .type = KEY_TYPE_P256},
	{.name = "rsa", .type = KEY_TYPE_RSA},
	{.name = "ed", .type = KEY_TYPE_ED25519},
};
static const char *const algorithms[] = {"EC", "RSA", "ED25519"};

static struct host {
	OSSL_LIB_CTX *libctx;
	OSSL_PROVIDER *first, *second;
} host;

/* --- a program -------------------------------------------------------------------------------- */

static void host_init(const char *first, const char *second)
{
	host.libctx = OSSL_LIB_CTX_new();
	ck_assert_ptr_nonnull(host.libctx);
	ck_assert(OSSL_PROVIDER_add_builtin(host.libctx, "signet", OSSL_provider_init));
	host.first = OSSL_PROVIDER_load(host.libctx, first);
	ck_assert_ptr_nonnull(host.first);
	host.second = second ? OSSL_PROVIDER_load(host.libctx, second) : NULL;
	ck_assert(!second || host.second);
}

static void host_done(void)
{
	OSSL_PROVIDER_unload(host.first);
	if (host.second)
		OSSL_PROVIDER_unload(host.second);
	OSSL_LIB_CTX_free(host.libctx);
	ERR_clear_error();
}

static EVP_PKEY *make(const char *algorithm, const char *properties)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(host.libctx, algorithm, properties);
	EVP_PKEY *key = NULL;
	bool is_done;

	is_done = c && EVP_PKEY_keygen_init(c) == 1 &&
		  (strcmp(algorithm, "EC") != 0 || EVP_PKEY_CTX_set_group_name(c, "P-256") == 1) &&
		  EVP_PKEY_generate(c, &key) == 1;
	EVP_PKEY_CTX_free(c);
	return is_done ? key : NULL;
}

static EVP_PKEY *load(const char *uri)
{
	OSSL_STORE_CTX *store =
		OSSL_STORE_open_ex(uri, host.libctx, NULL, NULL, NULL, NULL, NULL, NULL);
	OSSL_STORE_INFO *info = store ? OSSL_STORE_load(store) : NULL;
	EVP_PKEY *key = info ? OSSL_STORE_INFO_get1_PKEY(info) : NULL;

	OSSL_STORE_INFO_free(info);
	OSSL_STORE_close(store);
	return key;
}

/* Bytes of the signature; 0: there is none. */
static size_t sign(EVP_PKEY *key, const char *properties, uint8_t ret[static 512])
{
	const char *hash = EVP_PKEY_is_a(key, "ED25519") ? NULL : "SHA256";
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t size = 512;

	if (EVP_DigestSignInit_ex(c, NULL, hash, host.libctx, properties, key, NULL) != 1 ||
	    EVP_DigestSign(c, ret, &size, (const uint8_t *)"message", 7) != 1)
		size = 0;
	EVP_MD_CTX_free(c);
	return size;
}

static bool verify(EVP_PKEY *key, const char *properties, const uint8_t *signature, size_t size)
{
	const char *hash = EVP_PKEY_is_a(key, "ED25519") ? NULL : "SHA256";
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool is_right;

	is_right =
		EVP_DigestVerifyInit_ex(c, NULL, hash, host.libctx, properties, key, NULL) == 1 &&
		EVP_DigestVerify(c, signature, size, (const uint8_t *)"message", 7) == 1;
	EVP_MD_CTX_free(c);
	return is_right;
}

/* The same key, from its private part, as that provider has it. */
static EVP_PKEY *move(EVP_PKEY *key, const char *algorithm, const char *properties)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(host.libctx, algorithm, properties);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *ret = NULL;

	ck_assert_int_eq(EVP_PKEY_todata(key, EVP_PKEY_KEYPAIR, &params), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata_init(c), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata(c, &ret, EVP_PKEY_KEYPAIR, params), 1);
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(c);
	return ret;
}

static void check_pair(EVP_PKEY *signer, EVP_PKEY *verifier)
{
	uint8_t signature[512];
	size_t size = sign(signer, NULL, signature);

	ck_assert_uint_gt(size, 0);
	ck_assert(verify(verifier, NULL, signature, size));
	signature[size / 2] ^= 1;
	ck_assert(!verify(verifier, NULL, signature, size));
}

static void derive(EVP_PKEY *key, EVP_PKEY *peer, uint8_t ret[static 32])
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(host.libctx, key, NULL);
	size_t size = 32;

	ck_assert_int_eq(EVP_PKEY_derive_init(c), 1);
	ck_assert_int_eq(EVP_PKEY_derive_set_peer(c, peer), 1);
	ck_assert_int_eq(EVP_PKEY_derive(c, ret, &size), 1);
	EVP_PKEY_CTX_free(c);
}

static void start(void)
{
	unsigned char *der;
	EVP_PKEY *key;
	int size;

	host_init("default", NULL);
	for (size_t i = 0; i < array_len(keys); i++) {
		der = NULL;
		key = make(algorithms[i], NULL);
		size = i2d_PUBKEY(key, &der);
		ck_assert_int_gt(size, 0);
		keys[i].spki = (struct view){der, (size_t)size};
		EVP_PKEY_free(key);
	}
	host_done();
	fake_agent_start(&agent, keys, array_len(keys));
	ck_assert_int_eq(setenv("SIGNET_SOCK", agent.path, 1), 0);
}

static void stop(void)
{
	fake_agent_stop(&agent);
	fake_agent_done(&agent);
	for (size_t i = 0; i < array_len(keys); i++)
		OPENSSL_free((uint8_t *)keys[i].spki.data);
}

/* --- keys of others ---------------------------------------------------------------------------- */

static void check_others(const char *properties)
{
	EVP_PKEY *key, *same, *dup;

	for (size_t i = 0; i < array_len(algorithms); i++) {
		key = make(algorithms[i], properties);
		ck_assert_ptr_nonnull(key);
		same = move(key, algorithms[i], "provider=default");
		dup = EVP_PKEY_dup(key);
		check_pair(key, same);
		check_pair(same, key);
		check_pair(dup, key);
		ck_assert_int_eq(EVP_PKEY_eq(key, same), 1);
		EVP_PKEY_free(dup);
		dup = move(same, algorithms[i], properties);
		check_pair(dup, same);
		ck_assert_int_eq(EVP_PKEY_eq(key, dup), 1);
		EVP_PKEY_free(dup);
		EVP_PKEY_free(same);
		EVP_PKEY_free(key);
	}
}

START_TEST(keys_of_others_are_made_moved_and_used_by_our_key_types)
{
	start();
	host_init("signet", "default");
	check_others(OURS);
	host_done();
	host_init("default", "signet");
	check_others(OURS);
	check_others(NULL);
	host_done();
	stop();
}
END_TEST

START_TEST(two_keys_of_ours_agree_with_one_of_others)
{
	EVP_PKEY *a, *b, *c;
	uint8_t one[32], two[32];

	start();
	host_init("signet", "default");
	a = make("EC", OURS);
	b = make("EC", "provider=default");
	derive(a, b, one);
	derive(b, a, two);
	ck_assert_mem_eq(one, two, sizeof(one));
	c = EVP_PKEY_new();
	ck_assert_int_eq(EVP_PKEY_copy_parameters(c, a), 1);
	ck_assert_int_eq(EVP_PKEY_parameters_eq(c, a), 1);
	ck_assert_int_ne(EVP_PKEY_eq(c, a), 1);
	EVP_PKEY_free(a);
	EVP_PKEY_free(b);
	EVP_PKEY_free(c);
	host_done();
	stop();
}
END_TEST

START_TEST(without_another_provider_there_are_no_keys)
{
	start();
	host_init("signet", NULL);
	for (size_t i = 0; i < array_len(algorithms); i++) {
		ck_assert_ptr_null(make(algorithms[i], NULL));
		ck_assert_ptr_null(make(algorithms[i], OURS));
	}
	ck_assert_ptr_null(load("signet:ec"));
	host_done();
	stop();
}
END_TEST

/* libcrypto throws half of what it has found away, at random, when it is much. */
static void flush(const char *first, const char *second)
{
	char properties[32];
	EVP_PKEY *key;

	host_init(first, second);
	key = load("signet:ec");
	ck_assert_ptr_nonnull(key);
	EVP_PKEY_free(key);
	for (int i = 0; i < 2000; i++) {
		(void)snprintf(properties, sizeof(properties), "?a.b=%d", i); /* fits */
		EVP_MD_free(EVP_MD_fetch(host.libctx, "SHA256", properties));
		key = make(i % 2 ? "EC" : "ED25519", NULL);
		if (!key)
			ck_abort_msg("there is no new key any more after %d other fetches", i + 1);
		EVP_PKEY_free(key);
		key = load(i % 2 ? "signet:ed" : "signet:ec");
		if (!key)
			ck_abort_msg("there is no key of the agent's after %d fetches", i + 1);
		EVP_PKEY_free(key);
	}
	check_others(NULL);
	host_done();
}

START_TEST(what_libcrypto_forgets_takes_no_key_away)
{
	start();
	flush("default", "signet");
	flush("signet", "default");
	stop();
}
END_TEST

static int count_ours(const OSSL_PARAM params[], void *n)
{
	const OSSL_PARAM *p = OSSL_PARAM_locate_const(params, OSSL_CAPABILITY_TLS_GROUP_ALG);
	const char *algorithm = NULL;

	ck_assert_int_eq(OSSL_PARAM_get_utf8_string_ptr(p, &algorithm), 1);
	*(unsigned *)n += strcmp(algorithm, "EC") == 0;
	return 1;
}

START_TEST(tls_finds_the_groups_of_ec_keys_with_us)
{
	unsigned n = 0;

	start();
	host_init("signet", NULL);
	ck_assert_int_eq(OSSL_PROVIDER_get_capabilities(host.first, "TLS-GROUP", count_ours, &n),
			 1);
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	host_done();
	host_init("signet", "default");
	ck_assert_int_eq(OSSL_PROVIDER_get_capabilities(host.first, "TLS-GROUP", count_ours, &n),
			 1);
	ck_assert_uint_gt(n, 0);
	host_done();
	stop();
}
END_TEST

static pthread_barrier_t barrier;

static void *begin(void *userdata)
{
	EVP_PKEY *loaded, *made;
	bool is_done;

	pthread_barrier_wait(&barrier);
	loaded = load(userdata);
	made = make("EC", NULL);
	is_done = loaded && made;
	EVP_PKEY_free(loaded);
	EVP_PKEY_free(made);
	return is_done ? NULL : userdata;
}

START_TEST(first_keys_of_many_threads_take_no_key_away)
{
	static const char *const uris[] = {"signet:ec", "signet:rsa", "signet:ed"};
	pthread_t threads[8];
	void *failed;

	start();
	pthread_barrier_init(&barrier, NULL, array_len(threads));
	for (int round = 0; round < 40; round++) {
		host_init(round % 2 ? "default" : "signet", round % 2 ? "signet" : "default");
		for (size_t i = 0; i < array_len(threads); i++)
			ck_assert_int_eq(pthread_create(&threads[i], NULL, begin,
							(char *)uris[i % array_len(uris)]),
					 0);
		for (size_t i = 0; i < array_len(threads); i++) {
			ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
			ck_assert_pstr_eq(failed, NULL);
		}
		host_done();
	}
	pthread_barrier_destroy(&barrier);
	stop();
}
END_TEST

/* --- keys of the agent's ----------------------------------------------------------------------- */

static void check_kept(EVP_PKEY *key)
{
	static const int selections[] = {EVP_PKEY_KEYPAIR, OSSL_KEYMGMT_SELECT_PRIVATE_KEY,
					 OSSL_KEYMGMT_SELECT_ALL};
	OSSL_PARAM *params = NULL, none[] = {OSSL_PARAM_END};
	uint8_t secret[256];
	size_t size;

	for (size_t i = 0; i < array_len(selections); i++)
		ck_assert_int_ne(EVP_PKEY_todata(key, selections[i], &params), 1);
	ck_assert_int_le(i2d_PrivateKey(key, NULL), 0);
	ck_assert_int_ne(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PRIV_KEY, secret,
							 sizeof(secret), &size),
			 1);
	ck_assert_int_ne(EVP_PKEY_set_params(key, none), 1);
	ck_assert_int_eq(EVP_PKEY_todata(key, EVP_PKEY_PUBLIC_KEY, &params), 1);
	OSSL_PARAM_free(params);
}

START_TEST(a_key_of_the_agents_signs_there_and_is_given_to_nobody)
{
	uint8_t signature[512];
	EVP_PKEY *key, *dup;
	char uri[32];

	start();
	for (int order = 0; order < 2; order++) {
		host_init(order ? "default" : "signet", order ? "signet" : "default");
		for (size_t i = 0; i < array_len(keys); i++) {
			(void)snprintf(uri, sizeof(uri), "signet:%s", keys[i].name); /* fits */
			key = load(uri);
			ck_assert_ptr_nonnull(key);
			dup = EVP_PKEY_dup(key);
			ck_assert_ptr_nonnull(dup);
			check_kept(key);
			check_kept(dup);
			agent.n_signs = 0;
			ck_assert_uint_gt(sign(key, NULL, signature), 0);
			ck_assert_uint_gt(sign(dup, NULL, signature), 0);
			ck_assert_uint_eq(agent.n_signs, 2);
			ck_assert_uint_eq(agent.key_id_size, SIGNET_KEY_ID_SIZE);
			ck_assert(!verify(key, NULL, signature, 64));
			EVP_PKEY_free(dup);
			EVP_PKEY_free(key);
		}
		host_done();
	}
	stop();
}
END_TEST

START_TEST(what_has_the_parameters_of_the_agents_key_signs_nothing)
{
	EVP_PKEY *key, *part;
	uint8_t signature[512];

	start();
	host_init("signet", "default");
	key = load("signet:ec");
	part = EVP_PKEY_new();
	ck_assert_int_eq(EVP_PKEY_copy_parameters(part, key), 1);
	agent.n_signs = 0;
	ck_assert_uint_eq(sign(part, NULL, signature), 0);
	ck_assert_uint_eq(agent.n_signs, 0);
	EVP_PKEY_free(part);
	EVP_PKEY_free(key);
	host_done();
	stop();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		keys_of_others_are_made_moved_and_used_by_our_key_types,
		two_keys_of_ours_agree_with_one_of_others,
		without_another_provider_there_are_no_keys,
		what_libcrypto_forgets_takes_no_key_away,
		tls_finds_the_groups_of_ec_keys_with_us,
		first_keys_of_many_threads_take_no_key_away,
		a_key_of_the_agents_signs_there_and_is_given_to_nobody,
		what_has_the_parameters_of_the_agents_key_signs_nothing,
	};

	return unit_run("provider", tests, array_len(tests));
}
