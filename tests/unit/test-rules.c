/*
 * test-rules.c - signet.conf, tokens.d and keys.d: what is read, and what is refused where
 */
#include "agent/policy/rules.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <ftw.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/policy/certificate.h"
#include "agent/policy/keyfile.h"
#include "agent/policy/settings.h"

#define URI "URI=pkcs11:token=main;object=release\n"

static char dir[] = "/tmp/signet-test-rules-XXXXXX";

static const char pem[] = "-----BEGIN CERTIFICATE-----\n"
			  "MIIBLjCB4aADAgECAhQDo3FfTyN6JK4jX4UjYOQdQjXXCDAFBgMrZXAwDDEKMAgG\n"
			  "A1UEAwwBeDAgFw0yNjExMjIwNzQzMzNaGA8yMTI2MTAyOTA3NDMzM1owDDEKMAgG\n"
			  "A1UEAwwBeDAqMAUGAytlcAMhAHeZ8TAbqDJFCPtF8ioQ6byRk1x4huNzB3ZRhhjk\n"
			  "O4N5o1MwUTAdBgNVHQ4EFgQUgliWXVED+4Zi1DMeKVsXbkw9ZJkwHwYDVR0jBBgw\n"
			  "FoAUgliWXVED+4Zi1DMeKVsXbkw9ZJkwDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXAD\n"
			  "QQDh9+eREC1s/vQytb1arx7YygS31tKteEoq5RJDVKH6l4I3VJVWLRFsoqwcuCiQ\n"
			  "NY9ByN9uA1VlFoth3J/PTigN\n"
			  "-----END CERTIFICATE-----\n";
#define DER_SIZE 306
#define DER_SHA256 "de132ffe543c6c8d7113c3a0517d95eba2684c02960294f41e405f1bea32bdfb"

/* --- a directory to read ------------------------------------------------------------------------ */

static void set_up(void)
{
	umask(022);
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void tear_down(void)
{
	ck_assert_int_eq(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* Where name is in dir; in a buffer that the next call reuses. */
static const char *at(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* Makes the directories that name needs as well. */
static void put_bytes(const char *name, const void *data, size_t size)
{
	const char *path = at(name);
	FILE *f;

	for (char *slash = strchr(path + strlen(dir) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		ck_assert(mkdir(path, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, size, f), size);
	ck_assert_int_eq(fclose(f), 0);
}

static void put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static struct rules *load(void)
{
	struct rules_error error;
	struct rules *rules = NULL;
	int r = rules_load(dir, &rules, &error);

	ck_assert_msg(r == 0, "%s:%u: %s", error.path, error.line, error.what);
	ck_assert_ptr_null(error.path);
	return rules;
}

/* Loads what must be refused, at the line of the file, in words with what in them. */
static void check_refused(const char *file, unsigned line, const char *what)
{
	struct rules_error error;
	struct rules *rules = NULL;
	int r = rules_load(dir, &rules, &error);

	ck_assert_ptr_null(rules);
	ck_assert_int_eq(r, -EINVAL);
	ck_assert_str_eq(error.path, file[0] == '/' ? file : at(file));
	ck_assert_msg(error.line == line, "expected line %u, got %u: %s", line, error.line,
		      error.what);
	ck_assert_msg(strstr(error.what, what), "expected '%s', got '%s'", what, error.what);
	ck_assert(text_is_clean(error.what, strlen(error.what), 255));
	rules_error_done(&error);
	ck_assert_ptr_null(error.path);
}

static const struct key_rule *only_key(const struct rules *rules)
{
	ck_assert_uint_eq(rules->n_keys, 1);
	return rules->keys[0];
}

/* --- signet.conf ------------------------------------------------------------------------------- */

START_TEST(an_empty_directory_means_the_defaults)
{
	struct rules *rules = load();

	ck_assert_int_eq(rules->settings.authorization, AUTHORIZATION_POLKIT);
	ck_assert_uint_eq(rules->settings.polkit_usec, 17 * USEC_PER_SEC);
	ck_assert_uint_eq(rules->settings.interactive_usec, 120 * USEC_PER_SEC);
	ck_assert_uint_eq(rules->settings.keep_usec, 5 * USEC_PER_SEC);
	ck_assert_uint_eq(rules->settings.token_usec, 30 * USEC_PER_SEC);
	ck_assert_uint_eq(rules->settings.frame_usec, 30 * USEC_PER_SEC);
	ck_assert_uint_eq(rules->settings.audit_usec, 5 * USEC_PER_SEC);
	ck_assert_uint_eq(rules->settings.idle_usec, 900 * USEC_PER_SEC);
	ck_assert_uint_eq(rules->n_tokens, 0);
	ck_assert_ptr_null(rules->tokens[0]);
	ck_assert_uint_eq(rules->n_keys, 0);
	ck_assert_uint_eq(strlen(rules->hash), 64);
	rules_free(rules);
}
END_TEST

START_TEST(every_setting_is_read)
{
	struct rules *rules;

	put("signet.conf", "# ours\n[Agent]\nAuthorization=same-user\nPolkitTimeoutSec=250ms\n"
			   "InteractiveTimeoutSec=1min\nKeepSec=0\nTokenTimeoutSec=7\n"
			   "FrameTimeoutSec=8s\nJournalTimeoutSec=9s\nIdleExitSec=0\n");
	rules = load();
	ck_assert_int_eq(rules->settings.authorization, AUTHORIZATION_SAME_USER);
	ck_assert_uint_eq(rules->settings.polkit_usec, 250 * USEC_PER_MSEC);
	ck_assert_uint_eq(rules->settings.interactive_usec, 60 * USEC_PER_SEC);
	ck_assert_uint_eq(rules->settings.keep_usec, 0);
	ck_assert_uint_eq(rules->settings.token_usec, 7 * USEC_PER_SEC);
	ck_assert_uint_eq(rules->settings.frame_usec, 8 * USEC_PER_SEC);
	ck_assert_uint_eq(rules->settings.audit_usec, 9 * USEC_PER_SEC);
	ck_assert_uint_eq(rules->settings.idle_usec, 0);
	rules_free(rules);
}
END_TEST

START_TEST(drop_ins_of_signet_conf_come_later_and_win)
{
	struct rules *rules;

	put("signet.conf", "[Agent]\nKeepSec=1s\nPolkitTimeoutSec=1s\n");
	put("signet.conf.d/20-b.conf", "[Agent]\nKeepSec=3s\n");
	put("signet.conf.d/10-a.conf", "[Agent]\nKeepSec=2s\n");
	put("signet.conf.d/30-c.ignored", "[Agent]\nKeepSec=nonsense\n");
	rules = load();
	ck_assert_uint_eq(rules->settings.keep_usec, 3 * USEC_PER_SEC);
	ck_assert_uint_eq(rules->settings.polkit_usec, USEC_PER_SEC);
	rules_free(rules);
}
END_TEST

START_TEST(drop_ins_need_no_signet_conf)
{
	struct rules *rules;

	put("signet.conf.d/10-a.conf", "[Agent]\nKeepSec=2s\n");
	rules = load();
	ck_assert_uint_eq(rules->settings.keep_usec, 2 * USEC_PER_SEC);
	rules_free(rules);
}
END_TEST

START_TEST(bad_settings_are_refused_with_their_line)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *what;
	} cases[] = {
		/* clang-format off */
		{"[Agent]\nAuthorization=\n", 2, "Authorization= is '', expected polkit or same-user"},
		{"[Agent]\nAuthorization=none\n", 2, "expected polkit or same-user"},
		{"[Agent]\nAuthorization=Polkit\n", 2, "is 'Polkit'"},
		{"[Agent]\n\nKeepSec=61s\n", 3, "expected at most 60s"},
		{"[Agent]\nKeepSec=-1\n", 2, "KeepSec= is '-1', expected a time"},
		{"[Agent]\nKeepSec=\n", 2, "expected a time"},
		{"[Agent]\nKeepSec=infinity\n", 2, "expected a time"},
		{"[Agent]\nKeepSec=5 parsec\n", 2, "expected a time"},
		{"[Agent]\nPolkitTimeoutSec=0\n", 2, "expected at least 1ms"},
		{"[Agent]\nPolkitTimeoutSec=2d\n", 2, "expected at most 3600s"},
		{"[Agent]\nInteractiveTimeoutSec=0\n", 2, "expected at least 1ms"},
		{"[Agent]\nTokenTimeoutSec=0ms\n", 2, "expected at least 1ms"},
		{"[Agent]\nFrameTimeoutSec=0\n", 2, "expected at least 1ms"},
		{"[Agent]\nJournalTimeoutSec=0\n", 2, "expected at least 1ms"},
		{"[Agent]\nIdleExitSec=400d\n", 2, "expected at most"},
		{"[Agent]\nTokenTimeoutSec=99999999999999999999s\n", 2, "expected a time"},
		{"[Agent]\nidleExitSec=1\n", 2, "unknown key 'idleExitSec', known in [Agent] are "
						"Authorization PolkitTimeoutSec InteractiveTimeoutSec KeepSec "
						"TokenTimeoutSec FrameTimeoutSec JournalTimeoutSec ApprovalTimeoutSec IdleExitSec"},
		{"[Agent]\nLogLevel=debug\n", 2, "unknown key 'LogLevel'"},
		{"[Key]\nKeepSec=1\n", 1, "unknown section [Key], expected [Agent]"},
		{"[agent]\nKeepSec=1\n", 1, "unknown section [agent]"},
		{"KeepSec=1\n", 1, "before the first [Section]"},
		{"[Agent]\nKeepSec\n", 2, "expected KEY=VALUE"},
		{"[Agent\n", 1, "[Name]"},
		{"[Agent]\nKeepSec=\x01\n", 2, "not UTF-8 text"},
		/* clang-format on */
	};

	for (size_t i = 0; i < array_len(cases); i++) {
		put("signet.conf", cases[i].text);
		check_refused("signet.conf", cases[i].line, cases[i].what);
	}
}
END_TEST

START_TEST(the_drop_in_that_is_wrong_is_named)
{
	put("signet.conf", "[Agent]\nKeepSec=1\n");
	put("signet.conf.d/10-good.conf", "[Agent]\nKeepSec=1\n");
	put("signet.conf.d/20-bad.conf", "[Agent]\n\n\nKeepSec=x\n");
	check_refused("signet.conf.d/20-bad.conf", 4, "KeepSec=");
}
END_TEST

/* --- tokens.d ---------------------------------------------------------------------------------- */

#define TOKEN "[Token]\nModule=/usr/lib/module.so\nURI=pkcs11:token=t\n"

START_TEST(tokens_are_named_after_their_files)
{
	struct rules *rules;

	put("tokens.d/main.conf", TOKEN);
	put("tokens.d/main-2.conf", TOKEN "Sessions=4\nSerial=no\nVerify=activation\n");
	put("tokens.d/readme", "");
	rules = load();
	ck_assert_uint_eq(rules->n_tokens, 2);
	ck_assert_str_eq(rules->tokens[0], "main");
	ck_assert_str_eq(rules->tokens[1], "main-2");
	ck_assert_ptr_null(rules->tokens[2]);
	rules_free(rules);
}
END_TEST

START_TEST(bad_token_files_are_refused_with_their_line)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *what;
	} rows[] = {
		{"", 0, "Module= is missing"},
		{"[Token]\nModule=/m.so\n", 0, "URI= is missing"},
		{"[Token]\nModule=m.so\n", 2, "absolute path"},
		{TOKEN "NoSuchKey=1\n", 4, "'NoSuchKey=' is not known"},
		{"[Nonsense]\n" TOKEN, 1, "[Nonsense] is not known"},
		{TOKEN "Sessions=0\n", 4, "Sessions="},
		{TOKEN "Sessions=16\n", 4, "Sessions="},
		{TOKEN "Serial=perhaps\n", 4, "Serial="},
		{TOKEN "Verify=never\n", 4, "Verify="},
		{"[Token]\nURI=pkcs11:object=o\n", 2, "URI= is refused"},
		{"[Token]\nURI=pkcs11:token=t?pin-value=1234\n", 2, "URI= is refused"},
		{"[Token]\nURI=pkcs11:token=t?module-path=/tmp/m.so\n", 2, "URI= is refused"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		put("tokens.d/main.conf", rows[i].text);
		check_refused("tokens.d/main.conf", rows[i].line, rows[i].what);
	}
}
END_TEST

START_TEST(a_bad_name_of_a_token_is_refused)
{
	put("tokens.d/ma in.conf", "");
	check_refused("tokens.d/ma in.conf", 0, "no name for a key or token");
}
END_TEST

START_TEST(too_many_tokens_are_refused)
{
	char name[32];

	for (unsigned i = 0; i <= TOKENS_MAX; i++) {
		snprintf(name, sizeof(name), "tokens.d/t%u.conf", i);
		put(name, "");
	}
	check_refused("tokens.d", 0, "more than 64 tokens");
}
END_TEST

/* --- keys.d ------------------------------------------------------------------------------------ */

START_TEST(a_key_with_a_uri_alone_has_no_limits)
{
	struct rules *rules;
	const struct key_rule *k;

	put("keys.d/release.conf", "[Key]\n" URI);
	rules = load();
	k = only_key(rules);
	ck_assert_str_eq(k->name, "release");
	ck_assert_str_eq(k->path, at("keys.d/release.conf"));
	ck_assert_str_eq(k->uri.object, "release");
	ck_assert_ptr_null(k->purposes);
	ck_assert_uint_eq(k->hashes, 0);
	ck_assert_uint_eq(k->minimum_bits, 0);
	ck_assert_uint_eq(k->not_before, 0);
	ck_assert_uint_eq(k->not_after, 0);
	ck_assert_int_eq(k->state, KEY_STATE_ACTIVE);
	ck_assert_ptr_null(k->certificate);
	rules_free(rules);
}
END_TEST

START_TEST(every_limit_of_a_key_is_read)
{
	struct rules *rules;
	const struct key_rule *k;

	put("keys.d/release.conf",
	    "[Key]\n" URI
	    "Purposes=digest cms  sshsig:git@example.org\nPurposes=sshsig:* ssh-auth ssh-cert ssh-raw\n"
	    "Purposes=pam:gdm-password pam:*\n"
	    "Hashes=sha256\nHashes=sha512\nMinimumBits=3072\nNotBefore=2026-01-01\n"
	    "NotAfter=2026-12-31T23:59:59Z\nState=retired\n");
	rules = load();
	k = only_key(rules);
	ck_assert_str_eq(k->purposes[0], "digest");
	ck_assert_str_eq(k->purposes[1], "cms");
	ck_assert_str_eq(k->purposes[2], "sshsig:git@example.org");
	ck_assert_str_eq(k->purposes[3], "sshsig:*");
	ck_assert_str_eq(k->purposes[6], "ssh-raw");
	ck_assert_str_eq(k->purposes[7], "pam:gdm-password");
	ck_assert_str_eq(k->purposes[8], "pam:*");
	ck_assert_ptr_null(k->purposes[9]);
	ck_assert_uint_eq(k->hashes, 1u << HASH_SHA256 | 1u << HASH_SHA512);
	ck_assert_uint_eq(k->minimum_bits, 3072);
	ck_assert_uint_eq(k->not_before, UINT64_C(1767225600) * USEC_PER_SEC);
	ck_assert_uint_eq(k->not_after, UINT64_C(1798761599) * USEC_PER_SEC);
	ck_assert_int_eq(k->state, KEY_STATE_RETIRED);
	rules_free(rules);
}
END_TEST

START_TEST(an_empty_value_resets_a_list)
{
	struct rules *rules;
	const struct key_rule *k;

	put("keys.d/release.conf",
	    "[Key]\n" URI
	    "Purposes=digest\nPurposes=\nPurposes=cms\nHashes=sha256\nHashes=\nHashes=sha384\n");
	rules = load();
	k = only_key(rules);
	ck_assert_str_eq(k->purposes[0], "cms");
	ck_assert_ptr_null(k->purposes[1]);
	ck_assert_uint_eq(k->hashes, 1u << HASH_SHA384);
	rules_free(rules);
}
END_TEST

START_TEST(a_list_that_ends_empty_allows_nothing)
{
	struct rules *rules;
	const struct key_rule *k;

	put("keys.d/release.conf", "[Key]\n" URI "Purposes=digest\nHashes=sha256\n");
	put("keys.d/release.conf.d/none.conf", "[Key]\nPurposes=\nHashes=\n");
	rules = load();
	k = only_key(rules);
	ck_assert_ptr_nonnull(k->purposes);
	ck_assert_ptr_null(k->purposes[0]);
	ck_assert_uint_ne(k->hashes, 0);
	for (int h = HASH_SHA256; h < _HASH_MAX; h++)
		ck_assert_uint_eq(k->hashes & 1u << h, 0);
	rules_free(rules);
}
END_TEST

START_TEST(the_first_moment_of_time_is_a_limit_too)
{
	struct rules *rules;

	put("keys.d/release.conf", "[Key]\n" URI "NotAfter=1970-01-01\n");
	rules = load();
	ck_assert_uint_gt(only_key(rules)->not_after, 0);
	rules_free(rules);
}
END_TEST

START_TEST(drop_ins_of_a_key_come_later_and_win)
{
	struct rules *rules;
	const struct key_rule *k;

	put("keys.d/release.conf", "[Key]\n" URI "Purposes=digest\nMinimumBits=2048\n");
	put("keys.d/release.conf.d/10-more.conf", "[Key]\nPurposes=cms\nMinimumBits=3072\n");
	put("keys.d/release.conf.d/20-state.conf",
	    "[Key]\nState=suspended\nURI=pkcs11:token=two;object=other\n");
	rules = load();
	k = only_key(rules);
	ck_assert_str_eq(k->purposes[0], "digest");
	ck_assert_str_eq(k->purposes[1], "cms");
	ck_assert_uint_eq(k->minimum_bits, 3072);
	ck_assert_int_eq(k->state, KEY_STATE_SUSPENDED);
	ck_assert_str_eq(k->uri.object, "other");
	ck_assert_str_eq(k->uri.token, "two");
	rules_free(rules);
}
END_TEST

START_TEST(keys_are_sorted_by_name)
{
	struct rules *rules;

	put("keys.d/a.conf", "[Key]\nURI=pkcs11:token=t;object=1\n");
	put("keys.d/a-b.conf", "[Key]\nURI=pkcs11:token=t;object=3\n");
	put("keys.d/B.conf", "[Key]\nURI=pkcs11:token=t;object=2\n");
	rules = load();
	ck_assert_uint_eq(rules->n_keys, 3);
	ck_assert_str_eq(rules->keys[0]->name, "B");
	ck_assert_str_eq(rules->keys[1]->name, "a");
	ck_assert_str_eq(rules->keys[2]->name, "a-b");
	rules_free(rules);
}
END_TEST

START_TEST(bad_key_files_are_refused_with_their_line)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *what;
	} cases[] = {
		/* clang-format off */
		{"", 0, "URI= is missing"},
		{"[Key]\nState=active\n", 0, "URI= is missing"},
		{"[Key]\nURI=\n", 2, "URI= is refused: "},
		{"[Key]\nURI=release\n", 2, "URI= is refused: "},
		{"[Key]\nURI=pkcs11:token=main\n", 2, "URI= is refused: "},
		{"[Key]\nURI=pkcs11:object=release?pin-value=1234\n", 2, "URI= is refused: "},
		{"[Key]\nURI=pkcs11:object=release?module-path=/tmp/x.so\n", 2, "URI= is refused: "},
		{"[Key]\n" URI "Certificate=release.pem\n", 3, "Certificate= is 'release.pem', expected a path"},
		{"[Key]\n" URI "Purposes=digets\n", 3, "Purposes= names 'digets', expected digest, cms,"},
		{"[Key]\n" URI "Purposes=digest,cms\n", 3, "names 'digest,cms'"},
		{"[Key]\n" URI "Purposes=digest *\n", 3, "names '*'"},
		{"[Key]\n" URI "Purposes=sshsig\n", 3, "names 'sshsig'"},
		{"[Key]\n" URI "Purposes=sshsig:\n", 3, "names 'sshsig:'"},
		{"[Key]\n" URI "Purposes=sshsig:git*\n", 3, "names 'sshsig:git*'"},
		{"[Key]\n" URI "Purposes=sshsig:**\n", 3, "names 'sshsig:**'"},
		{"[Key]\n" URI "Purposes=pam:\n", 3, "names 'pam:', expected digest,"},
		{"[Key]\n" URI "Purposes=pam\n", 3, "names 'pam'"},
		{"[Key]\n" URI "Purposes=pam:Sudo\n", 3, "names 'pam:Sudo'"},
		{"[Key]\n" URI "Purposes=pam:su*\n", 3, "names 'pam:su*'"},
		{"[Key]\n" URI "Purposes=pam:../sudo\n", 3, "names 'pam:../sudo'"},
		{"[Key]\n" URI "Purposes=DIGEST\n", 3, "names 'DIGEST'"},
		{"[Key]\n" URI "Hashes=sha1\n", 3, "Hashes= names 'sha1', expected sha256, sha384 or sha512"},
		{"[Key]\n" URI "Hashes=sha256 md5\n", 3, "names 'md5'"},
		{"[Key]\n" URI "Hashes=SHA256\n", 3, "names 'SHA256'"},
		{"[Key]\n" URI "MinimumBits=\n", 3, "MinimumBits= is '', expected a number"},
		{"[Key]\n" URI "MinimumBits=-1\n", 3, "expected a number"},
		{"[Key]\n" URI "MinimumBits=2048 \\\n bits\n", 3, "expected a number"},
		{"[Key]\n" URI "MinimumBits=99999\n", 3, "expected a number from 0 to 16384"},
		{"[Key]\n" URI "NotBefore=\n", 3, "NotBefore= is '', expected a UTC date"},
		{"[Key]\n" URI "NotBefore=tomorrow\n", 3, "expected a UTC date"},
		{"[Key]\n" URI "NotAfter=2026-02-30\n", 3, "NotAfter= is '2026-02-30'"},
		{"[Key]\n" URI "NotAfter=31.12.2026\n", 3, "expected a UTC date"},
		{"[Key]\n" URI "NotAfter=2026-12-31T23:59:59\n", 3, "expected a UTC date"},
		{"[Key]\n" URI "NotBefore=2027-01-01\nNotAfter=2026-01-01\n", 0, "not later than NotBefore="},
		{"[Key]\n" URI "NotBefore=2027-01-01\nNotAfter=2027-01-01\n", 0, "not later than NotBefore="},
		{"[Key]\n" URI "State=\n", 3, "State= is '', expected active, suspended or retired"},
		{"[Key]\n" URI "State=none\n", 3, "State= is 'none'"},
		{"[Key]\n" URI "State=Active\n", 3, "State= is 'Active'"},
		{"[Key]\n" URI "RateLimt=5/min\n", 3, "unknown key 'RateLimt', known in [Key] are URI Certificate "
						      "Purposes Algorithms Hashes MinimumBits NotBefore NotAfter RateLimit "
						     "MaximumSignatures Quorum Approvers ApproverKeys BreakGlass Successor SuccessorFrom State Template "
						     "CertificateExpiry"},
		{"[Key]\n" URI "RateLimit=5\n", 3, "RateLimit= is '5', expected a number and a time"},
		{"[Key]\n" URI "RateLimit=5/min\n", 3, "RateLimit= is '5/min'"},
		{"[Key]\n" URI "RateLimit=0/1min\n", 3, "RateLimit= is '0/1min'"},
		{"[Key]\n" URI "RateLimit=5/100ms\n", 3, "RateLimit= is '5/100ms'"},
		{"[Key]\n" URI "RateLimit=5/2d\n", 3, "RateLimit= is '5/2d'"},
		{"[Key]\n" URI "MaximumSignatures=0\n", 3, "MaximumSignatures= is '0', expected a number from 1 on"},
		{"[Key]\n" URI "MaximumSignatures=-1\n", 3, "MaximumSignatures= is '-1'"},
		{"[Key]\n" URI "Algorithms=rsa\n", 3, "Algorithms= names 'rsa', expected rsa-pkcs1, rsa-pss, ecdsa or ed25519"},
		{"[Key]\n" URI "Hashes=sha1\n", 3, "Hashes= names 'sha1', expected sha256"},
		{"[Key]\n" URI "Quorum=2\n", 0, "Quorum= is 2 and neither Approvers= nor ApproverKeys= names anybody"},
		{"[Key]\n" URI "Quorum=17\n", 3, "expected a number from 0 to 16"},
		{"[Key]\n" URI "Approvers=no-such-user\n", 3, "Approvers= names 'no-such-user', and there is no such user"},
		{"[Key]\n" URI "Approvers=@no-such-group\n", 3, "and there is no such group"},
		{"[Key]\n" URI "BreakGlass=root\n", 0, "BreakGlass= does without the approvals of Quorum="},
		{"[Key]\n" URI "Successor=release\n", 3, "expected the name of another file of keys.d"},
		{"[Key]\n" URI "Successor=../x\n", 3, "expected the name of another file"},
		{"[Key]\n" URI "Successor=next\n", 0, "Successor= names 'next', which has no file in keys.d"},
		{"[Key]\n" URI "SuccessorFrom=2027-01-01\n", 0, "SuccessorFrom= is set, but no Successor="},
		{"[Key]\n" URI "purposes=digest\n", 3, "unknown key 'purposes'"},
		{"[Agent]\n" URI, 1, "unknown section [Agent], expected [Key]"},
		{URI, 1, "before the first [Section]"},
		/* clang-format on */
	};

	for (size_t i = 0; i < array_len(cases); i++) {
		put("keys.d/release.conf", cases[i].text);
		check_refused("keys.d/release.conf", cases[i].line, cases[i].what);
	}
}
END_TEST

START_TEST(long_and_strange_values_give_a_clean_sentence)
{
	char text[4096] = "[Key]\nState=", *end = text + strlen(text);

	/* Three bytes a character, so that a cut in the wrong place shows. */
	while (end < text + sizeof(text) - 8)
		end = stpcpy(end, "\xe2\x82\xac");
	put("keys.d/release.conf", text);
	check_refused("keys.d/release.conf", 2, "State= is '");
}
END_TEST

START_TEST(purposes_that_are_too_long_or_too_many_are_refused)
{
	char text[16384] = "[Key]\n" URI "Purposes=sshsig:", *end = text + strlen(text);

	memset(end, 'n', PURPOSE_MAX);
	put("keys.d/release.conf", text);
	check_refused("keys.d/release.conf", 3, "Purposes= names 'sshsig:nnn");
	memset(end, 0, PURPOSE_MAX);
	end -= strlen("sshsig:");
	for (unsigned i = 0; i < 257; i++)
		end += sprintf(end, "sshsig:n%u ", i);
	put("keys.d/release.conf", text);
	check_refused("keys.d/release.conf", 3, "names more than 256");
}
END_TEST

START_TEST(bad_names_of_keys_are_refused)
{
	static const char *const names[] = {"keys.d/re lease.conf", "keys.d/-x.conf",
					    "keys.d/a:b.conf", "keys.d/\xc3\xa4.conf"};

	for (size_t i = 0; i < array_len(names); i++) {
		put(names[i], "[Key]\n" URI);
		check_refused(names[i], 0, "no name for a key or token");
		ck_assert_int_eq(unlink(at(names[i])), 0);
	}
}
END_TEST

START_TEST(two_files_of_one_key_are_refused)
{
	put("keys.d/a.conf", "[Key]\nURI=pkcs11:token=main;object=x\n");
	put("keys.d/b.conf", "[Key]\nURI=pkcs11:token=main;object=y\n");
	put("keys.d/c.conf", "[Key]\nURI=pkcs11:object=x;token=main\n");
	check_refused("keys.d/c.conf", 0, "its URI= is that of key 'a' too");
}
END_TEST

START_TEST(keys_that_differ_in_one_attribute_are_two)
{
	struct rules *rules;

	put("keys.d/a.conf", "[Key]\nURI=pkcs11:token=main;object=x\n");
	put("keys.d/b.conf", "[Key]\nURI=pkcs11:token=other;object=x\n");
	put("keys.d/c.conf", "[Key]\nURI=pkcs11:serial=1;object=x\n");
	put("keys.d/d.conf", "[Key]\nURI=pkcs11:token=t;object=x;id=%01\n");
	put("keys.d/e.conf", "[Key]\nURI=pkcs11:token=t;object=x;id=%02\n");
	put("keys.d/f.conf", "[Key]\nURI=pkcs11:token=t;object=x;id=%01%02\n");
	put("keys.d/g.conf", "[Key]\nURI=pkcs11:token=t;id=%01\n");
	rules = load();
	ck_assert_uint_eq(rules->n_keys, 7);
	rules_free(rules);
}
END_TEST

START_TEST(drop_ins_for_no_key_are_refused)
{
	put("keys.d/release.conf", "[Key]\n" URI);
	put("keys.d/vault.conf.d/suspend.conf", "[Key]\nState=suspended\n");
	check_refused("keys.d", 0, "drop-ins 'vault.conf.d' are for a key without a file");
}
END_TEST

/* --- templates.d -------------------------------------------------------------------------------- */

START_TEST(a_template_says_what_the_key_does_not)
{
	const struct key_rule *k;
	struct rules *rules;

	put("templates.d/build.conf", "[Key]\nPurposes=digest\nHashes=sha256\nMinimumBits=3072\n"
				      "RateLimit=5/1min\nState=suspended\n");
	put("templates.d/build.conf.d/10.conf", "[Key]\nHashes=sha512\n");
	put("keys.d/release.conf", "[Key]\n" URI "Template=build\n");
	rules = load();
	k = only_key(rules);
	ck_assert_str_eq(k->purposes[0], "digest");
	ck_assert_ptr_null(k->purposes[1]);
	ck_assert_uint_eq(k->hashes, 1u << HASH_SHA256 | 1u << HASH_SHA512);
	ck_assert_uint_eq(k->minimum_bits, 3072);
	ck_assert_uint_eq(k->rate, 5);
	ck_assert_int_eq(k->state, KEY_STATE_SUSPENDED);
	ck_assert_ptr_nonnull(strstr(k->path, "/keys.d/release.conf"));
	rules_free(rules);
}
END_TEST

START_TEST(the_lines_of_a_key_override_those_of_its_template_wherever_it_is_named)
{
	static const char *const files[] = {
		"[Key]\nTemplate=build\n" URI
		"Hashes=sha384\nPurposes=\nPurposes=cms\nMinimumBits=0\n",
		"[Key]\n" URI
		"Hashes=sha384\nPurposes=\nPurposes=cms\nMinimumBits=0\nTemplate=build\n",
	};

	put("templates.d/build.conf", "[Key]\nPurposes=digest\nHashes=sha256\nMinimumBits=3072\n");
	for (size_t i = 0; i < array_len(files); i++) {
		const struct key_rule *k;
		struct rules *rules;

		put("keys.d/release.conf", files[i]);
		rules = load();
		k = only_key(rules);
		ck_assert_str_eq(k->purposes[0], "cms");
		ck_assert_ptr_null(k->purposes[1]);
		ck_assert_uint_eq(k->hashes, 1u << HASH_SHA256 | 1u << HASH_SHA384);
		ck_assert_uint_eq(k->minimum_bits, 0);
		rules_free(rules);
	}
}
END_TEST

START_TEST(a_list_that_a_key_empties_is_empty_whatever_its_template_says)
{
	const struct key_rule *k;
	struct rules *rules;

	put("templates.d/build.conf", "[Key]\nPurposes=digest\nHashes=sha256\nAlgorithms=ecdsa\n");
	put("keys.d/release.conf",
	    "[Key]\n" URI "Template=build\nPurposes=\nHashes=\nAlgorithms=\n");
	rules = load();
	k = only_key(rules);
	ck_assert_ptr_nonnull(k->purposes);
	ck_assert_ptr_null(k->purposes[0]);
	ck_assert_uint_eq(k->hashes, 1u << HASH_NONE);
	ck_assert_uint_eq(k->algorithms, 1u << ALGORITHM_NONE);
	rules_free(rules);
}
END_TEST

START_TEST(of_several_templates_the_last_counts_and_an_empty_one_is_none)
{
	struct rules *rules;

	put("templates.d/a.conf", "[Key]\nMinimumBits=1\nHashes=sha256\n");
	put("templates.d/b.conf", "[Key]\nMinimumBits=2\n");
	put("keys.d/release.conf", "[Key]\n" URI "Template=a\n");
	put("keys.d/release.conf.d/10.conf", "[Key]\nTemplate=b\n");
	rules = load();
	ck_assert_uint_eq(only_key(rules)->minimum_bits, 2);
	ck_assert_uint_eq(only_key(rules)->hashes, 0);
	rules_free(rules);
	put("keys.d/release.conf.d/20.conf", "[Key]\nTemplate=\n");
	rules = load();
	ck_assert_uint_eq(only_key(rules)->minimum_bits, 0);
	rules_free(rules);
}
END_TEST

START_TEST(several_keys_have_a_template_each_by_itself)
{
	struct rules *rules;

	put("templates.d/build.conf", "[Key]\nPurposes=digest\n");
	put("keys.d/a.conf",
	    "[Key]\nURI=pkcs11:token=main;object=a\nTemplate=build\nPurposes=cms\n");
	put("keys.d/b.conf", "[Key]\nURI=pkcs11:token=main;object=b\nTemplate=build\n");
	put("keys.d/c.conf", "[Key]\nURI=pkcs11:token=main;object=c\n");
	rules = load();
	ck_assert_uint_eq(rules->n_keys, 3);
	ck_assert_str_eq(rules->keys[0]->purposes[0], "digest");
	ck_assert_str_eq(rules->keys[0]->purposes[1], "cms");
	ck_assert_str_eq(rules->keys[1]->purposes[0], "digest");
	ck_assert_ptr_null(rules->keys[1]->purposes[1]);
	ck_assert_ptr_null(rules->keys[2]->purposes);
	rules_free(rules);
}
END_TEST

/* No key names any of them. */
START_TEST(bad_templates_are_refused_with_their_line)
{
	/* clang-format off */
	static const struct {
		const char *text;
		unsigned line;
		const char *what;
	} files[] = {
		{"[Key]\nState=active\n" URI, 3, "URI= cannot stand in a template"},
		{"[Key]\nCertificate=/x.pem\n", 2, "Certificate= cannot stand in a template, which is for several keys: expected it in keys.d"},
		{"[Key]\nSuccessor=next\n", 2, "Successor= cannot stand in a template"},
		{"[Key]\nTemplate=other\n", 2, "Template= cannot stand in a template"},
		{"[Key]\nTemplate=\n", 2, "Template= cannot stand in a template"},
		{"[Key]\nHashes=sha1\n", 2, "Hashes= names 'sha1'"},
		{"[Key]\nPurpose=digest\n", 2, "unknown key 'Purpose'"},
		{"[Key]\nApprovers=no-such-user\n", 2, "there is no such user"},
		{"[Template]\nState=active\n", 1, "unknown section [Template], expected [Key]"},
		{"State=active\n", 1, "before the first [Section]"},
	};
	/* clang-format on */

	for (size_t i = 0; i < array_len(files); i++) {
		put("templates.d/build.conf", files[i].text);
		check_refused("templates.d/build.conf", files[i].line, files[i].what);
	}
}
END_TEST

START_TEST(a_drop_in_of_a_template_that_is_wrong_is_named)
{
	put("templates.d/build.conf", "[Key]\nHashes=sha256\n");
	put("templates.d/build.conf.d/10.conf", "[Key]\n\nHashes=md5\n");
	check_refused("templates.d/build.conf.d/10.conf", 3, "Hashes= names 'md5'");
}
END_TEST

START_TEST(a_template_that_is_not_there_is_refused_with_the_line_that_names_it)
{
	static const char *const names[] = {"no-such", "build.conf", "../templates.d/build",
					    "Build"};

	put("templates.d/build.conf", "[Key]\n");
	for (size_t i = 0; i < array_len(names); i++) {
		char text[128];

		snprintf(text, sizeof(text), "[Key]\n" URI "Template=%s\n", names[i]);
		put("keys.d/release.conf", text);
		check_refused("keys.d/release.conf", 3,
			      "expected the name of a file of templates.d");
	}
}
END_TEST

START_TEST(drop_ins_for_no_template_are_refused)
{
	put("templates.d/build.conf.d/10.conf", "[Key]\n");
	check_refused("templates.d", 0,
		      "drop-ins 'build.conf.d' are for a template without a file");
}
END_TEST

START_TEST(a_template_can_leave_a_key_without_sense_and_the_key_is_named)
{
	put("templates.d/build.conf", "[Key]\nQuorum=2\n");
	put("keys.d/release.conf", "[Key]\n" URI "Template=build\n");
	check_refused("keys.d/release.conf", 0,
		      "Quorum= is 2 and neither Approvers= nor ApproverKeys= names anybody");
	put("keys.d/release.conf", "[Key]\n" URI "Template=build\nApprovers=root\n");
	rules_free(load());
}
END_TEST

START_TEST(a_template_that_others_may_write_is_refused)
{
	put("templates.d/build.conf", "[Key]\n");
	ck_assert_int_eq(chmod(at("templates.d/build.conf"), 0664), 0);
	check_refused("templates.d/build.conf", 0, "its group or others may write it");
}
END_TEST

START_TEST(one_bad_file_loads_nothing)
{
	put("keys.d/a.conf", "[Key]\nURI=pkcs11:token=t;object=a\n");
	put("keys.d/b.conf", "[Key]\nURI=pkcs11:token=t;object=b\nState=x\n");
	put("keys.d/c.conf", "[Key]\nURI=pkcs11:token=t;object=c\n");
	check_refused("keys.d/b.conf", 3, "State=");
}
END_TEST

/* --- Certificate= ------------------------------------------------------------------------------ */

static void check_certificate(const struct key_rule *k)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(hash) + 1];

	ck_assert_uint_eq(k->certificate_size, DER_SIZE);
	(void)crypto_hash_sha256(hash, k->certificate, k->certificate_size);
	text_hex(hash, sizeof(hash), hex);
	ck_assert_str_eq(hex, DER_SHA256);
}

static void put_key_with_certificate(const char *name)
{
	char text[512];

	snprintf(text, sizeof(text), "[Key]\n" URI "Certificate=%s\n", at(name));
	put("keys.d/release.conf", text);
}

START_TEST(a_certificate_is_read_from_pem_and_from_der)
{
	struct rules *rules;
	uint8_t der[DER_SIZE];

	put_key_with_certificate("c");
	put("c", pem);
	rules = load();
	check_certificate(only_key(rules));
	memcpy(der, only_key(rules)->certificate, DER_SIZE);
	rules_free(rules);

	put_bytes("c", der, sizeof(der));
	rules = load();
	check_certificate(only_key(rules));
	rules_free(rules);
}
END_TEST

START_TEST(text_around_a_pem_certificate_is_ignored)
{
	char text[4096];
	struct rules *rules;

	snprintf(text, sizeof(text),
		 "Certificate:\r\n    Data: -----BEGIN CERTIFICATE-----\r\n%s\nbye\n", pem);
	put("c", text);
	put_key_with_certificate("c");
	rules = load();
	check_certificate(only_key(rules));
	rules_free(rules);
}
END_TEST

/* Begins with its own type, as a string, and goes on: more is not looked at here. */
#define SSH_LINE "x-cert-v01@openssh.com AAAAFngtY2VydC12MDFAb3BlbnNzaC5jb20A"

START_TEST(an_openssh_certificate_stands_beside_the_other)
{
	char text[1024];
	struct rules *rules;
	const struct key_rule *k;

	put("c", pem);
	put("ssh", SSH_LINE " of somebody\r\n\n");
	snprintf(text, sizeof(text), "[Key]\n" URI "Certificate=%s/c\nCertificate=%s/ssh\n", dir,
		 dir);
	put("keys.d/release.conf", text);
	rules = load();
	k = only_key(rules);
	check_certificate(k);
	ck_assert_uint_eq(k->ssh_certificate_size, 27);
	ck_assert_mem_eq(k->ssh_certificate + 4, "x-cert-v01@openssh.com", 23);
	rules_free(rules);
}
END_TEST

START_TEST(the_last_certificate_of_a_kind_counts_and_an_empty_value_forgets_all)
{
	char text[1024];
	struct rules *rules;

	put("c", pem);
	put("ssh", SSH_LINE);
	snprintf(text, sizeof(text),
		 "[Key]\n" URI "Certificate=%s/none\nCertificate=\nCertificate=%s/ssh\n", dir, dir);
	put("keys.d/release.conf", text);
	rules = load();
	ck_assert_ptr_null(only_key(rules)->certificate);
	ck_assert_uint_eq(only_key(rules)->ssh_certificate_size, 27);
	rules_free(rules);
}
END_TEST

START_TEST(more_certificates_than_are_of_use_are_refused)
{
	char text[4096] = "[Key]\n" URI;

	put("c", pem);
	for (unsigned i = 0; i <= KEYFILE_CERTIFICATES_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "Certificate=%s\n",
			 at("c"));
	put("keys.d/release.conf", text);
	check_refused("keys.d/release.conf", 11, "more than 8 times");
}
END_TEST

/* notAfter=Oct 29 07:43:33 2126 */
#define EXPIRES (UINT64_C(4948933414) * 1000000)

/* Begins like a certificate, and has no dates. */
static const uint8_t undated[] = {0x30, 0x04, 0x30, 0x02, 0x05, 0x00};

static void put_key_with_expiry(const char *expiry)
{
	char text[512];

	snprintf(text, sizeof(text), "[Key]\n" URI "%sCertificate=%s\n", expiry, at("c"));
	put("keys.d/release.conf", text);
}

START_TEST(a_certificate_limits_its_key_unless_the_file_says_otherwise)
{
	static const struct {
		const char *text;
		uint64_t expected;
	} cases[] = {
		{"", EXPIRES},
		{"CertificateExpiry=enforce\n", EXPIRES},
		{"CertificateExpiry=ignore\n", 0},
		{"CertificateExpiry=ignore\nCertificateExpiry=enforce\n", EXPIRES},
	};

	put("c", pem);
	for (size_t i = 0; i < array_len(cases); i++) {
		struct rules *rules;

		put_key_with_expiry(cases[i].text);
		rules = load();
		ck_assert_uint_eq(only_key(rules)->certificate_not_after, cases[i].expected);
		rules_free(rules);
	}
}
END_TEST

START_TEST(a_certificate_without_dates_is_refused_unless_they_are_ignored)
{
	struct rules *rules;

	put_bytes("c", undated, sizeof(undated));
	put_key_with_expiry("");
	check_refused("c", 0, "CertificateExpiry=ignore");
	put_key_with_expiry("CertificateExpiry=ignore\n");
	rules = load();
	ck_assert_uint_eq(only_key(rules)->certificate_size, sizeof(undated));
	rules_free(rules);
	put_key_with_expiry("CertificateExpiry=no\n");
	check_refused("keys.d/release.conf", 3, "expected enforce or ignore");
	put_key_with_expiry("CertificateExpiry=\n");
	check_refused("keys.d/release.conf", 3, "expected enforce or ignore");
}
END_TEST

START_TEST(a_certificate_that_is_not_there_is_refused)
{
	put_key_with_certificate("none");
	check_refused("none", 0, "there is no such file, and Certificate= in ");
}
END_TEST

static void check_certificate_refused(const void *data, size_t size, const char *what)
{
	struct certificate c = {};
	char *copy = malloc(size ? size : 1);
	char why[128] = "";

	/* In an allocation of exactly that size: a byte read behind it shows under ASan. */
	memcpy(copy, data, size);
	ck_assert_int_eq(certificate_decode(copy, size, &c, why, sizeof(why)), -EINVAL);
	ck_assert_msg(strstr(why, what), "expected '%s', got '%s'", what, why);
	ck_assert_ptr_null(c.data);
	free(copy);
}

START_TEST(what_is_no_certificate_is_refused)
{
	static const struct {
		const char *data;
		size_t size;
		const char *what;
	} cases[] = {
#define CASE(s, w) {s, sizeof(s) - 1, w}
		/* clang-format off */
		CASE("", "empty"),
		CASE("\x30", "neither X.509"),
		CASE("\x30\x00", "neither X.509"),
		CASE("\x30\x02\x30\x01", "neither X.509"),
		CASE("\x31\x02\x30\x00", "neither X.509"),
		CASE("\x30\x02\x31\x00", "neither X.509"),
		CASE("\x30\x02\x30\x00\x00", "neither X.509"),
		CASE("\x30\x03\x30\x00", "neither X.509"),
		CASE("\x30\x80\x30\x00\x00\x00", "neither X.509"),
		CASE("\x30\x81\x02\x30\x00", "neither X.509"),
		CASE("\x30\x82\x00\x02\x30\x00", "neither X.509"),
		CASE("\x30\x84\xff\xff\xff\xff\x30\x00", "neither X.509"),
		CASE("\x30\x83\xff\xff", "neither X.509"),
		CASE("-----BEGIN CERTIFICATE-----", "no line '-----END CERTIFICATE-----'"),
		CASE("-----BEGIN CERTIFICATE-----\nMAIwAA==\n", "no line"),
		CASE("-----BEGIN CERTIFICATE-----\nMAIwAA==-----END CERTIFICATE-----\n", "no line"),
		CASE("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "neither"),
		CASE("-----BEGIN CERTIFICATE-----\nMAIw*A==\n-----END CERTIFICATE-----\n", "base64"),
		CASE("-----BEGIN CERTIFICATE-----\nMAIwAA\n-----END CERTIFICATE-----\n", "base64"),
		CASE("-----BEGIN CERTIFICATE-----\nMAIwAA==\nMAIw\n-----END CERTIFICATE-----\n", "base64"),
		CASE("-----BEGIN CERTIFICATE-----\nMAIwAA==\n-----END CERTIFICATE-----\n"
		     "-----BEGIN CERTIFICATE-----\nMAIwAA==\n-----END CERTIFICATE-----\n", "several"),
		CASE("-----BEGIN PRIVATE KEY-----\nMAIwAA==\n-----END PRIVATE KEY-----\n", "neither"),
		CASE(" -----BEGIN CERTIFICATE-----\nMAIwAA==\n-----END CERTIFICATE-----\n", "neither"),
		CASE("-cert-v01@openssh.com AAAA", "neither"),
		CASE("x-cert-v01@openssh.com", "is none"),
		CASE("x-cert-v01@openssh.com ", "is none"),
		CASE("x-cert-v01@openssh.com AAA", "is none"),
		CASE("x-cert-v01@openssh.com *", "is none"),
		CASE("x-cert-v01@openssh.com AAAA", "is none"),
		CASE("x-cert-v01@openssh.com AAAAFngtY2VydC12MDFAb3BlbnNzaC5jb20=", "is none"),
		CASE("x-cert-v01@openssh.com AAAAFnktY2VydC12MDFAb3BlbnNzaC5jb20A", "is none"),
		CASE("x-cert-v01@openssh.com\nAAAAFngtY2VydC12MDFAb3BlbnNzaC5jb20A", "more stands"),
		CASE("x-cert-v01@openssh.com AAAAFngtY2VydC12MDFAb3BlbnNzaC5jb20A me\n\nx", "more stands"),
	/* clang-format on */
#undef CASE
	};

	for (size_t i = 0; i < array_len(cases); i++)
		check_certificate_refused(cases[i].data, cases[i].size, cases[i].what);
}
END_TEST

START_TEST(a_certificate_that_is_too_large_is_refused)
{
	static uint8_t der[CERTIFICATE_MAX + 1] = {0x30, 0x82, 0x3f, 0xfd, 0x30, 0x00};

	ck_assert_uint_eq(sizeof(der) - 4, 0x3ffd);
	check_certificate_refused(der, sizeof(der), "larger than 16 KiB");
}
END_TEST

/* --- Successor= -------------------------------------------------------------------------------- */

static uint64_t moment(const char *s)
{
	uint64_t usec;

	ck_assert_int_eq(text_to_time(s, &usec), 0);
	return usec;
}

static void put_key(const char *name, const char *text)
{
	char path[64], whole[512];

	snprintf(path, sizeof(path), "keys.d/%s.conf", name);
	snprintf(whole, sizeof(whole), "[Key]\nURI=pkcs11:token=t;object=%s\n%s", name, text);
	put(path, whole);
}

/* What 'a' means at that moment. */
static void check_heir(const char *when, const char *expected)
{
	struct rules *rules = load();

	ck_assert_str_eq(rules_heir(rules, "a", moment(when)), expected);
	rules_free(rules);
}

START_TEST(a_name_means_its_own_key_as_long_as_that_can_sign)
{
	put_key("b", "");
	put_key("a", "Successor=b\n");
	check_heir("2026-01-01", "a");
	put_key("a", "Successor=b\nState=suspended\n"); /* it may come back */
	check_heir("2026-01-01", "a");
	put_key("a", "State=retired\n"); /* and nobody after it */
	check_heir("2026-01-01", "a");
	put_key("a", "Successor=b\nNotBefore=2027-01-01\n");
	check_heir("2026-01-01", "a");
	put_key("b", "State=retired\n");
	put_key("a", "Successor=b\n");
	check_heir("2026-01-01", "a");
}
END_TEST

START_TEST(a_name_means_the_successor_from_the_moment_on_that_its_key_is_over)
{
	put_key("b", "");
	put_key("a", "Successor=b\nState=retired\n");
	check_heir("2026-01-01", "b");
	put_key("a", "Successor=b\nNotAfter=2027-01-01\n");
	check_heir("2026-12-31T23:59:59Z", "a");
	check_heir("2027-01-01", "b");
	put_key("a", "Successor=b\nSuccessorFrom=2026-07-01\nNotAfter=2027-01-01\n");
	check_heir("2026-06-30T23:59:59Z", "a");
	check_heir("2026-07-01", "b");
	put_key("b", "State=suspended\n"); /* which is for b to say */
	check_heir("2026-07-01", "b");
}
END_TEST

START_TEST(the_successor_of_a_key_whose_certificate_has_expired_has_its_name)
{
	char text[512];

	put("c", pem);
	put_key("b", "");
	snprintf(text, sizeof(text), "Successor=b\nCertificate=%s\n", at("c"));
	put_key("a", text);
	check_heir("2126-10-29T07:43:33Z", "a");
	check_heir("2126-10-29T07:43:34Z", "b");
}
END_TEST

START_TEST(successors_have_successors)
{
	put_key("a", "Successor=b\nState=retired\n");
	put_key("b", "Successor=c\nNotAfter=2027-01-01\n");
	put_key("c", "Successor=d\nNotAfter=2028-01-01\n");
	put_key("d", "");
	check_heir("2026-01-01", "b");
	check_heir("2027-01-01", "c");
	check_heir("2028-01-01", "d");
}
END_TEST

START_TEST(a_name_without_a_file_means_itself)
{
	struct rules *rules = load();

	ck_assert_str_eq(rules_heir(rules, "a", 1), "a");
	ck_assert_str_eq(rules_heir(rules, "", 1), "");
	rules_free(rules);
}
END_TEST

START_TEST(keys_that_come_after_one_another_are_refused)
{
	put_key("a", "Successor=b\n");
	put_key("b", "Successor=c\n");
	put_key("c", "Successor=b\n");
	check_refused("keys.d/a.conf", 0, "leads back");
	put_key("c", "");
	rules_free(load());
}
END_TEST

/* --- who may have written it ------------------------------------------------------------------- */

START_TEST(what_others_may_write_is_refused)
{
	static const struct {
		const char *path;
		mode_t mode, mended;
	} cases[] = {
		{"signet.conf", 0664, 0644},
		{"signet.conf", 0646, 0600},
		{"signet.conf.d/a.conf", 0664, 0644},
		{"signet.conf.d", 0775, 0755},
		{"keys.d/release.conf", 0666, 0644},
		{"keys.d", 0777, 0755},
		{"keys.d/release.conf.d", 0775, 0755},
		{"keys.d/release.conf.d/a.conf", 0622, 0644},
		{"tokens.d", 01777, 0755},
		{"c", 0664, 0644},
		{"", 0775, 0755},
	};

	put("signet.conf", "[Agent]\n");
	put("signet.conf.d/a.conf", "[Agent]\n");
	put_key_with_certificate("c");
	put("keys.d/release.conf.d/a.conf", "[Key]\n");
	put("tokens.d/main.conf", TOKEN);
	put("c", pem);
	rules_free(load());
	for (size_t i = 0; i < array_len(cases); i++) {
		const char *path = cases[i].path[0] ? cases[i].path : dir;

		ck_assert_int_eq(chmod(path == dir ? dir : at(path), cases[i].mode), 0);
		check_refused(path, 0, "its group or others may write it");
		ck_assert_int_eq(chmod(path == dir ? dir : at(path), cases[i].mended), 0);
	}
	rules_free(load());
}
END_TEST

START_TEST(what_belongs_to_somebody_else_is_refused)
{
	put("keys.d/release.conf", "[Key]\n" URI);
	if (geteuid() != 0)
		return; /* only root can give a file away */
	ck_assert_int_eq(chown(at("keys.d/release.conf"), 12345, 0), 0);
	check_refused("keys.d/release.conf", 0, "it belongs to uid 12345, expected root or uid 0");
}
END_TEST

START_TEST(what_is_no_regular_file_is_refused)
{
	ck_assert_int_eq(mkdir(at("keys.d"), 0755), 0);
	ck_assert_int_eq(mkfifo(at("keys.d/release.conf"), 0644), 0);
	check_refused("keys.d/release.conf", 0, "no regular file");
	ck_assert_int_eq(unlink(at("keys.d/release.conf")), 0);
	ck_assert_int_eq(symlink("/dev/null", at("keys.d/release.conf")), 0);
	check_refused("keys.d/release.conf", 0, "no regular file");
	ck_assert_int_eq(unlink(at("keys.d/release.conf")), 0);
	ck_assert_int_eq(mkdir(at("keys.d/release.conf"), 0755), 0);
	check_refused("keys.d/release.conf", 0, "no regular file");
}
END_TEST

START_TEST(a_file_in_place_of_a_directory_is_refused)
{
	put("keys.d", "");
	check_refused("keys.d", 0, "no directory");
}
END_TEST

START_TEST(a_file_that_is_too_large_is_refused)
{
	static char text[CONFIG_FILE_MAX + 1];

	memset(text, '\n', sizeof(text));
	put_bytes("signet.conf", text, CONFIG_FILE_MAX);
	rules_free(load());
	put_bytes("signet.conf", text, sizeof(text));
	check_refused("signet.conf", 0, "larger than 65536 bytes");
}
END_TEST

static void check_fails(const char *path, const char *file, int expected)
{
	struct rules_error error;
	struct rules *rules = NULL;

	ck_assert_int_eq(rules_load(path, &rules, &error), expected);
	ck_assert_ptr_null(rules);
	ck_assert_str_eq(error.path, file);
	ck_assert_ptr_nonnull(strstr(error.what, "cannot be read"));
	rules_error_done(&error);
}

START_TEST(a_directory_that_is_missing_is_an_error_that_names_it)
{
	check_fails("/nonexistent/signet", "/nonexistent/signet", -ENOENT);
}
END_TEST

START_TEST(a_link_to_nothing_is_an_error_that_names_it)
{
	ck_assert_int_eq(mkdir(at("keys.d"), 0755), 0);
	ck_assert_int_eq(symlink("nothing", at("keys.d/release.conf")), 0);
	check_fails(dir, at("keys.d/release.conf"), -ENOENT);
}
END_TEST

/* --- the hash ---------------------------------------------------------------------------------- */

static void check_hash_changes(char last[65])
{
	struct rules *rules = load(), *again = load();

	ck_assert_str_eq(rules->hash, again->hash);
	ck_assert_str_ne(rules->hash, last);
	memcpy(last, rules->hash, 65);
	rules_free(rules);
	rules_free(again);
}

START_TEST(whatever_is_read_changes_the_hash)
{
	char last[65] = "";

	check_hash_changes(last);
	put("signet.conf", "");
	check_hash_changes(last);
	put("signet.conf", "[Agent]\n");
	check_hash_changes(last);
	put("signet.conf.d/a.conf", "");
	check_hash_changes(last);
	put("tokens.d/main.conf", TOKEN);
	check_hash_changes(last);
	put("keys.d/release.conf", "[Key]\n" URI);
	check_hash_changes(last);
	put("keys.d/release.conf", "[Key]\n" URI "#\n");
	check_hash_changes(last);
	put("keys.d/release.conf.d/a.conf", "");
	check_hash_changes(last);
	put("templates.d/build.conf", "");
	check_hash_changes(last);
	put("templates.d/build.conf", "[Key]\n");
	check_hash_changes(last);
	put("templates.d/build.conf.d/a.conf", "");
	check_hash_changes(last);
	put_key_with_certificate("c");
	put("c", pem);
	check_hash_changes(last);
	put("c", pem + 0);
	put_bytes("c", pem, sizeof(pem) - 2);
	check_hash_changes(last);
}
END_TEST

START_TEST(what_is_not_read_does_not_change_the_hash)
{
	struct rules *before, *after;

	put("tokens.d/main.conf", TOKEN);
	before = load();
	put("tokens.d/readme", "other");
	put("keys.d/release.conf.bak", "other");
	after = load();
	ck_assert_str_eq(before->hash, after->hash);
	rules_free(before);
	rules_free(after);
}
END_TEST

START_TEST(half_a_rules_object_can_be_freed)
{
	struct rules_error error = {};

	ck_assert_ptr_null(rules_free(NULL));
	ck_assert_ptr_null(rules_free(calloc(1, sizeof(struct rules))));
	rules_error_done(&error);
	ck_assert_str_eq(authorization_name(AUTHORIZATION_POLKIT), "polkit");
	ck_assert_str_eq(authorization_name(AUTHORIZATION_SAME_USER), "same-user");
	ck_assert_ptr_null(authorization_name(AUTHORIZATION_NONE));
	ck_assert_ptr_null(authorization_name((enum authorization)99));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_empty_directory_means_the_defaults,
		every_setting_is_read,
		drop_ins_of_signet_conf_come_later_and_win,
		drop_ins_need_no_signet_conf,
		bad_settings_are_refused_with_their_line,
		the_drop_in_that_is_wrong_is_named,
		tokens_are_named_after_their_files,
		bad_token_files_are_refused_with_their_line,
		a_bad_name_of_a_token_is_refused,
		too_many_tokens_are_refused,
		a_key_with_a_uri_alone_has_no_limits,
		every_limit_of_a_key_is_read,
		an_empty_value_resets_a_list,
		a_list_that_ends_empty_allows_nothing,
		the_first_moment_of_time_is_a_limit_too,
		drop_ins_of_a_key_come_later_and_win,
		keys_are_sorted_by_name,
		bad_key_files_are_refused_with_their_line,
		long_and_strange_values_give_a_clean_sentence,
		purposes_that_are_too_long_or_too_many_are_refused,
		bad_names_of_keys_are_refused,
		two_files_of_one_key_are_refused,
		keys_that_differ_in_one_attribute_are_two,
		drop_ins_for_no_key_are_refused,
		a_template_says_what_the_key_does_not,
		the_lines_of_a_key_override_those_of_its_template_wherever_it_is_named,
		a_list_that_a_key_empties_is_empty_whatever_its_template_says,
		of_several_templates_the_last_counts_and_an_empty_one_is_none,
		several_keys_have_a_template_each_by_itself,
		bad_templates_are_refused_with_their_line,
		a_drop_in_of_a_template_that_is_wrong_is_named,
		a_template_that_is_not_there_is_refused_with_the_line_that_names_it,
		drop_ins_for_no_template_are_refused,
		a_template_can_leave_a_key_without_sense_and_the_key_is_named,
		a_template_that_others_may_write_is_refused,
		one_bad_file_loads_nothing,
		a_certificate_is_read_from_pem_and_from_der,
		text_around_a_pem_certificate_is_ignored,
		an_openssh_certificate_stands_beside_the_other,
		the_last_certificate_of_a_kind_counts_and_an_empty_value_forgets_all,
		more_certificates_than_are_of_use_are_refused,
		a_certificate_limits_its_key_unless_the_file_says_otherwise,
		a_certificate_without_dates_is_refused_unless_they_are_ignored,
		a_certificate_that_is_not_there_is_refused,
		what_is_no_certificate_is_refused,
		a_name_means_its_own_key_as_long_as_that_can_sign,
		a_name_means_the_successor_from_the_moment_on_that_its_key_is_over,
		the_successor_of_a_key_whose_certificate_has_expired_has_its_name,
		successors_have_successors,
		a_name_without_a_file_means_itself,
		keys_that_come_after_one_another_are_refused,
		a_certificate_that_is_too_large_is_refused,
		what_others_may_write_is_refused,
		what_belongs_to_somebody_else_is_refused,
		what_is_no_regular_file_is_refused,
		a_file_in_place_of_a_directory_is_refused,
		a_file_that_is_too_large_is_refused,
		a_directory_that_is_missing_is_an_error_that_names_it,
		a_link_to_nothing_is_an_error_that_names_it,
		whatever_is_read_changes_the_hash,
		what_is_not_read_does_not_change_the_hash,
		half_a_rules_object_can_be_freed,
	};
	Suite *suite = suite_create("rules");
	TCase *group = tcase_create("rules");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(group, set_up, tear_down);
	tcase_set_timeout(group, 60);
	for (size_t i = 0; i < array_len(tests); i++)
		tcase_add_test(group, tests[i]);
	suite_add_tcase(suite, group);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
