/*
 * cli/format-pe.c - PE images for UEFI Secure Boot: an Authenticode signature in the certificate table
 *
 * The table stands at the end of the image; what is signed already gets one more entry. Signed are
 * all bytes but the checksum, the place in the header that says where the table is, and the table.
 */
#include "client/cli/format.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/authenticode.h"
#include "client/cli/hash.h"
#include "client/cli/input.h"
#include "client/cli/output.h"
#include "client/cli/pe.h"

/* All entries of a table: some signatures with their chains. */
#define TABLE_MAX ((size_t)1024 * 1024)
#define ENTRY_HEAD 8u
#define ENTRY_REVISION 0x0200u
#define ENTRY_PKCS7 2u
#define ALIGNMENT 8u

struct image {
	PKCS7 *p7;            /* owned */
	struct staged output; /* holds the image, padded, without its table */
	struct stat was;      /* the file that was read */
	struct pe pe;
	uint8_t *table; /* owned: the entries that were there */
};

static void drop(void *made)
{
	struct image *i = made;

	if (!i)
		return;
	PKCS7_free(i->p7);
	staged_done(&i->output);
	free(i->table);
	free(i);
}

static enum exit_code choose(struct recipe *r)
{
	if (r->scheme.md && !r->args->is_pss)
		return EXIT_DONE;
	complain("UEFI takes signatures by RSA (PKCS #1 v1.5) and, newer ones, ECDSA keys only");
	return EXIT_USAGE;
}

static size_t padding(uint64_t size)
{
	return (size_t)(-size % ALIGNMENT);
}

static void put_u32(uint8_t *at, uint32_t n)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(n >> 8 * i);
}

static uint32_t get_u32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/* --- the digest ------------------------------------------------------------------------------- */

/* The front of an image, without the two places that are not signed. */
static bool hash_head(EVP_MD_CTX *ctx, const struct pe *pe, const uint8_t *head, size_t size)
{
	size_t behind_checksum = pe->checksum + 4, behind_entry = pe->table_entry + 8;

	return EVP_DigestUpdate(ctx, head, pe->checksum) == 1 &&
	       EVP_DigestUpdate(ctx, head + behind_checksum, pe->table_entry - behind_checksum) ==
		       1 &&
	       EVP_DigestUpdate(ctx, head + behind_entry, size - behind_entry) == 1;
}

static bool hash_padding(EVP_MD_CTX *ctx, const struct pe *pe)
{
	static const uint8_t zeroes[ALIGNMENT];

	return EVP_DigestUpdate(ctx, zeroes, padding(pe->image_size)) == 1;
}

/* Reads and copies the image behind its head, which is done already. */
static enum exit_code digest(const struct recipe *r, struct source *s, const struct image *i,
			     const uint8_t *head, size_t size, const struct staged *copy,
			     uint8_t *ret, unsigned *ret_size)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	enum exit_code e = EXIT_AGAIN;

	if (ctx && EVP_DigestInit_ex(ctx, r->scheme.md, NULL) == 1 &&
	    hash_head(ctx, &i->pe, head, size))
		e = hash_feed(s, ctx, copy, r->progress);
	else
		complain("'%s' cannot be hashed: out of memory", s->name);
	if (e == EXIT_DONE &&
	    (!hash_padding(ctx, &i->pe) || EVP_DigestFinal_ex(ctx, ret, ret_size) != 1))
		e = EXIT_IO;
	EVP_MD_CTX_free(ctx);
	return e;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The front of a file, up to PE_HEAD_MAX bytes of it and never into its table. */
static enum exit_code read_head(struct source *s, uint8_t *head, size_t *ret_size, struct pe *ret)
{
	size_t size = 0, n = 1;
	enum exit_code e = EXIT_DONE;
	const char *why;

	while (size < PE_HEAD_MAX && n > 0 && e == EXIT_DONE) {
		e = source_read(s, head + size, PE_HEAD_MAX - size, &n);
		size += e == EXIT_DONE ? n : 0;
	}
	if (e != EXIT_DONE)
		return e;
	why = pe_read(head, size, s->size, ret);
	if (why) {
		complain("'%s' %s", s->name, why);
		return EXIT_DATA;
	}
	if (size > ret->image_size)
		size = (size_t)ret->image_size;
	if (lseek(s->fd, (off_t)size, SEEK_SET) < 0) {
		complain("'%s' cannot be read: %s", s->name, strerror(errno));
		return EXIT_IO;
	}
	s->left = ret->image_size - size;
	*ret_size = size;
	return EXIT_DONE;
}

static enum exit_code read_table(const struct source *s, struct image *i)
{
	size_t size = (size_t)i->pe.table_size;

	if (i->pe.table_size > TABLE_MAX) {
		complain("'%s' has a certificate table of more than 1 MiB", s->name);
		return EXIT_DATA;
	}
	i->table = malloc(size + 1);
	if (!i->table) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	if (pread(s->fd, i->table, size, (off_t)i->pe.image_size) == (ssize_t)size)
		return EXIT_DONE;
	complain("'%s' cannot be read to its end", s->name);
	return EXIT_DATA;
}

/* The next PKCS #7 entry; *at is moved behind it. False: there is none. */
static bool next_entry(const struct image *i, size_t *at, const uint8_t **ret, size_t *ret_size)
{
	while (i->pe.table_size - *at > ENTRY_HEAD) {
		const uint8_t *entry = i->table + *at;
		uint32_t length = get_u32(entry);

		if (length <= ENTRY_HEAD || length > i->pe.table_size - *at)
			return false;
		*at += length;
		*at += padding(*at) < i->pe.table_size - *at ? padding(*at)
							     : i->pe.table_size - *at;
		if (get_u32(entry + 4) == (ENTRY_PKCS7 << 16 | ENTRY_REVISION)) {
			*ret = entry + ENTRY_HEAD;
			*ret_size = length - ENTRY_HEAD;
			return true;
		}
	}
	return false;
}

/* Every byte of the table belongs to an entry. */
static enum exit_code check_table(const char *path, const struct image *i)
{
	size_t at = 0, size;
	const uint8_t *entry;

	while (next_entry(i, &at, &entry, &size))
		;
	if (at == i->pe.table_size)
		return EXIT_DONE;
	complain("'%s' has a certificate table that cannot be read", path);
	return EXIT_DATA;
}

static bool is_signed(const struct recipe *r, const struct image *i, const uint8_t *image_digest,
		      size_t digest_size)
{
	size_t at = 0, size;
	const uint8_t *entry;

	while (next_entry(i, &at, &entry, &size))
		if (authenticode_is_signed(&r->signer, &r->scheme, entry, size, image_digest,
					   digest_size))
			return true;
	return false;
}

/* --- signing ---------------------------------------------------------------------------------- */

static enum exit_code stage(const struct recipe *r, const char *path, const uint8_t *head,
			    size_t size, struct image *i)
{
	const char *target = r->args->output ? r->args->output : path;
	enum exit_code e;

	if (!r->args->output && access(path, W_OK) < 0) {
		complain("'%s' may not be changed: %s", path, strerror(errno));
		return EXIT_IO;
	}
	e = staged_open(target, &i->output);
	return e == EXIT_DONE ? staged_write(&i->output, head, size) : e;
}

static enum exit_code begin(const struct recipe *r, struct job *job, struct source *s,
			    struct image *i, uint8_t *head)
{
	uint8_t image_digest[EVP_MAX_MD_SIZE];
	enum exit_code e;
	size_t size = 0;
	unsigned n;

	e = read_head(s, head, &size, &i->pe);
	if (e == EXIT_DONE)
		e = read_table(s, i);
	if (e == EXIT_DONE)
		e = check_table(s->name, i);
	if (e == EXIT_DONE)
		e = stage(r, job->path, head, size, i);
	if (e == EXIT_DONE)
		e = digest(r, s, i, head, size, &i->output, image_digest, &n);
	if (e != EXIT_DONE || (!r->args->is_forced && is_signed(r, i, image_digest, n)))
		return e;
	return authenticode_begin(&r->signer, &r->scheme, image_digest, n, &i->p7,
				  &job->signed_data, &job->signed_size);
}

static enum exit_code prepare(const struct recipe *r, struct job *job)
{
	_cleanup_(source_done) struct source s = SOURCE_NONE;
	_cleanup_(freep) uint8_t *head = NULL;
	struct image *i;
	enum exit_code e;

	e = source_open_regular(&s, job->path);
	if (e != EXIT_DONE)
		return e;
	head = malloc(PE_HEAD_MAX);
	i = calloc(1, sizeof(*i));
	job->made = i;
	if (!head || !i) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	i->output.fd = -1;
	i->was = s.was;
	return begin(r, job, &s, i, head);
}

/* The table: the entries that were there, and ours. */
static enum exit_code write_table(const struct image *i, const uint8_t *der, size_t size)
{
	static const uint8_t zeroes[ALIGNMENT];
	uint8_t head[ENTRY_HEAD] = {[5] = ENTRY_REVISION >> 8, [6] = ENTRY_PKCS7};
	enum exit_code e;

	put_u32(head, (uint32_t)(ENTRY_HEAD + size));
	e = staged_write(&i->output, zeroes, padding(i->pe.image_size));
	if (e == EXIT_DONE)
		e = staged_write(&i->output, i->table, i->pe.table_size);
	if (e == EXIT_DONE)
		e = staged_write(&i->output, zeroes, padding(i->pe.table_size));
	if (e == EXIT_DONE)
		e = staged_write(&i->output, head, sizeof(head));
	if (e == EXIT_DONE)
		e = staged_write(&i->output, der, size);
	if (e == EXIT_DONE)
		e = staged_write(&i->output, zeroes, padding(ENTRY_HEAD + size));
	return e;
}

/*
 * What the loader of Windows computes over the whole file: the sum of all words, with what is carried
 * added below, and the size. The checksum itself counts as zero.
 */
static bool sum_file(int fd, size_t checksum_at, uint32_t *ret)
{
	uint8_t block[65536];
	uint64_t sum = 0, size = 0;
	ssize_t n;

	while ((n = pread(fd, block, sizeof(block), (off_t)size)) > 0) {
		for (ssize_t k = 0; k < n; k++) {
			uint64_t at = size + (uint64_t)k;

			if (at < checksum_at || at >= checksum_at + 4)
				sum += (uint64_t)block[k] << 8 * (at % 2);
		}
		size += (uint64_t)n;
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	*ret = (uint32_t)(sum + size);
	return n == 0;
}

static enum exit_code write_head(const struct image *i, size_t der_size)
{
	uint64_t offset = i->pe.image_size + padding(i->pe.image_size);
	uint64_t size = i->pe.table_size + padding(i->pe.table_size) + ENTRY_HEAD + der_size +
			padding(ENTRY_HEAD + der_size);
	uint8_t entry[8], checksum[4];
	uint32_t sum;

	if (offset + size > UINT32_MAX) {
		complain("'%s' is too long for a PE image", i->output.path);
		return EXIT_DATA;
	}
	put_u32(entry, (uint32_t)offset);
	put_u32(entry + 4, (uint32_t)size);
	if (pwrite(i->output.fd, entry, 8, (off_t)i->pe.table_entry) == 8 &&
	    sum_file(i->output.fd, i->pe.checksum, &sum)) {
		put_u32(checksum, sum);
		if (pwrite(i->output.fd, checksum, 4, (off_t)i->pe.checksum) == 4)
			return EXIT_DONE;
	}
	complain("'%s' cannot be written: %s", i->output.path, strerror(errno));
	return EXIT_IO;
}

static enum exit_code finish(const struct recipe *r, struct job *job, const uint8_t *signature,
			     size_t size)
{
	_cleanup_(freep) uint8_t *der = NULL;
	struct image *i = job->made;
	enum exit_code e;
	size_t der_size;

	(void)r;
	e = authenticode_finish(i->p7, signature, size, &der, &der_size);
	if (e == EXIT_DONE)
		e = write_table(i, der, der_size);
	if (e == EXIT_DONE)
		e = write_head(i, der_size);
	return e == EXIT_DONE ? staged_commit_changed(&i->output, job->path, &i->was) : e;
}

/* --- verifying -------------------------------------------------------------------------------- */

static enum exit_code check(const struct recipe *r, struct source *s, struct image *i,
			    uint8_t *head)
{
	uint8_t image_digest[EVP_MAX_MD_SIZE];
	enum exit_code e;
	size_t size = 0;
	unsigned n;

	e = read_head(s, head, &size, &i->pe);
	if (e == EXIT_DONE && i->pe.table_size == 0) {
		complain("'%s' is not signed", s->name);
		return EXIT_NO_MATCH;
	}
	if (e == EXIT_DONE)
		e = read_table(s, i);
	if (e == EXIT_DONE)
		e = check_table(s->name, i);
	if (e == EXIT_DONE)
		e = digest(r, s, i, head, size, NULL, image_digest, &n);
	if (e == EXIT_DONE && !is_signed(r, i, image_digest, n))
		e = EXIT_NO_MATCH;
	return e;
}

static enum exit_code verify(const struct recipe *r, const char *path, const char *signature)
{
	_cleanup_(source_done) struct source s = SOURCE_NONE;
	_cleanup_(freep) uint8_t *head = malloc(PE_HEAD_MAX);
	struct image i = {.output.fd = -1};
	enum exit_code e;

	(void)signature; /* it is in the file */
	if (!head) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	e = source_open(&s, path);
	if (e == EXIT_DONE)
		e = check(r, &s, &i, head);
	free(i.table);
	return e;
}

const struct format format_pe = {
	.name = "pe",
	.purpose = "cms",
	.needs_certificate = true,
	.is_message = true,
	.choose = choose,
	.prepare = prepare,
	.finish = finish,
	.drop = drop,
	.verify = verify,
};
