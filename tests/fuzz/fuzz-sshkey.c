/*
 * fuzz-sshkey.c - public keys, and signatures by them
 *
 * The input is three strings with their lengths: a key, a message, a signature or a
 * SubjectPublicKeyInfo.
 */
#include "pam/sshkey.h"

#include "tests/fuzz/fuzz.h"

static struct view field(struct reader *r)
{
	return reader_string(r, 0, UINT32_MAX);
}

static struct view cut(struct view v)
{
	return (struct view){v.data, v.size > 0 ? v.size - 1 : 0};
}

static void check_key(struct view blob, const struct sshkey *k)
{
	struct sshkey other;

	fuzz_check(k->type != KEY_TYPE_NONE, "a key that is read has a type");
	fuzz_check((k->type == KEY_TYPE_ED25519) == (sshkey_hash(k) == HASH_NONE),
		   "all but Ed25519 sign a digest");
	fuzz_check((k->type == KEY_TYPE_RSA) == (k->modulus.size > 256),
		   "RSA alone has a modulus, of 2,048 bits at least");
	fuzz_check(!sshkey_read(cut(blob), &other), "half a key is none");
}

static void check_signature(const struct sshkey *k, struct view message, struct view signature)
{
	bool is_spki = sshkey_is_spki(k, signature);
	unsigned n = 0;

	for (enum hash h = HASH_NONE; h <= _HASH_MAX; h++) {
		bool is_right = sshkey_verifies(k, h, message, signature);

		n += is_right;
		fuzz_check(!is_right || (h != HASH_SHA1 && h != _HASH_MAX), "SHA-1 is not taken");
		fuzz_check(!is_right || !sshkey_verifies(k, h, message, cut(signature)),
			   "half a signature is none");
	}
	n += sshkey_verifies_ssh(k, message, signature);
	fuzz_check(!is_spki || n == 0, "a key is no signature");
	fuzz_check(!is_spki || !sshkey_is_spki(k, cut(signature)), "half a key is none");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view blob, message, signature;
	struct reader r;
	struct sshkey k;

	reader_init(&r, data, size);
	blob = field(&r);
	message = field(&r);
	signature = field(&r);
	if (!sshkey_read(blob, &k))
		return 0;
	check_key(blob, &k);
	check_signature(&k, message, signature);
	return 0;
}
