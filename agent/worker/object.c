/*
 * worker/object.c - see object.h
 */
#include "agent/worker/object.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/worker/recovery.h"

/* Handles asked for in one call. */
#define HANDLES_AT_ONCE 64
#define WANTED_MAX 8

/* --- attributes of one object -------------------------------------------------------------------- */

/* Where an attribute goes. */
struct field {
	CK_ATTRIBUTE_TYPE type;
	size_t at; /* in struct object */
	size_t max;
	size_t size_at; /* where its size goes; 0: a CK_BBOOL that has none */
	unsigned for_class;
	unsigned for_type;
};

enum {
	PRIVATE = 1,
	PUBLIC = 2,
	RSA = 1,
	EC = 2,
};

/* clang-format off */
#define BYTES(attribute, field, class_, type_)                                                     \
	{attribute, offsetof(struct object, field), sizeof(((struct object *) 0)->field),          \
	 offsetof(struct object, field##_size), class_, type_}
#define FLAG(attribute, field, class_, type_)                                                      \
	{attribute, offsetof(struct object, field), sizeof(CK_BBOOL), 0, class_, type_}

static const struct field fields[] = {
	BYTES(CKA_ID,                  id,                  PRIVATE | PUBLIC, RSA | EC),
	BYTES(CKA_LABEL,               label,               PRIVATE | PUBLIC, RSA | EC),
	FLAG(CKA_SIGN,                 may_sign,            PRIVATE,          RSA | EC),
	FLAG(CKA_ALWAYS_AUTHENTICATE,  needs_pin_each_time, PRIVATE,          RSA | EC),
	BYTES(CKA_MODULUS,             modulus,             PRIVATE | PUBLIC, RSA),
	BYTES(CKA_PUBLIC_EXPONENT,     exponent,            PRIVATE | PUBLIC, RSA),
	BYTES(CKA_EC_PARAMS,           params,              PRIVATE | PUBLIC, EC),
	BYTES(CKA_EC_POINT,            point,               PUBLIC,           EC),
};
/* clang-format on */

struct wanted {
	const struct field *field[WANTED_MAX];
	CK_ATTRIBUTE attribute[WANTED_MAX];
	CK_BBOOL flag[WANTED_MAX];
	CK_ULONG n;
};

static void want(struct wanted *w, struct object *o, unsigned class, unsigned type)
{
	w->n = 0;
	for (size_t i = 0; i < array_len(fields); i++) {
		const struct field *f = &fields[i];
		CK_ULONG n = w->n;

		if (!(f->for_class & class) || !(f->for_type & type))
			continue;
		w->field[n] = f;
		w->flag[n] = CK_FALSE;
		w->attribute[n].type = f->type;
		w->attribute[n].pValue = f->size_at ? (uint8_t *)o + f->at : &w->flag[n];
		w->attribute[n].ulValueLen = f->max;
		w->n++;
	}
}

static void store(struct object *o, const struct field *f, CK_BBOOL flag, CK_ULONG size)
{
	bool is_there = size != CK_UNAVAILABLE_INFORMATION && size <= f->max;
	bool is_set = is_there && size == sizeof(flag) && flag != CK_FALSE;
	size_t bytes = is_there ? size : 0;

	if (f->size_at)
		memcpy((uint8_t *)o + f->size_at, &bytes, sizeof(bytes));
	else
		memcpy((uint8_t *)o + f->at, &is_set, sizeof(is_set));
}

/*
 * All attributes in one call; a token counts its files anew for each. If it lacks some of them,
 * they are read one by one, because not all modules say in one call which these are.
 */
static CK_RV read_attributes(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, struct object *o,
			     unsigned class, unsigned type)
{
	struct wanted w;
	CK_RV rv;

	want(&w, o, class, type);
	rv = p11->C_GetAttributeValue(session, o->handle, w.attribute, w.n);
	for (CK_ULONG i = 0; rv != CKR_OK && i < w.n; i++) {
		w.attribute[i].ulValueLen = w.field[i]->max;
		if (p11->C_GetAttributeValue(session, o->handle, &w.attribute[i], 1) != CKR_OK)
			w.attribute[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
	}
	for (CK_ULONG i = 0; i < w.n; i++)
		store(o, w.field[i], w.flag[i], w.attribute[i].ulValueLen);
	/* An object without an ID attribute is one that vanished or that nobody can name. */
	return o->id_size > 0 || o->label_size > 0 ? CKR_OK : rv;
}

/* --- all objects --------------------------------------------------------------------------------- */

static int append(struct objects *o, CK_OBJECT_HANDLE handle, CK_KEY_TYPE type, struct object **ret)
{
	struct object *list;

	/* Grown in steps: there are thousands at most. */
	if (o->n % HANDLES_AT_ONCE == 0) {
		list = reallocarray(o->list, o->n + HANDLES_AT_ONCE, sizeof(*list));
		if (!list)
			return -ENOMEM;
		o->list = list;
	}
	*ret = &o->list[o->n];
	**ret = (struct object){.handle = handle, .type = type};
	return 0;
}

/*
 * Whether it is the token that is in trouble, or logged out, which says nothing about the object. A
 * single odd object is no trouble: what every object has can be read of it.
 */
static bool is_trouble(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle,
		       CK_RV rv)
{
	CK_OBJECT_CLASS class;
	CK_ATTRIBUTE t = {CKA_CLASS, &class, sizeof(class)};

	if (recovery_of(rv)->action == RECOVERY_NONE || rv == CKR_OBJECT_HANDLE_INVALID)
		return false;
	return p11->C_GetAttributeValue(session, handle, &t, 1) != CKR_OK;
}

static int add(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
	       CK_KEY_TYPE type, CK_OBJECT_HANDLE handle, struct objects *objects, CK_RV *ret_rv)
{
	struct object *o;
	CK_RV rv;
	int r;

	if (objects->n == TOKEN_KEYS_MAX) {
		objects->n_beyond++;
		return 0;
	}
	r = append(objects, handle, type, &o);
	if (r < 0)
		return r;
	rv = read_attributes(p11, session, o, class == CKO_PRIVATE_KEY ? PRIVATE : PUBLIC,
			     type == CKK_RSA ? RSA : EC);
	if (rv == CKR_OK)
		objects->n++;
	else if (is_trouble(p11, session, handle, rv))
		*ret_rv = rv;
	return 0;
}

struct handles {
	CK_OBJECT_HANDLE *list; /* owned */
	size_t n;
};

/* The handles first: not all tokens let their objects be read while a search is open. */
static int find(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
		CK_KEY_TYPE type, struct handles *h, CK_RV *ret_rv)
{
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &class, sizeof(class)},
		{CKA_KEY_TYPE, &type, sizeof(type)},
	};
	CK_ULONG got;
	CK_RV rv;

	rv = p11->C_FindObjectsInit(session, template, array_len(template));
	if (rv != CKR_OK) {
		*ret_rv = rv;
		return 0;
	}
	do {
		CK_OBJECT_HANDLE *list;

		list = reallocarray(h->list, h->n + HANDLES_AT_ONCE, sizeof(*list));
		if (!list) {
			(void)p11->C_FindObjectsFinal(session); /* what counts is -ENOMEM */
			return -ENOMEM;
		}
		h->list = list;
		rv = p11->C_FindObjects(session, h->list + h->n, HANDLES_AT_ONCE, &got);
		if (rv == CKR_OK)
			h->n += got;
	} while (rv == CKR_OK && got > 0 && h->n <= TOKEN_KEYS_MAX);
	*ret_rv = rv;
	rv = p11->C_FindObjectsFinal(session);
	if (*ret_rv == CKR_OK)
		*ret_rv = rv;
	return 0;
}

static int read_type(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
		     CK_KEY_TYPE type, struct objects *objects, CK_RV *ret_rv)
{
	struct handles h = {};
	int r;

	r = find(p11, session, class, type, &h, ret_rv);
	for (size_t i = 0; r == 0 && *ret_rv == CKR_OK && i < h.n; i++)
		r = add(p11, session, class, type, h.list[i], objects, ret_rv);
	free(h.list);
	return r;
}

int objects_read(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
		 struct objects *ret, CK_RV *ret_rv)
{
	static const CK_KEY_TYPE types[] = {CKK_RSA, CKK_EC, CKK_EC_EDWARDS};
	struct objects objects = {};
	CK_RV rv = CKR_OK;
	int r = 0;

	for (size_t i = 0; r == 0 && rv == CKR_OK && i < array_len(types); i++)
		r = read_type(p11, session, class, types[i], &objects, &rv);
	if (r < 0) {
		objects_done(&objects);
		return r;
	}
	*ret = objects;
	*ret_rv = rv;
	return 0;
}

void objects_done(struct objects *o)
{
	free(o->list);
	*o = (struct objects){};
}
