/*
 * gpg-agent/assuan.c - see assuan.h
 */
#include "client/gpg-agent/assuan.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client/gpg-agent/share.h"

/* --- commands --------------------------------------------------------------------------------- */

bool assuan_parse(const char *line, size_t size, struct assuan_command *ret)
{
	char *at = ret->text, *word, *rest;

	if (size >= sizeof(ret->text) || memchr(line, '\0', size))
		return false;
	memcpy(at, line, size);
	at[size] = '\0';
	ret->verb = strtok_r(at, " \t", &rest);
	ret->n_words = 0;
	ret->has_more = false;
	if (!ret->verb)
		return false;
	while ((word = strtok_r(NULL, " \t", &rest))) {
		if (ret->n_words == ASSUAN_WORDS_MAX) {
			ret->has_more = true;
			return true;
		}
		ret->words[ret->n_words++] = word;
	}
	return true;
}

bool assuan_is(const char *line, size_t size, const char *verb)
{
	size_t n = strlen(verb);

	return size >= n && strncasecmp(line, verb, n) == 0 && (size == n || line[n] == ' ');
}

size_t assuan_first_operand(const struct assuan_command *c)
{
	for (size_t i = 0; i < c->n_words; i++) {
		if (strcmp(c->words[i], "--") == 0)
			return i + 1;
		if (strncmp(c->words[i], "--", 2) != 0)
			return i;
	}
	return c->n_words;
}

static const char *find_option(const struct assuan_command *c, const char *option)
{
	size_t end = assuan_first_operand(c), n = strlen(option);

	for (size_t i = 0; i < end; i++)
		if (strncmp(c->words[i], option, n) == 0 && strchr("=", c->words[i][n]))
			return c->words[i] + n;
	return NULL;
}

bool assuan_has_option(const struct assuan_command *c, const char *option)
{
	return find_option(c, option) != NULL;
}

const char *assuan_option_value(const struct assuan_command *c, const char *option)
{
	const char *value = find_option(c, option);

	return value && *value ? value + 1 : NULL;
}

/* --- what commands carry ---------------------------------------------------------------------- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool parse_byte(const char *text, uint8_t *ret)
{
	int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

	if (low < 0)
		return false;
	*ret = (uint8_t)(high << 4 | low);
	return true;
}

/* Exactly as many bytes as there is room for. */
static bool parse_bytes(const char *word, uint8_t *ret, size_t size)
{
	if (strlen(word) != 2 * size)
		return false;
	for (size_t i = 0; i < size; i++)
		if (!parse_byte(word + 2 * i, &ret[i]))
			return false;
	return true;
}

bool assuan_parse_grip(const char *word, uint8_t ret[GRIP_SIZE])
{
	return parse_bytes(word, ret, GRIP_SIZE);
}

/* clang-format off */
static const struct hash {
	const char *number; /* of libgcrypt */
	const char *name;
	enum signet_hash hash;
	size_t size;
} hashes[] = {
	{"8",  "sha256", SIGNET_SHA256, 32},
	{"9",  "sha384", SIGNET_SHA384, 48},
	{"10", "sha512", SIGNET_SHA512, 64},
};
/* clang-format on */

static const struct hash *find_hash(const char *name, const char *number)
{
	for (size_t i = 0; i < array_len(hashes); i++)
		if (strcmp(name ? name : number, name ? hashes[i].name : hashes[i].number) == 0)
			return &hashes[i];
	return NULL;
}

gpg_err_code_t assuan_parse_hash(const struct assuan_command *c, enum signet_hash *ret_hash,
				 uint8_t ret_digest[static ASSUAN_DIGEST_MAX], size_t *ret_size)
{
	const char *name = assuan_option_value(c, "--hash");
	size_t at = assuan_first_operand(c), n = name ? 1 : 2;
	const struct hash *hash;

	if (assuan_has_option(c, "--inquire") || assuan_has_option(c, "--pss"))
		return GPG_ERR_NOT_SUPPORTED;
	if (c->n_words - at != n)
		return GPG_ERR_ASS_PARAMETER;
	hash = find_hash(name, c->words[at]);
	if (!hash)
		return GPG_ERR_UNSUPPORTED_ALGORITHM;
	if (!parse_bytes(c->words[at + n - 1], ret_digest, hash->size))
		return GPG_ERR_ASS_PARAMETER;
	*ret_hash = hash->hash;
	*ret_size = hash->size;
	return 0;
}

/* '+' is a blank and %XX a byte. Returns the length; 0 if that is no clean text. */
static size_t unescape(const char *word, char *ret, size_t max)
{
	size_t n = 0;

	while (*word) {
		uint8_t c = (uint8_t)*word;

		if (n == max)
			return 0;
		if (*word == '%') {
			if (!parse_byte(word + 1, &c))
				return 0;
			word += 2;
		}
		ret[n++] = *word == '+' ? ' ' : (char)c;
		word++;
	}
	return n;
}

void assuan_parse_label(const char *word, char ret[static SIGNET_LABEL_MAX + 1])
{
	char text[ASSUAN_LINE_MAX];
	size_t n = unescape(word, text, sizeof(text));
	const char *begin = memchr(text, '"', n), *end = memrchr(text, '"', n);

	ret[0] = '\0';
	if (!begin || end - begin < 2 || end - begin - 1 > (long)SIGNET_LABEL_MAX)
		return;
	for (const char *p = begin + 1; p < end; p++)
		*ret++ = (uint8_t)*p < 0x20 || (uint8_t)*p >= 0x7f ? '?' : *p;
	*ret = '\0';
}

/* --- answers ---------------------------------------------------------------------------------- */

size_t assuan_data(const uint8_t **data, size_t *size, char ret[static ASSUAN_LINE_MAX])
{
	size_t n = 2;

	memcpy(ret, "D ", 2);
	/* Three for the longest form of a byte, two for CR and LF, of which a client may count both. */
	while (*size > 0 && n + 3 < ASSUAN_LINE_MAX - 1) {
		uint8_t c = *(*data)++;

		(*size)--;
		if (c == '%' || c == '\r' || c == '\n')
			n += (size_t)snprintf(ret + n, 4, "%%%02X", c);
		else
			ret[n++] = (char)c;
	}
	return n;
}

size_t assuan_error(gpg_err_code_t code, const char *sentence, char ret[static ASSUAN_LINE_MAX])
{
	gpg_error_t error = gpg_err_make(GPG_ERR_SOURCE_GPGAGENT, code);
	int n = snprintf(ret, ASSUAN_LINE_MAX - 1, "ERR %u %s <%s>%s%s", error, gpg_strerror(error),
			 gpg_strsource(error), sentence ? " - " : "", sentence ? sentence : "");

	if (n < 0)
		return 0;
	return n < ASSUAN_LINE_MAX - 1 ? (size_t)n : ASSUAN_LINE_MAX - 2;
}

gpg_err_code_t assuan_error_code(const char *line, size_t size)
{
	gpg_error_t error = 0;

	for (size_t i = strlen("ERR "); i < size && line[i] >= '0' && line[i] <= '9'; i++)
		if (__builtin_mul_overflow(error, 10u, &error) ||
		    __builtin_add_overflow(error, (unsigned)(line[i] - '0'), &error))
			return GPG_ERR_GENERAL;
	return gpg_err_code(error) ? gpg_err_code(error) : GPG_ERR_GENERAL;
}
