/*
 * pkcs11/digest.c - see digest.h
 */
#include "client/pkcs11/digest.h"

#include <string.h>

static const struct {
	enum signet_hash hash;
	size_t size;
} sizes[] = {
	{SIGNET_SHA256, 32},
	{SIGNET_SHA384, 48},
	{SIGNET_SHA512, 64},
};

size_t digest_size(enum signet_hash hash)
{
	for (size_t i = 0; i < array_len(sizes); i++)
		if (sizes[i].hash == hash)
			return sizes[i].size;
	return 0;
}

enum signet_hash digest_of_size(size_t size)
{
	for (size_t i = 0; i < array_len(sizes); i++)
		if (sizes[i].size == size)
			return sizes[i].hash;
	return SIGNET_NO_HASH;
}

/*
 * SHA-384 is SHA-512 from another beginning, cut to 48 bytes (FIPS 180-4, 5.3.4 and 6.5).
 * libsodium has no name for it, but its state is public.
 */
static void begin_sha384(crypto_hash_sha512_state *state)
{
	static const uint64_t beginning[8] = {
		UINT64_C(0xcbbb9d5dc1059ed8), UINT64_C(0x629a292a367cd507),
		UINT64_C(0x9159015a3070dd17), UINT64_C(0x152fecd8f70e5939),
		UINT64_C(0x67332667ffc00b31), UINT64_C(0x8eb44a8768581511),
		UINT64_C(0xdb0c2e0d64f98fa7), UINT64_C(0x47b5481dbefa4fa4),
	};

	memcpy(state->state, beginning, sizeof(beginning));
}

/* All of libsodium's return 0. */

void digest_init(struct digest *d, enum signet_hash hash)
{
	d->hash = hash;
	if (hash == SIGNET_SHA256) {
		(void)crypto_hash_sha256_init(&d->state.sha256);
		return;
	}
	(void)crypto_hash_sha512_init(&d->state.sha512);
	if (hash == SIGNET_SHA384)
		begin_sha384(&d->state.sha512);
}

void digest_update(struct digest *d, const void *data, size_t size)
{
	if (size == 0)
		return; /* data may be NULL then */
	if (d->hash == SIGNET_SHA256)
		(void)crypto_hash_sha256_update(&d->state.sha256, data, size);
	else
		(void)crypto_hash_sha512_update(&d->state.sha512, data, size);
}

void digest_final(struct digest *d, uint8_t ret[DIGEST_SIZE_MAX])
{
	if (d->hash == SIGNET_SHA256)
		(void)crypto_hash_sha256_final(&d->state.sha256, ret);
	else
		(void)crypto_hash_sha512_final(&d->state.sha512, ret);
}
