/*
 * pam/proof.c - see proof.h
 */
#include "pam/proof.h"

static enum sshcert_result check(const struct proof_rules *rules,
				 const struct authorized *authorities, struct view certificate,
				 struct sshkey *ret)
{
	struct sshcert cert;
	enum sshcert_result r =
		sshcert_check(certificate, authorities, rules->user, rules->now_usec, &cert);

	if (r == SSHCERT_RIGHT)
		*ret = cert.key;
	return r;
}

enum sshcert_result proof_certificate(const struct proof_rules *rules, struct view certificate,
				      struct sshkey *ret)
{
	enum sshcert_result r = check(rules, &rules->keys, certificate, ret);

	return r == SSHCERT_STRANGER || r == SSHCERT_OTHER_USER
		       ? check(rules, &rules->authorities, certificate, ret)
		       : r;
}

static bool find_key(const struct proof_rules *rules, struct view blob, struct sshkey *ret)
{
	size_t at = 0;

	if (authorized_next(&rules->keys, blob, false, &at))
		return sshkey_read(blob, ret);
	return proof_certificate(rules, blob, ret) == SSHCERT_RIGHT;
}

bool proof_is_right(const struct proof_rules *rules, struct view blob, struct view message,
		    struct view signature)
{
	struct sshkey key;

	return find_key(rules, blob, &key) &&
	       sshkey_verifies(&key, sshkey_hash(&key), message, signature);
}
