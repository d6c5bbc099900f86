/*
 * pam/seal.c - see seal.h
 */
#include "pam/seal.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/text.h"
#include "agent/wire/reader.h"
#include "agent/wire/writer.h"

#define MAGIC_SIZE 16u
#define TOKEN_SIZE 65u /* a file name and its NUL */
#define PLAIN_SIZE (4u + TOKEN_SIZE + 1u + SEAL_PIN_MAX)
#define BOX_SIZE (crypto_secretbox_MACBYTES + PLAIN_SIZE)
#define HEADER_SIZE \
	(MAGIC_SIZE + 8u + crypto_pwhash_argon2id_SALTBYTES + crypto_secretbox_NONCEBYTES)

/* What a login can wait for: RFC 9106 has these for hosts that are short of memory. */
#define PASSES 3u
#define MEMORY_KIB 65536u
/* What a damaged file could ask for. */
#define PASSES_MAX 32u
#define MEMORY_KIB_MAX (1024u * 1024)

static const char magic[MAGIC_SIZE] = "signet seal 1\n";

_Static_assert(HEADER_SIZE + BOX_SIZE == SEAL_SIZE, "the layout in seal.h");

struct header {
	uint32_t passes;
	uint32_t memory_kib;
	uint8_t salt[crypto_pwhash_argon2id_SALTBYTES];
	uint8_t nonce[crypto_secretbox_NONCEBYTES];
};

/* All that is secret; in locked memory. */
struct secrets {
	uint8_t key[crypto_secretbox_KEYBYTES];
	uint8_t plain[PLAIN_SIZE];
};

static void secrets_freep(struct secrets **s)
{
	sodium_free(*s); /* wipes */
}

struct seal_pin *seal_pin_new(void)
{
	struct seal_pin *p = sodium_init() < 0 ? NULL : sodium_malloc(sizeof(*p));

	if (p)
		memset(p, 0, sizeof(*p));
	return p;
}

void seal_pin_freep(struct seal_pin **p)
{
	sodium_free(*p); /* wipes */
	*p = NULL;
}

static int derive(const struct header *h, const char *password, uint8_t *ret)
{
	return crypto_pwhash_argon2id(ret, crypto_secretbox_KEYBYTES, password, strlen(password),
				      h->salt, h->passes, (size_t)h->memory_kib * 1024,
				      crypto_pwhash_argon2id_ALG_ARGON2ID13) < 0
		       ? -ENOMEM
		       : 0;
}

static void put_plain(const struct seal_owner *o, const struct seal_pin *pin, uint8_t *plain)
{
	memset(plain, 0, PLAIN_SIZE);
	for (unsigned i = 0; i < 4; i++)
		plain[i] = (uint8_t)(o->uid >> (24 - 8 * i));
	memcpy(plain + 4, o->token, strlen(o->token)); /* a file name fits */
	plain[4 + TOKEN_SIZE] = (uint8_t)pin->size;
	memcpy(plain + 4 + TOKEN_SIZE + 1, pin->bytes, pin->size);
}

static int put_header(const struct header *h, uint8_t *ret)
{
	struct writer w;
	int r;

	writer_init(&w, HEADER_SIZE);
	writer_bytes(&w, magic, MAGIC_SIZE);
	writer_u32(&w, h->passes);
	writer_u32(&w, h->memory_kib);
	writer_bytes(&w, h->salt, sizeof(h->salt));
	writer_bytes(&w, h->nonce, sizeof(h->nonce));
	r = writer_end(&w);
	if (r == 0)
		memcpy(ret, w.data, HEADER_SIZE);
	writer_done(&w);
	return r;
}

int seal_make(const struct seal_owner *o, const char *password, const struct seal_pin *pin,
	      uint8_t ret[static SEAL_SIZE])
{
	_cleanup_(secrets_freep) struct secrets *s = NULL;
	struct header h = {.passes = PASSES, .memory_kib = MEMORY_KIB};
	int r;

	if (password[0] == '\0' || pin->size == 0 || pin->size > SEAL_PIN_MAX ||
	    !text_is_file_name(o->token))
		return -EINVAL;
	if (sodium_init() < 0)
		return -EIO;
	s = sodium_malloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	randombytes_buf(h.salt, sizeof(h.salt));
	randombytes_buf(h.nonce, sizeof(h.nonce));
	r = derive(&h, password, s->key);
	if (r < 0)
		return r;
	put_plain(o, pin, s->plain);
	(void)crypto_secretbox_easy(ret + HEADER_SIZE, s->plain, PLAIN_SIZE, h.nonce,
				    s->key); /* always 0 */
	return put_header(&h, ret);
}

/* ret_box: what is behind the header. */
static bool read_header(const void *data, size_t size, struct header *ret, struct view *ret_box)
{
	struct view salt, nonce;
	struct reader r;

	reader_init(&r, data, size);
	if (!view_is_equal(reader_bytes(&r, MAGIC_SIZE),
			   (struct view){(const uint8_t *)magic, MAGIC_SIZE}))
		return false;
	ret->passes = reader_u32(&r);
	ret->memory_kib = reader_u32(&r);
	salt = reader_bytes(&r, sizeof(ret->salt));
	nonce = reader_bytes(&r, sizeof(ret->nonce));
	*ret_box = reader_bytes(&r, BOX_SIZE);
	if (!reader_end(&r) || ret->passes == 0 || ret->passes > PASSES_MAX ||
	    ret->memory_kib < crypto_pwhash_argon2id_MEMLIMIT_MIN / 1024 ||
	    ret->memory_kib > MEMORY_KIB_MAX)
		return false;
	memcpy(ret->salt, salt.data, sizeof(ret->salt));
	memcpy(ret->nonce, nonce.data, sizeof(ret->nonce));
	return true;
}

/* What was sealed -> the PIN, if it is this owner's. */
static bool read_plain(const struct seal_owner *o, const uint8_t *plain, struct seal_pin *ret)
{
	struct view token, pin;
	struct reader r;

	reader_init(&r, plain, PLAIN_SIZE);
	if (reader_u32(&r) != o->uid)
		return false;
	token = reader_bytes(&r, TOKEN_SIZE);
	if (token.data[TOKEN_SIZE - 1] != '\0' || strcmp((const char *)token.data, o->token) != 0)
		return false;
	ret->size = reader_u8(&r);
	pin = reader_bytes(&r, SEAL_PIN_MAX);
	if (!reader_end(&r) || ret->size == 0)
		return false;
	memcpy(ret->bytes, pin.data, ret->size);
	return true;
}

enum seal_result seal_open(const struct seal_owner *o, const char *password, const void *data,
			   size_t size, struct seal_pin **ret)
{
	_cleanup_(secrets_freep) struct secrets *s = NULL;
	_cleanup_(seal_pin_freep) struct seal_pin *pin = NULL;
	struct header h;
	struct view box;

	if (!read_header(data, size, &h, &box))
		return SEAL_BROKEN;
	pin = seal_pin_new();
	s = pin ? sodium_malloc(sizeof(*s)) : NULL;
	if (!s || derive(&h, password, s->key) < 0)
		return SEAL_TOO_LARGE;
	if (crypto_secretbox_open_easy(s->plain, box.data, box.size, h.nonce, s->key) < 0)
		return SEAL_CLOSED;
	if (!read_plain(o, s->plain, pin))
		return SEAL_BROKEN;
	*ret = take_ptr(pin);
	return SEAL_OPEN;
}
