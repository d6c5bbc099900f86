/*
 * gpg-agent/sexp.c - see sexp.h
 */
#include "client/gpg-agent/sexp.h"

#include <gcrypt.h>
#include <string.h>

#include "client/gpg-agent/share.h"

/* What a key or a signature may be long, so that every length fits the int that libgcrypt takes. */
#define DER_MAX 65536

struct span {
	const uint8_t *data;
	size_t size;
};

/* AlgorithmIdentifiers, whole: with the named curve there is one way to write each. */
static const uint8_t is_rsa[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
				 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
static const uint8_t is_p256[] = {0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
				  0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t is_p384[] = {0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
				  0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t is_p521[] = {0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
				  0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};
static const uint8_t is_ed25519[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};

struct kind {
	struct span algorithm;
	size_t point_size; /* 0: RSA */
	const char *curve;
};

/* clang-format off */
static const struct kind kinds[] = {
	[SIGNET_KEY_RSA]     = {{is_rsa, sizeof(is_rsa)}, 0, NULL},
	[SIGNET_KEY_P256]    = {{is_p256, sizeof(is_p256)}, 65, "NIST P-256"},
	[SIGNET_KEY_P384]    = {{is_p384, sizeof(is_p384)}, 97, "NIST P-384"},
	[SIGNET_KEY_P521]    = {{is_p521, sizeof(is_p521)}, 133, "NIST P-521"},
	[SIGNET_KEY_ED25519] = {{is_ed25519, sizeof(is_ed25519)}, 32, "Ed25519"},
};
/* clang-format on */

bool sexp_init(void)
{
	if (!gcry_check_version(GCRYPT_VERSION))
		return false;
	/* There are no secrets here for which memory would have to be locked. */
	return gcry_control(GCRYCTL_DISABLE_SECMEM, 0) == 0 &&
	       gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0) == 0;
}

/* --- DER -------------------------------------------------------------------------------------- */

/* Takes the length behind a tag from the front of *in, in its shortest form. */
static bool take_length(struct span *in, size_t *ret)
{
	size_t n, length = 0;

	if (in->size == 0)
		return false;
	n = *in->data++;
	in->size--;
	if (n < 0x80) {
		*ret = n;
		return true;
	}
	n &= 0x7f;
	if (n == 0 || n > 3 || n > in->size)
		return false;
	for (size_t i = 0; i < n; i++)
		length = length << 8 | in->data[i];
	in->data += n;
	in->size -= n;
	*ret = length;
	return length >= 0x80 && length >> 8 * (n - 1) != 0;
}

/* Takes one element with that tag from the front of *in; *ret is its content. */
static bool take(struct span *in, uint8_t tag, struct span *ret)
{
	size_t length;

	if (in->size == 0 || in->data[0] != tag)
		return false;
	in->data++;
	in->size--;
	if (!take_length(in, &length) || length > in->size)
		return false;
	*ret = (struct span){in->data, length};
	in->data += length;
	in->size -= length;
	return true;
}

/* An INTEGER above zero, in its shortest form: as libgcrypt writes numbers too. */
static bool take_number(struct span *in, struct span *ret)
{
	struct span n;

	if (!take(in, 0x02, &n) || n.size == 0 || n.data[0] & 0x80)
		return false;
	if (n.data[0] == 0 && (n.size == 1 || !(n.data[1] & 0x80)))
		return false;
	*ret = n;
	return true;
}

/* --- public keys ------------------------------------------------------------------------------ */

static const struct kind *find_kind(enum signet_key_type type)
{
	return (size_t)type < array_len(kinds) && kinds[type].algorithm.data ? &kinds[type] : NULL;
}

/* What the BIT STRING of a SubjectPublicKeyInfo holds. */
static bool take_bits(const struct kind *kind, struct span spki, struct span *ret)
{
	const struct span *a = &kind->algorithm;
	struct span info, bits;

	if (spki.size > DER_MAX || !take(&spki, 0x30, &info) || spki.size != 0)
		return false;
	if (info.size < a->size || memcmp(info.data, a->data, a->size) != 0)
		return false;
	info.data += a->size;
	info.size -= a->size;
	if (!take(&info, 0x03, &bits) || info.size != 0 || bits.size == 0 || bits.data[0] != 0)
		return false;
	*ret = (struct span){bits.data + 1, bits.size - 1};
	return true;
}

static bool build_rsa(struct span bits, gcry_sexp_t *ret)
{
	struct span key, n, e;

	if (!take(&bits, 0x30, &key) || bits.size != 0)
		return false;
	if (!take_number(&key, &n) || !take_number(&key, &e) || key.size != 0)
		return false;
	return gcry_sexp_build(ret, NULL, "(public-key(rsa(n%b)(e%b)))", (int)n.size, n.data,
			       (int)e.size, e.data) == 0;
}

/* OpenPGP puts 0x40 before a point that is not in the form of SEC 1. */
static bool build_ed25519(const struct kind *kind, struct span bits, gcry_sexp_t *ret)
{
	uint8_t q[33] = {0x40};

	if (bits.size != kind->point_size)
		return false;
	memcpy(q + 1, bits.data, bits.size);
	return gcry_sexp_build(ret, NULL, "(public-key(ecc(curve %s)(flags eddsa)(q%b)))",
			       kind->curve, (int)sizeof(q), q) == 0;
}

static bool build_ecdsa(const struct kind *kind, struct span bits, gcry_sexp_t *ret)
{
	if (bits.size != kind->point_size || bits.data[0] != 0x04)
		return false;
	return gcry_sexp_build(ret, NULL, "(public-key(ecc(curve %s)(q%b)))", kind->curve,
			       (int)bits.size, bits.data) == 0;
}

static bool build_public_key(enum signet_key_type type, struct span spki, gcry_sexp_t *ret)
{
	const struct kind *kind = find_kind(type);
	struct span bits;

	if (!kind || !take_bits(kind, spki, &bits))
		return false;
	if (type == SIGNET_KEY_RSA)
		return build_rsa(bits, ret);
	if (type == SIGNET_KEY_ED25519)
		return build_ed25519(kind, bits, ret);
	return build_ecdsa(kind, bits, ret);
}

bool sexp_grip(enum signet_key_type type, const uint8_t *spki, size_t size, uint8_t ret[GRIP_SIZE])
{
	uint8_t grip[GRIP_SIZE];
	gcry_sexp_t key;
	bool is_done;

	if (!build_public_key(type, (struct span){spki, size}, &key))
		return false;
	is_done = gcry_pk_get_keygrip(key, grip) != NULL;
	gcry_sexp_release(key);
	if (is_done)
		memcpy(ret, grip, GRIP_SIZE);
	return is_done;
}

void sexp_key_id(const uint8_t *spki, size_t size, uint8_t ret[SIGNET_KEY_ID_SIZE])
{
	gcry_md_hash_buffer(GCRY_MD_SHA256, ret, spki, size);
}

/* --- out -------------------------------------------------------------------------------------- */

static bool print_canonical(gcry_sexp_t s, char **ret, size_t *ret_size)
{
	size_t size = gcry_sexp_sprint(s, GCRYSEXP_FMT_CANON, NULL, 0);
	char *text = size ? malloc(size) : NULL;

	/* The size has room for a NUL, the length is without it. */
	if (text)
		size = gcry_sexp_sprint(s, GCRYSEXP_FMT_CANON, text, size);
	gcry_sexp_release(s);
	if (!text || size == 0) {
		free(text);
		return false;
	}
	*ret = text;
	*ret_size = size;
	return true;
}

bool sexp_public_key(enum signet_key_type type, const uint8_t *spki, size_t size, char **ret,
		     size_t *ret_size)
{
	gcry_sexp_t key;

	return build_public_key(type, (struct span){spki, size}, &key) &&
	       print_canonical(key, ret, ret_size);
}

static bool build_ecdsa_signature(struct span der, gcry_sexp_t *ret)
{
	struct span pair, r, s;

	if (!take(&der, 0x30, &pair) || der.size != 0)
		return false;
	if (!take_number(&pair, &r) || !take_number(&pair, &s) || pair.size != 0)
		return false;
	return gcry_sexp_build(ret, NULL, "(sig-val(ecdsa(r%b)(s%b)))", (int)r.size, r.data,
			       (int)s.size, s.data) == 0;
}

static bool build_signature(enum signet_key_type type, struct span data, gcry_sexp_t *ret)
{
	if (data.size == 0 || data.size > DER_MAX || !find_kind(type))
		return false;
	/* As long as the modulus and not as a number: a zero byte before it would be one too many in
	 * CMS. */
	if (type == SIGNET_KEY_RSA)
		return gcry_sexp_build(ret, NULL, "(sig-val(rsa(s%b)))", (int)data.size,
				       data.data) == 0;
	if (type != SIGNET_KEY_ED25519)
		return build_ecdsa_signature(data, ret);
	return data.size == 64 && gcry_sexp_build(ret, NULL, "(sig-val(eddsa(r%b)(s%b)))", 32,
						  data.data, 32, data.data + 32) == 0;
}

bool sexp_signature(enum signet_key_type type, const uint8_t *data, size_t size, char **ret,
		    size_t *ret_size)
{
	gcry_sexp_t signature;

	return build_signature(type, (struct span){data, size}, &signature) &&
	       print_canonical(signature, ret, ret_size);
}
