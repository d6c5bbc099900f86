/*
 * base/text.c - see text.h
 */
#include "agent/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/base/cleanup.h"
#include "agent/base/clock.h"

/* Reads one character of UTF-8. Returns how many bytes it has, 0 if there is no valid one. */
static size_t utf8_read(const uint8_t *p, size_t left, uint32_t *ret_code)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len;
	uint32_t code;

	if (p[0] < 0x80) {
		*ret_code = p[0];
		return 1;
	}
	len = (p[0] & 0xe0) == 0xc0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : (p[0] & 0xf8) == 0xf0 ? 4 : 0;
	if (len == 0 || len > left)
		return 0;
	code = p[0] & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3fu);
	}
	if (code < smallest[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return len;
}

/* Characters that change how the text around them is shown, and so could forge a record. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x200e && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

bool text_is_clean(const void *data, size_t size, size_t max)
{
	const uint8_t *p = data;
	uint32_t code;
	size_t n;

	if (size == 0 || size > max)
		return false;
	for (size_t at = 0; at < size; at += n) {
		n = utf8_read(p + at, size - at, &code);
		if (n == 0 || is_control(code))
			return false;
	}
	return true;
}

int text_dup(const void *data, size_t size, size_t max, char **ret)
{
	char *copy;

	if (!text_is_clean(data, size, max))
		return -EINVAL;
	copy = strndup(data, size);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

void text_sanitise(const char *text, char *buf, size_t size)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t left = strlen(text), at = 0;
	uint32_t code;

	while (left > 0) {
		bool is_bad;
		size_t n;

		if (*p >= 0x20 && *p < 0x7f && at + 1 < size) { /* nearly always */
			buf[at++] = (char)*p++;
			left--;
			continue;
		}
		n = utf8_read(p, left, &code);
		is_bad = n == 0 || is_control(code);
		if (n == 0)
			n = 1;
		if (at + (is_bad ? 1 : n) >= size)
			break;
		if (is_bad) {
			buf[at++] = '?';
		} else {
			memcpy(buf + at, p, n);
			at += n;
		}
		p += n;
		left -= n;
	}
	buf[at] = '\0';
}

bool text_is_file_name(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > 64 || s[0] == '.' || s[0] == '-')
		return false;
	return strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-") ==
	       len;
}

int text_to_u64(const char *s, uint64_t max, uint64_t *ret)
{
	unsigned long long value;
	char *end;

	if (s[0] < '0' || s[0] > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(s, &end, 10);
	if (*end != '\0')
		return -EINVAL;
	if (errno == ERANGE || value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

int text_to_bool(const char *s, bool *ret)
{
	static const char *const yes[] = {"yes", "true", "on", "1"};
	static const char *const no[] = {"no", "false", "off", "0"};

	for (size_t i = 0; i < array_len(yes); i++) {
		if (strcmp(s, yes[i]) == 0 || strcmp(s, no[i]) == 0) {
			*ret = s[0] == yes[i][0] && s[1] == yes[i][1];
			return 0;
		}
	}
	return -EINVAL;
}

int text_to_usec(const char *s, uint64_t *ret)
{
	static const struct {
		const char *name;
		uint64_t usec;
	} units[] = {
		{"", USEC_PER_SEC},          {"s", USEC_PER_SEC},        {"sec", USEC_PER_SEC},
		{"ms", USEC_PER_MSEC},       {"min", 60 * USEC_PER_SEC}, {"h", 3600 * USEC_PER_SEC},
		{"d", 86400 * USEC_PER_SEC},
	};
	char number[24];
	size_t digits = strspn(s, "0123456789");
	uint64_t value, usec;
	int r;

	if (digits == 0 || digits >= sizeof(number))
		return -EINVAL;
	memcpy(number, s, digits);
	number[digits] = '\0';
	r = text_to_u64(number, UINT64_MAX, &value);
	if (r < 0)
		return r;
	s += digits;
	s += strspn(s, " ");
	for (size_t i = 0; i < array_len(units); i++) {
		if (strcmp(s, units[i].name) != 0)
			continue;
		if (__builtin_mul_overflow(value, units[i].usec, &usec) || usec > INT64_MAX)
			return -ERANGE;
		*ret = usec;
		return 0;
	}
	return -EINVAL;
}

int text_to_time(const char *s, uint64_t *ret)
{
	struct tm tm = {}, back;
	const char *end;
	time_t t;

	end = strptime(s, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (!end || *end != '\0') {
		memset(&tm, 0, sizeof(tm));
		end = strptime(s, "%Y-%m-%d", &tm);
	}
	if (!end || *end != '\0')
		return -EINVAL;
	back = tm;
	t = timegm(&back);
	/* timegm() turns the 31st of February into the 3rd of March: that is not what was meant. */
	if (t < 0 || back.tm_mday != tm.tm_mday || back.tm_mon != tm.tm_mon)
		return -EINVAL;
	*ret = (uint64_t)t * USEC_PER_SEC;
	return 0;
}

void text_time(uint64_t usec, char buf[static TEXT_TIME_SIZE])
{
	time_t seconds = (time_t)(usec / USEC_PER_SEC);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) ||
	    strftime(buf, TEXT_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		buf[0] = '\0';
}

void text_hex(const void *data, size_t size, char *buf)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;

	for (size_t i = 0; i < size; i++) {
		buf[2 * i] = digits[p[i] >> 4];
		buf[2 * i + 1] = digits[p[i] & 15];
	}
	buf[2 * size] = '\0';
}

char *text_format(const char *format, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, format);
	n = vasprintf(&s, format, ap);
	va_end(ap);
	return n < 0 ? NULL : s;
}
