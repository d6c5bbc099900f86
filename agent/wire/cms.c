/*
 * wire/cms.c - see cms.h
 */
#include "agent/wire/cms.h"

#define TAG_OCTETS 0x04
#define TAG_OID 0x06
#define TAG_SEQUENCE 0x30
#define TAG_SET 0x31

/* Attributes are small: a file that looks like them is not. */
#define ATTRIBUTES_MAX 16384u

/* 1.2.840.113549.1.9.3 and .4 */
static const uint8_t content_type[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03};
static const uint8_t message_digest[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04};

/* The content of the next element, which must have this tag and a length in its shortest form. */
static struct view element(struct reader *r, uint8_t tag)
{
	size_t length, n;

	if (reader_u8(r) != tag)
		reader_fail(r);
	length = reader_u8(r);
	if (length < 0x80)
		return reader_bytes(r, length);
	n = length & 0x7f;
	if (n < 1 || n > 3)
		reader_fail(r);
	length = 0;
	for (size_t i = 0; i < n && !r->has_failed; i++)
		length = length << 8 | reader_u8(r);
	if (length < 0x80 || (n > 1 && length >> 8 * (n - 1) == 0))
		reader_fail(r);
	return reader_bytes(r, length);
}

/* SEQUENCE { type OID, values SET } */
static struct view attribute(struct reader *r, struct view *ret_values)
{
	struct view body = element(r, TAG_SEQUENCE), type;
	struct reader inner;

	reader_init(&inner, body.data, body.size);
	type = element(&inner, TAG_OID);
	*ret_values = element(&inner, TAG_SET);
	if (!reader_end(&inner))
		reader_fail(r);
	return type;
}

/* One value, and it has this tag and such a size. */
static bool is_one(struct view values, uint8_t tag, size_t min, size_t max)
{
	struct reader r;
	struct view value;

	reader_init(&r, values.data, values.size);
	value = element(&r, tag);
	return reader_end(&r) && value.size >= min && value.size <= max;
}

bool cms_is_attributes(struct view data)
{
	const struct view first = {content_type, sizeof(content_type)};
	const struct view second = {message_digest, sizeof(message_digest)};
	unsigned n_first = 0, n_second = 0;
	struct reader r, attributes;
	struct view set, type, values;

	if (data.size > ATTRIBUTES_MAX)
		return false;
	reader_init(&r, data.data, data.size);
	set = element(&r, TAG_SET);
	reader_init(&attributes, set.data, set.size);
	while (attributes.left > 0 && !attributes.has_failed) {
		type = attribute(&attributes, &values);
		if (view_is_equal(type, first))
			n_first += is_one(values, TAG_OID, 1, 64) ? 1 : 2;
		if (view_is_equal(type, second))
			n_second += is_one(values, TAG_OCTETS, 20, 64) ? 1 : 2;
	}
	return reader_end(&r) && reader_end(&attributes) && n_first == 1 && n_second == 1;
}
