/*
 * pkcs11/der.c - see der.h
 */
#include "client/pkcs11/der.h"

#include <string.h>

/* Nothing that an agent sends is longer than what two bytes of length can say. */
#define LENGTH_BYTES_MAX 2u

static struct octets skip(struct octets o, size_t n)
{
	return (struct octets){o.data + n, o.size - n};
}

/* The length behind the tag, and how many bytes tag and length take. */
static bool read_length(struct octets der, size_t *ret_front, size_t *ret)
{
	size_t n, length = 0;

	if (der.size < 2)
		return false;
	if (der.data[1] < 0x80) {
		*ret_front = 2;
		*ret = der.data[1];
		return true;
	}
	n = der.data[1] & 0x7f;
	if (n == 0 || n > LENGTH_BYTES_MAX || der.size - 2 < n)
		return false;
	for (size_t i = 0; i < n; i++)
		length = length << 8 | der.data[2 + i];
	if (length < 0x80 || (n > 1 && length < 0x100))
		return false; /* not the shortest form */
	*ret_front = 2 + n;
	*ret = length;
	return true;
}

static bool split(struct octets *der, enum der_tag tag, struct octets *ret_whole,
		  struct octets *ret_content)
{
	size_t front, length;

	if (!read_length(*der, &front, &length) || der->data[0] != tag)
		return false;
	if (length > der->size - front)
		return false;
	*ret_whole = (struct octets){der->data, front + length};
	*ret_content = (struct octets){der->data + front, length};
	*der = skip(*der, front + length);
	return true;
}

bool der_next(struct octets *der, enum der_tag tag, struct octets *ret)
{
	struct octets whole;

	return split(der, tag, &whole, ret);
}

bool der_next_whole(struct octets *der, enum der_tag tag, struct octets *ret)
{
	struct octets content;

	return split(der, tag, ret, &content);
}

bool der_next_positive(struct octets *der, struct octets *ret)
{
	struct octets o;

	if (!der_next(der, DER_INTEGER, &o) || o.size == 0 || o.data[0] >= 0x80)
		return false;
	if (o.data[0] == 0) {
		if (o.size == 1 || o.data[1] < 0x80)
			return false; /* 0, or a zero that is not needed */
		o = skip(o, 1);
	}
	*ret = o;
	return true;
}

bool der_next_bits(struct octets *der, struct octets *ret)
{
	struct octets o;

	if (!der_next(der, DER_BIT_STRING, &o) || o.size < 2 || o.data[0] != 0)
		return false;
	*ret = skip(o, 1);
	return true;
}

static bool take_half(struct octets *der, uint8_t *ret, size_t half)
{
	struct octets o;

	if (!der_next_positive(der, &o) || o.size > half)
		return false;
	memset(ret, 0, half - o.size);
	memcpy(ret + half - o.size, o.data, o.size);
	return true;
}

bool der_read_ecdsa(struct octets der, uint8_t *ret, size_t half)
{
	struct octets pair;

	return der_next(&der, DER_SEQUENCE, &pair) && der.size == 0 &&
	       take_half(&pair, ret, half) && take_half(&pair, ret + half, half) && pair.size == 0;
}
