/*
 * worker/keys.c - see keys.h
 */
#include "agent/worker/keys.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/text.h"

/* What keys are made of. */
struct material {
	const struct objects *private; /* NULL while locked */
	const struct objects *public;
	const PKCS11_CERT *certificates;
	size_t n_certificates;
};

static void key_done(struct key *k)
{
	public_done(&k->public);
	free(k->certificate);
	*k = (struct key){};
}

void keys_done(struct keys *k)
{
	for (size_t i = 0; i < k->n; i++)
		key_done(&k->list[i]);
	free(k->list);
	*k = (struct keys){};
}

/* --- names ---------------------------------------------------------------------------------------- */

/* A label that is no text is no name; the key can still be found by its CKA_ID. */
static void copy_label(const struct object *o, char ret[static NAME_MAX_LEN + 1])
{
	ret[0] = '\0';
	if (!text_is_clean(o->label, o->label_size, NAME_MAX_LEN))
		return;
	memcpy(ret, o->label, o->label_size);
	ret[o->label_size] = '\0';
}

static void note(struct keys *keys, const char *label, const uint8_t *id, size_t id_size,
		 const char *what, const char *why)
{
	char hex[2 * 16 + 1];

	if (keys->n_notices == KEYS_NOTICES_MAX)
		return;
	text_hex(id, id_size < 16 ? id_size : 16, hex);
	(void)snprintf(keys->notices[keys->n_notices++], KEYS_NOTICE_SIZE,
		       "key '%s' (CKA_ID '%s') %s%s", label, hex, what, why);
}

void keys_note(struct keys *k, const struct key *key, const char *what)
{
	note(k, key->label, key->cka_id, key->cka_id_size, what, "");
}

void keys_note_missing(struct keys *k, const char *name)
{
	note(k, name, NULL, 0, "is named by Keys= and cannot be used: there is none", "");
}

void keys_drop(struct keys *k, size_t at)
{
	key_done(&k->list[at]);
	k->n--;
	memmove(&k->list[at], &k->list[at + 1], (k->n - at) * sizeof(*k->list));
}

static void leave_out(struct keys *keys, const struct object *o, const char *why)
{
	char label[NAME_MAX_LEN + 1];

	copy_label(o, label);
	note(keys, label, o->id, o->id_size, "is left out: it ", why);
	keys->n_left_out++;
}

static bool is_same_id(const struct object *a, const struct object *b)
{
	return a->id_size == b->id_size && memcmp(a->id, b->id, a->id_size) == 0;
}

static bool is_id_shared(const struct objects *all, const struct object *o)
{
	for (size_t i = 0; i < all->n; i++)
		if (&all->list[i] != o && is_same_id(&all->list[i], o))
			return true;
	return false;
}

/* --- the public half ------------------------------------------------------------------------------- */

static bool is_same_bytes(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	return a_size == b_size && memcmp(a, b, a_size) == 0;
}

/* Leading zeroes do not count: some tokens write them. */
static bool is_same_number(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	for (; a_size > 0 && *a == 0; a++)
		a_size--;
	for (; b_size > 0 && *b == 0; b++)
		b_size--;
	return is_same_bytes(a, a_size, b, b_size);
}

/* Whether nothing that both say is different. */
static bool is_consistent(const struct object *a, const struct object *b)
{
	if (a->modulus_size && b->modulus_size &&
	    !is_same_number(a->modulus, a->modulus_size, b->modulus, b->modulus_size))
		return false;
	if (a->params_size && b->params_size &&
	    !is_same_bytes(a->params, a->params_size, b->params, b->params_size))
		return false;
	return !a->point_size || !b->point_size ||
	       is_same_bytes(a->point, a->point_size, b->point, b->point_size);
}

/*
 * The public object of a private key. NULL with *ret_why NULL if there is none; with a reason if
 * there are different ones, or one that is of another key.
 */
static const struct object *public_object_of(const struct objects *all, const struct object *o,
					     const char **ret_why)
{
	const struct object *found = NULL;

	*ret_why = NULL;
	for (size_t i = 0; i < all->n; i++) {
		const struct object *p = &all->list[i];

		if (p->type != o->type || !is_same_id(p, o))
			continue;
		if (!is_consistent(p, o)) {
			*ret_why = "has the same CKA_ID as the public key of another one";
			return NULL;
		}
		if (found && !is_consistent(p, found)) {
			*ret_why = "has several public keys";
			return NULL;
		}
		if (!found)
			found = p;
	}
	return found;
}

static X509 *certificate_at(const struct material *m, size_t i, const struct object *o)
{
	const PKCS11_CERT *c = &m->certificates[i];

	if (!c->x509 || !c->id || c->id_len != o->id_size)
		return NULL;
	return memcmp(c->id, o->id, o->id_size) == 0 ? c->x509 : NULL;
}

static bool fits_type(const struct object *o, enum key_type type)
{
	switch (type) {
	case KEY_TYPE_RSA:
		return o->type == CKK_RSA;
	case KEY_TYPE_P256:
	case KEY_TYPE_P384:
	case KEY_TYPE_P521:
		return o->type == CKK_EC;
	case KEY_TYPE_ED25519:
		return o->type == CKK_EC_EDWARDS;
	case KEY_TYPE_NONE:
	case _KEY_TYPE_MAX:
		break;
	}
	return false;
}

/* For tokens that hold private keys and certificates, but no public keys. */
static int public_of_certificate(const struct material *m, const struct object *o,
				 struct public *ret, const char **ret_why)
{
	for (size_t i = 0; i < m->n_certificates; i++) {
		X509 *x509 = certificate_at(m, i, o);
		EVP_PKEY *key = x509 ? X509_get0_pubkey(x509) : NULL;
		int r;

		if (!key)
			continue;
		r = public_of_key(key, ret, ret_why);
		if (r < 0 || *ret_why)
			return r;
		if (fits_type(o, ret->type))
			return 0;
		public_done(ret);
	}
	*ret_why = "has no public key and no certificate on the token";
	return 0;
}

static int find_public(const struct material *m, const struct object *o, struct public *ret,
		       const char **ret_why)
{
	const struct object *p = o;

	if (m->private) {
		p = public_object_of(m->public, o, ret_why);
		if (*ret_why)
			return 0;
		if (!p && o->modulus_size && o->exponent_size)
			p = o;
	}
	if (!p)
		return public_of_certificate(m, o, ret, ret_why);
	return public_of_object(p, ret, ret_why);
}

/* --- one key --------------------------------------------------------------------------------------- */

static int add_certificate(const struct material *m, const struct object *o, struct key *k)
{
	for (size_t i = 0; i < m->n_certificates; i++) {
		X509 *x509 = certificate_at(m, i, o);
		unsigned char *der = NULL;
		int size;

		if (!x509 || EVP_PKEY_eq(X509_get0_pubkey(x509), k->public.key) != 1)
			continue;
		size = i2d_X509(x509, &der);
		if (size <= 0 || (size_t)size > CERTIFICATE_MAX) {
			OPENSSL_free(der);
			continue;
		}
		k->certificate = malloc((size_t)size);
		if (k->certificate)
			memcpy(k->certificate, der, (size_t)size);
		k->certificate_size = (size_t)size;
		OPENSSL_free(der);
		return k->certificate ? 0 : -ENOMEM;
	}
	return 0;
}

static const char *why_not(const struct material *m, const struct object *o)
{
	if (o->id_size == 0)
		return "has no CKA_ID, or one of more than 64 bytes";
	if (m->private && is_id_shared(m->private, o))
		return "shares its CKA_ID with another private key";
	if (!m->private && is_id_shared(m->public, o))
		return "shares its CKA_ID with another key";
	if (o->needs_pin_each_time)
		return "asks for the PIN at each signature (CKA_ALWAYS_AUTHENTICATE)";
	return NULL;
}

static int make_key(const struct material *m, const struct object *o, struct key *k,
		    const char **ret_why)
{
	const char *why;
	int r;

	*ret_why = why_not(m, o);
	if (*ret_why)
		return 0;
	r = find_public(m, o, &k->public, ret_why);
	if (r < 0 || *ret_why)
		return r;
	/* SHA-256 of libsodium has no way to fail. */
	(void)crypto_hash_sha256(k->id, k->public.spki, k->public.spki_size);
	copy_label(o, k->label);
	if (k->label[0] == '\0' && m->private) {
		const struct object *p = public_object_of(m->public, o, &why);

		if (p)
			copy_label(p, k->label);
	}
	memcpy(k->cka_id, o->id, o->id_size);
	k->cka_id_size = o->id_size;
	k->handle = m->private ? o->handle : CK_INVALID_HANDLE;
	return add_certificate(m, o, k);
}

static int compare(const void *a, const void *b)
{
	return memcmp(((const struct key *)a)->id, ((const struct key *)b)->id, JOB_KEY_ID_SIZE);
}

/* One key under two CKA_IDs is one key; which of the two handles signs makes no difference. */
static void drop_doubles(struct keys *keys)
{
	size_t kept = 0;

	for (size_t i = 0; i < keys->n; i++) {
		if (kept > 0 && compare(&keys->list[kept - 1], &keys->list[i]) == 0) {
			key_done(&keys->list[i]);
			continue;
		}
		if (kept != i) {
			keys->list[kept] = keys->list[i];
			keys->list[i] = (struct key){};
		}
		kept++;
	}
	keys->n = kept;
}

static int add_key(const struct material *m, const struct object *o, struct keys *keys)
{
	struct key k = {};
	const char *why;
	int r;

	if (m->private && !o->may_sign)
		return 0; /* a key for something else */
	r = make_key(m, o, &k, &why);
	if (r < 0) {
		key_done(&k);
		return r;
	}
	if (why)
		leave_out(keys, o, why);
	else
		keys->list[keys->n++] = k;
	return 0;
}

int keys_build(const struct objects *private, const struct objects *public,
	       const PKCS11_CERT *certificates, size_t n_certificates, struct keys *ret)
{
	const struct material m = {private, public, certificates, n_certificates};
	const struct objects *objects = private ? private : public;
	struct keys keys = {.n_left_out = objects->n_beyond};
	int r = 0;

	keys.list = calloc(objects->n ? objects->n : 1, sizeof(*keys.list));
	if (!keys.list)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < objects->n; i++)
		r = add_key(&m, &objects->list[i], &keys);
	ERR_clear_error();
	if (r < 0) {
		keys_done(&keys);
		return r;
	}
	qsort(keys.list, keys.n, sizeof(*keys.list), compare);
	drop_doubles(&keys);
	*ret = keys;
	return 0;
}

const struct key *keys_find(const struct keys *k, const uint8_t id[static JOB_KEY_ID_SIZE])
{
	size_t low = 0, high = k->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(id, k->list[middle].id, JOB_KEY_ID_SIZE);

		if (order == 0)
			return &k->list[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
