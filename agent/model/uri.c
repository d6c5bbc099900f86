/*
 * model/uri.c - see uri.h
 */
#include "agent/model/uri.h"

#include <errno.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/text.h"

#define SCHEME "pkcs11:"

/*
 * The attributes that may stand in a URI. Slots and libraries are not among them: their names
 * and numbers change when a reader is plugged in somewhere else or a package is updated.
 */
enum attribute {
	ATTRIBUTE_TOKEN,
	ATTRIBUTE_SERIAL,
	ATTRIBUTE_MANUFACTURER,
	ATTRIBUTE_MODEL,
	ATTRIBUTE_OBJECT,
	ATTRIBUTE_ID,
	ATTRIBUTE_TYPE,
	_ATTRIBUTE_MAX,
};

static const struct {
	const char *name;
	bool is_of_key; /* names an object, not a token */
} attributes[_ATTRIBUTE_MAX] = {
	[ATTRIBUTE_TOKEN] = {"token", false},
	[ATTRIBUTE_SERIAL] = {"serial", false},
	[ATTRIBUTE_MANUFACTURER] = {"manufacturer", false},
	[ATTRIBUTE_MODEL] = {"model", false},
	[ATTRIBUTE_OBJECT] = {"object", true},
	[ATTRIBUTE_ID] = {"id", true},
	[ATTRIBUTE_TYPE] = {"type", true},
};

struct why {
	char *text;
	size_t size;
};

static int refuse(const struct why *why, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int refuse(const struct why *why, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(why->text, why->size, format, ap); /* cut is good enough */
	va_end(ap);
	return -EINVAL;
}

static void parser_freep(P11KitUri **p)
{
	p11_kit_uri_free(*p);
}

/* --- before p11-kit sees it: what it would silently accept, ignore or overwrite -------------------- */

static enum attribute attribute_of(const char *name, size_t len)
{
	enum attribute a;

	for (a = 0; a < _ATTRIBUTE_MAX; a++)
		if (strlen(attributes[a].name) == len && memcmp(attributes[a].name, name, len) == 0)
			break;
	return a;
}

static int scan_attribute(const char *at, size_t len, enum uri_kind kind, unsigned *seen,
			  const struct why *why)
{
	const char *equals = memchr(at, '=', len);
	size_t name = equals ? (size_t)(equals - at) : len;
	enum attribute a;

	if (!equals || name == 0)
		return refuse(why, "expected NAME=VALUE in the URI, found '%.*s'", (int)len, at);
	if (name + 1 == len)
		return refuse(why, "'%.*s=' in the URI has no value", (int)name, at);
	a = attribute_of(at, name);
	if (a == _ATTRIBUTE_MAX)
		return refuse(why, "'%.*s=' is not known or not allowed in the URI", (int)name, at);
	if (*seen & 1u << a)
		return refuse(why, "'%s=' stands twice in the URI", attributes[a].name);
	if (kind == URI_TOKEN && attributes[a].is_of_key)
		return refuse(why, "'%s=' names a key, but the URI of a token is expected",
			      attributes[a].name);
	*seen |= 1u << a;
	return 0;
}

static int scan(const char *text, enum uri_kind kind, const struct why *why)
{
	const unsigned token = 1u << ATTRIBUTE_TOKEN | 1u << ATTRIBUTE_SERIAL;
	const unsigned key = 1u << ATTRIBUTE_OBJECT | 1u << ATTRIBUTE_ID;
	unsigned seen = 0;
	int r;

	if (!text_is_clean(text, strlen(text), CONFIG_FILE_MAX) || strchr(text, ' '))
		return refuse(why, "the URI contains spaces or control characters");
	if (strncmp(text, SCHEME, strlen(SCHEME)) != 0)
		return refuse(why, "expected a URI that starts with '" SCHEME "'");
	text += strlen(SCHEME);
	if (strpbrk(text, "?#"))
		return refuse(why, "module paths, PINs and other queries ('?') are not taken from "
				   "a URI");
	for (;;) {
		size_t len = strcspn(text, ";");

		r = scan_attribute(text, len, kind, &seen, why);
		if (r < 0)
			return r;
		if (text[len] == '\0')
			break;
		text += len + 1;
	}
	if ((seen & token) == 0)
		return refuse(why, "the URI names neither 'token=' nor 'serial='");
	if (kind == URI_KEY && (seen & key) == 0)
		return refuse(why, "the URI names neither 'object=' nor 'id='");
	return 0;
}

/* --- after it ------------------------------------------------------------------------------------ */

/* A field of CK_TOKEN_INFO: padded with spaces, zeroes if the URI does not name it. */
static int take_padded(const CK_UTF8CHAR *field, size_t size, const char *name, char **ret,
		       const struct why *why)
{
	int r;

	if (field[0] == '\0')
		return 0;
	while (size > 0 && field[size - 1] == ' ')
		size--;
	r = text_dup(field, size, size, ret);
	return r == -EINVAL ? refuse(why, "'%s=' in the URI is not text", name) : r;
}

static int take_object(P11KitUri *p, struct uri *u, const struct why *why)
{
	const CK_ATTRIBUTE *label = p11_kit_uri_get_attribute(p, CKA_LABEL);
	const CK_ATTRIBUTE *id = p11_kit_uri_get_attribute(p, CKA_ID);
	const CK_ATTRIBUTE *class = p11_kit_uri_get_attribute(p, CKA_CLASS);
	const CK_OBJECT_CLASS private = CKO_PRIVATE_KEY;
	int r;

	if (class && (class->ulValueLen != sizeof(private) ||
		      memcmp(class->pValue, &private, sizeof(private)) != 0))
		return refuse(why, "'type=' in the URI of a key can only be 'private'");
	if (label) {
		r = text_dup(label->pValue, label->ulValueLen, NAME_MAX_LEN, &u->object);
		if (r < 0)
			return r == -EINVAL ? refuse(why,
						     "'object=' in the URI is not text of at "
						     "most %u bytes",
						     NAME_MAX_LEN)
					    : r;
	}
	if (id && (id->ulValueLen == 0 || id->ulValueLen > CKA_ID_MAX))
		return refuse(why, "'id=' in the URI is longer than %u bytes", CKA_ID_MAX);
	if (id) {
		memcpy(u->id, id->pValue, id->ulValueLen);
		u->id_size = id->ulValueLen;
	}
	return 0;
}

static int take(P11KitUri *p, struct uri *u, const struct why *why)
{
	const CK_TOKEN_INFO *t = p11_kit_uri_get_token_info(p);
	int r;

	r = take_padded(t->label, sizeof(t->label), "token", &u->token, why);
	if (r == 0)
		r = take_padded(t->serialNumber, sizeof(t->serialNumber), "serial", &u->serial,
				why);
	if (r == 0)
		r = take_padded(t->manufacturerID, sizeof(t->manufacturerID), "manufacturer",
				&u->manufacturer, why);
	if (r == 0)
		r = take_padded(t->model, sizeof(t->model), "model", &u->model, why);
	if (r == 0)
		r = take_object(p, u, why);
	return r;
}

int uri_parse(const char *text, enum uri_kind kind, struct uri *ret, char *why_text,
	      size_t why_size)
{
	const struct why why = {.text = why_text, .size = why_size};
	_cleanup_(parser_freep) P11KitUri *p = NULL;
	struct uri u = {};
	int r;

	r = scan(text, kind, &why);
	if (r < 0)
		return r;
	p = p11_kit_uri_new();
	if (!p)
		return -ENOMEM;
	r = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, p);
	if (r == P11_KIT_URI_NO_MEMORY)
		return -ENOMEM;
	/* What it does not recognise it would take for "any". */
	if (r != P11_KIT_URI_OK || p11_kit_uri_any_unrecognized(p))
		return refuse(&why, "the URI is not of RFC 7512, or a value in it is too long");
	r = take(p, &u, &why);
	if (r < 0) {
		uri_done(&u);
		return r;
	}
	*ret = u;
	return 0;
}

void uri_done(struct uri *u)
{
	free(u->token);
	free(u->serial);
	free(u->manufacturer);
	free(u->model);
	free(u->object);
	*u = (struct uri){};
}

static bool is_same(const char *wanted, const char *found)
{
	return !wanted || strcmp(wanted, found) == 0;
}

bool uri_matches_object(const struct uri *u, const char *label, const uint8_t *id, size_t id_size)
{
	if (!is_same(u->object, label))
		return false;
	return u->id_size == 0 || (u->id_size == id_size && memcmp(u->id, id, id_size) == 0);
}

bool uri_matches_token(const struct uri *u, const char *label, const char *serial)
{
	return is_same(u->token, label) && is_same(u->serial, serial);
}
