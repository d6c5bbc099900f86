/*
 * cli/format-fsverity.c - fs-verity: a CMS signature of a file's Merkle root, as 'fsverity sign'
 * writes it
 *
 * libfsverity computes the digest. The kernel builds the few bytes around it again when it checks.
 */
#include "client/cli/format.h"

#include <errno.h>
#include <libfsverity.h>
#include <string.h>

#include "client/cli/input.h"
#include "client/cli/kernel.h"

#define MAGIC "FSVerity"
#define FORMATTED_MAX (8 + 2 + 2 + EVP_MAX_MD_SIZE)
#define BLOCK_SIZE 4096u

static int read_some(void *source, void *buf, size_t count)
{
	uint8_t *at = buf;
	size_t n = 1;

	while (count > 0 && n > 0) {
		if (source_read(source, at, count, &n) != EXIT_DONE)
			return -EIO;
		at += n;
		count -= n;
	}
	return count > 0 ? -EIO : 0;
}

/* What is signed: a magic, the number of the hash, its size, the digest (little endian). */
static enum exit_code format_digest(const struct recipe *r, struct source *s,
				    uint8_t ret[FORMATTED_MAX], size_t *ret_size)
{
	const struct libfsverity_merkle_tree_params params = {
		.version = 1,
		.hash_algorithm = r->scheme.hash == SIGNET_SHA512 ? FS_VERITY_HASH_ALG_SHA512
								  : FS_VERITY_HASH_ALG_SHA256,
		.file_size = s->size,
		.block_size = BLOCK_SIZE,
	};
	struct libfsverity_digest *digest = NULL;

	if (libfsverity_compute_digest(s, read_some, &params, &digest) != 0) {
		complain("'%s': its fs-verity digest cannot be computed", s->name);
		return EXIT_IO;
	}
	memcpy(ret, MAGIC, 8);
	ret[8] = (uint8_t)digest->digest_algorithm;
	ret[9] = (uint8_t)(digest->digest_algorithm >> 8);
	ret[10] = (uint8_t)digest->digest_size;
	ret[11] = (uint8_t)(digest->digest_size >> 8);
	memcpy(ret + 12, digest->digest, digest->digest_size);
	*ret_size = 12u + digest->digest_size;
	free(digest);
	return EXIT_DONE;
}

static enum exit_code load(const struct recipe *r, const char *path, uint8_t ret[FORMATTED_MAX],
			   size_t *ret_size)
{
	_cleanup_(source_done) struct source s = SOURCE_NONE;
	enum exit_code e;

	if (strcmp(path, "-") == 0) {
		complain("fs-verity is for files: standard input is none");
		return EXIT_USAGE;
	}
	e = source_open(&s, path);
	if (e != EXIT_DONE)
		return e;
	if (!S_ISREG(s.was.st_mode)) {
		complain("'%s' is no regular file", path);
		return EXIT_DATA;
	}
	e = format_digest(r, &s, ret, ret_size);
	return e == EXIT_DONE ? source_check_unchanged(&s) : e;
}

/* The kernel knows these two hashes for files. */
static enum exit_code choose(struct recipe *r)
{
	if (r->scheme.hash != SIGNET_SHA384)
		return kernel_choose(r);
	complain("fs-verity hashes with sha256 or sha512, not with sha384");
	return EXIT_USAGE;
}

static enum exit_code prepare(const struct recipe *r, struct job *job)
{
	uint8_t formatted[FORMATTED_MAX];
	enum exit_code e;
	size_t size;

	e = load(r, job->path, formatted, &size);
	return e == EXIT_DONE ? kernel_begin_bytes(r, formatted, size, job) : e;
}

static enum exit_code verify(const struct recipe *r, const char *path, const char *signature_path)
{
	uint8_t formatted[FORMATTED_MAX];
	enum exit_code e;
	size_t size;

	e = load(r, path, formatted, &size);
	return e == EXIT_DONE ? kernel_verify_bytes(r, formatted, size, signature_path) : e;
}

const struct format format_fsverity = {
	.name = "fsverity",
	.purpose = "digest",
	.suffix = ".sig",
	.needs_certificate = true,
	.choose = choose,
	.prepare = prepare,
	.finish = kernel_finish,
	.drop = kernel_drop,
	.verify = verify,
};
