/*
 * provider/keyname.c - see keyname.h
 */
#include "client/provider/keyname.h"

#include <string.h>
#include <strings.h>

static const char scheme[] = "signet:";

/* -1: no hexadecimal digit. */
static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One byte of the name; moves on behind it. NUL: it is no proper byte, and *ret_why says why. */
static char decode_byte(const char **at, const char **ret_why)
{
	int high, low;
	char c = *(*at)++;

	if (c == '?' || c == '#') {
		*ret_why = "'?' and '#' in a name are written %3F and %23";
		return '\0';
	}
	if (c == '%') {
		high = digit((*at)[0]);
		low = high < 0 ? -1 : digit((*at)[1]);
		if (low < 0) {
			*ret_why = "'%' is followed by two hexadecimal digits";
			return '\0';
		}
		c = (char)(high << 4 | low);
		*at += 2;
	}
	if ((unsigned char)c >= 0x20 && c != 0x7f)
		return c;
	*ret_why = "names have no control characters";
	return '\0';
}

const char *keyname_decode(const char *uri, char ret[static SIGNET_NAME_MAX + 1])
{
	char name[SIGNET_NAME_MAX + 1];
	const char *why = NULL;
	size_t n = 0;

	if (strncasecmp(uri, scheme, strlen(scheme)) != 0)
		return "it does not begin with 'signet:'";
	uri += strlen(scheme);
	if (strncmp(uri, "//", 2) == 0)
		uri += 2; /* so written, libcrypto looks for no file of that name */
	while (*uri) {
		if (n == SIGNET_NAME_MAX)
			return "the name is longer than 128 bytes";
		name[n] = decode_byte(&uri, &why);
		if (name[n++] == '\0')
			return why;
	}
	name[n] = '\0';
	memcpy(ret, name, n + 1);
	return NULL;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-._~/:@+", c));
}

bool keyname_encode(const char *name, char ret[static KEYNAME_URI_MAX])
{
	static const char digits[] = "0123456789ABCDEF";
	char *to = ret + strlen(scheme);
	const char *first = name;

	if (strlen(name) > SIGNET_NAME_MAX)
		return false;
	memcpy(ret, scheme, strlen(scheme));
	for (; *name; name++) {
		if (is_plain(*name) && (*name != '/' || name > first)) {
			*to++ = *name;
			continue;
		}
		*to++ = '%';
		*to++ = digits[(unsigned char)*name >> 4];
		*to++ = digits[(unsigned char)*name & 15];
	}
	*to = '\0';
	return true;
}
