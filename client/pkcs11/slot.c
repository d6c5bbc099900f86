/*
 * pkcs11/slot.c - see slot.h
 */
#include "client/pkcs11/slot.h"

#include <stdio.h>
#include <string.h>

#include "client/pkcs11/agent.h"

/* Keys in one process, over all its time. */
#define ENTRIES_MAX AGENT_KEYS_MAX

static const enum kind kinds[] = {KIND_PRIVATE, KIND_PUBLIC, KIND_CERTIFICATE};

/* --- refreshing --------------------------------------------------------------------------------- */

/* Looks behind the place of the last one first: lists come in one order. */
static struct entry *find_entry(struct module *m, const struct keypair *k, size_t *place)
{
	for (size_t i = 0; i < m->n_entries; i++) {
		struct entry *e = &m->entries[(*place + i) % m->n_entries];

		if (keypair_is_same(e->key, k)) {
			*place = (size_t)(e - m->entries) + 1;
			return e;
		}
	}
	return NULL;
}

/* NULL: there is no room. */
static struct entry *add_entry(struct module *m)
{
	struct entry *bigger;

	if (m->n_entries >= ENTRIES_MAX)
		return NULL;
	bigger = reallocarray(m->entries, m->n_entries + 1, sizeof(*bigger));
	if (!bigger)
		return NULL;
	m->entries = bigger;
	m->entries[m->n_entries] = (struct entry){};
	return &m->entries[m->n_entries++];
}

/* The certificate may be a new one. */
static void merge(struct module *m, struct keypair *const *keys, size_t n)
{
	size_t place = 0;

	for (size_t i = 0; i < m->n_entries; i++)
		m->entries[i].is_present = false;
	for (size_t i = 0; i < n; i++) {
		struct entry *e = find_entry(m, keys[i], &place);

		if (!e)
			e = add_entry(m);
		if (!e)
			continue;            /* a new one; those that are known have theirs */
		(void)keypair_unref(e->key); /* returns NULL */
		e->key = keypair_ref(keys[i]);
		e->is_present = true;
	}
	m->is_listed = true;
}

CK_RV slot_refresh(void)
{
	struct keypair **keys = NULL;
	struct module *m;
	size_t n = 0;
	CK_RV rv;

	rv = agent_list(&keys, &n);
	if (rv != CKR_OK)
		return rv;
	rv = module_enter(&m);
	if (rv == CKR_OK) {
		merge(m, keys, n);
		module_leave(m);
	}
	for (size_t i = 0; i < n; i++)
		(void)keypair_unref(keys[i]); /* returns NULL */
	free(keys);
	return rv;
}

CK_RV slot_need(void)
{
	struct module *m;
	bool is_listed;
	CK_RV rv;

	rv = module_enter(&m);
	if (rv != CKR_OK)
		return rv;
	is_listed = m->is_listed;
	module_leave(m);
	return is_listed ? CKR_OK : slot_refresh();
}

/* --- slots -------------------------------------------------------------------------------------- */

/* The entries of a slot are those from *ret up to, and without, the one that is returned. */
static size_t range(const struct module *m, CK_SLOT_ID id, size_t *ret)
{
	*ret = m->has_one_slot ? 0 : id;
	return m->has_one_slot ? m->n_entries : id + 1;
}

CK_ULONG slot_count(const struct module *m)
{
	return m->has_one_slot && m->n_entries > 0 ? 1 : m->n_entries;
}

bool slot_is_present(const struct module *m, CK_SLOT_ID id)
{
	size_t i, end;

	if (id >= slot_count(m))
		return false;
	end = range(m, id, &i);
	while (i < end && !m->entries[i].is_present)
		i++;
	return i < end;
}

CK_RV slot_check_present(const struct module *m, CK_SLOT_ID id)
{
	if (id >= slot_count(m))
		return CKR_SLOT_ID_INVALID;
	return slot_is_present(m, id) ? CKR_OK : CKR_TOKEN_NOT_PRESENT;
}

unsigned slot_families(const struct module *m, CK_SLOT_ID id)
{
	unsigned families = 0;
	size_t i, end = range(m, id, &i);

	for (; i < end; i++)
		families |= m->entries[i].key->family;
	return families;
}

bool *slot_login(struct module *m, CK_SLOT_ID id)
{
	return &m->entries[id].is_logged_in;
}

/* Text in a field of spaces. What is too long ends behind a whole character. */
static void put(CK_UTF8CHAR *field, size_t size, const char *text)
{
	size_t n = strlen(text);

	if (n > size)
		for (n = size; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
			;
	memset(field, ' ', size);
	memcpy(field, text, n);
}

#define PUT(field, text) put(field, sizeof(field), text)

void slot_describe(const struct module *m, CK_SLOT_ID id, CK_SLOT_INFO *ret)
{
	*ret = (CK_SLOT_INFO){.flags = CKF_REMOVABLE_DEVICE};
	PUT(ret->slotDescription, m->has_one_slot ? "signet" : m->entries[id].key->name);
	PUT(ret->manufacturerID, "signet");
	if (slot_is_present(m, id))
		ret->flags |= CKF_TOKEN_PRESENT;
}

static void put_serial(CK_UTF8CHAR *field, size_t size, const struct keypair *k)
{
	char hex[17];

	for (size_t i = 0; i < 8; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", k->id[i]); /* two digits and a NUL: fits */
	put(field, size, hex);
}

void slot_describe_token(const struct module *m, CK_SLOT_ID id, CK_TOKEN_INFO *ret)
{
	const struct keypair *k = m->entries[id].key;

	*ret = (CK_TOKEN_INFO){
		.flags = CKF_TOKEN_INITIALIZED | CKF_WRITE_PROTECTED,
		.ulMaxSessionCount = CK_EFFECTIVELY_INFINITE,
		.ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE,
		.ulSessionCount = CK_UNAVAILABLE_INFORMATION,
		.ulRwSessionCount = CK_UNAVAILABLE_INFORMATION,
		.ulMaxPinLen = SIGNET_PIN_MAX,
		.ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION,
		.ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION,
		.ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION,
		.ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION,
	};
	PUT(ret->manufacturerID, "signet");
	PUT(ret->utcTime, "");
	PUT(ret->label, m->has_one_slot ? "signet" : k->name);
	PUT(ret->model, m->has_one_slot ? "keys" : k->type_name);
	if (m->has_one_slot)
		PUT(ret->serialNumber, "0");
	else
		put_serial(ret->serialNumber, sizeof(ret->serialNumber), k);
}

/* --- objects ------------------------------------------------------------------------------------ */

/* A handle is the number of the entry and the kind, which is never 0. */
#define HANDLE_KINDS 8u

static bool has_object(const struct keypair *k, enum kind kind)
{
	return kind != KIND_CERTIFICATE || k->certificate.size > 0;
}

/* A token of one key has it as long as there are sessions; one of many has what was listed last. */
static bool is_shown(const struct module *m, const struct entry *e)
{
	return e->is_present || !m->has_one_slot;
}

CK_RV slot_find_objects(const struct module *m, CK_SLOT_ID id, const CK_ATTRIBUTE *template,
			CK_ULONG n, CK_OBJECT_HANDLE **ret, size_t *ret_n)
{
	size_t i, end = range(m, id, &i), n_found = 0;
	CK_OBJECT_HANDLE *found;

	found = reallocarray(NULL, (end - i) * array_len(kinds), sizeof(*found));
	if (!found)
		return CKR_HOST_MEMORY;
	for (; i < end; i++) {
		const struct keypair *k = m->entries[i].key;

		for (size_t j = 0; j < array_len(kinds) && is_shown(m, &m->entries[i]); j++)
			if (has_object(k, kinds[j]) &&
			    attribute_match_all(k, kinds[j], template, n))
				found[n_found++] = i * HANDLE_KINDS + kinds[j];
	}
	*ret = found;
	*ret_n = n_found;
	return CKR_OK;
}

CK_RV slot_get_object(const struct module *m, CK_SLOT_ID id, CK_OBJECT_HANDLE h,
		      struct keypair **ret_key, enum kind *ret_kind)
{
	size_t start, end = range(m, id, &start), i = h / HANDLE_KINDS;
	struct keypair *k;

	if (i < start || i >= end)
		return CKR_OBJECT_HANDLE_INVALID;
	k = m->entries[i].key;
	for (size_t j = 0; j < array_len(kinds); j++)
		if (h % HANDLE_KINDS == kinds[j] && has_object(k, kinds[j])) {
			*ret_key = keypair_ref(k);
			*ret_kind = kinds[j];
			return CKR_OK;
		}
	return CKR_OBJECT_HANDLE_INVALID;
}
