/*
 * pkcs11/attribute.c - see attribute.h
 */
#include "client/pkcs11/attribute.h"

#include <string.h>

#include "client/pkcs11/mechanism.h"

#define MECHANISMS_MAX 32u

/* Where a value comes from. */
enum source {
	SOURCE_NONE, /* the object has no such attribute */
	SOURCE_TRUE,
	SOURCE_FALSE,
	SOURCE_EMPTY,
	SOURCE_ZERO,   /* a number */
	SOURCE_SECRET, /* never told to anybody */
	SOURCE_CLASS,
	SOURCE_LABEL,
	SOURCE_ID,
	SOURCE_KEY_TYPE,
	SOURCE_GENERATION,
	SOURCE_MECHANISMS,
	SOURCE_SPKI,
	SOURCE_MODULUS,
	SOURCE_MODULUS_BITS,
	SOURCE_EXPONENT,
	SOURCE_CURVE,
	SOURCE_POINT,
	SOURCE_SUBJECT,
	SOURCE_ISSUER,
	SOURCE_SERIAL,
	SOURCE_CERTIFICATE,
};

#define ANY (KIND_PRIVATE | KIND_PUBLIC | KIND_CERTIFICATE)
#define KEYS (KIND_PRIVATE | KIND_PUBLIC)

/* clang-format off */
static const struct row {
	CK_ATTRIBUTE_TYPE type;
	unsigned kinds;
	enum source source;
} rows[] = {
	{CKA_CLASS,                      ANY,              SOURCE_CLASS},
	{CKA_TOKEN,                      ANY,              SOURCE_TRUE},
	{CKA_PRIVATE,                    ANY,              SOURCE_FALSE},
	{CKA_MODIFIABLE,                 ANY,              SOURCE_FALSE},
	{CKA_COPYABLE,                   ANY,              SOURCE_FALSE},
	{CKA_DESTROYABLE,                ANY,              SOURCE_FALSE},
	{CKA_LABEL,                      ANY,              SOURCE_LABEL},
	{CKA_ID,                         ANY,              SOURCE_ID},
	{CKA_SUBJECT,                    ANY,              SOURCE_SUBJECT},
	{CKA_START_DATE,                 ANY,              SOURCE_EMPTY},
	{CKA_END_DATE,                   ANY,              SOURCE_EMPTY},
	{CKA_PUBLIC_KEY_INFO,            ANY,              SOURCE_SPKI},
	{CKA_KEY_TYPE,                   KEYS,             SOURCE_KEY_TYPE},
	{CKA_DERIVE,                     KEYS,             SOURCE_FALSE},
	{CKA_LOCAL,                      KEYS,             SOURCE_TRUE},
	{CKA_KEY_GEN_MECHANISM,          KEYS,             SOURCE_GENERATION},
	{CKA_ALLOWED_MECHANISMS,         KEYS,             SOURCE_MECHANISMS},
	{CKA_MODULUS,                    KEYS,             SOURCE_MODULUS},
	{CKA_MODULUS_BITS,               KEYS,             SOURCE_MODULUS_BITS},
	{CKA_PUBLIC_EXPONENT,            KEYS,             SOURCE_EXPONENT},
	{CKA_EC_PARAMS,                  KEYS,             SOURCE_CURVE},
	{CKA_EC_POINT,                   KEYS,             SOURCE_POINT},
	{CKA_SENSITIVE,                  KIND_PRIVATE,     SOURCE_TRUE},
	{CKA_ALWAYS_SENSITIVE,           KIND_PRIVATE,     SOURCE_TRUE},
	{CKA_EXTRACTABLE,                KIND_PRIVATE,     SOURCE_FALSE},
	{CKA_NEVER_EXTRACTABLE,          KIND_PRIVATE,     SOURCE_TRUE},
	{CKA_ALWAYS_AUTHENTICATE,        KIND_PRIVATE,     SOURCE_FALSE},
	{CKA_WRAP_WITH_TRUSTED,          KIND_PRIVATE,     SOURCE_FALSE},
	{CKA_SIGN,                       KIND_PRIVATE,     SOURCE_TRUE},
	{CKA_SIGN_RECOVER,               KIND_PRIVATE,     SOURCE_FALSE},
	{CKA_DECRYPT,                    KIND_PRIVATE,     SOURCE_FALSE},
	{CKA_UNWRAP,                     KIND_PRIVATE,     SOURCE_FALSE},
	{CKA_VALUE,                      KIND_PRIVATE,     SOURCE_SECRET},
	{CKA_PRIVATE_EXPONENT,           KIND_PRIVATE,     SOURCE_SECRET},
	{CKA_PRIME_1,                    KIND_PRIVATE,     SOURCE_SECRET},
	{CKA_PRIME_2,                    KIND_PRIVATE,     SOURCE_SECRET},
	{CKA_EXPONENT_1,                 KIND_PRIVATE,     SOURCE_SECRET},
	{CKA_EXPONENT_2,                 KIND_PRIVATE,     SOURCE_SECRET},
	{CKA_COEFFICIENT,                KIND_PRIVATE,     SOURCE_SECRET},
	{CKA_TRUSTED,                    KIND_PUBLIC | KIND_CERTIFICATE, SOURCE_FALSE},
	{CKA_VERIFY,                     KIND_PUBLIC,      SOURCE_FALSE},
	{CKA_VERIFY_RECOVER,             KIND_PUBLIC,      SOURCE_FALSE},
	{CKA_ENCRYPT,                    KIND_PUBLIC,      SOURCE_FALSE},
	{CKA_WRAP,                       KIND_PUBLIC,      SOURCE_FALSE},
	{CKA_CERTIFICATE_TYPE,           KIND_CERTIFICATE, SOURCE_ZERO}, /* CKC_X_509 */
	{CKA_CERTIFICATE_CATEGORY,       KIND_CERTIFICATE, SOURCE_ZERO}, /* not said */
	{CKA_JAVA_MIDP_SECURITY_DOMAIN,  KIND_CERTIFICATE, SOURCE_ZERO}, /* not said */
	{CKA_ISSUER,                     KIND_CERTIFICATE, SOURCE_ISSUER},
	{CKA_SERIAL_NUMBER,              KIND_CERTIFICATE, SOURCE_SERIAL},
	{CKA_VALUE,                      KIND_CERTIFICATE, SOURCE_CERTIFICATE},
	{CKA_URL,                        KIND_CERTIFICATE, SOURCE_EMPTY},
	{CKA_HASH_OF_SUBJECT_PUBLIC_KEY, KIND_CERTIFICATE, SOURCE_EMPTY},
	{CKA_HASH_OF_ISSUER_PUBLIC_KEY,  KIND_CERTIFICATE, SOURCE_EMPTY},
};

/* What depends on the type of key. A key that says it was made in its token says how as well. */
static const struct {
	enum family family;
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE generation;
} types[] = {
	{FAMILY_RSA,     CKK_RSA,        CKM_RSA_PKCS_KEY_PAIR_GEN},
	{FAMILY_EC,      CKK_EC,         CKM_EC_KEY_PAIR_GEN},
	{FAMILY_EDWARDS, CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN},
};
/* clang-format on */

/* A value, and room for those that are stored nowhere. */
struct value {
	struct octets bytes; /* may point into this struct */
	bool is_there;
	bool is_secret;
	CK_BBOOL flag;
	CK_ULONG number;
	CK_MECHANISM_TYPE mechanisms[MECHANISMS_MAX];
};

static void set_bytes(struct value *v, struct octets bytes)
{
	v->bytes = bytes;
	v->is_there = true;
}

/* For what only some types of keys have. */
static void set_if_any(struct value *v, struct octets bytes)
{
	if (bytes.size > 0)
		set_bytes(v, bytes);
}

static void set_flag(struct value *v, CK_BBOOL flag)
{
	v->flag = flag;
	set_bytes(v, (struct octets){&v->flag, sizeof(v->flag)});
}

static void set_number(struct value *v, CK_ULONG number)
{
	v->number = number;
	set_bytes(v, (struct octets){(const uint8_t *)&v->number, sizeof(v->number)});
}

static void set_mechanisms(struct value *v, const struct keypair *k)
{
	const struct mechanism *m;
	size_t n = 0;

	for (size_t i = 0; (m = mechanism_at(i)) && n < MECHANISMS_MAX; i++)
		if (m->families & k->family)
			v->mechanisms[n++] = m->type;
	set_bytes(v, (struct octets){(const uint8_t *)v->mechanisms, n * sizeof(*v->mechanisms)});
}

static void set_by_type(struct value *v, const struct keypair *k, enum source source)
{
	for (size_t i = 0; i < array_len(types); i++)
		if (types[i].family == k->family)
			set_number(v,
				   source == SOURCE_KEY_TYPE ? types[i].type : types[i].generation);
}

static CK_OBJECT_CLASS class_of(enum kind kind)
{
	switch (kind) {
	case KIND_PRIVATE:
		return CKO_PRIVATE_KEY;
	case KIND_PUBLIC:
		return CKO_PUBLIC_KEY;
	case KIND_CERTIFICATE:
		break;
	}
	return CKO_CERTIFICATE;
}

static enum source find_source(enum kind kind, CK_ATTRIBUTE_TYPE type)
{
	for (size_t i = 0; i < array_len(rows); i++)
		if (rows[i].type == type && (rows[i].kinds & kind))
			return rows[i].source;
	return SOURCE_NONE;
}

static void get(const struct keypair *k, enum kind kind, CK_ATTRIBUTE_TYPE type, struct value *v)
{
	enum source source = find_source(kind, type);

	*v = (struct value){};
	switch (source) {
	case SOURCE_NONE:
		return;
	case SOURCE_TRUE:
	case SOURCE_FALSE:
		return set_flag(v, source == SOURCE_TRUE ? CK_TRUE : CK_FALSE);
	case SOURCE_EMPTY:
		return set_bytes(v, (struct octets){});
	case SOURCE_ZERO:
		return set_number(v, 0);
	case SOURCE_SECRET:
		v->is_secret = true;
		return;
	case SOURCE_CLASS:
		return set_number(v, class_of(kind));
	case SOURCE_LABEL:
		return set_bytes(v, (struct octets){(const uint8_t *)k->name, strlen(k->name)});
	case SOURCE_ID:
		return set_bytes(v, (struct octets){k->id, sizeof(k->id)});
	case SOURCE_KEY_TYPE:
	case SOURCE_GENERATION:
		return set_by_type(v, k, source);
	case SOURCE_MECHANISMS:
		return set_mechanisms(v, k);
	case SOURCE_SPKI:
		return set_bytes(v, k->spki);
	case SOURCE_MODULUS:
		return set_if_any(v, k->modulus);
	case SOURCE_MODULUS_BITS:
		if (k->family == FAMILY_RSA)
			set_number(v, keypair_bits(k));
		return;
	case SOURCE_EXPONENT:
		return set_if_any(v, k->exponent);
	case SOURCE_CURVE:
		return set_if_any(v, k->curve);
	case SOURCE_POINT:
		return set_if_any(v, (struct octets){k->point, k->point_size});
	case SOURCE_SUBJECT:
		return set_bytes(v, k->subject);
	case SOURCE_ISSUER:
		return set_bytes(v, k->issuer);
	case SOURCE_SERIAL:
		return set_bytes(v, k->serial);
	case SOURCE_CERTIFICATE:
		return set_bytes(v, k->certificate);
	}
}

static CK_RV read_one(const struct keypair *k, enum kind kind, CK_ATTRIBUTE *a)
{
	CK_ULONG room = a->ulValueLen;
	struct value v;

	if (room == CK_UNAVAILABLE_INFORMATION)
		room = 0; /* left there by the call before, and the buffer is smaller */
	get(k, kind, a->type, &v);
	a->ulValueLen = CK_UNAVAILABLE_INFORMATION;
	if (v.is_secret)
		return CKR_ATTRIBUTE_SENSITIVE;
	if (!v.is_there)
		return CKR_ATTRIBUTE_TYPE_INVALID;
	if (a->pValue && room < v.bytes.size)
		return CKR_BUFFER_TOO_SMALL;
	if (a->pValue && v.bytes.size > 0)
		memcpy(a->pValue, v.bytes.data, v.bytes.size);
	a->ulValueLen = v.bytes.size;
	return CKR_OK;
}

CK_RV attribute_read_all(const struct keypair *k, enum kind kind, CK_ATTRIBUTE *template,
			 CK_ULONG n)
{
	CK_RV rv = CKR_OK;

	for (CK_ULONG i = 0; i < n; i++) {
		CK_RV one = read_one(k, kind, &template[i]);

		if (one != CKR_OK)
			rv = one;
	}
	return rv;
}

/* Sizes are compared first: what the host says about its own memory is believed as far as ours. */
static bool match_one(const struct keypair *k, enum kind kind, const CK_ATTRIBUTE *a)
{
	struct value v;

	get(k, kind, a->type, &v);
	if (!v.is_there || a->ulValueLen != v.bytes.size)
		return false;
	return v.bytes.size == 0 ||
	       (a->pValue && memcmp(a->pValue, v.bytes.data, v.bytes.size) == 0);
}

bool attribute_match_all(const struct keypair *k, enum kind kind, const CK_ATTRIBUTE *template,
			 CK_ULONG n)
{
	for (CK_ULONG i = 0; i < n; i++)
		if (!match_one(k, kind, &template[i]))
			return false;
	return true;
}
