/*
 * wire/cms.c - see cms.h
 */
#include "agent/wire/cms.h"

#define TAG_OID 0x06
#define TAG_SEQUENCE 0x30
#define TAG_SET 0x31

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

/* SEQUENCE { type OID, values SET }; the type. */
static struct view attribute(struct reader *r)
{
	struct view body = element(r, TAG_SEQUENCE), type;
	struct reader inner;

	reader_init(&inner, body.data, body.size);
	type = element(&inner, TAG_OID);
	(void)element(&inner, TAG_SET);
	if (!reader_end(&inner))
		reader_fail(r);
	return type;
}

bool cms_is_attributes(struct view data)
{
	const struct view first = {content_type, sizeof(content_type)};
	const struct view second = {message_digest, sizeof(message_digest)};
	bool has_first = false, has_second = false;
	struct reader r, attributes;
	struct view set, type;

	reader_init(&r, data.data, data.size);
	set = element(&r, TAG_SET);
	reader_init(&attributes, set.data, set.size);
	while (attributes.left > 0 && !attributes.has_failed) {
		type = attribute(&attributes);
		has_first |= view_is_equal(type, first);
		has_second |= view_is_equal(type, second);
	}
	return reader_end(&r) && reader_end(&attributes) && has_first && has_second;
}
