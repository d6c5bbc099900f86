/*
 * fake-keys.h - public keys and certificates for tests: right in form, and made of one byte
 *
 * Nothing can be verified with them. Each is written into a struct writer.
 */
#ifndef TESTS_LIB_FAKE_KEYS_H
#define TESTS_LIB_FAKE_KEYS_H

#include <string.h>

#include "agent/base/code.h"
#include "agent/wire/writer.h"

/* A DER element. What it holds is written into another writer first. */
static inline void fake_der(struct writer *w, uint8_t tag, const void *data, size_t size)
{
	writer_u8(w, tag);
	if (size > 255)
		writer_u8(w, 0x82);
	else if (size > 127)
		writer_u8(w, 0x81);
	if (size > 255)
		writer_u8(w, (uint8_t)(size >> 8));
	writer_u8(w, (uint8_t)size);
	writer_bytes(w, data, size);
}

/* Ends inner and puts it as one element into w. */
static inline void fake_der_of(struct writer *w, uint8_t tag, struct writer *inner)
{
	fake_der(w, tag, writer_view(inner).data, writer_view(inner).size);
	writer_done(inner);
}

static const struct fake_type {
	enum key_type type;
	const char *algorithm; /* its elements */
	size_t algorithm_size;
	size_t size; /* of a point, or a modulus */
} fake_types[] = {
	{KEY_TYPE_RSA, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", 13, 256},
	{KEY_TYPE_P256,
	 "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 19, 65},
	{KEY_TYPE_P384, "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22", 16, 97},
	{KEY_TYPE_P521, "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23", 16,
	 133},
	{KEY_TYPE_ED25519, "\x06\x03\x2b\x65\x70", 5, 32},
};

static inline const struct fake_type *fake_type(enum key_type type)
{
	const struct fake_type *t = fake_types;

	while (t->type != type)
		t++;
	return t;
}

/* The BIT STRING of a key. */
static inline void fake_bits(struct writer *w, const struct fake_type *t, uint8_t byte)
{
	struct writer bits, pair;
	uint8_t raw[257];

	memset(raw, byte, sizeof(raw));
	writer_init(&bits, 4096);
	writer_u8(&bits, 0);
	if (t->type == KEY_TYPE_RSA) {
		raw[0] = 0; /* what follows has its top bit set */
		raw[1] |= 0x80;
		writer_init(&pair, 4096);
		fake_der(&pair, 0x02, raw, t->size + 1);
		fake_der(&pair, 0x02, "\x01\x00\x01", 3);
		fake_der_of(&bits, 0x30, &pair);
	} else {
		if (t->type != KEY_TYPE_ED25519)
			raw[0] = 0x04;
		writer_bytes(&bits, raw, t->size);
	}
	fake_der_of(w, 0x03, &bits);
}

static inline void fake_spki(struct writer *w, enum key_type type, uint8_t byte)
{
	const struct fake_type *t = fake_type(type);
	struct writer body;

	writer_init(&body, 4096);
	fake_der(&body, 0x30, t->algorithm, t->algorithm_size);
	fake_bits(&body, t, byte);
	fake_der_of(w, 0x30, &body);
}

#define FAKE_SERIAL "\x02\x01\x2a"
#define FAKE_ISSUER "\x30\x02is"
#define FAKE_SUBJECT "\x30\x02su"

/* As version 3, or as version 1, which does not say so. Its key is an empty SEQUENCE. */
static inline void fake_certificate(struct writer *w, bool has_version)
{
	struct writer body, tbs;

	writer_init(&tbs, 4096);
	if (has_version)
		writer_bytes(&tbs, "\xa0\x03\x02\x01\x02", 5);
	writer_bytes(&tbs, FAKE_SERIAL, 3);
	writer_bytes(&tbs, "\x30\x00", 2);
	writer_bytes(&tbs, FAKE_ISSUER, 4);
	writer_bytes(&tbs, "\x30\x00", 2);
	writer_bytes(&tbs, FAKE_SUBJECT, 4);
	writer_bytes(&tbs, "\x30\x00", 2);
	writer_init(&body, 4096);
	fake_der_of(&body, 0x30, &tbs);
	writer_bytes(&body, "\x30\x00\x03\x02\x00\x01", 6);
	fake_der_of(w, 0x30, &body);
}

#endif
