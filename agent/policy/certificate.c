/*
 * policy/certificate.c - see certificate.h
 */
#include "agent/policy/certificate.h"

#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/limits.h"

#define DER_SEQUENCE 0x30

static const char pem_begin[] = "-----BEGIN CERTIFICATE-----";
static const char pem_end[] = "-----END CERTIFICATE-----";
static const char ssh_suffix[] = "-cert-v01@openssh.com";

struct word {
	const char *text;
	size_t size;
};

/* --- X.509 ------------------------------------------------------------------------------------ */

/* Reads the head of a DER SEQUENCE with a length of shortest form that fits into size. */
static bool der_enter_sequence(const uint8_t *der, size_t size, size_t *ret_head, size_t *ret_len)
{
	size_t head = 2, len, n;

	if (size < 2 || der[0] != DER_SEQUENCE)
		return false;
	len = der[1];
	if (len >= 0x80) {
		n = len & 0x7f;
		if (n < 1 || n > 3 || size < 2 + n || der[2] == 0)
			return false;
		len = 0;
		for (size_t i = 0; i < n; i++)
			len = len << 8 | der[2 + i];
		if (len < 0x80)
			return false;
		head += n;
	}
	if (len > size - head)
		return false;
	*ret_head = head;
	*ret_len = len;
	return true;
}

/* A SEQUENCE that is the whole of it and begins with another one, as every certificate does. */
static bool is_certificate(const uint8_t *der, size_t size)
{
	size_t head, len, inner_head, inner_len;

	return der_enter_sequence(der, size, &head, &len) && head + len == size &&
	       der_enter_sequence(der + head, len, &inner_head, &inner_len);
}

static int refuse(char *why, size_t why_size, const char *what)
{
	(void)snprintf(why, why_size, "%s", what); /* cut is good enough */
	return -EINVAL;
}

/* A marker counts only at the start of a line. */
static const char *find_line(const char *data, size_t size, const char *marker)
{
	size_t len = strlen(marker);
	const char *at = data, *end = data + size;

	while ((size_t)(end - at) >= len && (at = memmem(at, (size_t)(end - at), marker, len))) {
		if (at == data || at[-1] == '\n')
			return at;
		at++;
	}
	return NULL;
}

static int decode_base64(const char *text, size_t size, uint8_t **ret, size_t *ret_size)
{
	_cleanup_(freep) uint8_t *der = malloc(size + 1);
	const char *stop;
	size_t len;

	if (!der)
		return -ENOMEM;
	if (sodium_base642bin(der, size + 1, text, size, " \t\r\n", &len, &stop,
			      sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    stop != text + size)
		return -EINVAL;
	*ret = take_ptr(der);
	*ret_size = len;
	return 0;
}

static int decode_pem(const char *begin, size_t size, uint8_t **ret, size_t *ret_size, char *why,
		      size_t why_size)
{
	const char *body = begin + strlen(pem_begin), *end, *limit = begin + size;
	int r;

	end = find_line(begin, size, pem_end);
	if (!end)
		return refuse(why, why_size,
			      "its PEM text has no line '-----END CERTIFICATE-----'");
	if (find_line(end, (size_t)(limit - end), pem_begin))
		return refuse(why, why_size,
			      "it holds several certificates, expected only that of the key");
	r = decode_base64(body, (size_t)(end - body), ret, ret_size);
	return r == -EINVAL ? refuse(why, why_size, "its PEM text is not valid base64") : r;
}

static int copy(const char *data, size_t size, uint8_t **ret, size_t *ret_size)
{
	uint8_t *der = malloc(size + 1);

	if (!der)
		return -ENOMEM;
	memcpy(der, data, size);
	*ret = der;
	*ret_size = size;
	return 0;
}

static int decode_x509(const char *data, size_t size, uint8_t **ret, size_t *ret_size, char *why,
		       size_t why_size)
{
	_cleanup_(freep) uint8_t *der = NULL;
	const char *begin;
	size_t der_size;
	int r;

	begin = find_line(data, size, pem_begin);
	if (begin)
		r = decode_pem(begin, size - (size_t)(begin - data), &der, &der_size, why,
			       why_size);
	else
		r = copy(data, size, &der, &der_size);
	if (r < 0)
		return r;
	if (!is_certificate(der, der_size))
		return refuse(why, why_size,
			      "it holds no certificate, neither X.509 (PEM or DER) nor OpenSSH");
	*ret = take_ptr(der);
	*ret_size = der_size;
	return 0;
}

/* --- OpenSSH: TYPE BASE64 COMMENT ------------------------------------------------------------- */

/* Cuts what stands before the next space or end of line off *text. */
static struct word next_word(const char **text, const char *end)
{
	struct word w = {.text = *text};

	while (w.text < end && *w.text == ' ')
		w.text++;
	while (w.text + w.size < end && !strchr(" \t\r\n", w.text[w.size]))
		w.size++;
	*text = w.text + w.size;
	return w;
}

static bool is_blank(const char *text, const char *end)
{
	while (text < end && (*text == '\r' || *text == '\n'))
		text++;
	return text == end;
}

static bool is_ssh(struct word type)
{
	size_t len = strlen(ssh_suffix);

	return type.size > len && memcmp(type.text + type.size - len, ssh_suffix, len) == 0;
}

/* The blob begins with its type, as a string. */
static bool has_type(const uint8_t *blob, size_t size, struct word type)
{
	return size > 4 + type.size && blob[0] == 0 && blob[1] == 0 &&
	       (size_t)(blob[2] << 8 | blob[3]) == type.size &&
	       memcmp(blob + 4, type.text, type.size) == 0;
}

static int decode_ssh(struct word type, const char *rest, const char *end, uint8_t **ret,
		      size_t *ret_size, char *why, size_t why_size)
{
	_cleanup_(freep) uint8_t *blob = NULL;
	const char *line_end;
	struct word base64;
	size_t size;
	int r;

	base64 = next_word(&rest, end);
	line_end = memchr(rest, '\n', (size_t)(end - rest));
	if (line_end && !is_blank(line_end, end))
		return refuse(why, why_size,
			      "more stands behind its line, expected one certificate alone");
	r = decode_base64(base64.text, base64.size, &blob, &size);
	if (r == -EINVAL || (r == 0 && !has_type(blob, size, type)))
		return refuse(why, why_size, "it begins like an OpenSSH certificate and is none");
	if (r < 0)
		return r;
	*ret = take_ptr(blob);
	*ret_size = size;
	return 0;
}

int certificate_decode(const char *data, size_t size, struct certificate *ret, char *why,
		       size_t why_size)
{
	struct certificate c = {.kind = CERTIFICATE_X509};
	const char *rest = data;
	struct word type;
	int r;

	if (size == 0)
		return refuse(why, why_size, "it is empty");
	type = next_word(&rest, data + size);
	if (is_ssh(type)) {
		c.kind = CERTIFICATE_SSH;
		r = decode_ssh(type, rest, data + size, &c.data, &c.size, why, why_size);
	} else {
		r = decode_x509(data, size, &c.data, &c.size, why, why_size);
	}
	if (r < 0)
		return r;
	if (c.size > CERTIFICATE_MAX) {
		free(c.data);
		return refuse(why, why_size, "its certificate is larger than 16 KiB");
	}
	*ret = c;
	return 0;
}
