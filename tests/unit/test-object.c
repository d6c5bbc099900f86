/*
 * test-object.c - from what a token says about its keys to the keys that are offered
 */
#include "agent/worker/object.h"

#include "tests/unit/unit.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "agent/worker/keys.h"

/* --- objects as a token would show them ------------------------------------------------------------ */

static const uint8_t p256_params[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t ed25519_oid[] = {0x06, 0x03, 0x2b, 0x65, 0x70};
static const uint8_t ed25519_name[] = "\x13\x0c"
				      "edwards25519";

static void set(uint8_t *field, size_t *size, const void *data, size_t n)
{
	memcpy(field, data, n);
	*size = n;
}

static struct object new_object(CK_KEY_TYPE type, const char *id, const char *label)
{
	struct object o = {.type = type, .handle = 5, .may_sign = true};

	set(o.id, &o.id_size, id, strlen(id));
	set(o.label, &o.label_size, label, strlen(label));
	return o;
}

/* The public object of an EC key in software; wrapped as the standard has it, or bare. */
static struct object ec_public(EVP_PKEY *key, const char *id, bool is_wrapped)
{
	struct object o = new_object(CKK_EC, id, "public");
	uint8_t point[65];
	size_t n;

	ck_assert_int_eq(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point,
							 sizeof(point), &n),
			 1);
	set(o.params, &o.params_size, p256_params, sizeof(p256_params));
	o.point[0] = 0x04;
	o.point[1] = 65;
	memcpy(o.point + (is_wrapped ? 2 : 0), point, n);
	o.point_size = n + (is_wrapped ? 2 : 0);
	return o;
}

static struct object ec_private(const char *id, const char *label)
{
	struct object o = new_object(CKK_EC, id, label);

	set(o.params, &o.params_size, p256_params, sizeof(p256_params));
	return o;
}

static struct object rsa_object(EVP_PKEY *key, const char *id, const char *label)
{
	struct object o = new_object(CKK_RSA, id, label);
	BIGNUM *n = NULL;

	ck_assert_int_eq(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n), 1);
	o.modulus_size = (size_t)BN_bn2bin(n, o.modulus);
	BN_free(n);
	set(o.exponent, &o.exponent_size, "\x01\x00\x01", 3);
	return o;
}

static struct keys build(struct object *private, size_t n_private, struct object *public,
			 size_t n_public, const PKCS11_CERT *certificates, size_t n_certificates)
{
	const struct objects priv = {.list = private, .n = n_private};
	const struct objects pub = {.list = public, .n = n_public};
	struct keys keys;

	ck_assert_int_eq(keys_build(private ? &priv : NULL, &pub, certificates, n_certificates,
				    &keys),
			 0);
	return keys;
}

/* One private and one public object make no key, and the reason has this in it. */
static void check_left_out(struct object private, struct object public, const char *reason)
{
	struct keys keys = build(&private, 1, &public, 1, NULL, 0);

	ck_assert_uint_eq(keys.n, 0);
	ck_assert_uint_eq(keys.n_left_out, 1);
	ck_assert_uint_eq(keys.n_notices, 1);
	ck_assert_msg(strstr(keys.notices[0], reason), "'%s' is not in '%s'", reason,
		      keys.notices[0]);
	keys_done(&keys);
}

/* --- public keys ------------------------------------------------------------------------------------- */

static void check_spki(const struct object *o, EVP_PKEY *key)
{
	struct public p;
	const char *why;
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(key, &der);

	ck_assert_int_eq(public_of_object(o, &p, &why), 0);
	ck_assert_msg(!why, "%s", why);
	unit_check_view((struct view){p.spki, p.spki_size}, (struct view){der, (size_t)n});
	OPENSSL_free(der);
	public_done(&p);
}

static void check_no_public(const struct object *o)
{
	struct public p;
	const char *why = NULL;

	ck_assert_int_eq(public_of_object(o, &p, &why), 0);
	ck_assert_ptr_nonnull(why);
}

START_TEST(a_point_is_read_wrapped_or_bare)
{
	for (int i = 0; i < 600; i++) {
		/* One bare point in 65,536 looks like a wrapped one by its first bytes. */
		EVP_PKEY *key = EVP_EC_gen("P-256");
		struct object wrapped = ec_public(key, "1", true);
		struct object bare = ec_public(key, "1", false);

		check_spki(&wrapped, key);
		check_spki(&bare, key);
		EVP_PKEY_free(key);
	}
}
END_TEST

START_TEST(ed25519_is_read_by_oid_or_name)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct object o = new_object(CKK_EC_EDWARDS, "1", "ed");
	size_t n = 32;

	o.point[0] = 0x04;
	o.point[1] = 32;
	ck_assert_int_eq(EVP_PKEY_get_raw_public_key(key, o.point + 2, &n), 1);
	o.point_size = 34;
	set(o.params, &o.params_size, ed25519_oid, sizeof(ed25519_oid));
	check_spki(&o, key);
	set(o.params, &o.params_size, ed25519_name, sizeof(ed25519_name) - 1);
	check_spki(&o, key);
	memmove(o.point, o.point + 2, 32);
	o.point_size = 32;
	check_spki(&o, key);
	o.type = CKK_EC;
	check_no_public(&o);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(what_is_no_public_key_is_none)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct object o = ec_public(key, "1", true);

	o.point[40] ^= 1; /* not on the curve */
	check_no_public(&o);
	o.point[40] ^= 1;
	for (size_t size = 0; size < o.point_size; size++) {
		struct object shorter = o;

		shorter.point_size = size;
		check_no_public(&shorter);
	}
	o.params[9] = 0x08; /* another curve */
	check_no_public(&o);
	o.params_size = 0;
	check_no_public(&o);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(rsa_keys_of_a_size_that_is_not_served_are_none)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	struct object o = rsa_object(key, "1", "rsa");

	check_spki(&o, key);
	o.modulus_size = 64;
	check_no_public(&o);
	o.modulus_size = 0;
	check_no_public(&o);
	o = rsa_object(key, "1", "rsa");
	o.exponent_size = 0;
	check_no_public(&o);
	EVP_PKEY_free(key);
}
END_TEST

/* --- keys -------------------------------------------------------------------------------------------- */

START_TEST(a_private_key_finds_its_public_one_by_type_and_id)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256"), *rsa = EVP_RSA_gen(2048);
	struct object public[] = {
		ec_public(ec, "one", true),
		rsa_object(rsa, "one", "of another type"),
		rsa_object(rsa, "two", "two"),
	};
	struct object private[] = {ec_private("one", "my key")};
	struct keys keys = build(private, 1, public, 3, NULL, 0);

	ck_assert_uint_eq(keys.n, 1);
	ck_assert_uint_eq(keys.n_left_out, 0);
	ck_assert_str_eq(keys.list[0].label, "my key");
	ck_assert_int_eq(keys.list[0].public.type, KEY_TYPE_P256);
	ck_assert_uint_eq(keys.list[0].handle, 5);
	ck_assert_ptr_eq(keys_find(&keys, keys.list[0].id), &keys.list[0]);
	keys_done(&keys);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(rsa);
}
END_TEST

START_TEST(an_rsa_key_without_a_public_object_has_its_own_modulus)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048);
	struct object private[] = {rsa_object(rsa, "one", "my key")};
	struct keys keys = build(private, 1, NULL, 0, NULL, 0);

	ck_assert_uint_eq(keys.n, 1);
	keys_done(&keys);
	EVP_PKEY_free(rsa);
}
END_TEST

START_TEST(keys_that_cannot_be_told_apart_are_left_out)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	struct object public = ec_public(ec, "one", true);
	struct object private[] = {ec_private("one", "a"), ec_private("one", "b")};
	struct keys keys;

	check_left_out(ec_private("", "a"), public, "no CKA_ID");
	keys = build(private, 2, &public, 1, NULL, 0);
	ck_assert_uint_eq(keys.n, 0);
	ck_assert_uint_eq(keys.n_left_out, 2);
	ck_assert_ptr_nonnull(strstr(keys.notices[0], "shares its CKA_ID"));
	keys_done(&keys);
	EVP_PKEY_free(ec);
}
END_TEST

START_TEST(a_public_key_that_does_not_fit_is_not_taken)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256"), *rsa = EVP_RSA_gen(2048), *other = EVP_RSA_gen(2048);
	struct object private = ec_private("one", "a");
	struct object public[] = {ec_public(ec, "one", true), ec_public(ec, "one", true)};
	struct keys keys;

	check_left_out(rsa_object(rsa, "one", "a"), rsa_object(other, "one", "a"),
		       "the public key of another one");
	check_left_out(private, ec_public(ec, "two", true), "no public key and no certificate");

	public[1].point[10] ^= 1;
	keys = build(&private, 1, public, 2, NULL, 0);
	ck_assert_uint_eq(keys.n, 0);
	ck_assert_ptr_nonnull(strstr(keys.notices[0], "several public keys"));
	keys_done(&keys);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(other);
}
END_TEST

START_TEST(keys_that_want_the_pin_each_time_are_left_out)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	struct object private = ec_private("one", "a");

	private.needs_pin_each_time = true;
	check_left_out(private, ec_public(ec, "one", true), "CKA_ALWAYS_AUTHENTICATE");
	EVP_PKEY_free(ec);
}
END_TEST

START_TEST(keys_that_may_not_sign_are_not_spoken_of)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	struct object private = ec_private("one", "a"), public = ec_public(ec, "one", true);
	struct keys keys;

	private.may_sign = false;
	keys = build(&private, 1, &public, 1, NULL, 0);
	ck_assert_uint_eq(keys.n, 0);
	ck_assert_uint_eq(keys.n_left_out, 0);
	keys_done(&keys);
	EVP_PKEY_free(ec);
}
END_TEST

START_TEST(one_key_under_two_ids_is_one_key)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	struct object private[] = {ec_private("one", "a"), ec_private("two", "b")};
	struct object public[] = {ec_public(ec, "one", true), ec_public(ec, "two", true)};
	struct keys keys = build(private, 2, public, 2, NULL, 0);

	ck_assert_uint_eq(keys.n, 1);
	keys_done(&keys);
	EVP_PKEY_free(ec);
}
END_TEST

START_TEST(a_label_that_is_no_text_is_no_name)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	struct object private = ec_private("one", "a\nb"), public = ec_public(ec, "one", true);
	struct keys keys = build(&private, 1, &public, 1, NULL, 0);

	ck_assert_uint_eq(keys.n, 1);
	ck_assert_str_eq(keys.list[0].label, "public"); /* of the public object */
	keys_done(&keys);
	EVP_PKEY_free(ec);
}
END_TEST

START_TEST(while_locked_public_keys_stand_for_themselves)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	struct object public = ec_public(ec, "one", true);
	struct keys keys = build(NULL, 0, &public, 1, NULL, 0);

	ck_assert_uint_eq(keys.n, 1);
	ck_assert_str_eq(keys.list[0].label, "public");
	ck_assert_uint_eq(keys.list[0].handle, CK_INVALID_HANDLE);
	keys_done(&keys);
	EVP_PKEY_free(ec);
}
END_TEST

static X509 *new_certificate(EVP_PKEY *key)
{
	X509 *x509 = X509_new();

	ck_assert_ptr_nonnull(x509);
	ck_assert_int_eq(X509_set_pubkey(x509, key), 1);
	ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notBefore(x509), 0));
	ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notAfter(x509), 3600));
	ck_assert_int_gt(X509_sign(x509, key, EVP_sha256()), 0);
	return x509;
}

START_TEST(a_certificate_is_taken_along_only_if_it_is_of_this_key)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
	X509 *right = new_certificate(ec), *wrong = new_certificate(other);
	PKCS11_CERT certificates[] = {
		{.id = (unsigned char *)"one", .id_len = 3, .x509 = wrong},
		{.id = (unsigned char *)"two", .id_len = 3, .x509 = right},
		{.id = NULL, .x509 = right},
		{.id = (unsigned char *)"one", .id_len = 3, .x509 = NULL},
		{.id = (unsigned char *)"one", .id_len = 3, .x509 = right},
	};
	struct object private = ec_private("one", "a"), public = ec_public(ec, "one", true);
	struct keys keys = build(&private, 1, &public, 1, certificates, 4);

	ck_assert_ptr_null(keys.list[0].certificate);
	keys_done(&keys);
	keys = build(&private, 1, &public, 1, certificates, 5);
	ck_assert_uint_eq(keys.list[0].certificate_size, (size_t)i2d_X509(right, NULL));
	keys_done(&keys);
	X509_free(right);
	X509_free(wrong);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(other);
}
END_TEST

START_TEST(a_certificate_does_where_there_is_no_public_key)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256"), *rsa = EVP_RSA_gen(2048);
	X509 *right = new_certificate(ec), *wrong = new_certificate(rsa);
	PKCS11_CERT certificates[] = {
		{.id = (unsigned char *)"one", .id_len = 3, .x509 = wrong},
		{.id = (unsigned char *)"one", .id_len = 3, .x509 = right},
	};
	struct object private = ec_private("one", "a");
	struct keys keys = build(&private, 1, NULL, 0, certificates, 2);

	ck_assert_uint_eq(keys.n, 1);
	ck_assert_int_eq(keys.list[0].public.type, KEY_TYPE_P256);
	keys_done(&keys);
	X509_free(right);
	X509_free(wrong);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(rsa);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_point_is_read_wrapped_or_bare,
		ed25519_is_read_by_oid_or_name,
		what_is_no_public_key_is_none,
		rsa_keys_of_a_size_that_is_not_served_are_none,
		a_private_key_finds_its_public_one_by_type_and_id,
		an_rsa_key_without_a_public_object_has_its_own_modulus,
		keys_that_cannot_be_told_apart_are_left_out,
		a_public_key_that_does_not_fit_is_not_taken,
		keys_that_want_the_pin_each_time_are_left_out,
		keys_that_may_not_sign_are_not_spoken_of,
		one_key_under_two_ids_is_one_key,
		a_label_that_is_no_text_is_no_name,
		while_locked_public_keys_stand_for_themselves,
		a_certificate_is_taken_along_only_if_it_is_of_this_key,
		a_certificate_does_where_there_is_no_public_key,
	};

	return unit_run("object", tests, array_len(tests));
}
