/*
 * policy/expiry.c - see expiry.h
 *
 *   Certificate ::= SEQUENCE { tbs SEQUENCE { [0] version OPTIONAL, serial INTEGER,
 *     algorithm SEQUENCE, issuer SEQUENCE, validity SEQUENCE { notBefore Time, notAfter Time },
 *     ... }, ... }
 */
#include "agent/policy/expiry.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/base/text.h"

enum tag {
	TAG_INTEGER = 0x02,
	TAG_UTC_TIME = 0x17,
	TAG_GENERALIZED_TIME = 0x18,
	TAG_SEQUENCE = 0x30,
	TAG_VERSION = 0xa0,
};

/* What is left to be read. */
struct der {
	const uint8_t *at;
	size_t size;
};

/* Cuts the next element off *d; false if it is not whole, or not in the shortest form. */
static bool next(struct der *d, uint8_t *ret_tag, struct der *ret_body)
{
	size_t head = 2, len, n;

	if (d->size < head || (d->at[0] & 0x1f) == 0x1f)
		return false;
	len = d->at[1];
	if (len >= 0x80) {
		n = len & 0x7f;
		head += n;
		if (n < 1 || n > 3 || d->size < head || d->at[2] == 0)
			return false;
		len = 0;
		for (size_t i = 2; i < head; i++)
			len = len << 8 | d->at[i];
		if (len < 0x80)
			return false;
	}
	if (len > d->size - head)
		return false;
	*ret_tag = d->at[0];
	*ret_body = (struct der){d->at + head, len};
	d->at += head + len;
	d->size -= head + len;
	return true;
}

static bool enter(struct der *d, enum tag tag, struct der *ret_body)
{
	uint8_t found;

	return next(d, &found, ret_body) && found == tag;
}

static bool find_validity(struct der *d, struct der *ret)
{
	struct der certificate, tbs, skipped;

	if (!enter(d, TAG_SEQUENCE, &certificate) || d->size > 0 ||
	    !enter(&certificate, TAG_SEQUENCE, &tbs))
		return false;
	if (tbs.size > 0 && tbs.at[0] == TAG_VERSION && !enter(&tbs, TAG_VERSION, &skipped))
		return false;
	return enter(&tbs, TAG_INTEGER, &skipped) && enter(&tbs, TAG_SEQUENCE, &skipped) &&
	       enter(&tbs, TAG_SEQUENCE, &skipped) && enter(&tbs, TAG_SEQUENCE, ret);
}

/* YYMMDDHHMMSSZ means 1950 to 2049; YYYYMMDDHHMMSSZ. DER knows no other forms. */
static bool read_time(struct der *d, uint64_t *ret_usec)
{
	struct der body;
	char digits[15] = "", text[24];
	uint8_t tag;

	if (!next(d, &tag, &body))
		return false;
	if (tag == TAG_UTC_TIME && body.size == 13)
		memcpy(digits, body.at[0] >= '5' ? "19" : "20", 2);
	else if (tag != TAG_GENERALIZED_TIME || body.size != 15)
		return false;
	memcpy(digits + 15 - body.size, body.at, body.size - 1);
	if (strspn(digits, "0123456789") != 14 || body.at[body.size - 1] != 'Z')
		return false;
	(void)snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", digits, digits + 4,
		       digits + 6, digits + 8, digits + 10, digits + 12); /* 20 bytes and a NUL */
	return text_to_time(text, ret_usec) == 0;
}

static int refuse(char *why, size_t why_size, const char *what)
{
	(void)snprintf(why, why_size, "%s", what); /* cut is good enough */
	return -EINVAL;
}

int expiry_read(const uint8_t *der, size_t size, uint64_t *ret_usec, char *why, size_t why_size)
{
	struct der d = {der, size}, validity;
	uint64_t not_before, not_after;

	if (!find_validity(&d, &validity))
		return refuse(why, why_size,
			      "it has no validity where X.509 has it, so it is not known when it "
			      "expires");
	if (!read_time(&validity, &not_before) || !read_time(&validity, &not_after) ||
	    validity.size > 0)
		return refuse(why, why_size,
			      "its validity is not two times from 1970 on in the form of DER");
	*ret_usec = not_after + USEC_PER_SEC; /* its last second is valid */
	return 0;
}
