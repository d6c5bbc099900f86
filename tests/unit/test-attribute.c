/*
 * test-attribute.c - what the PKCS#11 module's objects say, and the rules by which it is read
 */
#include "client/pkcs11/attribute.h"

#include "client/lib/answer.h"
#include "tests/lib/fake-keys.h"
#include "tests/unit/unit.h"

/* Makes a key the way the agent would list it; NULL if it makes no sense. */
static struct keypair *make_key_of(enum key_type type, struct view spki, struct view certificate)
{
	const struct signet_key from = {
		.name = (char *)"release",
		.token = (char *)"hsm",
		.type = (enum signet_key_type)type,
		.spki = {(uint8_t *)spki.data, spki.size},
		.certificate = {(uint8_t *)certificate.data, certificate.size},
	};
	struct keypair *k;

	ck_assert_int_eq(keypair_new(&from, &k), 0);
	return k;
}

static struct keypair *make_key(enum key_type type, bool has_certificate)
{
	struct writer spki, certificate;
	struct keypair *k;

	writer_init(&spki, 4096);
	writer_init(&certificate, 4096);
	fake_spki(&spki, type, 0xa5);
	if (has_certificate)
		fake_certificate(&certificate, true);
	k = make_key_of(type, writer_view(&spki), writer_view(&certificate));
	writer_done(&spki);
	writer_done(&certificate);
	ck_assert_ptr_nonnull(k);
	return k;
}

static CK_RV read_one(const struct keypair *k, enum kind kind, CK_ATTRIBUTE_TYPE type, void *value,
		      CK_ULONG *size)
{
	CK_ATTRIBUTE a = {type, value, *size};
	CK_RV rv = attribute_read_all(k, kind, &a, 1);

	*size = a.ulValueLen;
	return rv;
}

static void check_bytes(const struct keypair *k, enum kind kind, CK_ATTRIBUTE_TYPE type,
			const void *expected, size_t size)
{
	uint8_t value[512];
	CK_ULONG n = sizeof(value);

	ck_assert_uint_eq(read_one(k, kind, type, value, &n), CKR_OK);
	unit_check_view((struct view){value, n}, (struct view){expected, size});
}

static void check_number(const struct keypair *k, enum kind kind, CK_ATTRIBUTE_TYPE type,
			 CK_ULONG expected)
{
	check_bytes(k, kind, type, &expected, sizeof(expected));
}

static void check_flag(const struct keypair *k, enum kind kind, CK_ATTRIBUTE_TYPE type, int flag)
{
	CK_BBOOL expected = flag ? CK_TRUE : CK_FALSE;

	check_bytes(k, kind, type, &expected, 1);
}

static void check_none(const struct keypair *k, enum kind kind, CK_ATTRIBUTE_TYPE type)
{
	CK_ULONG n = 0;

	ck_assert_uint_eq(read_one(k, kind, type, NULL, &n), CKR_ATTRIBUTE_TYPE_INVALID);
	ck_assert_uint_eq(n, CK_UNAVAILABLE_INFORMATION);
}

static const enum kind kinds[] = {KIND_PRIVATE, KIND_PUBLIC, KIND_CERTIFICATE};

START_TEST(the_objects_of_a_key_share_id_label_and_subject)
{
	struct keypair *k = make_key(KEY_TYPE_P256, true);

	for (size_t i = 0; i < array_len(kinds); i++) {
		check_bytes(k, kinds[i], CKA_LABEL, "release", 7);
		check_bytes(k, kinds[i], CKA_ID, k->id, 32);
		check_bytes(k, kinds[i], CKA_SUBJECT, FAKE_SUBJECT, 4);
		check_flag(k, kinds[i], CKA_TOKEN, true);
		check_flag(k, kinds[i], CKA_PRIVATE, false);
		check_flag(k, kinds[i], CKA_COPYABLE, false);
		check_flag(k, kinds[i], CKA_MODIFIABLE, false);
		check_flag(k, kinds[i], CKA_DESTROYABLE, false);
		check_bytes(k, kinds[i], CKA_START_DATE, "", 0);
	}
	(void)keypair_unref(k);
}
END_TEST

START_TEST(a_private_key_signs_and_does_nothing_else)
{
	struct keypair *k = make_key(KEY_TYPE_RSA, false);

	check_number(k, KIND_PRIVATE, CKA_CLASS, CKO_PRIVATE_KEY);
	check_flag(k, KIND_PRIVATE, CKA_SIGN, true);
	check_flag(k, KIND_PRIVATE, CKA_DECRYPT, false);
	check_flag(k, KIND_PRIVATE, CKA_UNWRAP, false);
	check_flag(k, KIND_PRIVATE, CKA_DERIVE, false);
	check_flag(k, KIND_PRIVATE, CKA_SIGN_RECOVER, false);
	check_flag(k, KIND_PRIVATE, CKA_SENSITIVE, true);
	check_flag(k, KIND_PRIVATE, CKA_ALWAYS_SENSITIVE, true);
	check_flag(k, KIND_PRIVATE, CKA_EXTRACTABLE, false);
	check_flag(k, KIND_PRIVATE, CKA_NEVER_EXTRACTABLE, true);
	check_flag(k, KIND_PRIVATE, CKA_ALWAYS_AUTHENTICATE, false);
	check_none(k, KIND_PRIVATE, CKA_VERIFY);
	check_none(k, KIND_PUBLIC, CKA_SIGN);
	check_flag(k, KIND_PUBLIC, CKA_VERIFY, false);
	(void)keypair_unref(k);
}
END_TEST

START_TEST(rsa_keys_have_modulus_and_exponent_and_no_point)
{
	struct keypair *k = make_key(KEY_TYPE_RSA, false);
	uint8_t modulus[256];

	memset(modulus, 0xa5, sizeof(modulus));
	for (size_t i = 0; i < 2; i++) {
		check_number(k, kinds[i], CKA_KEY_TYPE, CKK_RSA);
		check_bytes(k, kinds[i], CKA_MODULUS, modulus, sizeof(modulus));
		check_number(k, kinds[i], CKA_MODULUS_BITS, 2048);
		check_bytes(k, kinds[i], CKA_PUBLIC_EXPONENT, "\x01\x00\x01", 3);
		check_none(k, kinds[i], CKA_EC_PARAMS);
		check_none(k, kinds[i], CKA_EC_POINT);
	}
	ck_assert_uint_eq(keypair_signature_size(k), 256);
	(void)keypair_unref(k);
}
END_TEST

START_TEST(points_stand_in_an_octet_string)
{
	static const struct {
		enum key_type type;
		CK_KEY_TYPE key_type;
		const char *front;
		size_t front_size, size, signature;
	} curves[] = {
		{KEY_TYPE_P256, CKK_EC, "\x04\x41\x04", 3, 67, 64},
		{KEY_TYPE_P384, CKK_EC, "\x04\x61\x04", 3, 99, 96},
		{KEY_TYPE_P521, CKK_EC, "\x04\x81\x85\x04", 4, 136, 132},
		{KEY_TYPE_ED25519, CKK_EC_EDWARDS, "\x04\x20\xa5", 3, 34, 64},
	};
	uint8_t point[200];

	for (size_t i = 0; i < array_len(curves); i++) {
		struct keypair *k = make_key(curves[i].type, false);
		CK_ULONG n = sizeof(point);

		check_number(k, KIND_PUBLIC, CKA_KEY_TYPE, curves[i].key_type);
		ck_assert_uint_eq(read_one(k, KIND_PUBLIC, CKA_EC_POINT, point, &n), CKR_OK);
		ck_assert_uint_eq(n, curves[i].size);
		ck_assert_int_eq(memcmp(point, curves[i].front, curves[i].front_size), 0);
		ck_assert_uint_eq(keypair_signature_size(k), curves[i].signature);
		check_none(k, KIND_PUBLIC, CKA_MODULUS);
		check_none(k, KIND_PRIVATE, CKA_MODULUS_BITS);
		(void)keypair_unref(k);
	}
}
END_TEST

START_TEST(a_certificate_gives_what_it_is_found_by)
{
	struct keypair *k = make_key(KEY_TYPE_P256, true);

	check_number(k, KIND_CERTIFICATE, CKA_CLASS, CKO_CERTIFICATE);
	check_number(k, KIND_CERTIFICATE, CKA_CERTIFICATE_TYPE, CKC_X_509);
	check_bytes(k, KIND_CERTIFICATE, CKA_SERIAL_NUMBER, FAKE_SERIAL, 3);
	check_bytes(k, KIND_CERTIFICATE, CKA_ISSUER, FAKE_ISSUER, 4);
	check_bytes(k, KIND_CERTIFICATE, CKA_VALUE, k->certificate.data, k->certificate.size);
	check_flag(k, KIND_CERTIFICATE, CKA_TRUSTED, false);
	check_none(k, KIND_CERTIFICATE, CKA_KEY_TYPE);
	check_none(k, KIND_CERTIFICATE, CKA_SIGN);
	(void)keypair_unref(k);
}
END_TEST

START_TEST(what_is_secret_is_not_told_with_any_buffer)
{
	static const CK_ATTRIBUTE_TYPE secrets[] = {
		CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2,
		CKA_EXPONENT_1,       CKA_VALUE,   CKA_COEFFICIENT};
	struct keypair *k = make_key(KEY_TYPE_RSA, false);
	uint8_t value[64] = {};

	for (size_t i = 0; i < array_len(secrets); i++) {
		CK_ULONG n = sizeof(value);

		ck_assert_uint_eq(read_one(k, KIND_PRIVATE, secrets[i], value, &n),
				  CKR_ATTRIBUTE_SENSITIVE);
		ck_assert_uint_eq(n, CK_UNAVAILABLE_INFORMATION);
		n = 0;
		ck_assert_uint_eq(read_one(k, KIND_PRIVATE, secrets[i], NULL, &n),
				  CKR_ATTRIBUTE_SENSITIVE);
	}
	check_none(k, KIND_PUBLIC, CKA_PRIME_1);
	(void)keypair_unref(k);
}
END_TEST

START_TEST(each_attribute_of_a_template_is_answered_whatever_the_others_are)
{
	struct keypair *k = make_key(KEY_TYPE_P256, false);
	char label[8] = "", little[3];
	CK_ATTRIBUTE t[] = {
		{CKA_VENDOR_DEFINED, label, sizeof(label)}, {CKA_LABEL, little, sizeof(little)},
		{CKA_VALUE, label, sizeof(label)},          {CKA_LABEL, NULL, 77},
		{CKA_LABEL, label, sizeof(label)},
	};

	ck_assert_uint_ne(attribute_read_all(k, KIND_PRIVATE, t, array_len(t)), CKR_OK);
	ck_assert_uint_eq(t[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	ck_assert_uint_eq(t[1].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	ck_assert_uint_eq(t[2].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	ck_assert_uint_eq(t[3].ulValueLen, 7);
	ck_assert_uint_eq(t[4].ulValueLen, 7);
	ck_assert_str_eq(label, "release");
	/* A host that asks again with what it got has no room at all. */
	ck_assert_uint_eq(attribute_read_all(k, KIND_PRIVATE, t + 1, 1), CKR_BUFFER_TOO_SMALL);
	ck_assert_uint_eq(t[1].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	ck_assert_uint_eq(attribute_read_all(k, KIND_PRIVATE, NULL, 0), CKR_OK);
	(void)keypair_unref(k);
}
END_TEST

START_TEST(a_template_matches_by_every_value)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	struct keypair *k = make_key(KEY_TYPE_P256, false);
	CK_ATTRIBUTE t[] = {{CKA_CLASS, &class, sizeof(class)}, {CKA_LABEL, (void *)"release", 7}};

	ck_assert(attribute_match_all(k, KIND_PRIVATE, NULL, 0));
	ck_assert(attribute_match_all(k, KIND_PRIVATE, t, 2));
	ck_assert(!attribute_match_all(k, KIND_PUBLIC, t, 2));
	t[1].ulValueLen = 6;
	ck_assert(!attribute_match_all(k, KIND_PRIVATE, t, 2));
	t[1].ulValueLen = CK_UNAVAILABLE_INFORMATION; /* not read as far as that */
	ck_assert(!attribute_match_all(k, KIND_PRIVATE, t, 2));
	t[1] = (CK_ATTRIBUTE){CKA_LABEL, NULL, 7};
	ck_assert(!attribute_match_all(k, KIND_PRIVATE, t, 2));
	t[1] = (CK_ATTRIBUTE){CKA_LABEL, (void *)"RELEASE", 7};
	ck_assert(!attribute_match_all(k, KIND_PRIVATE, t, 2));
	t[1] = (CK_ATTRIBUTE){CKA_VENDOR_DEFINED | 1, (void *)"", 0};
	ck_assert(!attribute_match_all(k, KIND_PRIVATE, t, 2));
	t[1] = (CK_ATTRIBUTE){CKA_VALUE, (void *)"", 0};
	ck_assert(!attribute_match_all(k, KIND_PRIVATE, t, 2));
	(void)keypair_unref(k);
}
END_TEST

/* Every beginning of a good SPKI, every one with a byte changed: none of it may read beyond. */
START_TEST(no_changed_public_key_does_harm)
{
	static const enum key_type types[] = {KEY_TYPE_RSA, KEY_TYPE_P256, KEY_TYPE_P384,
					      KEY_TYPE_P521, KEY_TYPE_ED25519};

	for (size_t t = 0; t < array_len(types); t++) {
		struct writer w;
		struct view whole;

		writer_init(&w, 4096);
		fake_spki(&w, types[t], 0xa5);
		whole = writer_view(&w);
		for (size_t i = 0; i < whole.size; i++) {
			uint8_t *cut = malloc(whole.size);

			ck_assert_ptr_nonnull(cut);
			memcpy(cut, whole.data, whole.size);
			ck_assert_ptr_null(
				make_key_of(types[t], (struct view){cut, i}, (struct view){}));
			cut[i] ^= 0x55;
			(void)keypair_unref(make_key_of(types[t], (struct view){cut, whole.size},
							(struct view){}));
			free(cut);
		}
		for (size_t other = 0; other < array_len(types); other++)
			if (other != t)
				ck_assert_ptr_null(
					make_key_of(types[other], whole, (struct view){}));
		writer_done(&w);
	}
}
END_TEST

START_TEST(what_is_no_x509_is_no_certificate)
{
	struct writer spki, certificate;
	struct keypair *k;

	writer_init(&spki, 4096);
	writer_init(&certificate, 4096);
	fake_spki(&spki, KEY_TYPE_P256, 1);
	fake_certificate(&certificate, false);
	k = make_key_of(KEY_TYPE_P256, writer_view(&spki), writer_view(&certificate));
	ck_assert_ptr_nonnull(k->certificate.data); /* of version 1 */
	(void)keypair_unref(k);
	for (size_t i = 0; i < writer_view(&certificate).size; i++) {
		k = make_key_of(KEY_TYPE_P256, writer_view(&spki),
				(struct view){writer_view(&certificate).data, i});
		ck_assert_ptr_nonnull(k);
		ck_assert_ptr_null(k->certificate.data);
		ck_assert_ptr_null(k->subject.data);
		(void)keypair_unref(k);
	}
	k = make_key_of(KEY_TYPE_P256, writer_view(&spki),
			unit_view("ssh-rsa-cert-v01@openssh.com"));
	ck_assert_ptr_null(k->certificate.data);
	(void)keypair_unref(k);
	writer_done(&spki);
	writer_done(&certificate);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_objects_of_a_key_share_id_label_and_subject,
		a_private_key_signs_and_does_nothing_else,
		rsa_keys_have_modulus_and_exponent_and_no_point,
		points_stand_in_an_octet_string,
		a_certificate_gives_what_it_is_found_by,
		what_is_secret_is_not_told_with_any_buffer,
		each_attribute_of_a_template_is_answered_whatever_the_others_are,
		a_template_matches_by_every_value,
		no_changed_public_key_does_harm,
		what_is_no_x509_is_no_certificate,
	};

	return unit_run("attribute", tests, array_len(tests));
}
