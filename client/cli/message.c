/*
 * cli/message.c - see message.h
 */
#include "client/cli/message.h"

#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

enum exit_code message_begin(const struct recipe *r, const uint8_t *message, size_t size,
			     struct job *job)
{
	unsigned n = 0;

	if (!r->scheme.md && size > SIGNET_MESSAGE_MAX) {
		complain("'%s' is too long to be signed with Ed25519, which signs the file itself "
			 "and not a digest: at most 258048 bytes; use an RSA or ECDSA key",
			 shown_name(job->path));
		return EXIT_DATA;
	}
	job->signed_data = malloc(r->scheme.md ? EVP_MAX_MD_SIZE : size + 1);
	if (!job->signed_data) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	if (!r->scheme.md) {
		memcpy(job->signed_data, message, size);
		job->signed_size = size;
		return EXIT_DONE;
	}
	if (EVP_Digest(message, size, job->signed_data, &n, r->scheme.md, NULL) != 1) {
		complain("'%s' cannot be hashed: libcrypto refuses", shown_name(job->path));
		return EXIT_IO;
	}
	job->signed_size = n;
	return EXIT_DONE;
}

bool message_is_signed(const struct recipe *r, const uint8_t *message, size_t size,
		       const uint8_t *signature, size_t signature_size)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how;
	bool is_right =
		ctx && EVP_DigestVerifyInit(ctx, &how, r->scheme.md, NULL, r->signer.public) == 1;

	if (is_right && r->scheme.algorithm == SIGNET_RSA_PSS)
		is_right = EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1;
	is_right = is_right && EVP_DigestVerify(ctx, signature, signature_size, message, size) == 1;
	EVP_MD_CTX_free(ctx);
	return is_right;
}

void message_keyid(const struct recipe *r, char ret[static 65])
{
	for (size_t i = 0; i < sizeof(r->signer.id); i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", r->signer.id[i]); /* and a NUL: fits */
}
