/*
 * provider/key.c - see key.h
 *
 * What the agent says is decoded by libcrypto and compared with what it says beside it.
 */
#include "client/provider/key.h"

#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <string.h>

/* clang-format off */
static const struct {
	const char *name;
	const char *group; /* NULL: has none */
} types[] = {
	[SIGNET_KEY_RSA]     = {"RSA", NULL},
	[SIGNET_KEY_P256]    = {"EC", "prime256v1"},
	[SIGNET_KEY_P384]    = {"EC", "secp384r1"},
	[SIGNET_KEY_P521]    = {"EC", "secp521r1"},
	[SIGNET_KEY_ED25519] = {"ED25519", NULL},
};
/* clang-format on */

/* --- life ------------------------------------------------------------------------------------- */

/* Without data yet. */
static struct key *key_alloc(struct provider *p)
{
	struct key *k = OPENSSL_zalloc(sizeof(*k));

	if (!k)
		return NULL;
	k->provider = p;
	atomic_init(&k->n_references, 1);
	return k;
}

struct key *key_new(struct provider *p, const char *type)
{
	struct key *k = key_alloc(p);
	const OSSL_DISPATCH *f;

	if (!k || !other_find(&k->other, p, type))
		return key_free(k);
	f = other_function(&k->other, OSSL_FUNC_KEYMGMT_NEW);
	k->data = f ? OSSL_FUNC_keymgmt_new(f)(other_context(&k->other)) : NULL;
	return k->data ? k : key_free(k);
}

static void free_data(const struct other *o, void *data)
{
	const OSSL_DISPATCH *f = other_function(o, OSSL_FUNC_KEYMGMT_FREE);

	if (f && data)
		OSSL_FUNC_keymgmt_free(f)(data);
}

struct key *key_wrap(struct provider *p, const struct other *o, void *data)
{
	struct key *k = data ? key_alloc(p) : NULL;

	if (!k || !other_copy(&k->other, p, o)) {
		free_data(o, data);
		return key_free(k);
	}
	k->data = data;
	return k;
}

struct key *key_ref(struct key *k)
{
	(void)atomic_fetch_add(&k->n_references, 1); /* the count before */
	return k;
}

struct key *key_free(struct key *k)
{
	if (!k || atomic_fetch_sub(&k->n_references, 1) > 1)
		return NULL;
	free_data(&k->other, k->data);
	other_done(&k->other);
	OPENSSL_free(k->certificate);
	EVP_PKEY_free(k->public);
	OPENSSL_free(k);
	return NULL;
}

/* --- what it is ------------------------------------------------------------------------------- */

bool key_is_agents(const struct key *k)
{
	return k->name[0] != '\0';
}

bool key_import(struct key *k, int selection, const OSSL_PARAM params[])
{
	const OSSL_DISPATCH *f = other_function(&k->other, OSSL_FUNC_KEYMGMT_IMPORT);

	return f && !key_is_agents(k) &&
	       OSSL_FUNC_keymgmt_import(f)(k->data, selection, params) == 1;
}

const char *key_algorithm(enum signet_key_type type)
{
	return type > 0 && type < array_len(types) ? types[type].name : NULL;
}

static enum signet_key_type type_of(const EVP_PKEY *public)
{
	char group[32] = "";

	for (size_t i = 1; i < array_len(types); i++) {
		if (!EVP_PKEY_is_a(public, types[i].name))
			continue;
		if (!types[i].group)
			return (enum signet_key_type)i;
		if (EVP_PKEY_get_group_name(public, group, sizeof(group), NULL) == 1 &&
		    strcmp(group, types[i].group) == 0)
			return (enum signet_key_type)i;
	}
	return 0;
}

bool key_makes(const struct key *k, const uint8_t *signature, size_t size)
{
	/* DER of two numbers; as short as they happen to be. */
	if (k->type != SIGNET_KEY_RSA && k->type != SIGNET_KEY_ED25519)
		return size >= 8 && size <= k->signature_max && signature[0] == 0x30;
	return size == k->signature_max;
}

/* --- as the agent lists it -------------------------------------------------------------------- */

static EVP_PKEY *decode_public(const struct provider *p, const struct signet_key *listed)
{
	enum signet_key_type type = signet_key_type(listed);
	const unsigned char *at;
	const uint8_t *spki;
	EVP_PKEY *public;
	size_t size;

	spki = signet_key_spki(listed, &size);
	at = spki;
	public = d2i_PUBKEY_ex(NULL, &at, (long)size, p->libctx, OF_OTHERS);
	if (public && at == spki + size && type != 0 && type_of(public) == type &&
	    EVP_PKEY_get_size(public) > 0)
		return public;
	EVP_PKEY_free(public);
	return NULL;
}

static int import_public(const OSSL_PARAM params[], void *key)
{
	return key_import(key, EVP_PKEY_PUBLIC_KEY, params);
}

static bool set_id(struct key *k, const struct signet_key *listed)
{
	const uint8_t *spki;
	size_t size;

	spki = signet_key_spki(listed, &size);
	return EVP_Q_digest(k->provider->libctx, "SHA256", OF_OTHERS, spki, size, k->id, NULL) == 1;
}

static struct key *load_public(struct provider *p, const struct signet_key *listed)
{
	EVP_PKEY *public = decode_public(p, listed);
	struct key *k;

	if (!public)
		return NULL;
	k = key_new(p, key_algorithm(signet_key_type(listed)));
	if (!k) {
		EVP_PKEY_free(public);
		return NULL;
	}
	k->public = public;
	k->type = signet_key_type(listed);
	k->signature_max = (size_t)EVP_PKEY_get_size(public);
	if (!set_id(k, listed) ||
	    EVP_PKEY_export(public, EVP_PKEY_PUBLIC_KEY, import_public, k) != 1)
		return key_free(k);
	return k;
}

/* What is no X.509 certificate is left out: the key is as good without it. */
static void load_certificate(struct key *k, const struct signet_key *listed)
{
	const unsigned char *at;
	const uint8_t *der;
	X509 *x = NULL;
	size_t size;

	der = signet_key_certificate(listed, &size);
	if (!der)
		return;
	at = der;
	k->provider->set_error_mark(k->provider->handle);
	x = X509_new_ex(k->provider->libctx, OF_OTHERS);
	if (x && d2i_X509(&x, &at, (long)size) && at == der + size)
		k->certificate = OPENSSL_memdup(der, size);
	if (k->certificate)
		k->certificate_size = size;
	X509_free(x);
	provider_forget_errors(k->provider);
}

struct key *key_load(struct provider *p, const struct signet_key *listed)
{
	const char *type = signet_key_type_name(signet_key_type(listed));
	struct key *k = load_public(p, listed);

	if (!k) {
		provider_raise(p, __func__, REASON_BAD_KEY,
			       "the public key of '%s' cannot be read as %s; is there another "
			       "provider, such as 'default'?",
			       signet_key_name(listed), type ? type : "a key");
		return NULL;
	}
	(void)OPENSSL_strlcpy(k->name, signet_key_name(listed), sizeof(k->name)); /* fits */
	load_certificate(k, listed);
	return k;
}
