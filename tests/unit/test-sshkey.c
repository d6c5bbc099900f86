/*
 * test-sshkey.c - keys and signatures by ssh-keygen and openssl are understood, and nothing like them is
 */
#include "pam/sshkey.h"

#include "agent/base/limits.h"
#include "agent/wire/writer.h"
#include "tests/unit/unit.h"

static const struct {
	const char *name;
	enum key_type type;
	enum hash hash;
} keys[] = {
	{"rsa2048", KEY_TYPE_RSA, HASH_SHA256},   {"rsa3072", KEY_TYPE_RSA, HASH_SHA256},
	{"rsa8192", KEY_TYPE_RSA, HASH_SHA256},   {"p256", KEY_TYPE_P256, HASH_SHA256},
	{"p384", KEY_TYPE_P384, HASH_SHA384},     {"p521", KEY_TYPE_P521, HASH_SHA512},
	{"ed25519", KEY_TYPE_ED25519, HASH_NONE},
};

/* Owned by the caller. */
static struct view vector(const char *name, const char *part)
{
	char full[64];

	(void)snprintf(full, sizeof(full), "%s%s", name, part);
	return unit_vector("sshkey", full);
}

static void drop(struct view v)
{
	free((void *)v.data);
}

/* The key points into *ret_blob, which is owned by the caller. */
static struct sshkey read_key(const char *name, struct view *ret_blob)
{
	struct sshkey k;

	*ret_blob = vector(name, "-key");
	ck_assert_msg(sshkey_read(*ret_blob, &k), "%s", name);
	return k;
}

/* An allocation of exactly that size, so that a sanitizer sees a read of one byte too many. */
static struct view copy_of(struct view v, size_t size)
{
	uint8_t *data = calloc(1, size ? size : 1);

	ck_assert_ptr_nonnull(data);
	if (v.size > 0)
		memcpy(data, v.data, v.size < size ? v.size : size);
	return (struct view){data, size};
}

/* Steps of 7 bits reach every byte. */
static void flip(struct view v, size_t bit)
{
	((uint8_t *)v.data)[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* --- keys ----------------------------------------------------------------------------------------- */

START_TEST(keys_by_ssh_keygen_are_understood)
{
	for (size_t i = 0; i < array_len(keys); i++) {
		struct view blob;
		struct sshkey k = read_key(keys[i].name, &blob);

		ck_assert_int_eq(k.type, keys[i].type);
		ck_assert_int_eq(sshkey_hash(&k), keys[i].hash);
		drop(blob);
	}
}
END_TEST

START_TEST(weak_keys_and_keys_of_other_types_are_not_understood)
{
	static const char *const names[] = {"rsa1024-key", "dsa-key"};
	struct view certificate = unit_vector("sshcert", "ed25519");
	struct sshkey k;

	for (size_t i = 0; i < array_len(names); i++) {
		struct view blob = vector(names[i], "");

		ck_assert_msg(!sshkey_read(blob, &k), "%s", names[i]);
		drop(blob);
	}
	ck_assert(!sshkey_read(certificate, &k));
	drop(certificate);
	ck_assert(!sshkey_read((struct view){}, &k));
}
END_TEST

START_TEST(a_key_in_a_fido_token_is_not_understood)
{
	struct view blob;
	struct sshkey k = read_key("ed25519", &blob);
	struct writer w;

	writer_init(&w, 4096);
	writer_text(&w, "sk-ssh-ed25519@openssh.com");
	writer_string(&w, k.point.data, k.point.size);
	writer_text(&w, "ssh:");
	ck_assert(!sshkey_read(writer_view(&w), &k));
	writer_done(&w);
	drop(blob);
}
END_TEST

START_TEST(no_cut_or_lengthened_key_is_understood)
{
	for (size_t i = 0; i < array_len(keys); i++) {
		struct view blob = vector(keys[i].name, "-key");
		struct sshkey k;

		for (size_t size = 0; size <= blob.size + 1; size++) {
			struct view copy = copy_of(blob, size);

			ck_assert_msg(sshkey_read(copy, &k) == (size == blob.size),
				      "%s of %zu bytes", keys[i].name, size);
			drop(copy);
		}
		drop(blob);
	}
}
END_TEST

static bool reads_rsa(const void *e, size_t e_size, const void *n, size_t n_size)
{
	struct writer w;
	struct sshkey k;
	bool is_read;

	writer_init(&w, FRAME_MAX);
	writer_text(&w, "ssh-rsa");
	writer_string(&w, e, e_size);
	writer_string(&w, n, n_size);
	ck_assert_int_eq(writer_end(&w), 0);
	is_read = sshkey_read(writer_view(&w), &k);
	writer_done(&w);
	return is_read;
}

/* Is a modulus as large as said taken, whose bits are all set? */
static bool reads_bits(size_t bits)
{
	uint8_t n[1 + 2048] = {};
	size_t size = (bits + 7) / 8;

	memset(n + 1, 0xff, size);
	if (bits % 8)
		n[1] = (uint8_t)(0xff >> (8 - bits % 8));
	return bits % 8 ? reads_rsa("\3", 1, n + 1, size) : reads_rsa("\3", 1, n, size + 1);
}

START_TEST(rsa_numbers_have_their_bounds_and_one_form)
{
	uint8_t n[257], even[257], longer[258] = {};

	memset(n, 0xff, sizeof(n));
	n[0] = 0;
	memcpy(even, n, sizeof(n));
	even[256] = 0xfe;
	memcpy(longer + 1, n, sizeof(n));

	ck_assert(reads_rsa("\3", 1, n, 257));
	ck_assert(reads_rsa("\1\0\1", 3, n, 257));
	ck_assert(reads_rsa("\0\xff\0\0\0\0\0\0\1", 9, n, 257));
	ck_assert(!reads_rsa("\1\0\0\0\0\0\0\0\1", 9, n, 257)); /* 65 bits */
	ck_assert(!reads_rsa("\1", 1, n, 257));
	ck_assert(!reads_rsa("\2", 1, n, 257));
	ck_assert(!reads_rsa("\1\0\0", 3, n, 257));
	ck_assert(!reads_rsa("", 0, n, 257));
	ck_assert(!reads_rsa("\0", 1, n, 257));
	ck_assert(!reads_rsa("\0\3", 2, n, 257));
	ck_assert(!reads_rsa("\x83", 1, n, 257));
	ck_assert(!reads_rsa("\3", 1, n + 1, 256)); /* negative */
	ck_assert(!reads_rsa("\3", 1, longer, 258));
	ck_assert(!reads_rsa("\3", 1, even, 257));
	ck_assert(!reads_rsa("\3", 1, "", 0));

	ck_assert(!reads_bits(2047));
	ck_assert(reads_bits(2048));
	ck_assert(reads_bits(2049));
	ck_assert(reads_bits(8191));
	ck_assert(reads_bits(8192));
	ck_assert(!reads_bits(8193));
	ck_assert(!reads_bits(16384));
}
END_TEST

static bool reads_point(const char *type, const char *curve, const void *point, size_t size)
{
	struct writer w;
	struct sshkey k;
	bool is_read;

	writer_init(&w, FRAME_MAX);
	writer_text(&w, type);
	writer_text(&w, curve);
	writer_string(&w, point, size);
	is_read = sshkey_read(writer_view(&w), &k);
	writer_done(&w);
	return is_read;
}

START_TEST(a_point_is_on_the_curve_that_is_named_twice)
{
	static const struct {
		const char *name, *type, *curve;
	} curves[] = {
		{"p256", "ecdsa-sha2-nistp256", "nistp256"},
		{"p384", "ecdsa-sha2-nistp384", "nistp384"},
		{"p521", "ecdsa-sha2-nistp521", "nistp521"},
	};

	for (size_t i = 0; i < array_len(curves); i++) {
		struct view blob, point, compressed, nought;
		struct sshkey k = read_key(curves[i].name, &blob);

		for (size_t j = 0; j < array_len(curves); j++)
			for (size_t c = 0; c < array_len(curves); c++)
				ck_assert_int_eq(reads_point(curves[j].type, curves[c].curve,
							     k.point.data, k.point.size),
						 i == j && i == c);
		point = copy_of(k.point, k.point.size);
		for (size_t bit = 0; bit < 8 * point.size; bit++) {
			flip(point, bit);
			ck_assert_msg(!reads_point(curves[i].type, curves[i].curve, point.data,
						   point.size),
				      "%s with bit %zu", curves[i].name, bit);
			flip(point, bit);
		}
		compressed = copy_of(k.point, (k.point.size + 1) / 2);
		*(uint8_t *)compressed.data = 2 + point.data[point.size - 1] % 2;
		ck_assert(!reads_point(curves[i].type, curves[i].curve, compressed.data,
				       compressed.size));
		nought = copy_of((struct view){point.data, 1}, point.size);
		ck_assert(!reads_point(curves[i].type, curves[i].curve, nought.data, nought.size));
		ck_assert(!reads_point(curves[i].type, curves[i].curve, "", 1));
		drop(point);
		drop(compressed);
		drop(nought);
		drop(blob);
	}
}
END_TEST

/* The same point, with a coordinate of field and more: x + p fits P-521's 66 bytes. */
START_TEST(a_coordinate_is_below_the_prime)
{
	struct view blob, point;
	struct sshkey k = read_key("p521", &blob);
	unsigned carry = 0;

	point = copy_of(k.point, k.point.size);
	for (size_t i = 66; i > 0; i--) { /* p = 2^521 - 1 */
		uint8_t *x = (uint8_t *)point.data + i;
		unsigned sum = *x + (i == 1 ? 1u : 0xffu) + carry;

		*x = (uint8_t)sum;
		carry = sum >> 8;
	}
	ck_assert_uint_eq(carry, 0);
	ck_assert(reads_point("ecdsa-sha2-nistp521", "nistp521", k.point.data, k.point.size));
	ck_assert(!reads_point("ecdsa-sha2-nistp521", "nistp521", point.data, point.size));
	drop(point);
	drop(blob);
}
END_TEST

/* --- SubjectPublicKeyInfo --------------------------------------------------------------------------- */

START_TEST(a_spki_is_of_its_own_key_alone)
{
	for (size_t i = 0; i < array_len(keys); i++) {
		struct view blob;
		struct sshkey k = read_key(keys[i].name, &blob);

		for (size_t j = 0; j < array_len(keys); j++) {
			struct view spki = vector(keys[j].name, "-spki");

			ck_assert_msg(sshkey_is_spki(&k, spki) == (i == j), "%s, %s", keys[i].name,
				      keys[j].name);
			drop(spki);
		}
		drop(blob);
	}
}
END_TEST

START_TEST(no_changed_or_cut_spki_is_of_the_key)
{
	for (size_t i = 0; i < array_len(keys); i++) {
		struct view blob, spki = vector(keys[i].name, "-spki");
		struct sshkey k = read_key(keys[i].name, &blob);

		for (size_t bit = 0; bit < 8 * spki.size; bit++) {
			flip(spki, bit);
			ck_assert_msg(!sshkey_is_spki(&k, spki), "%s with bit %zu", keys[i].name,
				      bit);
			flip(spki, bit);
		}
		for (size_t size = 0; size <= spki.size + 1; size++) {
			struct view copy = copy_of(spki, size);

			ck_assert_int_eq(sshkey_is_spki(&k, copy), size == spki.size);
			drop(copy);
		}
		drop(spki);
		drop(blob);
	}
}
END_TEST

START_TEST(no_key_has_no_spki)
{
	static const uint8_t nothing[] = {0x30, 0x03, 0x03, 0x01, 0x00};
	const struct sshkey k = {};

	ck_assert(!sshkey_is_spki(&k, (struct view){nothing, sizeof(nothing)}));
	ck_assert(!sshkey_is_spki(&k, (struct view){}));
}
END_TEST

/* --- signatures by openssl -------------------------------------------------------------------------- */

START_TEST(a_signature_by_openssl_is_of_its_key_and_hash_alone)
{
	struct view text = vector("text", "");

	for (size_t i = 0; i < array_len(keys); i++) {
		struct view signature = vector(keys[i].name, "-signature");

		for (size_t j = 0; j < array_len(keys); j++) {
			struct view blob;
			struct sshkey k = read_key(keys[j].name, &blob);

			for (enum hash h = HASH_NONE; h <= _HASH_MAX; h++)
				ck_assert_msg(sshkey_verifies(&k, h, text, signature) ==
						      (i == j && h == keys[i].hash),
					      "%s by %s, hash %d", keys[i].name, keys[j].name,
					      (int)h);
			drop(blob);
		}
		drop(signature);
	}
	drop(text);
}
END_TEST

START_TEST(no_changed_bit_of_signature_or_message_verifies)
{
	struct view text = vector("text", "");

	for (size_t i = 0; i < array_len(keys); i++) {
		struct view blob, signature = vector(keys[i].name, "-signature");
		struct sshkey k = read_key(keys[i].name, &blob);

		for (size_t bit = 0; bit < 8 * signature.size; bit += 7) {
			flip(signature, bit);
			ck_assert_msg(!sshkey_verifies(&k, keys[i].hash, text, signature),
				      "%s with bit %zu", keys[i].name, bit);
			flip(signature, bit);
		}
		for (size_t bit = 0; bit < 8 * text.size; bit += 7) {
			flip(text, bit);
			ck_assert(!sshkey_verifies(&k, keys[i].hash, text, signature));
			flip(text, bit);
		}
		ck_assert(sshkey_verifies(&k, keys[i].hash, text, signature));
		drop(signature);
		drop(blob);
	}
	drop(text);
}
END_TEST

START_TEST(no_cut_or_lengthened_signature_verifies)
{
	struct view text = vector("text", "");

	for (size_t i = 0; i < array_len(keys); i++) {
		struct view blob, signature = vector(keys[i].name, "-signature");
		struct sshkey k = read_key(keys[i].name, &blob);

		for (size_t size = 0; size <= signature.size + 1; size++) {
			struct view copy = copy_of(signature, size);

			ck_assert_msg(sshkey_verifies(&k, keys[i].hash, text, copy) ==
					      (size == signature.size),
				      "%s of %zu bytes", keys[i].name, size);
			drop(copy);
		}
		drop(signature);
		drop(blob);
	}
	drop(text);
}
END_TEST

START_TEST(other_hashes_and_paddings)
{
	static const struct {
		const char *key, *signature;
		enum hash hash;
		bool is_right;
	} rows[] = {
		{"rsa2048", "rsa2048-signature", HASH_SHA256, true},
		{"rsa2048", "rsa2048-sha512", HASH_SHA512, true},
		{"rsa2048", "rsa2048-sha512", HASH_SHA256, false},
		{"rsa2048", "rsa2048-sha1", HASH_SHA1, false},
		{"rsa2048", "rsa2048-sha1", HASH_SHA256, false},
		{"rsa2048", "rsa2048-pss", HASH_SHA256, false},
		{"rsa-e3", "rsa-e3-signature", HASH_SHA256, true},
		{"p256", "p256-sha512", HASH_SHA512, true},
		{"p256", "p256-sha512", HASH_SHA256, false},
	};
	struct view text = vector("text", "");

	for (size_t i = 0; i < array_len(rows); i++) {
		struct view blob, signature = vector(rows[i].signature, "");
		struct sshkey k = read_key(rows[i].key, &blob);

		ck_assert_msg(sshkey_verifies(&k, rows[i].hash, text, signature) ==
				      rows[i].is_right,
			      "row %zu", i);
		drop(signature);
		drop(blob);
	}
	drop(text);
}
END_TEST

START_TEST(rsa_signatures_are_below_the_modulus_and_as_long)
{
	struct view blob, text = vector("text", ""), right = vector("rsa2048-signature", "");
	struct sshkey k = read_key("rsa2048", &blob);
	uint8_t wrong[257] = {};

	ck_assert(sshkey_verifies(&k, HASH_SHA256, text, right));
	ck_assert(!sshkey_verifies(&k, HASH_SHA256, text, (struct view){wrong, 256}));
	wrong[255] = 1;
	ck_assert(!sshkey_verifies(&k, HASH_SHA256, text, (struct view){wrong, 256}));
	memcpy(wrong, k.modulus.data + 1, 256);
	ck_assert(!sshkey_verifies(&k, HASH_SHA256, text, (struct view){wrong, 256}));
	memset(wrong, 0xff, 256);
	ck_assert(!sshkey_verifies(&k, HASH_SHA256, text, (struct view){wrong, 256}));
	wrong[0] = 0;
	memcpy(wrong + 1, right.data, 256);
	ck_assert(!sshkey_verifies(&k, HASH_SHA256, text, (struct view){wrong, 257}));
	drop(text);
	drop(right);
	drop(blob);
}
END_TEST

/* S and S + L are the same number to who does not look. */
START_TEST(an_ed25519_signature_has_one_form)
{
	static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a,       0x63,
					  0x12, 0x58, 0xd6, 0x9c, 0xf7,       0xa2,
					  0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
	struct view blob, text = vector("text", ""), s = vector("ed25519-signature", "");
	struct sshkey k = read_key("ed25519", &blob);
	unsigned carry = 0;

	ck_assert(sshkey_verifies(&k, HASH_NONE, text, s));
	for (size_t i = 0; i < 32; i++) {
		uint8_t *at = (uint8_t *)s.data + 32 + i;
		unsigned sum = *at + order[i] + carry;

		*at = (uint8_t)sum;
		carry = sum >> 8;
	}
	ck_assert_uint_eq(carry, 0);
	ck_assert(!sshkey_verifies(&k, HASH_NONE, text, s));
	drop(text);
	drop(s);
	drop(blob);
}
END_TEST

/* --- ECDSA in DER ----------------------------------------------------------------------------------- */

struct pair {
	uint8_t r[33], s[33]; /* with a zero in front */
};

static void put_der(struct writer *w, const uint8_t *n, size_t size)
{
	writer_u8(w, 2);
	writer_u8(w, (uint8_t)size);
	writer_bytes(w, n, size);
}

/* skip bytes of 33 are left away in front of each number. */
static bool verifies_pair(const struct pair *p, size_t skip_r, size_t skip_s)
{
	struct view blob, text = vector("text", "");
	struct sshkey k = read_key("p256", &blob);
	struct writer w;
	bool is_right;

	writer_init(&w, 256);
	writer_u8(&w, 0x30);
	writer_u8(&w, (uint8_t)(2 + 33 - skip_r + 2 + 33 - skip_s));
	put_der(&w, p->r + skip_r, 33 - skip_r);
	put_der(&w, p->s + skip_s, 33 - skip_s);
	is_right = sshkey_verifies(&k, HASH_SHA256, text, writer_view(&w));
	writer_done(&w);
	drop(text);
	drop(blob);
	return is_right;
}

static struct pair read_pair(void)
{
	struct view v = vector("p256-signature", "");
	struct pair p = {};
	struct reader r;
	struct view n;

	reader_init(&r, v.data, v.size);
	(void)reader_bytes(&r, 3);
	n = reader_bytes(&r, reader_u8(&r));
	memcpy(p.r + 33 - n.size, n.data, n.size);
	(void)reader_u8(&r);
	n = reader_bytes(&r, reader_u8(&r));
	memcpy(p.s + 33 - n.size, n.data, n.size);
	ck_assert(reader_end(&r));
	drop(v);
	return p;
}

static size_t shortest(const uint8_t n[33])
{
	size_t skip = 0;

	while (skip < 32 && n[skip] == 0 && n[skip + 1] < 0x80)
		skip++;
	return skip;
}

static void add_order(uint8_t n[33])
{
	static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,
					  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					  0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
					  0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
	unsigned carry = 0;

	for (size_t i = 33; i-- > 1;) {
		unsigned sum = n[i] + order[i - 1] + carry;

		n[i] = (uint8_t)sum;
		carry = sum >> 8;
	}
	n[0] = (uint8_t)carry;
}

START_TEST(numbers_of_a_der_signature_have_one_form_and_their_bounds)
{
	const struct pair right = read_pair();
	size_t skip_r = shortest(right.r), skip_s = shortest(right.s);
	struct pair p;

	ck_assert(verifies_pair(&right, skip_r, skip_s));
	if (skip_r > 0) /* a zero that is not needed */
		ck_assert(!verifies_pair(&right, skip_r - 1, skip_s));
	if (skip_s > 0)
		ck_assert(!verifies_pair(&right, skip_r, skip_s - 1));
	if (right.r[skip_r] == 0) /* one that is missing */
		ck_assert(!verifies_pair(&right, skip_r + 1, skip_s));
	if (right.s[skip_s] == 0)
		ck_assert(!verifies_pair(&right, skip_r, skip_s + 1));
	ck_assert(skip_r > 0 || right.r[skip_r] == 0);
	ck_assert(!verifies_pair(&right, 33, skip_s));
	ck_assert(!verifies_pair(&right, skip_r, 33));
	p = right;
	memset(p.r, 0, sizeof(p.r));
	ck_assert(!verifies_pair(&p, 32, skip_s));
	p = right;
	memset(p.s, 0, sizeof(p.s));
	ck_assert(!verifies_pair(&p, skip_r, 32));
	memset(&p, 0, sizeof(p));
	ck_assert(!verifies_pair(&p, 32, 32));
	p = right;
	add_order(p.r);
	ck_assert(!verifies_pair(&p, shortest(p.r), skip_s));
	p = right;
	add_order(p.s);
	ck_assert(!verifies_pair(&p, skip_r, shortest(p.s)));
	memset(&p, 0, sizeof(p));
	add_order(p.r);
	add_order(p.s);
	ck_assert(!verifies_pair(&p, 0, 0));
}
END_TEST

START_TEST(the_sequence_of_a_der_signature_has_one_form)
{
	static const struct {
		uint8_t bytes[4];
		size_t size; /* in front of the length */
	} fronts[] = {{{0x31}, 1}, {{0x30, 0x81}, 2}, {{0x30, 0x80}, 2}, {{0x30, 0x82, 0}, 3}};
	struct view blob, text = vector("text", ""), right = vector("p256-signature", "");
	struct sshkey k = read_key("p256", &blob);
	struct writer w;

	ck_assert(sshkey_verifies(&k, HASH_SHA256, text, right));
	for (size_t i = 0; i < array_len(fronts); i++) {
		writer_init(&w, 256);
		writer_bytes(&w, fronts[i].bytes, fronts[i].size);
		writer_bytes(&w, right.data + 1, right.size - 1);
		ck_assert_msg(!sshkey_verifies(&k, HASH_SHA256, text, writer_view(&w)), "row %zu",
			      i);
		writer_done(&w);
	}
	drop(text);
	drop(right);
	drop(blob);
}
END_TEST

/* --- signatures as ssh writes them ------------------------------------------------------------------ */

START_TEST(a_signature_by_ssh_keygen_is_of_its_key_alone)
{
	struct view text = vector("ssh-text", ""), other = vector("text", "");

	for (size_t i = 0; i < array_len(keys); i++) {
		struct view signature = vector(keys[i].name, "-ssh");

		for (size_t j = 0; j < array_len(keys); j++) {
			struct view blob;
			struct sshkey k = read_key(keys[j].name, &blob);

			ck_assert_msg(sshkey_verifies_ssh(&k, text, signature) == (i == j),
				      "%s by %s", keys[i].name, keys[j].name);
			ck_assert(!sshkey_verifies_ssh(&k, other, signature));
			drop(blob);
		}
		drop(signature);
	}
	drop(text);
	drop(other);
}
END_TEST

START_TEST(no_changed_or_cut_ssh_signature_verifies)
{
	struct view text = vector("ssh-text", "");

	for (size_t i = 0; i < array_len(keys); i++) {
		struct view blob, signature = vector(keys[i].name, "-ssh");
		struct sshkey k = read_key(keys[i].name, &blob);

		for (size_t bit = 0; bit < 8 * signature.size; bit += 7) {
			flip(signature, bit);
			ck_assert_msg(!sshkey_verifies_ssh(&k, text, signature), "%s with bit %zu",
				      keys[i].name, bit);
			flip(signature, bit);
		}
		for (size_t size = 0; size <= signature.size + 1; size++) {
			struct view copy = copy_of(signature, size);

			ck_assert_int_eq(sshkey_verifies_ssh(&k, text, copy),
					 size == signature.size);
			drop(copy);
		}
		drop(signature);
		drop(blob);
	}
	drop(text);
}
END_TEST

static bool verifies_as(const char *key, const char *algorithm, const char *signature)
{
	struct view blob, text = vector("text", ""), raw = vector(signature, "");
	struct sshkey k = read_key(key, &blob);
	struct writer w;
	bool is_right;

	writer_init(&w, FRAME_MAX);
	writer_text(&w, algorithm);
	writer_string(&w, raw.data, raw.size);
	is_right = sshkey_verifies_ssh(&k, text, writer_view(&w));
	writer_done(&w);
	drop(text);
	drop(raw);
	drop(blob);
	return is_right;
}

START_TEST(the_algorithm_is_named_and_never_sha1)
{
	ck_assert(verifies_as("rsa2048", "rsa-sha2-256", "rsa2048-signature"));
	ck_assert(verifies_as("rsa2048", "rsa-sha2-512", "rsa2048-sha512"));
	ck_assert(verifies_as("ed25519", "ssh-ed25519", "ed25519-signature"));
	ck_assert(!verifies_as("rsa2048", "rsa-sha2-512", "rsa2048-signature"));
	ck_assert(!verifies_as("rsa2048", "rsa-sha2-256", "rsa2048-sha512"));
	ck_assert(!verifies_as("rsa2048", "ssh-rsa", "rsa2048-sha1"));
	ck_assert(!verifies_as("rsa2048", "ssh-rsa", "rsa2048-signature"));
	ck_assert(!verifies_as("rsa2048", "rsa-sha2-256", "rsa2048-sha1"));
	ck_assert(!verifies_as("rsa2048", "ssh-rsa-cert-v01@openssh.com", "rsa2048-signature"));
	ck_assert(!verifies_as("rsa2048", "", "rsa2048-signature"));
	ck_assert(!verifies_as("ed25519", "sk-ssh-ed25519@openssh.com", "ed25519-signature"));
	ck_assert(!verifies_as("ed25519", "rsa-sha2-256", "ed25519-signature"));
	ck_assert(!verifies_as("ed25519", "", "ed25519-signature"));
	ck_assert(!verifies_as("p256", "ecdsa-sha2-nistp256", "p256-signature")); /* DER */
}
END_TEST

START_TEST(no_key_has_signed_anything)
{
	struct view text = vector("text", ""), signature = vector("ed25519-signature", "");
	const struct sshkey k = {};

	ck_assert(!sshkey_verifies(&k, HASH_NONE, text, signature));
	ck_assert(!sshkey_verifies(&k, HASH_NONE, text, (struct view){}));
	ck_assert(!sshkey_verifies_ssh(&k, text, signature));
	ck_assert(!sshkey_verifies_ssh(&k, text, (struct view){}));
	drop(text);
	drop(signature);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		keys_by_ssh_keygen_are_understood,
		weak_keys_and_keys_of_other_types_are_not_understood,
		a_key_in_a_fido_token_is_not_understood,
		no_cut_or_lengthened_key_is_understood,
		rsa_numbers_have_their_bounds_and_one_form,
		a_point_is_on_the_curve_that_is_named_twice,
		a_coordinate_is_below_the_prime,
		a_spki_is_of_its_own_key_alone,
		no_changed_or_cut_spki_is_of_the_key,
		no_key_has_no_spki,
		a_signature_by_openssl_is_of_its_key_and_hash_alone,
		no_changed_bit_of_signature_or_message_verifies,
		no_cut_or_lengthened_signature_verifies,
		other_hashes_and_paddings,
		rsa_signatures_are_below_the_modulus_and_as_long,
		an_ed25519_signature_has_one_form,
		numbers_of_a_der_signature_have_one_form_and_their_bounds,
		the_sequence_of_a_der_signature_has_one_form,
		a_signature_by_ssh_keygen_is_of_its_key_alone,
		no_changed_or_cut_ssh_signature_verifies,
		the_algorithm_is_named_and_never_sha1,
		no_key_has_signed_anything,
	};

	return unit_run("sshkey", tests, array_len(tests));
}
