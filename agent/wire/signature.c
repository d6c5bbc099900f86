/*
 * wire/signature.c - see signature.h
 */
#include "agent/wire/signature.h"

#include <assert.h>

#define DER_INTEGER 0x02
#define DER_SEQUENCE 0x30

static bool is_ecdsa(enum key_type type)
{
	return type == KEY_TYPE_P256 || type == KEY_TYPE_P384 || type == KEY_TYPE_P521;
}

static struct view strip_zeroes(struct view v)
{
	while (v.size > 1 && *v.data == 0) {
		v.data++;
		v.size--;
	}
	return v;
}

static void halves(struct view raw, struct view *ret_r, struct view *ret_s)
{
	size_t half = raw.size / 2;

	*ret_r = strip_zeroes((struct view){raw.data, half});
	*ret_s = strip_zeroes((struct view){raw.data + half, half});
}

/* Content bytes of a DER INTEGER: one more if the top bit would make it negative. */
static size_t integer_size(struct view v)
{
	return v.size + (*v.data >> 7);
}

static void write_integer(struct writer *w, struct view v)
{
	writer_u8(w, DER_INTEGER);
	writer_u8(w, (uint8_t)integer_size(v)); /* 67 at most */
	if (integer_size(v) > v.size)
		writer_u8(w, 0);
	writer_bytes(w, v.data, v.size);
}

static void write_der(struct writer *w, struct view raw)
{
	struct view r, s;
	size_t size;

	halves(raw, &r, &s);
	size = 2 + integer_size(r) + 2 + integer_size(s);
	writer_u8(w, DER_SEQUENCE);
	if (size > 127)
		writer_u8(w, 0x81); /* long form, one byte: P-521 has up to 138 */
	writer_u8(w, (uint8_t)size);
	write_integer(w, r);
	write_integer(w, s);
}

void signature_write_plain(struct writer *w, enum key_type type, struct view raw)
{
	assert(raw.size > 0); /* checked where it came in */
	if (is_ecdsa(type))
		write_der(w, raw);
	else
		writer_bytes(w, raw.data, raw.size);
}

static const char *ssh_algorithm(enum key_type type, enum hash hash)
{
	switch (type) {
	case KEY_TYPE_RSA:
		return hash == HASH_SHA512 ? "rsa-sha2-512" : "rsa-sha2-256";
	case KEY_TYPE_P256:
		return "ecdsa-sha2-nistp256";
	case KEY_TYPE_P384:
		return "ecdsa-sha2-nistp384";
	case KEY_TYPE_P521:
		return "ecdsa-sha2-nistp521";
	case KEY_TYPE_ED25519:
		return "ssh-ed25519";
	case KEY_TYPE_NONE:
	case _KEY_TYPE_MAX:
		break;
	}
	return NULL;
}

void signature_write_ssh(struct writer *w, enum key_type type, enum hash hash, struct view raw)
{
	struct view r, s;
	size_t mark;

	assert(raw.size > 0); /* checked where it came in */
	writer_text(w, ssh_algorithm(type, hash));
	if (!is_ecdsa(type)) {
		writer_string(w, raw.data, raw.size);
		return;
	}
	mark = writer_open(w);
	halves(raw, &r, &s);
	writer_mpint(w, r.data, r.size);
	writer_mpint(w, s.data, s.size);
	writer_close(w, mark);
}
