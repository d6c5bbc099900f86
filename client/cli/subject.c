/*
 * cli/subject.c - see subject.h
 */
#include "client/cli/subject.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <string.h>
#include <strings.h>

#define PARTS_MAX 32

static const struct {
	const char *name;
	int nid;
} types[] = {
	{"C", NID_countryName},
	{"ST", NID_stateOrProvinceName},
	{"L", NID_localityName},
	{"STREET", NID_streetAddress},
	{"O", NID_organizationName},
	{"OU", NID_organizationalUnitName},
	{"CN", NID_commonName},
	{"DC", NID_domainComponent},
	{"UID", NID_userId},
	{"serialNumber", NID_serialNumber},
	{"emailAddress", NID_pkcs9_emailAddress},
	{"organizationIdentifier", NID_organizationIdentifier},
};

/* One TYPE=VALUE. */
struct part {
	const char *type;
	int nid;
	char *value;    /* owned */
	bool is_joined; /* by a '+' to the one before */
};

struct name {
	struct part parts[PARTS_MAX];
	size_t n;
};

static void name_done(struct name *name)
{
	while (name->n > 0)
		free(name->parts[--name->n].value);
}

/* --- reading ---------------------------------------------------------------------------------- */

static enum exit_code refuse(const char *why, const char *what)
{
	complain("--subject: %s '%s'", why, what);
	return EXIT_USAGE;
}

static enum exit_code read_type(const char **at, struct part *part)
{
	size_t len = strcspn(*at, "=");

	for (size_t i = 0; i < array_len(types) && (*at)[len] == '='; i++) {
		if (strlen(types[i].name) != len || strncasecmp(types[i].name, *at, len) != 0)
			continue;
		part->type = types[i].name;
		part->nid = types[i].nid;
		*at += len + 1;
		return EXIT_DONE;
	}
	return refuse("expected TYPE=VALUE with one of C ST L STREET O OU CN DC UID serialNumber "
		      "emailAddress organizationIdentifier, found",
		      *at);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What stands behind a backslash; false: nothing that may. */
static bool read_escape(const char **at, char *ret)
{
	const char *s = *at;
	int high = hex_digit(s[0]), low = high < 0 ? -1 : hex_digit(s[1]);

	if (low >= 0)
		*ret = (char)(high * 16 + low);
	else if (s[0] != '\0' && strchr(" \"#+,;<=>\\/", s[0]))
		*ret = s[0];
	else
		return false;
	*at += low >= 0 ? 2 : 1;
	return true;
}

/* RFC 4514 wants these behind a backslash. */
static bool is_bare(const char *start, const char *at)
{
	bool is_end = at[1] == '\0' || at[1] == ',' || at[1] == '+';

	if (*at == ' ')
		return at != start && !is_end;
	return !strchr("\";<>", *at) && (*at != '#' || at != start);
}

/* Up to a separator, which stays. */
static enum exit_code read_value(const char **at, char separator, struct part *part)
{
	const char *start = *at, *s = start;
	size_t n = 0;

	part->value = malloc(strlen(s) + 1);
	if (!part->value) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	while (*s != '\0' && *s != separator && *s != '+') {
		char c = *s;

		if (separator == ',' && !is_bare(start, s))
			return refuse("a backslash is missing before", s);
		s++;
		if (c == '\\' && !read_escape(&s, &c))
			return refuse("a backslash stands before", s);
		if ((unsigned char)c < 0x20 || c == 0x7f)
			return refuse("a control character is in the value of", part->type);
		part->value[n++] = c;
	}
	part->value[n] = '\0';
	*at = s;
	return n > 0 ? EXIT_DONE : refuse("there is no value for", part->type);
}

static enum exit_code read_name(const char *text, char separator, struct name *name)
{
	const char *at = text;
	bool is_joined = false;
	enum exit_code e;

	for (;;) {
		struct part *part = &name->parts[name->n];

		if (name->n == PARTS_MAX)
			return refuse("there are too many parts in", text);
		*part = (struct part){.is_joined = is_joined};
		name->n++;
		e = read_type(&at, part);
		if (e == EXIT_DONE)
			e = read_value(&at, separator, part);
		if (e != EXIT_DONE || *at == '\0')
			return e;
		is_joined = *at++ == '+';
		while (separator == ',' && *at == ' ')
			at++;
	}
}

/* --- writing ---------------------------------------------------------------------------------- */

static enum exit_code fail(void)
{
	ERR_clear_error();
	complain("out of memory");
	return EXIT_AGAIN;
}

static enum exit_code put(X509_NAME *to, const struct part *part, bool is_joined)
{
	unsigned long error;

	if (X509_NAME_add_entry_by_NID(to, part->nid, MBSTRING_UTF8,
				       (const unsigned char *)part->value, -1, -1,
				       is_joined ? -1 : 0) == 1)
		return EXIT_DONE;
	error = ERR_peek_error();
	if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
		return fail();
	complain("--subject: '%s' cannot be the %s of a certificate: %s", part->value, part->type,
		 ERR_reason_error_string(error));
	ERR_clear_error();
	return EXIT_USAGE;
}

/* In the order in which they are read, or from the last one, with its joined ones, to the first. */
static enum exit_code put_all(X509_NAME *to, const struct name *name, bool is_backward)
{
	enum exit_code e = EXIT_DONE;
	size_t end = name->n, first;

	for (size_t i = 0; i < name->n && !is_backward && e == EXIT_DONE; i++)
		e = put(to, &name->parts[i], name->parts[i].is_joined);
	for (; is_backward && end > 0 && e == EXIT_DONE; end = first) {
		first = end - 1;
		while (name->parts[first].is_joined)
			first--;
		for (size_t i = first; i < end && e == EXIT_DONE; i++)
			e = put(to, &name->parts[i], i > first);
	}
	return e;
}

enum exit_code subject_parse(const char *text, X509_NAME **ret)
{
	_cleanup_(name_done) struct name name = {};
	bool is_openssl = text[0] == '/';
	X509_NAME *made;
	enum exit_code e;

	e = read_name(is_openssl ? text + 1 : text, is_openssl ? '/' : ',', &name);
	if (e != EXIT_DONE)
		return e;
	made = X509_NAME_new();
	e = made ? put_all(made, &name, !is_openssl) : fail();
	if (e == EXIT_DONE)
		*ret = made;
	else
		X509_NAME_free(made);
	return e;
}

enum exit_code subject_plain(const char *common_name, X509_NAME **ret)
{
	const struct part part = {"CN", NID_commonName, (char *)common_name, false};
	X509_NAME *made = X509_NAME_new();
	enum exit_code e = made ? put(made, &part, false) : fail();

	if (e == EXIT_DONE)
		*ret = made;
	else
		X509_NAME_free(made);
	return e;
}
