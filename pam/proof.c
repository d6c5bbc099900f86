/*
 * pam/proof.c - see proof.h
 */
#include "pam/proof.h"

#include <inttypes.h>
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdio.h>

enum sshcert_result proof_certificate(const struct proof_rules *rules, struct view certificate,
				      struct sshcert *ret)
{
	enum sshcert_result r =
		sshcert_check(certificate, &rules->keys, rules->user, rules->now_usec, ret);

	if (r != SSHCERT_STRANGER && r != SSHCERT_OTHER_USER)
		return r;
	return sshcert_check(certificate, &rules->authorities, rules->user, rules->now_usec, ret);
}

static bool is_line(const struct proof_rules *rules, struct view blob)
{
	size_t at = 0;

	return authorized_next(&rules->keys, blob, false, &at) != NULL;
}

static bool find_key(const struct proof_rules *rules, struct view blob, struct sshkey *ret)
{
	struct sshcert cert;

	if (is_line(rules, blob))
		return sshkey_read(blob, ret);
	if (proof_certificate(rules, blob, &cert) != SSHCERT_RIGHT)
		return false;
	*ret = cert.key;
	return true;
}

bool proof_is_right(const struct proof_rules *rules, struct view blob, struct view message,
		    struct view signature)
{
	struct sshkey key;

	return find_key(rules, blob, &key) &&
	       sshkey_verifies(&key, sshkey_hash(&key), message, signature);
}

/* Without the padding. */
static void name_key(struct view blob, char ret[static PROOF_NAME_SIZE])
{
	char text[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, blob.size, blob.data);
	sha256_digest(&ctx, sizeof(digest), digest);
	base64_encode_raw(text, sizeof(digest), digest);
	(void)snprintf(ret, PROOF_NAME_SIZE, "key SHA256:%.43s", text); /* fits */
}

void proof_name(const struct proof_rules *rules, struct view blob, char ret[static PROOF_NAME_SIZE])
{
	struct sshcert cert;

	if (is_line(rules, blob) || proof_certificate(rules, blob, &cert) != SSHCERT_RIGHT)
		name_key(blob, ret);
	else
		(void)snprintf(ret, PROOF_NAME_SIZE, "certificate '%.*s' (serial %" PRIu64 ")",
			       (int)cert.id.size, (const char *)cert.id.data,
			       cert.serial); /* cut if it is long */
}
