/*
 * cli/format-sshsig.c - SSHSIG, as 'ssh-keygen -Y' writes and reads it
 *
 * The agent gets the bytes that ssh signs, with the namespace and the digest of the file in them,
 * and sees from them what they are.
 */
#include "client/cli/format.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "client/cli/hash.h"
#include "client/cli/input.h"
#include "client/cli/ssh.h"

#define MAGIC "SSHSIG"
#define VERSION 1u
#define ARMOR "SSH SIGNATURE"
#define LINE_LENGTH 70u /* of base64 in a line, as ssh-keygen has it */
#define NUMBER_MAX 67   /* bytes of r or s of P-521, and a zero */

static const char *namespace_of(const struct recipe *r)
{
	return r->args->namespace ? r->args->namespace : "file";
}

/* What the file is hashed with. The signature has its own hash, which the key decides. */
static const char *hash_name(const struct recipe *r)
{
	return r->args->hash ? r->args->hash : "sha512";
}

static const EVP_MD *file_hash(const struct recipe *r)
{
	return strcmp(hash_name(r), "sha256") == 0 ? EVP_sha256() : EVP_sha512();
}

/* An RSA key signs with SHA-512, as ssh-keygen has it, the others with the hash of their curve. */
static enum exit_code choose(struct recipe *r)
{
	if (r->args->hash && strcmp(r->args->hash, "sha384") == 0) {
		complain("an SSH signature hashes the file with sha256 or sha512, not with sha384");
		return EXIT_USAGE;
	}
	if (r->args->is_pss) {
		complain("ssh knows no PSS: leave out --pss");
		return EXIT_USAGE;
	}
	if (r->signer.type == SIGNET_KEY_RSA && !r->args->hash) {
		r->scheme.hash = SIGNET_SHA512;
		r->scheme.md = EVP_sha512();
	}
	scheme_of_curve(r->signer.type, &r->scheme);
	return EXIT_DONE;
}

/* --- what is signed --------------------------------------------------------------------------- */

static bool put_signed(BIO *bio, const struct recipe *r, const uint8_t *digest, size_t size)
{
	return BIO_write(bio, MAGIC, sizeof(MAGIC) - 1) > 0 && ssh_put_text(bio, namespace_of(r)) &&
	       ssh_put_text(bio, "") && ssh_put_text(bio, hash_name(r)) &&
	       ssh_put(bio, digest, size);
}

static bool take(BIO *bio, uint8_t **ret, size_t *ret_size)
{
	char *data;
	long size = BIO_get_mem_data(bio, &data);

	*ret = malloc(size > 0 ? (size_t)size : 1);
	if (!*ret)
		return false;
	memcpy(*ret, data, (size_t)size);
	*ret_size = (size_t)size;
	return true;
}

static enum exit_code build_signed(const struct recipe *r, const char *path, uint8_t **ret,
				   size_t *ret_size)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	enum exit_code e;
	size_t size;
	bool is_done;
	BIO *bio;

	e = hash_file(path, file_hash(r), r->progress, digest, &size);
	if (e != EXIT_DONE)
		return e;
	bio = BIO_new(BIO_s_mem());
	is_done = bio && put_signed(bio, r, digest, size) && take(bio, ret, ret_size);
	BIO_free(bio);
	if (is_done)
		return EXIT_DONE;
	complain("out of memory");
	return EXIT_AGAIN;
}

static enum exit_code prepare(const struct recipe *r, struct job *job)
{
	return build_signed(r, job->path, &job->signed_data, &job->signed_size);
}

/* --- the signature ---------------------------------------------------------------------------- */

static const char *algorithm_of(const struct recipe *r)
{
	if (r->signer.type != SIGNET_KEY_RSA)
		return ssh_type(r->signer.type);
	return r->scheme.hash == SIGNET_SHA256 ? "rsa-sha2-256" : "rsa-sha2-512";
}

static bool put_ecdsa(BIO *bio, const uint8_t *der, size_t size)
{
	const unsigned char *at = der;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)size);
	bool is_done = sig && ssh_put_number(bio, ECDSA_SIG_get0_r(sig)) &&
		       ssh_put_number(bio, ECDSA_SIG_get0_s(sig));

	ECDSA_SIG_free(sig);
	return is_done;
}

/* What put writes, as a string. */
static bool put_inner(BIO *bio, BIO *inner, bool is_written)
{
	char *data;
	long size = BIO_get_mem_data(inner, &data);

	return is_written && ssh_put(bio, data, (size_t)size);
}

static bool put_signature(BIO *bio, const struct recipe *r, const uint8_t *signature, size_t size)
{
	BIO *raw = BIO_new(BIO_s_mem()), *whole = BIO_new(BIO_s_mem());
	bool is_done = raw && whole && ssh_put_text(whole, algorithm_of(r));

	if (is_done && r->scheme.algorithm == SIGNET_ECDSA)
		is_done = put_inner(whole, raw, put_ecdsa(raw, signature, size));
	else if (is_done)
		is_done = ssh_put(whole, signature, size);
	is_done = is_done && put_inner(bio, whole, true);
	BIO_free(raw);
	BIO_free(whole);
	return is_done;
}

static bool put_all(BIO *bio, const struct recipe *r, const uint8_t *signature, size_t size)
{
	static const uint8_t version[4] = {0, 0, 0, VERSION};
	BIO *key = BIO_new(BIO_s_mem());
	bool is_done = key && BIO_write(bio, MAGIC, sizeof(MAGIC) - 1) > 0 &&
		       BIO_write(bio, version, sizeof(version)) > 0 &&
		       put_inner(bio, key, ssh_put_key(key, r->signer.public)) &&
		       ssh_put_text(bio, namespace_of(r)) && ssh_put_text(bio, "") &&
		       ssh_put_text(bio, hash_name(r)) && put_signature(bio, r, signature, size);

	BIO_free(key);
	return is_done;
}

/* Between its two lines, in base64 of even lines. */
static bool put_armor(BIO *bio, const uint8_t *data, size_t size)
{
	_cleanup_(freep) unsigned char *text = malloc(size / 3 * 4 + 5);
	int left = text ? EVP_EncodeBlock(text, data, (int)size) : -1;
	const unsigned char *at = text;
	bool is_done = left > 0 && BIO_puts(bio, "-----BEGIN " ARMOR "-----\n") > 0;

	while (is_done && left > 0) {
		int n = left < (int)LINE_LENGTH ? left : (int)LINE_LENGTH;

		is_done = BIO_write(bio, at, n) == n && BIO_write(bio, "\n", 1) == 1;
		at += n;
		left -= n;
	}
	return is_done && BIO_puts(bio, "-----END " ARMOR "-----\n") > 0;
}

static enum exit_code finish(const struct recipe *r, struct job *job, const uint8_t *signature,
			     size_t size)
{
	BIO *blob = BIO_new(BIO_s_mem()), *text = BIO_new(BIO_s_mem());
	enum exit_code e = EXIT_AGAIN;
	char *data;
	long n;

	if (blob && text && put_all(blob, r, signature, size)) {
		n = BIO_get_mem_data(blob, &data);
		if (put_armor(text, (uint8_t *)data, (size_t)n)) {
			n = BIO_get_mem_data(text, &data);
			e = format_write(r, job->path, data, (size_t)n);
		}
	} else {
		complain("the SSH signature of '%s' cannot be written", shown_name(job->path));
	}
	BIO_free(blob);
	BIO_free(text);
	return e;
}

/* --- verifying -------------------------------------------------------------------------------- */

struct bytes {
	const uint8_t *data;
	size_t size;
};

/* The next string; false: there is none. */
static bool next(struct bytes *from, struct bytes *ret)
{
	size_t size;

	if (from->size < 4)
		return false;
	size = (size_t)from->data[0] << 24 | (size_t)from->data[1] << 16 |
	       (size_t)from->data[2] << 8 | from->data[3];
	if (size > from->size - 4)
		return false;
	*ret = (struct bytes){from->data + 4, size};
	from->data += 4 + size;
	from->size -= 4 + size;
	return true;
}

static bool is_text(struct bytes b, const char *s)
{
	return b.size == strlen(s) && memcmp(b.data, s, b.size) == 0;
}

static bool is_our_key(const struct recipe *r, struct bytes blob)
{
	BIO *key = BIO_new(BIO_s_mem());
	bool is_ours = false;
	char *data;
	long size;

	if (key && ssh_put_key(key, r->signer.public)) {
		size = BIO_get_mem_data(key, &data);
		is_ours = (size_t)size == blob.size && memcmp(data, blob.data, blob.size) == 0;
	}
	BIO_free(key);
	return is_ours;
}

/* r and s as ssh has them -> DER. */
static int ecdsa_der(struct bytes numbers, unsigned char **ret)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *n[2] = {NULL, NULL};
	struct bytes b;
	int size = -1;

	for (size_t i = 0; i < 2 && next(&numbers, &b) && b.size <= NUMBER_MAX; i++)
		n[i] = BN_bin2bn(b.data, (int)b.size, NULL);
	if (sig && n[0] && n[1] && numbers.size == 0 && ECDSA_SIG_set0(sig, n[0], n[1]) == 1) {
		n[0] = n[1] = NULL; /* taken over */
		size = i2d_ECDSA_SIG(sig, ret);
	}
	BN_free(n[0]);
	BN_free(n[1]);
	ECDSA_SIG_free(sig);
	return size;
}

static const EVP_MD *signature_hash(const struct recipe *r, struct bytes algorithm)
{
	if (is_text(algorithm, "rsa-sha2-256"))
		return EVP_sha256();
	if (is_text(algorithm, "rsa-sha2-512"))
		return EVP_sha512();
	return r->signer.type == SIGNET_KEY_P256   ? EVP_sha256()
	       : r->signer.type == SIGNET_KEY_P384 ? EVP_sha384()
	       : r->signer.type == SIGNET_KEY_P521 ? EVP_sha512()
						   : NULL;
}

static bool is_signature(const struct recipe *r, struct bytes algorithm, struct bytes raw,
			 const uint8_t *data, size_t size)
{
	const char *expected = r->signer.type == SIGNET_KEY_RSA ? NULL : ssh_type(r->signer.type);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md = signature_hash(r, algorithm);
	unsigned char *der = NULL;
	bool is_right = ctx && (expected ? is_text(algorithm, expected) : md != NULL);
	int n;

	if (is_right && r->scheme.algorithm == SIGNET_ECDSA) {
		n = ecdsa_der(raw, &der);
		is_right = n > 0;
		raw = (struct bytes){der, is_right ? (size_t)n : 0};
	}
	is_right = is_right && EVP_DigestVerifyInit(ctx, NULL, md, NULL, r->signer.public) == 1 &&
		   EVP_DigestVerify(ctx, raw.data, raw.size, data, size) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	return is_right;
}

static bool is_right(const struct recipe *r, struct bytes blob, const uint8_t *data, size_t size)
{
	static const uint8_t front[] = {'S', 'S', 'H', 'S', 'I', 'G', 0, 0, 0, VERSION};
	struct bytes key, name, reserved, hash, signature, algorithm, raw;

	if (blob.size < sizeof(front) || memcmp(blob.data, front, sizeof(front)) != 0)
		return false;
	blob = (struct bytes){blob.data + sizeof(front), blob.size - sizeof(front)};
	if (!next(&blob, &key) || !next(&blob, &name) || !next(&blob, &reserved) ||
	    !next(&blob, &hash) || !next(&blob, &signature) || blob.size > 0)
		return false;
	if (!next(&signature, &algorithm) || !next(&signature, &raw) || signature.size > 0)
		return false;
	return is_our_key(r, key) && is_text(name, namespace_of(r)) &&
	       is_text(hash, hash_name(r)) && is_signature(r, algorithm, raw, data, size);
}

/* The armor from its first to its last byte; NULL: there is something else, too. */
static unsigned char *unwrap(struct contents text, size_t *ret_size)
{
	static const char begin[] = "-----BEGIN " ARMOR "-----\n";
	char *name = NULL, *header = NULL;
	unsigned char *blob = NULL;
	bool is_all = false;
	long size = 0;
	BIO *bio;

	if (text.size < sizeof(begin) - 1 || memcmp(text.data, begin, sizeof(begin) - 1) != 0)
		return NULL;
	while (memchr(" \t\r\n", text.data[text.size - 1], 4))
		text.size--;
	bio = BIO_new_mem_buf(text.data, (int)text.size);
	if (bio && PEM_read_bio(bio, &name, &header, &blob, &size) == 1)
		is_all = *header == '\0' && BIO_pending(bio) == 0;
	OPENSSL_free(name);
	OPENSSL_free(header);
	BIO_free(bio);
	ERR_clear_error();
	*ret_size = (size_t)size;
	if (is_all)
		return blob;
	OPENSSL_free(blob);
	return NULL;
}

static enum exit_code verify(const struct recipe *r, const char *path, const char *signature_path)
{
	_cleanup_(contents_done) struct contents text = {};
	_cleanup_(freep) uint8_t *data = NULL;
	size_t size, blob_size;
	unsigned char *blob;
	enum exit_code e;

	e = input_read(signature_path, INPUT_SIGNATURE_MAX, "is too long for a signature", &text);
	if (e == EXIT_DONE)
		e = build_signed(r, path, &data, &size);
	if (e != EXIT_DONE)
		return e;
	blob = unwrap(text, &blob_size);
	e = blob && is_right(r, (struct bytes){blob, blob_size}, data, size) ? EXIT_DONE
									     : EXIT_NO_MATCH;
	OPENSSL_free(blob);
	ERR_clear_error();
	return e;
}

const struct format format_sshsig = {
	.name = "sshsig",
	.purpose = "sshsig:file",
	.suffix = ".sig",
	.is_message = true,
	.choose = choose,
	.prepare = prepare,
	.finish = finish,
	.verify = verify,
};
