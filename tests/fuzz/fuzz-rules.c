/*
 * fuzz-rules.c - the same text as signet.conf, as a key file and as a certificate
 *
 * Whatever is accepted must be within the limits that the rest of the agent counts on, and deny
 * must stay reachable: an answer is never made from a text alone.
 */
#include <errno.h>

#include "agent/base/clock.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/policy/certificate.h"
#include "agent/policy/expiry.h"
#include "agent/policy/decide.h"
#include "agent/policy/keyfile.h"
#include "agent/policy/purpose.h"
#include "agent/policy/settings.h"
#include "tests/fuzz/fuzz.h"

static void check_result(int r, const struct ini_error *error)
{
	fuzz_check(r == 0 || r == -EINVAL, "text is read or refused");
	fuzz_check((r == 0) == (error->what[0] == '\0'), "a refusal has a sentence");
}

static void check_time(uint64_t usec, uint64_t most)
{
	fuzz_check(usec >= 1 && usec <= most, "a time is within its limits");
}

static void check_settings(const char *text, size_t size)
{
	const uint64_t hour = 3600 * USEC_PER_SEC;
	struct ini_error error = {};
	struct settings s;
	int r;

	settings_init(&s);
	r = ini_parse(text, size, settings_assign, &s, &error);
	check_result(r, &error);
	fuzz_check(authorization_name(s.authorization) != NULL, "there is an authorization");
	check_time(s.polkit_usec, hour);
	check_time(s.interactive_usec, hour);
	check_time(s.token_usec, hour);
	check_time(s.frame_usec, hour);
	check_time(s.audit_usec, hour);
	fuzz_check(s.keep_usec <= 60 * USEC_PER_SEC, "nothing is kept longer than a minute");
	fuzz_check(s.idle_usec <= 365 * 24 * hour, "idle has an end");
}

static void check_rule(const struct key_rule *rule)
{
	fuzz_check(rule->uri.object || rule->uri.id_size > 0, "the URI means a key");
	fuzz_check(key_state_name(rule->state) != NULL, "there is a state");
	fuzz_check(rule->hashes < 1u << _HASH_MAX, "only hashes that exist");
	for (size_t i = 0; rule->purposes && rule->purposes[i]; i++)
		fuzz_check(purpose_is_name(rule->purposes[i]), "only purposes that exist");
	if (rule->not_before > 0 && rule->not_after > 0)
		fuzz_check(rule->not_before < rule->not_after, "the window is open at some time");
}

/* With the rule in force, a request without polkit's word is never allowed. */
static void check_verdict(const struct key_rule *rule)
{
	struct settings settings;
	struct caller caller = {.uid = 1001};
	struct ask ask = {.purpose = "digest",
			  .algorithm = ALGORITHM_ECDSA,
			  .hash = HASH_SHA256,
			  .input = INPUT_DIGEST,
			  .n_items = 1};
	struct key key = {.name = (char *)"key",
			  .token = (char *)"token",
			  .info = {.type = KEY_TYPE_P256, .bits = 256},
			  .rule = rule};
	struct situation s = {.settings = &settings,
			      .caller = &caller,
			      .ask = &ask,
			      .key = &key,
			      .action = "org.signetd.sign",
			      .agent_uid = 980,
			      .now_usec = UINT64_C(1800000000000000)};
	struct verdict v;

	settings_init(&settings);
	decide(&s, &v);
	fuzz_check(v.kind != VERDICT_ALLOW, "nobody is allowed without being asked for");
	fuzz_check(v.kind == VERDICT_ASK || text_is_clean(v.reason, strlen(v.reason), 255),
		   "a reason is clean text");
}

static void check_keyfile(const char *text, size_t size)
{
	struct ini_error error = {};
	struct keyfile k;
	int r;

	fuzz_check(keyfile_init(&k, "key", "/etc/signet/keys.d/key.conf") == 0, "there is memory");
	r = ini_parse(text, size, keyfile_assign, &k, &error);
	if (r == 0)
		r = keyfile_check(&k, &error);
	check_result(r, &error);
	if (r == 0) {
		check_rule(k.rule);
		check_verdict(k.rule);
	}
	keyfile_done(&k);
}

static void check_expiry(const uint8_t *der, size_t size)
{
	uint64_t usec = 0;
	char why[128] = "";
	int r = expiry_read(der, size, &usec, why, sizeof(why));

	fuzz_check(r == 0 || r == -EINVAL, "an expiry is read or refused");
	fuzz_check((r == 0) == (why[0] == '\0'), "a refusal has a sentence");
	fuzz_check((r == 0) == (usec > 0), "an expiry is a moment");
}

static void check_certificate(const char *text, size_t size)
{
	char why[128] = "";
	struct certificate c = {};
	int r;

	r = certificate_decode(text, size, &c, why, sizeof(why));
	fuzz_check(r == 0 || r == -EINVAL, "a certificate is read or refused");
	fuzz_check((r == 0) == (why[0] == '\0'), "a refusal has a sentence");
	fuzz_check((r == 0) == (c.data != NULL), "a refusal leaves nothing behind");
	fuzz_check(r < 0 || (c.size >= 4 && c.size <= CERTIFICATE_MAX),
		   "a certificate is as large as one may be");
	if (r == 0 && c.kind == CERTIFICATE_X509)
		check_expiry(c.data, c.size);
	free(c.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > CONFIG_FILE_MAX)
		return 0;
	check_settings((const char *)data, size);
	check_keyfile((const char *)data, size);
	check_certificate((const char *)data, size);
	return 0;
}
