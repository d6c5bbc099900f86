/*
 * pkcs11/sign.c - see sign.h
 */
#include "client/pkcs11/sign.h"

#include <string.h>

#include "client/pkcs11/agent.h"

CK_RV signing_begin(struct signing *s, const CK_MECHANISM *from, struct keypair *key)
{
	const struct mechanism *m = mechanism_find(from->mechanism);
	enum signet_hash hash = SIGNET_NO_HASH;
	CK_RV rv;

	if (!m || m->families == 0)
		return CKR_MECHANISM_INVALID;
	if (!mechanism_is_for(m, key->family))
		return CKR_KEY_TYPE_INCONSISTENT;
	rv = mechanism_check(m, from, &hash);
	if (rv != CKR_OK)
		return rv;
	*s = (struct signing){.mechanism = m, .key = key, .hash = hash};
	if (m->form == FORM_HASHED)
		digest_init(&s->digest, hash);
	return CKR_OK;
}

void signing_end(struct signing *s)
{
	(void)keypair_unref(s->key); /* returns NULL */
	free(s->data);
	*s = (struct signing){};
}

/* Twice the room each time; the most that it may become is known. */
static bool make_room(struct signing *s, size_t size)
{
	size_t room = s->room ? s->room : 256;
	uint8_t *bigger;

	while (room < size)
		room *= 2;
	if (room == s->room)
		return true;
	bigger = realloc(s->data, room);
	if (!bigger)
		return false;
	s->data = bigger;
	s->room = room;
	return true;
}

CK_RV signing_update(struct signing *s, struct octets part)
{
	s->is_begun = true;
	if (s->mechanism->form == FORM_HASHED) {
		digest_update(&s->digest, part.data, part.size);
		return CKR_OK;
	}
	if (part.size > mechanism_input_max(s->mechanism) - s->size)
		return CKR_DATA_LEN_RANGE;
	if (!make_room(s, s->size + part.size))
		return CKR_HOST_MEMORY;
	if (part.size > 0)
		memcpy(s->data + s->size, part.data, part.size);
	s->size += part.size;
	return CKR_OK;
}

static CK_RV ask(const struct signing *s, enum signet_hash hash, struct octets input,
		 struct signet **agent, uint8_t *ret)
{
	const struct wish wish = {
		.key = s->key,
		.algorithm = s->mechanism->algorithm,
		.hash = hash,
		.input = input,
	};

	return agent_sign(agent, &wish, ret);
}

static CK_RV finish_hashed(struct signing *s, struct signet **agent, uint8_t *ret)
{
	uint8_t digest[DIGEST_SIZE_MAX];

	digest_final(&s->digest, digest);
	return ask(s, s->hash, (struct octets){digest, digest_size(s->hash)}, agent, ret);
}

CK_RV signing_finish_whole(struct signing *s, struct octets whole, struct signet **agent,
			   uint8_t *ret)
{
	enum signet_hash hash;
	struct octets input;
	CK_RV rv;

	if (s->mechanism->form == FORM_HASHED) {
		digest_update(&s->digest, whole.data, whole.size);
		return finish_hashed(s, agent, ret);
	}
	rv = mechanism_read_input(s->mechanism, s->hash, whole, &input, &hash);
	return rv == CKR_OK ? ask(s, hash, input, agent, ret) : rv;
}

CK_RV signing_finish(struct signing *s, struct signet **agent, uint8_t *ret)
{
	if (s->mechanism->form == FORM_HASHED)
		return finish_hashed(s, agent, ret);
	return signing_finish_whole(s, (struct octets){s->data, s->size}, agent, ret);
}
