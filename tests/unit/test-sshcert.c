/*
 * test-sshcert.c - a certificate counts for the user, the time and the authority it is of, and for no other
 */
#include "pam/sshcert.h"

#include <nettle/eddsa.h>

#include "agent/base/clock.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/base/words.h"
#include "agent/wire/writer.h"
#include "tests/unit/unit.h"

/* 2026-07-01T12:00:00Z: the vectors are valid in 2026. */
#define NOW (UINT64_C(1782907200) * USEC_PER_SEC)

static struct view vector(const char *name)
{
	return unit_vector("sshcert", name);
}

/* A list of one line, as the file would give it. */
struct list {
	struct authorized_entry entries[2];
	struct authorized a;
};

/* Of the authority ca-NAME, owned by the caller through list_done(). */
static void list_init(struct list *l, const char *name)
{
	char full[32];

	(void)snprintf(full, sizeof(full), "ca-%s", name);
	*l = (struct list){.entries[0] = {.blob = vector(full), .is_authority = true}};
	l->a = (struct authorized){.entries = l->entries, .n = 1};
}

static void list_done(struct list *l)
{
	for (size_t i = 0; i < l->a.n; i++) {
		free((void *)l->entries[i].blob.data);
		words_free(l->entries[i].principals);
	}
}

static void add_principal(struct authorized_entry *e, const char *name)
{
	ck_assert_int_eq(words_add(&e->principals, name, 8), 0);
}

static enum sshcert_result check_view(struct view certificate, const struct list *l,
				      const char *user, uint64_t now)
{
	struct sshcert ret = {};
	enum sshcert_result r = sshcert_check(certificate, &l->a, user, now, &ret);

	ck_assert_int_eq(ret.key.type != KEY_TYPE_NONE, r == SSHCERT_RIGHT);
	ck_assert_int_eq(ret.authority == l->entries, r == SSHCERT_RIGHT);
	ck_assert_int_eq(sshcert_reason(r) == NULL, r == SSHCERT_RIGHT);
	return r;
}

static enum sshcert_result check(const char *name, const char *authority, const char *user,
				 uint64_t now)
{
	struct view certificate = vector(name);
	enum sshcert_result r;
	struct list l;

	list_init(&l, authority);
	r = check_view(certificate, &l, user, now);
	list_done(&l);
	free((void *)certificate.data);
	return r;
}

START_TEST(a_certificate_by_ssh_keygen_gives_its_key)
{
	static const char *const names[] = {"rsa2048", "rsa3072", "p256",
					    "p384",    "p521",    "ed25519"};

	for (size_t i = 0; i < array_len(names); i++) {
		struct view certificate = vector(names[i]), blob;
		struct sshcert ret;
		struct sshkey k;
		struct list l;
		char key[32];

		(void)snprintf(key, sizeof(key), "%s-key", names[i]);
		blob = vector(key);
		list_init(&l, "ed25519");
		ck_assert_msg(sshcert_check(certificate, &l.a, "alice", NOW, &ret) == SSHCERT_RIGHT,
			      "%s", names[i]);
		ck_assert(sshkey_read(blob, &k));
		ck_assert_int_eq(ret.key.type, k.type);
		unit_check_view(ret.key.modulus, k.modulus);
		unit_check_view(ret.key.exponent, k.exponent);
		unit_check_view(ret.key.point, k.point);
		unit_check_text(ret.id, "alice of accounts");
		ck_assert_uint_eq(ret.serial, 7);
		ck_assert_ptr_eq(ret.authority, &l.entries[0]);
		list_done(&l);
		free((void *)certificate.data);
		free((void *)blob.data);
	}
}
END_TEST

START_TEST(every_authority_signs_for_itself_alone)
{
	static const struct {
		const char *certificate, *authority;
	} rows[] = {
		{"ed25519", "ed25519"},      {"by-rsa", "rsa"},   {"by-rsa-sha256", "rsa"},
		{"by-p256", "p256"},         {"by-p384", "p384"}, {"by-p521", "p521"},
		{"by-stranger", "stranger"},
	};

	for (size_t i = 0; i < array_len(rows); i++)
		for (size_t j = 0; j < array_len(rows); j++)
			ck_assert_msg(check(rows[i].certificate, rows[j].authority, "alice", NOW) ==
					      (strcmp(rows[i].authority, rows[j].authority) == 0
						       ? SSHCERT_RIGHT
						       : SSHCERT_STRANGER),
				      "%s, %s", rows[i].certificate, rows[j].authority);
}
END_TEST

START_TEST(what_a_certificate_does_not_say_it_does_not_give)
{
	static const uint64_t from = UINT64_C(1767225600) * USEC_PER_SEC; /* 2026-01-01 */
	static const uint64_t until = UINT64_C(1798761600) * USEC_PER_SEC;
	const struct {
		const char *certificate, *authority, *user;
		uint64_t now;
		enum sshcert_result expected;
	} rows[] = {
		{"ed25519", "ed25519", "alice", NOW, SSHCERT_RIGHT},
		{"ed25519", "ed25519", "ops", NOW, SSHCERT_RIGHT},
		{"ed25519", "ed25519", "bob", NOW, SSHCERT_OTHER_USER},
		{"ed25519", "ed25519", "root", NOW, SSHCERT_OTHER_USER},
		{"ed25519", "ed25519", "alice,ops", NOW, SSHCERT_OTHER_USER},
		{"ed25519", "ed25519", "Alice", NOW, SSHCERT_OTHER_USER},
		{"ed25519", "ed25519", "alic", NOW, SSHCERT_OTHER_USER},
		{"ed25519", "ed25519", "alicex", NOW, SSHCERT_OTHER_USER},
		{"ed25519", "ed25519", "", NOW, SSHCERT_OTHER_USER},
		{"ed25519", "ed25519", "*", NOW, SSHCERT_OTHER_USER},
		{"ed25519", "ed25519", "alice", from, SSHCERT_RIGHT},
		{"ed25519", "ed25519", "alice", from - 1, SSHCERT_EARLY},
		{"ed25519", "ed25519", "alice", 0, SSHCERT_EARLY},
		{"ed25519", "ed25519", "alice", until - 1, SSHCERT_RIGHT},
		{"ed25519", "ed25519", "alice", until, SSHCERT_EXPIRED},
		{"ed25519", "ed25519", "alice", UINT64_MAX, SSHCERT_EXPIRED},
		{"forever", "ed25519", "alice", UINT64_MAX, SSHCERT_RIGHT},
		{"forever", "ed25519", "alice", 0, SSHCERT_RIGHT},
		{"one-principal", "ed25519", "alice", NOW, SSHCERT_RIGHT},
		{"one-principal", "ed25519", "ops", NOW, SSHCERT_OTHER_USER},
		{"extensions", "ed25519", "alice", NOW, SSHCERT_RIGHT},
		{"no-extensions", "ed25519", "alice", NOW, SSHCERT_RIGHT},
		{"by-rsa-sha1", "rsa", "alice", NOW, SSHCERT_FORGED},
		{"host", "ed25519", "alice", NOW, SSHCERT_HOST},
		{"no-principals", "ed25519", "alice", NOW, SSHCERT_NOBODY},
		{"force-command", "ed25519", "alice", NOW, SSHCERT_CRITICAL},
		{"source-address", "ed25519", "alice", NOW, SSHCERT_CRITICAL},
		{"critical", "ed25519", "alice", NOW, SSHCERT_CRITICAL},
		{"ed25519-key", "ed25519", "alice", NOW, SSHCERT_TYPE},
		{"rsa2048-key", "ed25519", "alice", NOW, SSHCERT_TYPE},
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		enum sshcert_result r =
			check(rows[i].certificate, rows[i].authority, rows[i].user, rows[i].now);

		ck_assert_msg(r == rows[i].expected, "row %zu: %d", i, (int)r);
	}
}
END_TEST

START_TEST(principals_of_the_list_stand_in_place_of_the_user)
{
	struct view certificate = vector("ed25519");
	struct sshcert ret;
	struct list l;

	list_init(&l, "ed25519");
	add_principal(&l.entries[0], "nobody");
	ck_assert_int_eq(sshcert_check(certificate, &l.a, "alice", NOW, &ret), SSHCERT_OTHER_USER);
	add_principal(&l.entries[0], "ops");
	ck_assert_int_eq(sshcert_check(certificate, &l.a, "alice", NOW, &ret), SSHCERT_RIGHT);
	ck_assert_int_eq(sshcert_check(certificate, &l.a, "bob", NOW, &ret), SSHCERT_RIGHT);
	ck_assert_int_eq(words_empty(&l.entries[0].principals), 0);
	ck_assert_int_eq(sshcert_check(certificate, &l.a, "alice", NOW, &ret), SSHCERT_OTHER_USER);
	list_done(&l);
	free((void *)certificate.data);
}
END_TEST

START_TEST(each_line_of_an_authority_is_tried)
{
	struct view certificate = vector("ed25519");
	struct sshcert ret;
	struct list l;

	list_init(&l, "ed25519");
	l.entries[1] =
		(struct authorized_entry){.blob = vector("ca-ed25519"), .is_authority = true};
	l.a.n = 2;
	add_principal(&l.entries[0], "nobody");
	add_principal(&l.entries[1], "ops");
	ck_assert_int_eq(sshcert_check(certificate, &l.a, "bob", NOW, &ret), SSHCERT_RIGHT);
	ck_assert_ptr_eq(ret.authority, &l.entries[1]);
	l.entries[1].is_authority = false;
	ck_assert_int_eq(sshcert_check(certificate, &l.a, "bob", NOW, &ret), SSHCERT_OTHER_USER);
	list_done(&l);
	free((void *)certificate.data);
}
END_TEST

START_TEST(a_key_in_the_list_is_no_authority)
{
	struct view certificate = vector("ed25519");
	struct sshcert ret;
	struct list l;

	list_init(&l, "ed25519");
	ck_assert_int_eq(sshcert_check(certificate, &l.a, "alice", NOW, &ret), SSHCERT_RIGHT);
	l.entries[0].is_authority = false;
	ck_assert_int_eq(sshcert_check(certificate, &l.a, "alice", NOW, &ret), SSHCERT_STRANGER);
	ck_assert_int_eq(sshcert_check(certificate, &(struct authorized){}, "alice", NOW, &ret),
			 SSHCERT_STRANGER);
	list_done(&l);
	free((void *)certificate.data);
}
END_TEST

static const struct {
	const char *certificate, *authority;
} signed_by[] = {{"ed25519", "ed25519"},
		 {"by-rsa", "rsa"},
		 {"by-p256", "p256"},
		 {"rsa2048", "ed25519"}};

START_TEST(no_certificate_that_is_cut_or_lengthened_counts)
{
	for (size_t i = 0; i < array_len(signed_by); i++) {
		struct view certificate = vector(signed_by[i].certificate);
		struct list l;

		list_init(&l, signed_by[i].authority);
		for (size_t size = 0; size <= certificate.size + 1; size++) {
			uint8_t *copy = calloc(1, size ? size : 1);

			memcpy(copy, certificate.data,
			       size < certificate.size ? size : certificate.size);
			ck_assert_msg(check_view((struct view){copy, size}, &l, "alice", NOW) ==
					      (size == certificate.size ? SSHCERT_RIGHT
									: SSHCERT_BROKEN),
				      "%s of %zu bytes", signed_by[i].certificate, size);
			free(copy);
		}
		list_done(&l);
		free((void *)certificate.data);
	}
}
END_TEST

/* Steps of 7 bits reach every byte. */
START_TEST(no_certificate_with_a_changed_byte_counts)
{
	for (size_t i = 0; i < array_len(signed_by); i++) {
		struct view certificate = vector(signed_by[i].certificate);
		uint8_t *bytes = (uint8_t *)certificate.data;
		struct list l;

		list_init(&l, signed_by[i].authority);
		for (size_t bit = 0; bit < 8 * certificate.size; bit += 7) {
			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			ck_assert_msg(check_view(certificate, &l, "alice", NOW) != SSHCERT_RIGHT,
				      "%s with bit %zu", signed_by[i].certificate, bit);
			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		ck_assert_int_eq(check_view(certificate, &l, "alice", NOW), SSHCERT_RIGHT);
		list_done(&l);
		free((void *)certificate.data);
	}
}
END_TEST

/* --- what ssh-keygen would not make, signed by an authority that does ------------------------------- */

struct made {
	const char *type;
	struct view key; /* fields of the key */
	uint32_t kind;
	struct view id, principals, critical, extensions, reserved, authority;
	bool is_longer; /* a string stands behind the signature */
};

static const uint8_t secret[32] = {1};

/* The blob of the authority; owned by the caller. */
static struct writer authority_blob(void)
{
	uint8_t key[32];
	struct writer w;

	ed25519_sha512_public_key(key, secret);
	writer_init(&w, 256);
	writer_text(&w, "ssh-ed25519");
	writer_string(&w, key, sizeof(key));
	return w;
}

static void put(struct writer *w, struct view v)
{
	writer_string(w, v.data, v.size);
}

static enum sshcert_result check_made(const struct made *m, const char *user)
{
	uint8_t key[32], signature[64];
	struct writer w, blob = authority_blob();
	struct authorized_entry e = {.blob = writer_view(&blob), .is_authority = true};
	const struct authorized a = {.entries = &e, .n = 1};
	struct sshcert ret;
	enum sshcert_result r;
	size_t mark;

	ed25519_sha512_public_key(key, secret);
	writer_init(&w, FRAME_MAX);
	writer_text(&w, m->type);
	writer_text(&w, "nonce");
	writer_bytes(&w, m->key.data, m->key.size);
	writer_u64(&w, UINT64_MAX);
	writer_u32(&w, m->kind);
	put(&w, m->id);
	put(&w, m->principals);
	writer_u64(&w, 0);
	writer_u64(&w, UINT64_MAX);
	put(&w, m->critical);
	put(&w, m->extensions);
	put(&w, m->reserved);
	put(&w, m->authority.size > 0 ? m->authority : e.blob);
	ed25519_sha512_sign(key, secret, w.size, w.data, signature);
	mark = writer_open(&w);
	writer_text(&w, "ssh-ed25519");
	writer_string(&w, signature, sizeof(signature));
	writer_close(&w, mark);
	if (m->is_longer)
		writer_text(&w, "");
	ck_assert_int_eq(writer_end(&w), 0);
	r = sshcert_check(writer_view(&w), &a, user, NOW, &ret);
	if (r == SSHCERT_RIGHT) {
		ck_assert_uint_eq(ret.serial, UINT64_MAX);
		unit_check_view(ret.id, text_is_clean(m->id.data, m->id.size, LABEL_MAX)
						? m->id
						: (struct view){});
	}
	writer_done(&w);
	writer_done(&blob);
	return r;
}

#define BYTES(s)                                    \
	{                                           \
		(const uint8_t *)(s), sizeof(s) - 1 \
	}
#define KEY                \
	BYTES("\0\0\0\x20" \
	      "0123456789abcdef0123456789abcdef")
#define ALICE BYTES("\0\0\0\5alice")

/* One that counts, to be changed in one place. */
static const struct made good = {
	.type = "ssh-ed25519-cert-v01@openssh.com",
	.key = KEY,
	.kind = 1,
	.id = BYTES("id"),
	.principals = ALICE,
};

START_TEST(a_certificate_made_here_counts)
{
	struct made m = good;

	ck_assert_int_eq(check_made(&m, "alice"), SSHCERT_RIGHT);
	m.id = (struct view){};
	ck_assert_int_eq(check_made(&m, "alice"), SSHCERT_RIGHT);
	m.id = (struct view)BYTES("a\nb"); /* not told */
	ck_assert_int_eq(check_made(&m, "alice"), SSHCERT_RIGHT);
	m.reserved = (struct view)BYTES("later");
	ck_assert_int_eq(check_made(&m, "alice"), SSHCERT_RIGHT);
	m.extensions = (struct view)BYTES("\0\0\0\1x\0\0\0\0\0\0\0\1y\0\0\0\1z");
	ck_assert_int_eq(check_made(&m, "alice"), SSHCERT_RIGHT);
}
END_TEST

START_TEST(kinds_other_than_user_are_refused)
{
	static const uint32_t kinds[] = {0, 2, 3, UINT32_MAX};

	for (size_t i = 0; i < array_len(kinds); i++) {
		struct made m = good;

		m.kind = kinds[i];
		ck_assert_int_eq(check_made(&m, "alice"), SSHCERT_HOST);
	}
}
END_TEST

START_TEST(strings_within_strings_end_where_they_should)
{
	static const struct {
		struct view principals, extensions;
		enum sshcert_result expected;
	} rows[] = {
		{ALICE, {}, SSHCERT_RIGHT},
		{BYTES("\0\0\0\3ops\0\0\0\5alice"), {}, SSHCERT_RIGHT},
		{BYTES("\0\0\0\0\0\0\0\5alice"), {}, SSHCERT_RIGHT},
		{BYTES("\0\0\0\0"), {}, SSHCERT_OTHER_USER},
		{BYTES("\0\0\0\6alice\0"), {}, SSHCERT_OTHER_USER},
		{BYTES("\0\0\0\7alice\0x"), {}, SSHCERT_OTHER_USER},
		{BYTES("\0\0\0\5alicex"), {}, SSHCERT_BROKEN},
		{BYTES("\0\0\0\5alice\0\0\0"), {}, SSHCERT_BROKEN},
		{BYTES("\0\0\0\5alice\0\0\0\1"), {}, SSHCERT_BROKEN},
		{BYTES("\0\0\0\4alice"), {}, SSHCERT_BROKEN},
		{BYTES("\0\0\0\6alice"), {}, SSHCERT_BROKEN},
		{BYTES("\xff\xff\xff\xff"
		       "alice"),
		 {},
		 SSHCERT_BROKEN},
		{BYTES("alice"), {}, SSHCERT_BROKEN},
		{ALICE, BYTES("\0\0\0\1x"), SSHCERT_BROKEN},
		{ALICE, BYTES("\0\0\0\1x\0\0\0\0x"), SSHCERT_BROKEN},
		{ALICE, BYTES("\0\0\0\1x\0\0\0\1"), SSHCERT_BROKEN},
		{ALICE, BYTES("x"), SSHCERT_BROKEN},
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct made m = good;
		enum sshcert_result r;

		m.principals = rows[i].principals;
		m.extensions = rows[i].extensions;
		r = check_made(&m, "alice");
		ck_assert_msg(r == rows[i].expected, "row %zu: %d", i, (int)r);
	}
}
END_TEST

START_TEST(any_byte_of_critical_options_is_refused)
{
	struct made m = good;

	m.critical = (struct view)BYTES("\0\0\0\1x\0\0\0\0");
	ck_assert_int_eq(check_made(&m, "alice"), SSHCERT_CRITICAL);
	m.critical = (struct view)BYTES("\0\0\0\0\0\0\0\0");
	ck_assert_int_eq(check_made(&m, "alice"), SSHCERT_CRITICAL);
	m.critical = (struct view)BYTES("x");
	ck_assert_int_eq(check_made(&m, "alice"), SSHCERT_CRITICAL);
}
END_TEST

START_TEST(other_types_and_their_keys_are_refused)
{
	static const struct {
		const char *type;
		struct view key;
		enum sshcert_result expected;
	} rows[] = {
		{"ssh-ed25519-cert-v01@openssh.com", KEY, SSHCERT_RIGHT},
		{"ssh-ed25519-cert-v00@openssh.com", KEY, SSHCERT_TYPE},
		{"ssh-ed25519-cert-v01@openssh.co", KEY, SSHCERT_TYPE},
		{"ssh-ed25519", KEY, SSHCERT_TYPE},
		{"ssh-dss-cert-v01@openssh.com", KEY, SSHCERT_TYPE},
		{"sk-ssh-ed25519-cert-v01@openssh.com", KEY, SSHCERT_TYPE},
		{"rsa-sha2-256-cert-v01@openssh.com", KEY, SSHCERT_TYPE},
		{"-cert-v01@openssh.com", KEY, SSHCERT_TYPE},
		{"", KEY, SSHCERT_BROKEN},
		{"ssh-rsa-cert-v01@openssh.com", KEY, SSHCERT_BROKEN},
		{"ecdsa-sha2-nistp256-cert-v01@openssh.com", KEY, SSHCERT_BROKEN},
		{"ssh-ed25519-cert-v01@openssh.com", BYTES("\0\0\0\0"), SSHCERT_BROKEN},
		{"ssh-ed25519-cert-v01@openssh.com", {}, SSHCERT_BROKEN},
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct made m = good;
		enum sshcert_result r;

		m.type = rows[i].type;
		m.key = rows[i].key;
		r = check_made(&m, "alice");
		ck_assert_msg(r == rows[i].expected, "row %zu: %d", i, (int)r);
	}
}
END_TEST

START_TEST(a_string_behind_the_signature_is_refused)
{
	struct made m = good;

	m.is_longer = true;
	ck_assert_int_eq(check_made(&m, "alice"), SSHCERT_BROKEN);
}
END_TEST

START_TEST(a_certificate_that_names_another_authority_is_refused)
{
	struct view stranger = vector("ca-stranger");
	struct made m = good;

	m.authority = stranger;
	ck_assert_int_eq(check_made(&m, "alice"), SSHCERT_STRANGER);
	free((void *)stranger.data);
}
END_TEST

START_TEST(a_certificate_has_at_most_16_kib)
{
	static uint8_t longest[CERTIFICATE_MAX];
	struct made m = good;
	size_t size = CERTIFICATE_MAX;

	m.reserved = (struct view){longest, 0};
	while (m.reserved.size = size, check_made(&m, "alice") == SSHCERT_BROKEN)
		size--;
	ck_assert_int_eq(check_made(&m, "alice"), SSHCERT_RIGHT);
	ck_assert_uint_gt(size, CERTIFICATE_MAX - 400);
	ck_assert_uint_lt(size, CERTIFICATE_MAX - 200);
}
END_TEST

START_TEST(every_refusal_has_a_reason)
{
	for (unsigned r = 0; r < _SSHCERT_MAX; r++)
		ck_assert_int_eq(sshcert_reason((enum sshcert_result)r) == NULL,
				 r == SSHCERT_RIGHT);
	ck_assert_ptr_null(sshcert_reason(_SSHCERT_MAX));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_certificate_by_ssh_keygen_gives_its_key,
		every_authority_signs_for_itself_alone,
		what_a_certificate_does_not_say_it_does_not_give,
		principals_of_the_list_stand_in_place_of_the_user,
		each_line_of_an_authority_is_tried,
		a_key_in_the_list_is_no_authority,
		no_certificate_that_is_cut_or_lengthened_counts,
		no_certificate_with_a_changed_byte_counts,
		a_certificate_made_here_counts,
		kinds_other_than_user_are_refused,
		strings_within_strings_end_where_they_should,
		any_byte_of_critical_options_is_refused,
		other_types_and_their_keys_are_refused,
		a_string_behind_the_signature_is_refused,
		a_certificate_that_names_another_authority_is_refused,
		a_certificate_has_at_most_16_kib,
		every_refusal_has_a_reason,
	};

	return unit_run("sshcert", tests, array_len(tests));
}
