/*
 * fuzz-sshcert.c - certificates of OpenSSH
 *
 * The input is two strings with their lengths: the key of the authority that is trusted, and the
 * certificate.
 */
#include "pam/sshcert.h"

#include "tests/fuzz/fuzz.h"

#define NOW UINT64_C(1782907200000000) /* 2026-07-01 */

static bool holds(struct view v, const char *s)
{
	return v.size > 0 && memmem(v.data, v.size, s, strlen(s));
}

static void check_right(struct view certificate, const struct authorized *a,
			const struct sshcert *c)
{
	const struct view shorter = {certificate.data, certificate.size - 1};
	struct sshcert other;

	fuzz_check(c->key.type != KEY_TYPE_NONE, "it is of a key");
	fuzz_check(c->authority == a->entries, "it has an authority");
	fuzz_check(holds(certificate, "alice"), "it names the user");
	fuzz_check(sshcert_check(shorter, a, "alice", NOW, &other) != SSHCERT_RIGHT,
		   "half a certificate is none");
	fuzz_check(sshcert_check(certificate, a, "", NOW, &other) != SSHCERT_RIGHT,
		   "nobody is no user");
	fuzz_check(sshcert_check(certificate, &(struct authorized){}, "alice", NOW, &other) ==
			   SSHCERT_STRANGER,
		   "it takes somebody who is trusted");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct authorized_entry entry = {.is_authority = true};
	const struct authorized a = {.entries = &entry, .n = 1};
	enum sshcert_result result;
	struct view certificate;
	struct sshcert c = {};
	struct reader r;

	reader_init(&r, data, size);
	entry.blob = reader_string(&r, 0, UINT32_MAX);
	certificate = reader_string(&r, 0, UINT32_MAX);
	result = sshcert_check(certificate, &a, "alice", NOW, &c);
	fuzz_check(result != SSHCERT_NONE && result < _SSHCERT_MAX, "there is an answer");
	if (result == SSHCERT_RIGHT)
		check_right(certificate, &a, &c);
	else
		fuzz_check(!c.authority, "a refusal gives nothing");
	return 0;
}
