/*
 * fuzz-pkcs11.c - a hostile agent, as the PKCS#11 module sees it
 *
 * The input is a list of keys, whose public halves and certificates may be anything, and then the
 * signatures that they make. What must hold: a key that is shown has objects whose attributes can
 * all be read, and says the same each time; what it signs is exactly as long as it had said; and
 * nothing of what the agent sent that is not a signature comes out as one.
 */
#include "client/pkcs11/agent.h"

#include "agent/base/cleanup.h"
#include "agent/wire/message.h"
#include "client/pkcs11/attribute.h"
#include "client/pkcs11/mechanism.h"
#include "client/pkcs11/sign.h"
#include "client/pkcs11/slot.h"
#include "tests/fuzz/speaker.h"

#define INPUT_MAX 65536u
#define KEYS_MAX 16u
#define FULL 8192u /* more than any attribute has */

/* --- what must hold --------------------------------------------------------------------------- */

static const CK_ATTRIBUTE_TYPE types[] = {
	CKA_CLASS,
	CKA_TOKEN,
	CKA_LABEL,
	CKA_ID,
	CKA_SUBJECT,
	CKA_KEY_TYPE,
	CKA_MODULUS,
	CKA_MODULUS_BITS,
	CKA_EC_PARAMS,
	CKA_EC_POINT,
	CKA_ISSUER,
	CKA_SERIAL_NUMBER,
	CKA_VALUE,
	CKA_PUBLIC_KEY_INFO,
	CKA_PUBLIC_EXPONENT,
	CKA_ALLOWED_MECHANISMS,
	CKA_PRIVATE_EXPONENT,
};

static void check_attribute(const struct keypair *k, enum kind kind, CK_ATTRIBUTE_TYPE type)
{
	static uint8_t value[FULL];
	CK_ATTRIBUTE a = {type, NULL, 0};
	CK_RV rv = attribute_read_all(k, kind, &a, 1);
	CK_ULONG size = a.ulValueLen;

	fuzz_check((rv == CKR_OK) == (size != CK_UNAVAILABLE_INFORMATION),
		   "an attribute has a length, or there is none");
	if (rv != CKR_OK)
		return;
	a = (CK_ATTRIBUTE){type, value, sizeof(value)};
	fuzz_check(attribute_read_all(k, kind, &a, 1) == CKR_OK && a.ulValueLen == size,
		   "an attribute is as long as it said");
	fuzz_check(attribute_match_all(k, kind, &a, 1), "an object matches what it says");
	if (size == 0)
		return;
	a.ulValueLen = size - 1;
	fuzz_check(!attribute_match_all(k, kind, &a, 1), "and nothing shorter");
	fuzz_check(attribute_read_all(k, kind, &a, 1) == CKR_BUFFER_TOO_SMALL,
		   "what does not fit is not written");
}

static void check_key(const struct keypair *k)
{
	static const enum kind kinds[] = {KIND_PRIVATE, KIND_PUBLIC, KIND_CERTIFICATE};
	size_t n = keypair_signature_size(k);

	fuzz_check(n >= 64 && n <= SIGNATURE_MAX, "a signature has a length");
	for (size_t i = 0; i < array_len(kinds); i++)
		for (size_t j = 0; j < array_len(types); j++)
			check_attribute(k, kinds[i], types[j]);
	fuzz_check(k->family != FAMILY_RSA || (k->modulus.data[0] != 0 && keypair_bits(k) <= 8 * n),
		   "a modulus has no zero in front");
}

/* All keys as slots, and as one. */
static void check_slots(struct keypair **keys, size_t n)
{
	struct entry entries[KEYS_MAX] = {};
	struct module m = {.entries = entries, .n_entries = n};
	CK_OBJECT_HANDLE *found = NULL;
	CK_TOKEN_INFO info;
	size_t n_found;

	for (size_t i = 0; i < n; i++)
		entries[i] = (struct entry){.key = keys[i], .is_present = true};
	for (int is_one = 0; is_one < 2 && n > 0; is_one++) {
		m.has_one_slot = is_one;
		for (CK_SLOT_ID id = 0; id < slot_count(&m); id++) {
			slot_describe_token(&m, id, &info);
			fuzz_check(info.label[0] != ' ' || keys[id]->name[0] == ' ' || is_one,
				   "a token has a label");
			fuzz_check(slot_find_objects(&m, id, NULL, 0, &found, &n_found) == CKR_OK,
				   "objects can be searched for");
			fuzz_check(n_found >= 2, "a key has two objects at least");
			free(found);
		}
	}
}

/* --- signing ------------------------------------------------------------------------------------ */

static CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32};

static const struct {
	enum family family;
	CK_MECHANISM mechanism;
} ways[] = {
	{FAMILY_RSA, {CKM_SHA256_RSA_PKCS, NULL, 0}},
	{FAMILY_RSA, {CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof(pss)}},
	{FAMILY_EC, {CKM_ECDSA_SHA384, NULL, 0}},
	{FAMILY_EDWARDS, {CKM_EDDSA, NULL, 0}},
};

static void sign(struct keypair *k, size_t way, struct signet **handle)
{
	size_t n = keypair_signature_size(k);
	uint8_t *signature = malloc(n); /* of its very size, for the sanitizer */
	struct signing s = {};
	CK_RV rv;

	fuzz_check(signature != NULL, "there is memory");
	fuzz_check(signing_begin(&s, &ways[way].mechanism, keypair_ref(k)) == CKR_OK,
		   "a good mechanism is taken");
	fuzz_check(signing_update(&s, (struct octets){(const uint8_t *)"data", 4}) == CKR_OK,
		   "and data");
	rv = signing_finish(&s, handle, signature);
	fuzz_check(rv == CKR_OK || rv == CKR_DEVICE_ERROR || rv == CKR_FUNCTION_REJECTED ||
			   rv == CKR_USER_NOT_LOGGED_IN,
		   "a signature is there, or there is a reason");
	signing_end(&s);
	free(signature);
}

static void sign_all(struct keypair **keys, size_t n)
{
	struct signet *handle = NULL;

	for (size_t i = 0; i < n; i++)
		for (size_t way = 0; way < array_len(ways); way++)
			if (ways[way].family == keys[i]->family)
				sign(keys[i], way, &handle);
	signet_close(handle);
}

/* --- one input -------------------------------------------------------------------------------- */

static struct view read_some(struct reader *r)
{
	size_t size = (size_t)reader_u8(r) << 8;

	size |= reader_u8(r);
	return reader_bytes(r, size < r->left ? size : r->left);
}

static struct view shorten(struct view v, size_t max)
{
	return (struct view){v.data, v.size < max ? v.size : max};
}

static void add_list(struct reader *r)
{
	static const char name[] = "list" MESSAGE_DOMAIN;
	uint8_t n = reader_u8(r) % KEYS_MAX;
	struct writer *w = speaker_add(false);
	size_t mark = message_open_answer(w, (struct view){(const uint8_t *)name, strlen(name)},
					  STATUS_OK, "", "0123456789abcdef");
	char label[4] = "key";

	writer_u32(w, 0);
	writer_u32(w, n);
	for (uint8_t i = 0; i < n; i++) {
		struct message_key k = {.token = {(const uint8_t *)"t", 1},
					.key_state = KEY_STATE_ACTIVE};

		label[2] = (char)('a' + i);
		k.name = (struct view){(const uint8_t *)label, 3};
		k.type = (enum key_type)(1 + reader_u8(r) % 5);
		k.state = (enum token_state)(1 + reader_u8(r) % 5);
		k.spki = shorten(read_some(r), SPKI_MAX);
		k.certificate = shorten(read_some(r), CERTIFICATE_MAX);
		message_write_key(w, &k);
	}
	message_close(w, mark);
}

static void add_signature(struct reader *r)
{
	static const char name[] = "sign" MESSAGE_DOMAIN;
	static const enum status statuses[] = {STATUS_OK, STATUS_OK, STATUS_UNAVAILABLE,
					       STATUS_DENIED};
	enum status status = statuses[reader_u8(r) % 4];
	struct writer *w = speaker_add(false);
	struct message_signature g = {.signature = shorten(read_some(r), SIGNATURE_MAX)};
	size_t mark;

	if (!w)
		return;
	mark = message_open_answer(w, (struct view){(const uint8_t *)name, strlen(name)}, status,
				   "", "0123456789abcdef");
	if (status == STATUS_OK) {
		writer_u32(w, 1);
		message_write_signature(w, &g);
	}
	message_close(w, mark);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct keypair **keys = NULL;
	struct reader r;
	size_t n = 0;

	if (size > INPUT_MAX)
		return 0;
	speaker_start();
	reader_init(&r, data, size);
	add_list(&r);
	while (r.left > 0)
		add_signature(&r);
	fuzz_check(agent_list(&keys, &n) == CKR_OK, "the agent can be asked");
	fuzz_check(n <= KEYS_MAX, "there are no more keys than it says");
	for (size_t i = 0; i < n; i++)
		check_key(keys[i]);
	check_slots(keys, n);
	sign_all(keys, n);
	for (size_t i = 0; i < n; i++)
		(void)keypair_unref(keys[i]);
	free(keys);
	speaker_forget();
	return 0;
}
