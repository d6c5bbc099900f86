/*
 * cli/format-kmod.c - kernel modules: a CMS signature at the end of the file, where the kernel looks
 * for it
 *
 * Behind the module stand the signature (no attributes, no certificates), twelve bytes that say how
 * long it is, and a line of text; scripts/sign-file of the kernel writes the same. In a compressed
 * module all of that is inside.
 */
#include "client/cli/format.h"

#include <errno.h>
#include <openssl/bio.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/cli/hash.h"
#include "client/cli/input.h"
#include "client/cli/kernel.h"
#include "client/cli/output.h"
#include "client/cli/pack.h"

static const char mark[] = "~Module signature appended~\n";
#define MARK_SIZE (sizeof(mark) - 1)
#define INFO_SIZE 12u
#define TAIL_SIZE (INFO_SIZE + MARK_SIZE)
#define ID_PKCS7 2u /* the only kind that kernels read today */

/* No module is nearly as long. */
#define MODULE_MAX ((uint64_t)1024 * 1024 * 1024)
/* The same for one that is unpacked in memory. */
#define UNPACKED_MAX ((size_t)512 * 1024 * 1024)
#define TOO_LONG "is too long for a kernel module"

struct kmod {
	CMS_ContentInfo *cms;
	struct staged output;
	struct stat was;      /* the file that was read */
	enum packing packing; /* of the output, once it is complete */
};

static void drop(void *made)
{
	struct kmod *k = made;

	if (!k)
		return;
	CMS_ContentInfo_free(k->cms);
	staged_done(&k->output);
	free(k);
}

/* --- what is in a file ------------------------------------------------------------------------ */

static enum exit_code refuse(const char *path, const char *why)
{
	complain("'%s' %s", path, why);
	return EXIT_DATA;
}

static enum exit_code check_head(const char *path, const uint8_t *head, size_t size)
{
	static const uint8_t elf[] = {0x7f, 'E', 'L', 'F'};

	if (size >= sizeof(elf) && memcmp(head, elf, sizeof(elf)) == 0)
		return EXIT_DONE;
	return refuse(path, "is no kernel module (no ELF file)");
}

/* The signature behind a module: where it begins, and how long it is. */
struct appended {
	uint64_t module_size;
	size_t size; /* 0: there is none */
};

/* tail: the last TAIL_SIZE bytes of a file. */
static enum exit_code read_tail(const char *path, const uint8_t *tail, uint64_t file_size,
				struct appended *ret)
{
	static const uint8_t info[INFO_SIZE - 4] = {
		[2] = ID_PKCS7}; /* the kernel wants the rest 0 */
	const uint8_t *at = tail + INFO_SIZE - 4;
	uint64_t size =
		(uint64_t)at[0] << 24 | (uint64_t)at[1] << 16 | (uint64_t)at[2] << 8 | at[3];

	*ret = (struct appended){.module_size = file_size};
	if (memcmp(tail + INFO_SIZE, mark, MARK_SIZE) != 0)
		return EXIT_DONE;
	if (memcmp(tail, info, sizeof(info)) != 0 || size == 0 || size > INPUT_SIGNATURE_MAX ||
	    size > file_size - TAIL_SIZE)
		return refuse(path, "ends like a signed module, but its signature cannot be read");
	ret->module_size = file_size - TAIL_SIZE - size;
	ret->size = (size_t)size;
	return EXIT_DONE;
}

static enum exit_code look(const struct source *s, struct appended *ret)
{
	uint8_t head[8], tail[TAIL_SIZE];
	enum exit_code e;
	ssize_t n;

	n = pread(s->fd, head, sizeof(head), 0);
	e = check_head(s->name, head, n > 0 ? (size_t)n : 0);
	if (e != EXIT_DONE)
		return e;
	if (s->size > MODULE_MAX)
		return refuse(s->name, TOO_LONG);
	*ret = (struct appended){.module_size = s->size};
	if (s->size <= TAIL_SIZE)
		return EXIT_DONE;
	n = pread(s->fd, tail, sizeof(tail), (off_t)(s->size - TAIL_SIZE));
	if (n != (ssize_t)sizeof(tail))
		return refuse(s->name, "cannot be read to its end");
	return read_tail(s->name, tail, s->size, ret);
}

/* --- compressed modules ----------------------------------------------------------------------- */

/* c, if it is packed, becomes what is in it. */
static enum exit_code unpack_contents(const char *path, struct contents *c)
{
	enum packing p = packing_of(c->data, c->size);
	struct contents plain = {};
	enum exit_code e;

	if (p == PACKING_NONE)
		return EXIT_DONE;
	e = unpack(p, path, c, UNPACKED_MAX, &plain);
	if (e != EXIT_DONE)
		return e;
	contents_done(c);
	*c = plain;
	return EXIT_DONE;
}

static enum exit_code source_in_memory(struct source *s, const struct contents *c)
{
	int fd = memfd_create("module", MFD_CLOEXEC);
	size_t done = 0;
	ssize_t n = 0;

	while (fd >= 0 && n >= 0 && done < c->size) {
		n = pwrite(fd, c->data + done, c->size - done, (off_t)done);
		done += n > 0 ? (size_t)n : 0;
	}
	if (fd < 0 || n < 0) {
		complain("'%s' cannot be unpacked: %s", s->name, strerror(errno));
		if (fd >= 0)
			(void)close(fd); /* nothing of it is used */
		return EXIT_AGAIN;
	}
	(void)close(s->fd); /* was only read */
	s->fd = fd;
	s->size = c->size;
	s->was = (struct stat){}; /* nobody else can change it */
	return EXIT_DONE;
}

/* s, if it is packed, becomes a source of what is in it. */
static enum exit_code unpack_source(const struct recipe *r, struct source *s, enum packing *ret)
{
	_cleanup_(contents_done) struct contents c = {};
	uint8_t head[8];
	ssize_t n = pread(s->fd, head, sizeof(head), 0);
	enum exit_code e;
	size_t size = 0;

	*ret = packing_of(head, n > 0 ? (size_t)n : 0);
	if (*ret == PACKING_NONE)
		return EXIT_DONE;
	if (!r->args->is_repack) {
		complain("'%s' is compressed with %s: sign the module before that, or say "
			 "--repack to have it unpacked, signed and compressed again",
			 s->name, packing_name(*ret));
		return EXIT_DATA;
	}
	c.data = s->size <= UNPACKED_MAX ? malloc((size_t)s->size) : NULL;
	if (!c.data)
		return refuse(s->name, TOO_LONG);
	while (c.size < s->size) {
		e = source_read(s, c.data + c.size, (size_t)s->size - c.size, &size);
		if (e != EXIT_DONE)
			return e;
		if (size == 0)
			break; /* shorter than it was; what is left is damaged */
		c.size += size;
	}
	e = unpack_contents(s->name, &c);
	return e == EXIT_DONE ? source_in_memory(s, &c) : e;
}

/* The output, which is complete, is packed into a new one. */
static enum exit_code pack_output(struct kmod *k)
{
	_cleanup_(contents_done) struct contents plain = {}, packed = {};
	struct staged output = {.fd = -1};
	enum exit_code e;
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", k->output.fd); /* fits */
	e = input_read(path, UNPACKED_MAX + INPUT_SIGNATURE_MAX, TOO_LONG, &plain);
	if (e == EXIT_DONE)
		e = pack(k->packing, k->output.path, &plain, &packed);
	if (e == EXIT_DONE)
		e = staged_open(k->output.path, &output);
	if (e != EXIT_DONE)
		return e;
	staged_done(&k->output);
	k->output = output;
	return staged_write(&k->output, packed.data, packed.size);
}

/* --- verifying -------------------------------------------------------------------------------- */

static enum exit_code verify_contents(const struct recipe *r, const struct contents *c,
				      const struct appended *a)
{
	BIO *module = BIO_new_mem_buf(c->data, (int)a->module_size);
	enum exit_code e = EXIT_AGAIN;

	if (module && !cms_is_bare(c->data + a->module_size, a->size))
		e = EXIT_NO_MATCH;
	else if (module)
		e = cms_verify(&r->signer, c->data + a->module_size, a->size, module);
	else
		complain("out of memory");
	BIO_free(module);
	return e;
}

static enum exit_code verify(const struct recipe *r, const char *path, const char *signature)
{
	_cleanup_(contents_done) struct contents c = {};
	struct appended a = {};
	enum exit_code e;

	(void)signature; /* it is in the file */
	e = input_read(path, MODULE_MAX, TOO_LONG, &c);
	if (e == EXIT_DONE)
		e = unpack_contents(path, &c);
	if (e == EXIT_DONE)
		e = check_head(path, c.data, c.size);
	if (e == EXIT_DONE && c.size > TAIL_SIZE)
		e = read_tail(path, c.data + c.size - TAIL_SIZE, c.size, &a);
	if (e != EXIT_DONE)
		return e;
	if (a.size == 0)
		return refuse(path, "is not signed");
	return verify_contents(r, &c, &a);
}

/* --- signing ---------------------------------------------------------------------------------- */

/* A signature of ours is what is wanted; one of others is not ours to replace. */
static enum exit_code check_signed(const struct recipe *r, const char *path)
{
	enum exit_code e = verify(r, path, NULL);

	if (e != EXIT_NO_MATCH)
		return e;
	complain("'%s' is signed already, with another key or before it was changed; take that "
		 "signature off with 'strip --strip-debug', or sign it anew with --force",
		 path);
	return EXIT_DATA;
}

static enum exit_code copy_and_begin(const struct recipe *r, struct job *job, struct source *s,
				     struct kmod *k)
{
	const char *target = r->args->output ? r->args->output : job->path;
	uint8_t digest[EVP_MAX_MD_SIZE];
	enum exit_code e;
	size_t size;

	e = staged_open(target, &k->output);
	if (e == EXIT_DONE)
		e = hash_source(s, r->scheme.md, &k->output, r->progress, digest, &size);
	if (e == EXIT_DONE)
		e = kernel_begin(r, digest, size, &k->cms, job);
	return e;
}

static enum exit_code prepare(const struct recipe *r, struct job *job)
{
	_cleanup_(source_done) struct source s = SOURCE_NONE;
	struct appended a = {};
	enum packing packing;
	enum exit_code e;
	struct stat st;
	struct kmod *k;

	e = source_open_regular(&s, job->path);
	st = s.was;
	if (e == EXIT_DONE)
		e = unpack_source(r, &s, &packing);
	if (e == EXIT_DONE)
		e = look(&s, &a);
	if (e == EXIT_DONE && a.size > 0 && !r->args->is_forced)
		return check_signed(r, job->path);
	if (e != EXIT_DONE)
		return e;
	if (!r->args->output && access(job->path, W_OK) < 0) {
		complain("'%s' may not be changed: %s", job->path, strerror(errno));
		return EXIT_IO;
	}
	k = calloc(1, sizeof(*k));
	if (!k) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	*k = (struct kmod){.output.fd = -1, .was = st, .packing = packing};
	job->made = k;
	if (a.size > 0)
		s.size = s.left = a.module_size; /* without the signature that is replaced */
	return copy_and_begin(r, job, &s, k);
}

static enum exit_code finish(const struct recipe *r, struct job *job, const uint8_t *signature,
			     size_t size)
{
	_cleanup_(freep) uint8_t *der = NULL;
	struct kmod *k = job->made;
	uint8_t info[INFO_SIZE] = {[2] = ID_PKCS7};
	enum exit_code e;
	size_t der_size;

	(void)r;
	e = cms_finish(k->cms, signature, size, &der, &der_size);
	if (e != EXIT_DONE)
		return e;
	for (unsigned i = 0; i < 4; i++)
		info[INFO_SIZE - 1 - i] = (uint8_t)(der_size >> 8 * i);
	e = staged_write(&k->output, der, der_size);
	if (e == EXIT_DONE)
		e = staged_write(&k->output, info, sizeof(info));
	if (e == EXIT_DONE)
		e = staged_write(&k->output, mark, MARK_SIZE);
	if (e == EXIT_DONE && k->packing != PACKING_NONE)
		e = pack_output(k);
	return e == EXIT_DONE ? staged_commit_changed(&k->output, job->path, &k->was) : e;
}

const struct format format_kmod = {
	.name = "kmod",
	.purpose = "digest",
	.needs_certificate = true,
	.choose = kernel_choose,
	.prepare = prepare,
	.finish = finish,
	.drop = drop,
	.verify = verify,
};
