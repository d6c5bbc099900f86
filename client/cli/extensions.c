/*
 * cli/extensions.c - see extensions.h
 *
 * Names and uses are read here, not by libcrypto: what it takes for an extension is a language of
 * its own, in which files can be named.
 */
#include "client/cli/extensions.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <string.h>

/* Bits of the key usage (RFC 5280, 4.2.1.3). */
#define DIGITAL_SIGNATURE 0
#define KEY_CERT_SIGN 5
#define CRL_SIGN 6

static enum exit_code fail(void)
{
	ERR_clear_error();
	complain("the extensions cannot be made: out of memory");
	return EXIT_AGAIN;
}

/* value stays the caller's. */
static enum exit_code add(X509_EXTENSIONS *to, int nid, bool is_critical, void *value)
{
	X509_EXTENSION *made = value ? X509V3_EXT_i2d(nid, is_critical, value) : NULL;

	if (made && sk_X509_EXTENSION_push(to, made) > 0)
		return EXIT_DONE;
	X509_EXTENSION_free(made);
	return fail();
}

/* --- what is always there ------------------------------------------------------------------------ */

static enum exit_code add_constraints(X509_EXTENSIONS *to, bool is_authority)
{
	BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();
	enum exit_code e;

	if (constraints)
		constraints->ca = is_authority ? 0xff : 0;
	e = add(to, NID_basic_constraints, true, constraints);
	BASIC_CONSTRAINTS_free(constraints);
	return e;
}

static enum exit_code add_usage(X509_EXTENSIONS *to, bool is_authority)
{
	ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
	bool is_set = bits && ASN1_BIT_STRING_set_bit(bits, DIGITAL_SIGNATURE, !is_authority) == 1;
	enum exit_code e;

	if (is_set && is_authority)
		is_set = ASN1_BIT_STRING_set_bit(bits, KEY_CERT_SIGN, 1) == 1 &&
			 ASN1_BIT_STRING_set_bit(bits, CRL_SIGN, 1) == 1;
	e = is_set ? add(to, NID_key_usage, true, bits) : fail();
	ASN1_BIT_STRING_free(bits);
	return e;
}

/* --- names --------------------------------------------------------------------------------------- */

static bool is_made_of(const char *s, const char *more)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	for (; *s != '\0'; s++)
		if (!strchr(letters, *s) && !strchr(more, *s))
			return false;
	return true;
}

static bool is_host(const char *s)
{
	return *s != '\0' && *s != '.' && *s != '-' && !strstr(s, "..") && is_made_of(s, ".-_");
}

/* Or all hosts of a domain. */
static bool is_host_or_all(const char *s)
{
	return is_host(strncmp(s, "*.", 2) == 0 ? s + 2 : s);
}

static bool is_email(const char *s)
{
	const char *at = strchr(s, '@');

	return at && at != s && is_host(at + 1) && is_made_of(s, "!#$%&'*+-/=?^_`{|}~.@");
}

static bool is_uri(const char *s)
{
	const char *colon = strchr(s, ':');

	return colon && colon != s && colon[1] != '\0' && is_made_of(s, ":/?#[]@!$&'()*+;=-._~%");
}

/* clang-format off */
static const struct {
	const char *prefix;
	int type;
	bool (*is_right)(const char *s); /* NULL: an address */
	const char *expected;
} kinds[] = {
	{"DNS:",   GEN_DNS,   is_host_or_all, "the name of a host"},
	{"email:", GEN_EMAIL, is_email,       "an address of mail"},
	{"URI:",   GEN_URI,   is_uri,         "a URI"},
	{"IP:",    GEN_IPADD, NULL,           "an address of IP"},
};
/* clang-format on */

static ASN1_STRING *make_value(size_t kind, const char *value)
{
	ASN1_STRING *made;

	if (!kinds[kind].is_right)
		return a2i_IPADDRESS(value);
	if (!kinds[kind].is_right(value))
		return NULL;
	made = ASN1_IA5STRING_new();
	if (made && ASN1_STRING_set(made, value, -1) == 1)
		return made;
	ASN1_STRING_free(made);
	return NULL;
}

static enum exit_code add_name(GENERAL_NAMES *to, size_t kind, const char *value)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *string = make_value(kind, value);

	ERR_clear_error();
	if (name && string) {
		GENERAL_NAME_set0_value(name, kinds[kind].type, string);
		if (sk_GENERAL_NAME_push(to, name) > 0)
			return EXIT_DONE;
		string = NULL; /* the name has it */
	}
	ASN1_STRING_free(string);
	GENERAL_NAME_free(name);
	complain("--san: '%s' is not %s", value, kinds[kind].expected);
	return EXIT_USAGE;
}

static enum exit_code read_name(void *to, const char *word)
{
	for (size_t i = 0; i < array_len(kinds); i++)
		if (strncasecmp(word, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
			return add_name(to, i, word + strlen(kinds[i].prefix));
	complain("--san: '%s' is not known, expected DNS:, email:, URI: or IP: and a value", word);
	return EXIT_USAGE;
}

/* --- uses ---------------------------------------------------------------------------------------- */

static const int uses[] = {
	NID_code_sign,     NID_server_auth, NID_client_auth,
	NID_email_protect, NID_time_stamp,  NID_OCSP_sign,
};

/* libcrypto also takes numbers that are written in other ways. */
static ASN1_OBJECT *read_oid(const char *word)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(word, 1);
	char text[128];

	if (oid && OBJ_obj2txt(text, sizeof(text), oid, 1) > 0 && strcmp(text, word) == 0)
		return oid;
	ASN1_OBJECT_free(oid);
	return NULL;
}

/* By the name that libcrypto has for it, or by numbers. */
static ASN1_OBJECT *find_use(const char *word)
{
	for (size_t i = 0; i < array_len(uses); i++)
		if (strcmp(word, OBJ_nid2sn(uses[i])) == 0)
			return OBJ_nid2obj(uses[i]);
	return read_oid(word);
}

static enum exit_code read_use(void *to, const char *word)
{
	ASN1_OBJECT *use = find_use(word);

	ERR_clear_error();
	if (use && sk_ASN1_OBJECT_push(to, use) > 0)
		return EXIT_DONE;
	ASN1_OBJECT_free(use);
	complain("--eku: '%s' is not known, expected codeSigning, serverAuth, clientAuth, "
		 "emailProtection, timeStamping, OCSPSigning or an OID in numbers",
		 word);
	return EXIT_USAGE;
}

/* --- lists --------------------------------------------------------------------------------------- */

static enum exit_code read_list(const char *text, void *to,
				enum exit_code (*read)(void *to, const char *word))
{
	_cleanup_(freep) char *copy = strdup(text);
	char *rest = copy, *word;
	enum exit_code e = copy && to ? EXIT_DONE : fail();

	while (e == EXIT_DONE && (word = strsep(&rest, ",")))
		e = read(to, word);
	return e;
}

static enum exit_code add_names(X509_EXTENSIONS *to, const char *text)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	enum exit_code e = read_list(text, names, read_name);

	if (e == EXIT_DONE)
		e = add(to, NID_subject_alt_name, false, names);
	GENERAL_NAMES_free(names);
	return e;
}

static enum exit_code add_uses(X509_EXTENSIONS *to, const char *text)
{
	EXTENDED_KEY_USAGE *list = EXTENDED_KEY_USAGE_new();
	enum exit_code e = read_list(text, list, read_use);

	if (e == EXIT_DONE)
		e = add(to, NID_ext_key_usage, false, list);
	EXTENDED_KEY_USAGE_free(list);
	return e;
}

/* --- identifiers of the key ------------------------------------------------------------------------ */

/* As everybody makes them (RFC 5280, 4.2.1.2); nothing rests on the hash. */
static enum exit_code add_identifiers(X509_EXTENSIONS *to, const X509 *issuer)
{
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
	uint8_t digest[EVP_MAX_MD_SIZE];
	enum exit_code e = EXIT_AGAIN;
	unsigned size;

	if (id && authority && X509_pubkey_digest(issuer, EVP_sha1(), digest, &size) == 1 &&
	    ASN1_OCTET_STRING_set(id, digest, (int)size) == 1) {
		authority->keyid = ASN1_OCTET_STRING_dup(id);
		e = add(to, NID_subject_key_identifier, false, id);
		if (e == EXIT_DONE)
			e = add(to, NID_authority_key_identifier, false, authority);
	} else {
		e = fail();
	}
	ASN1_OCTET_STRING_free(id);
	AUTHORITY_KEYID_free(authority);
	return e;
}

enum exit_code extensions_make(const struct args *args, const X509 *issuer, X509_EXTENSIONS **ret)
{
	_cleanup_(extensions_freep) X509_EXTENSIONS *made = sk_X509_EXTENSION_new_null();
	enum exit_code e = made ? EXIT_DONE : fail();

	if (e == EXIT_DONE)
		e = add_constraints(made, args->is_authority);
	if (e == EXIT_DONE)
		e = add_usage(made, args->is_authority);
	if (e == EXIT_DONE && args->uses)
		e = add_uses(made, args->uses);
	if (e == EXIT_DONE && args->alternatives)
		e = add_names(made, args->alternatives);
	if (e == EXIT_DONE && issuer)
		e = add_identifiers(made, issuer);
	if (e != EXIT_DONE)
		return e;
	*ret = made;
	made = NULL;
	return EXIT_DONE;
}
