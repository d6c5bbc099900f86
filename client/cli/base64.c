/*
 * cli/base64.c - see base64.h
 */
#include "client/cli/base64.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

char *base64_encode(const void *data, size_t size, bool is_url)
{
	char *text;
	int n;

	if (size > INT_MAX / 2)
		return NULL;
	text = malloc(size / 3 * 4 + 5);
	if (!text)
		return NULL;
	n = EVP_EncodeBlock((unsigned char *)text, data, (int)size);
	for (int i = 0; is_url && i < n; i++) {
		if (text[i] == '+')
			text[i] = '-';
		else if (text[i] == '/')
			text[i] = '_';
		else if (text[i] == '=')
			text[i] = '\0';
	}
	return text;
}

/* As libcrypto wants it: whole fours, the usual letters. *ret_padding: how many '='. */
static char *normalise(const char *text, size_t size, bool is_url, size_t *ret_size,
		       size_t *ret_padding)
{
	size_t whole = (size + 3) / 4 * 4, padding = 0;
	char *copy = malloc(whole + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, size);
	memset(copy + size, '=', whole - size);
	for (size_t i = 0; is_url && i < size; i++)
		copy[i] = copy[i] == '-' ? '+' : copy[i] == '_' ? '/' : copy[i];
	while (padding < whole && copy[whole - 1 - padding] == '=')
		padding++;
	*ret_size = whole;
	*ret_padding = padding;
	return copy;
}

/* libcrypto skips white space, which does not belong here. */
static bool is_clean(const char *text, size_t size, bool is_url)
{
	const char *more = is_url ? "-_" : "+/";

	for (unsigned i = 0; !is_url && i < 2 && size > 0 && text[size - 1] == '='; i++)
		size--; /* padding, only at the end */
	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      (c != '\0' && strchr(more, c))))
			return false;
	}
	return true;
}

uint8_t *base64_decode(const char *text, size_t size, bool is_url, size_t *ret_size)
{
	_cleanup_(freep) char *copy = NULL;
	size_t whole, padding;
	uint8_t *data;
	int n;

	if (size > INT_MAX / 2 || (!is_url && size % 4 != 0) || !is_clean(text, size, is_url))
		return NULL;
	copy = normalise(text, size, is_url, &whole, &padding);
	data = malloc(whole / 4 * 3 + 1);
	n = copy && data && padding <= 2
		    ? EVP_DecodeBlock(data, (const unsigned char *)copy, (int)whole)
		    : -1;
	if (n < 0 || (size_t)n < padding) {
		free(data);
		return NULL;
	}
	*ret_size = (size_t)n - padding;
	return data;
}
