/*
 * cli/ssh.c - see ssh.h
 */
#include "client/cli/ssh.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <string.h>

#define FIELD_MAX 66u    /* bytes of a coordinate of P-521 */
#define NUMBER_MAX 2048u /* of a modulus */

/* --- strings and numbers, each with its length in front (RFC 4251) ---------------------------- */

bool ssh_put(BIO *bio, const void *data, size_t size)
{
	const uint8_t length[4] = {(uint8_t)(size >> 24), (uint8_t)(size >> 16),
				   (uint8_t)(size >> 8), (uint8_t)size};

	return BIO_write(bio, length, 4) == 4 &&
	       (size == 0 || BIO_write(bio, data, (int)size) == (int)size);
}

bool ssh_put_text(BIO *bio, const char *s)
{
	return ssh_put(bio, s, strlen(s));
}

bool ssh_put_number(BIO *bio, const BIGNUM *n)
{
	uint8_t buf[NUMBER_MAX + 1] = {};
	int size = BN_num_bytes(n);

	if (size <= 0 || size > (int)NUMBER_MAX)
		return false;
	(void)BN_bn2bin(n, buf + 1); /* writes size bytes */
	return buf[1] & 0x80 ? ssh_put(bio, buf, (size_t)size + 1)
			     : ssh_put(bio, buf + 1, (size_t)size);
}

static bool put_parameter(BIO *bio, const EVP_PKEY *key, const char *parameter)
{
	BIGNUM *n = NULL;
	bool is_done = EVP_PKEY_get_bn_param(key, parameter, &n) == 1 && ssh_put_number(bio, n);

	BN_free(n);
	return is_done;
}

/* One coordinate of a point, as long as the field. */
static bool get_coordinate(const EVP_PKEY *key, const char *parameter, uint8_t *buf, size_t size)
{
	BIGNUM *n = NULL;
	bool is_done;

	if (EVP_PKEY_get_bn_param(key, parameter, &n) != 1)
		return false;
	is_done = BN_bn2binpad(n, buf, (int)size) == (int)size;
	BN_free(n);
	return is_done;
}

static bool put_point(BIO *bio, const EVP_PKEY *key)
{
	size_t size = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
	uint8_t point[1 + 2 * FIELD_MAX] = {4}; /* not compressed */

	if (size == 0 || size > FIELD_MAX)
		return false;
	return get_coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X, point + 1, size) &&
	       get_coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y, point + 1 + size, size) &&
	       ssh_put(bio, point, 1 + 2 * size);
}

static bool put_ed25519(BIO *bio, const EVP_PKEY *key)
{
	uint8_t raw[32];
	size_t size = sizeof(raw);

	return EVP_PKEY_get_raw_public_key(key, raw, &size) == 1 && ssh_put(bio, raw, size);
}

const char *ssh_type(enum signet_key_type type)
{
	switch (type) {
	case SIGNET_KEY_RSA:
		return "ssh-rsa";
	case SIGNET_KEY_P256:
		return "ecdsa-sha2-nistp256";
	case SIGNET_KEY_P384:
		return "ecdsa-sha2-nistp384";
	case SIGNET_KEY_P521:
		return "ecdsa-sha2-nistp521";
	case SIGNET_KEY_ED25519:
		return "ssh-ed25519";
	}
	return NULL;
}

bool ssh_put_key(BIO *bio, const EVP_PKEY *key)
{
	enum signet_key_type type = pkey_type(key);
	const char *name = ssh_type(type);

	if (!name || !ssh_put_text(bio, name))
		return false;
	if (type == SIGNET_KEY_RSA)
		return put_parameter(bio, key, OSSL_PKEY_PARAM_RSA_E) &&
		       put_parameter(bio, key, OSSL_PKEY_PARAM_RSA_N);
	if (type == SIGNET_KEY_ED25519)
		return put_ed25519(bio, key);
	return ssh_put_text(bio, strrchr(name, '-') + 1) && put_point(bio, key);
}
