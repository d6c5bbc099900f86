/*
 * pam/number.c - see number.h
 */
#include "pam/number.h"

#define DER_INTEGER 0x02
#define DER_SEQUENCE 0x30

struct view number_bare(struct view number)
{
	if (number.size > 0 && number.data[0] == 0)
		return (struct view){number.data + 1, number.size - 1};
	return number;
}

/* In the shortest form that is not negative. */
static struct view check(struct reader *r, struct view v, size_t max)
{
	if (r->has_failed || v.size == 0 || v.data[0] >= 0x80 ||
	    (v.data[0] == 0 && (v.size == 1 || v.data[1] < 0x80)) || number_bare(v).size > max) {
		reader_fail(r);
		return (struct view){};
	}
	return v;
}

struct view number_read(struct reader *r, size_t max)
{
	struct view v = reader_string(r, 1, max + 1);

	return check(r, v, max);
}

/* A pair has at most 138 bytes, so one byte behind 0x81 is the longest form. */
static size_t read_length(struct reader *r)
{
	size_t n = reader_u8(r);

	if (n < 0x80)
		return n;
	if (n != 0x81)
		reader_fail(r);
	n = reader_u8(r);
	if (n < 0x80)
		reader_fail(r); /* not the shortest form */
	return n;
}

static size_t read_front(struct reader *r, uint8_t tag)
{
	if (reader_u8(r) != tag)
		reader_fail(r);
	return read_length(r);
}

static struct view read_integer(struct reader *r, size_t max)
{
	struct view v = reader_bytes(r, read_front(r, DER_INTEGER));

	return number_bare(check(r, v, max));
}

bool number_read_der_pair(struct view signature, size_t max, struct view *ret_r, struct view *ret_s)
{
	struct reader r;
	size_t size;

	reader_init(&r, signature.data, signature.size);
	size = read_front(&r, DER_SEQUENCE);
	if (size != r.left)
		reader_fail(&r);
	*ret_r = read_integer(&r, max);
	*ret_s = read_integer(&r, max);
	return reader_end(&r);
}

bool number_read_ssh_pair(struct view signature, size_t max, struct view *ret_r, struct view *ret_s)
{
	struct reader r;

	reader_init(&r, signature.data, signature.size);
	*ret_r = number_bare(number_read(&r, max));
	*ret_s = number_bare(number_read(&r, max));
	return reader_end(&r);
}
