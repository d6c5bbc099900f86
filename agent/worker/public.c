/*
 * worker/public.c - see public.h
 */
#include "agent/worker/public.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/limits.h"
#include "agent/wire/writer.h"

#define RSA_BITS_MIN 1024
#define RSA_BITS_MAX 8192
#define ED25519_SIZE 32

/* --- curves -------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct curve {
	enum key_type type;
	const char *group; /* as OpenSSL calls it */
	const char *ssh;   /* as ssh calls it */
	size_t field;      /* bytes of a coordinate */
	unsigned bits;
	size_t params_size;
	const char *params; /* CKA_EC_PARAMS: the OID, or a PrintableString */
} curves[] = {
	{KEY_TYPE_P256, "P-256", "nistp256", 32, 256, 10, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"},
	{KEY_TYPE_P384, "P-384", "nistp384", 48, 384, 7, "\x06\x05\x2b\x81\x04\x00\x22"},
	{KEY_TYPE_P521, "P-521", "nistp521", 66, 521, 7, "\x06\x05\x2b\x81\x04\x00\x23"},
	{KEY_TYPE_ED25519, NULL, NULL, ED25519_SIZE, 256, 5, "\x06\x03\x2b\x65\x70"},
	{KEY_TYPE_ED25519, NULL, NULL, ED25519_SIZE, 256, 14, "\x13\x0c" "edwards25519"},
};
/* clang-format on */

static const struct curve *curve_of_params(const struct object *o)
{
	for (size_t i = 0; i < array_len(curves); i++)
		if (curves[i].params_size == o->params_size &&
		    memcmp(curves[i].params, o->params, o->params_size) == 0)
			return &curves[i];
	return NULL;
}

static const struct curve *curve_of_type(enum key_type type)
{
	for (size_t i = 0; i < array_len(curves); i++)
		if (curves[i].type == type)
			return &curves[i];
	return NULL;
}

/* --- from attributes to a key -------------------------------------------------------------------- */

static EVP_PKEY *build(const char *type, const OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (ctx && EVP_PKEY_fromdata_init(ctx) > 0 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM *)params) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *build_rsa(const struct object *o)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn(o->modulus, (int)o->modulus_size, NULL);
	BIGNUM *e = BN_bin2bn(o->exponent, (int)o->exponent_size, NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (b && n && e && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e))
		params = OSSL_PARAM_BLD_to_param(b);
	if (params)
		key = build("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	BN_free(n);
	BN_free(e);
	return key;
}

/*
 * A point comes wrapped in a DER OCTET STRING, as the standard has it, or bare, as some modules
 * do. The length tells which: a bare one can look like a wrapped one, but not with its length.
 */
static struct view bare_point(const struct object *o, size_t bare_size)
{
	size_t head = bare_size < 0x80 ? 2 : 3;

	if (o->point_size == bare_size)
		return (struct view){o->point, bare_size};
	if (o->point_size != head + bare_size || o->point[0] != 0x04)
		return (struct view){};
	if (head == 3 && o->point[1] != 0x81)
		return (struct view){};
	if (o->point[head - 1] != bare_size)
		return (struct view){};
	return (struct view){o->point + head, bare_size};
}

static EVP_PKEY *build_ec(const struct object *o, const struct curve *c)
{
	struct view point = bare_point(o, 1 + 2 * c->field);
	OSSL_PARAM params[3];

	if (point.size == 0 || point.data[0] != POINT_CONVERSION_UNCOMPRESSED)
		return NULL;
	params[0] =
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)c->group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point.data,
						      point.size);
	params[2] = OSSL_PARAM_construct_end();
	return build("EC", params);
}

static EVP_PKEY *build_ed25519(const struct object *o)
{
	struct view point = bare_point(o, ED25519_SIZE);

	if (point.size == 0)
		return NULL;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, point.data, point.size);
}

int public_of_object(const struct object *o, struct public *ret, const char **ret_why)
{
	const struct curve *c;
	EVP_PKEY *key;
	int r;

	if (o->type == CKK_RSA) {
		*ret_why = "has no readable modulus or exponent";
		if (o->modulus_size == 0 || o->exponent_size == 0)
			return 0;
		key = build_rsa(o);
	} else {
		c = curve_of_params(o);
		*ret_why = "is on a curve that is not served";
		if (!c || (o->type == CKK_EC_EDWARDS) != (c->type == KEY_TYPE_ED25519))
			return 0;
		key = c->group ? build_ec(o, c) : build_ed25519(o);
	}
	ERR_clear_error();
	if (!key) {
		*ret_why = "has a public key that is none";
		return 0;
	}
	r = public_of_key(key, ret, ret_why);
	EVP_PKEY_free(key);
	return r;
}

/* --- from a key to what others read ---------------------------------------------------------------- */

static enum key_type type_of(const EVP_PKEY *key)
{
	char group[32];

	if (EVP_PKEY_is_a(key, "RSA"))
		return KEY_TYPE_RSA;
	if (EVP_PKEY_is_a(key, "ED25519"))
		return KEY_TYPE_ED25519;
	if (!EVP_PKEY_is_a(key, "EC") ||
	    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) <= 0)
		return KEY_TYPE_NONE;
	for (size_t i = 0; i < array_len(curves); i++)
		if (curves[i].group && OBJ_txt2nid(group) == EC_curve_nist2nid(curves[i].group))
			return curves[i].type;
	return KEY_TYPE_NONE;
}

static bool write_number(struct writer *w, const EVP_PKEY *key, const char *name)
{
	uint8_t buf[OBJECT_MODULUS_MAX];
	BIGNUM *n = NULL;
	bool is_fine;

	is_fine = EVP_PKEY_get_bn_param(key, name, &n) > 0 && BN_num_bytes(n) <= (int)sizeof(buf);
	if (is_fine)
		writer_mpint(w, buf, (size_t)BN_bn2bin(n, buf));
	BN_free(n);
	return is_fine;
}

/* ssh-rsa of RFC 4253, ecdsa-sha2-* of RFC 5656, ssh-ed25519 of RFC 8709. */
static bool write_ssh(struct writer *w, const EVP_PKEY *key, enum key_type type)
{
	const struct curve *c = curve_of_type(type);
	uint8_t point[OBJECT_POINT_MAX];
	size_t size = sizeof(point), mark;

	if (type == KEY_TYPE_RSA) {
		writer_text(w, "ssh-rsa");
		return write_number(w, key, OSSL_PKEY_PARAM_RSA_E) &&
		       write_number(w, key, OSSL_PKEY_PARAM_RSA_N);
	}
	if (type == KEY_TYPE_ED25519) {
		writer_text(w, "ssh-ed25519");
		if (EVP_PKEY_get_raw_public_key(key, point, &size) <= 0)
			return false;
		writer_string(w, point, size);
		return true;
	}
	if (!c || EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point,
						  sizeof(point), &size) <= 0)
		return false;
	mark = writer_open(w);
	writer_bytes(w, "ecdsa-sha2-", strlen("ecdsa-sha2-"));
	writer_bytes(w, c->ssh, strlen(c->ssh));
	writer_close(w, mark);
	writer_text(w, c->ssh);
	writer_string(w, point, size);
	return true;
}

static int fill_spki(struct public *p)
{
	int size = i2d_PUBKEY(p->key, NULL);
	uint8_t *at;

	if (size <= 0 || (size_t)size > SPKI_MAX)
		return -ENOMEM;
	p->spki = malloc((size_t)size);
	if (!p->spki)
		return -ENOMEM;
	at = p->spki;
	p->spki_size = (size_t)i2d_PUBKEY(p->key, &at);
	return 0;
}

static int fill_ssh(struct public *p)
{
	struct writer w;
	int r = -ENOMEM;

	writer_init(&w, SPKI_MAX);
	if (write_ssh(&w, p->key, p->type))
		r = writer_end(&w);
	if (r == 0) {
		p->ssh_size = w.size;
		p->ssh = take_ptr(w.data);
	}
	writer_done(&w);
	return r;
}

static bool has_good_size(const struct public *p)
{
	if (p->type != KEY_TYPE_RSA)
		return true;
	return p->bits >= RSA_BITS_MIN && p->bits <= RSA_BITS_MAX;
}

int public_of_key(EVP_PKEY *key, struct public *ret, const char **ret_why)
{
	struct public p = {.type = type_of(key), .key = key};
	const struct curve *c = curve_of_type(p.type);
	int r;

	*ret_why = "is of a type that is not served";
	if (p.type == KEY_TYPE_NONE)
		return 0;
	p.bits = c ? c->bits : (unsigned)EVP_PKEY_get_bits(key);
	*ret_why = "has fewer than 1024 or more than 8192 bits";
	if (!has_good_size(&p))
		return 0;
	if (EVP_PKEY_up_ref(key) <= 0)
		return -ENOMEM;
	r = fill_spki(&p);
	if (r == 0)
		r = fill_ssh(&p);
	ERR_clear_error();
	if (r < 0) {
		public_done(&p);
		return r;
	}
	*ret = p;
	*ret_why = NULL;
	return 0;
}

void public_done(struct public *p)
{
	EVP_PKEY_free(p->key);
	free(p->spki);
	free(p->ssh);
	*p = (struct public){};
}
