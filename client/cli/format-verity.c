/*
 * cli/format-verity.c - dm-verity: a CMS signature of a root hash, as systemd-veritysetup and the
 * kernel take it
 *
 * The file holds the root hash in hexadecimal. Those digits, without the end of the line, are what
 * is signed: no attributes, no certificates.
 */
#include "client/cli/format.h"

#include <string.h>

#include "client/cli/input.h"
#include "client/cli/kernel.h"

/* Digits: of SHA-1, which old images have, up to SHA-512. */
#define DIGITS_MIN 40u
#define DIGITS_MAX 128u

/* The digits alone. */
static enum exit_code read_hash(const char *path, struct contents *ret)
{
	_cleanup_(contents_done) struct contents c = {};
	enum exit_code e;
	size_t n;

	e = input_read(path, 4096, "is no root hash: it is too long", &c);
	if (e != EXIT_DONE)
		return e;
	for (n = 0; n < c.size && memchr("0123456789abcdef", c.data[n], 16); n++)
		;
	while (c.size > n && memchr("\r\n", c.data[c.size - 1], 2))
		c.size--;
	if (n != c.size || n % 2 != 0 || n < DIGITS_MIN || n > DIGITS_MAX) {
		complain("'%s' is no root hash: it takes %u to %u digits of 0-9 and a-f, as "
			 "veritysetup prints them",
			 shown_name(path), DIGITS_MIN, DIGITS_MAX);
		return EXIT_DATA;
	}
	*ret = c;
	c = (struct contents){};
	return EXIT_DONE;
}

static enum exit_code prepare(const struct recipe *r, struct job *job)
{
	_cleanup_(contents_done) struct contents hash = {};
	enum exit_code e;

	e = read_hash(job->path, &hash);
	return e == EXIT_DONE ? kernel_begin_bytes(r, hash.data, hash.size, job) : e;
}

static enum exit_code verify(const struct recipe *r, const char *path, const char *signature_path)
{
	_cleanup_(contents_done) struct contents hash = {};
	enum exit_code e;

	e = read_hash(path, &hash);
	return e == EXIT_DONE ? kernel_verify_bytes(r, hash.data, hash.size, signature_path) : e;
}

const struct format format_verity = {
	.name = "verity",
	.purpose = "digest",
	.suffix = ".p7s",
	.needs_certificate = true,
	.choose = kernel_choose,
	.prepare = prepare,
	.finish = kernel_finish,
	.drop = kernel_drop,
	.verify = verify,
};
