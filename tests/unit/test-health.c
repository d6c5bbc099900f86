/*
 * test-health.c - what is found wrong with a key, and that nothing is found where nothing is
 */
#include "client/cli/health.h"

/* signet(1) shares no headers with the agent, and has one of this name as well. */
#define freep unit_freep
#include "tests/unit/unit.h"
#undef freep

#define DAY 86400
#define NOW ((time_t)1800000000) /* 2027-01-15T08:00:00Z */
#define PATH "/etc/signet/keys.d/k.conf"

static struct keyfacts well(void)
{
	return (struct keyfacts){
		.name = "k",
		.token = "t",
		.type = SIGNET_KEY_P256,
		.bits = 256,
		.token_state = SIGNET_TOKEN_READY,
		.standing = SIGNET_KEY_ACTIVE,
		.path = PATH,
		.not_after = NOW + 400 * DAY,
		.is_file_read = true,
		.limits = {.purposes = (char *)"digest", .hashes = (char *)"sha256"},
		.certificate = CERTIFICATE_FITS,
		.certificate_from = NOW - DAY,
		.certificate_until = NOW + 400 * DAY,
		.signature_hash = (char *)"SHA256",
	};
}

/* The codes, with a space behind each; each sentence has to name what it should. */
static void check(const struct keyfacts *f, const char *expected, const char *part)
{
	struct finding found[FINDINGS_MAX];
	char codes[256] = "";
	size_t n = health_check(f, NOW, 30 * DAY, found);

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(codes + strlen(codes), sizeof(codes) - strlen(codes), "%s ",
			       found[i].code);
		ck_assert_uint_lt(strlen(found[i].sentence), sizeof(found[i].sentence) - 1);
	}
	ck_assert_str_eq(codes, expected);
	if (part && !strstr(found[0].sentence, part))
		ck_abort_msg("'%s' is not in: %s", part, found[0].sentence);
}

START_TEST(nothing_is_found_where_nothing_is_wrong)
{
	struct keyfacts f = well();

	check(&f, "", NULL);
	f.not_after = 0;
	f.certificate = CERTIFICATE_NONE;
	f.certificate_from = f.certificate_until = 0;
	f.signature_hash = NULL;
	check(&f, "", NULL);
	f.type = SIGNET_KEY_RSA;
	f.bits = 3072;
	check(&f, "", NULL);
	f.type = SIGNET_KEY_ED25519;
	f.bits = 255;
	f.limits.hashes = NULL; /* it has no choice */
	check(&f, "", NULL);
}
END_TEST

START_TEST(rsa_is_measured_by_its_bits)
{
	static const struct {
		unsigned bits;
		const char *expected;
	} rows[] = {
		{1024, "weak "},  {2047, "weak "}, {2048, "short "},
		{3071, "short "}, {3072, ""},      {4096, ""},
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct keyfacts f = well();

		f.type = SIGNET_KEY_RSA;
		f.bits = rows[i].bits;
		check(&f, rows[i].expected, rows[i].expected[0] ? "3072 bits" : NULL);
	}
}
END_TEST

START_TEST(what_ends_within_the_time_is_found_to_the_second)
{
	struct keyfacts f = well();

	f.not_after = NOW + 30 * DAY + 1;
	check(&f, "", NULL);
	f.not_after = NOW + 30 * DAY;
	check(&f, "expires ", "2027-02-14, in 30 days");
	f.not_after = NOW + DAY;
	check(&f, "expires ", "in 1 day ");
	f.not_after = NOW + 1;
	check(&f, "expires ", "in 0 days");
	f.not_after = NOW;
	check(&f, "expired ", "since 2027-01-15 ");
	f.not_after = 1;
	check(&f, "expired ", "since 1970-01-01 ");
}
END_TEST

START_TEST(the_certificate_ends_likewise)
{
	struct keyfacts f = well();

	f.certificate_until = NOW + 30 * DAY + 1;
	check(&f, "", NULL);
	f.certificate_until = NOW + 30 * DAY;
	check(&f, "certificate-expires ", "signet csr");
	f.certificate_until = NOW;
	check(&f, "certificate-expired ", "signet csr");
	f.certificate_from = NOW + 1;
	check(&f, "certificate-not-yet certificate-expired ", "2027-01-15");
}
END_TEST

START_TEST(a_key_with_a_successor_may_end)
{
	struct keyfacts f = well();

	f.successor = "next";
	f.not_after = NOW + DAY;
	f.certificate_until = NOW + DAY;
	check(&f, "", NULL);
	f.certificate = CERTIFICATE_OTHER_KEY;
	check(&f, "certificate-other ", "Certificate=");
}
END_TEST

START_TEST(a_certificate_has_to_fit)
{
	static const char *const broken[] = {"SHA1", "MD5"};
	struct keyfacts f = well();

	f.certificate = CERTIFICATE_UNREADABLE;
	check(&f, "certificate-unreadable ", "X.509");
	f.certificate = CERTIFICATE_OTHER_KEY;
	check(&f, "certificate-other ", "of another key");
	f.certificate = CERTIFICATE_FITS;
	for (size_t i = 0; i < array_len(broken); i++) {
		f.signature_hash = (char *)broken[i];
		check(&f, "certificate-hash ", broken[i]);
	}
	f.signature_hash = NULL; /* Ed25519 has none */
	check(&f, "", NULL);
}
END_TEST

START_TEST(what_a_file_leaves_open_is_found)
{
	struct keyfacts f = well();

	f.limits.purposes = NULL;
	check(&f, "purposes ", PATH);
	f.limits.hashes = NULL;
	check(&f, "purposes hashes ", PATH);
	f.is_file_read = false; /* what it says is not known then */
	check(&f, "", NULL);
	f.path = NULL;
	check(&f, "no-file ", "signet-keys.d(5)");
}
END_TEST

START_TEST(a_token_that_cannot_sign_is_found)
{
	static const struct {
		enum signet_token_state state;
		const char *part;
	} rows[] = {
		{SIGNET_TOKEN_LOCKED, "signet unlock t"},
		{SIGNET_TOKEN_LOST, "signet status"},
		{SIGNET_TOKEN_REFUSED_PIN, "refused the PIN"},
		{SIGNET_TOKEN_BLOCKED, "blocked"},
		{99, "signet status"}, /* a later agent's */
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct keyfacts f = well();

		f.token_state = rows[i].state;
		check(&f, "token ", rows[i].part);
	}
}
END_TEST

START_TEST(nothing_is_expected_of_a_retired_key)
{
	struct keyfacts f = well();

	f.type = SIGNET_KEY_RSA;
	f.bits = 1024;
	f.not_after = 1;
	f.certificate = CERTIFICATE_OTHER_KEY;
	f.path = NULL;
	f.token_state = SIGNET_TOKEN_LOST;
	check(&f, "weak expired certificate-other no-file token ", NULL);
	f.standing = SIGNET_KEY_SUSPENDED;
	check(&f, "weak expired certificate-other no-file token ", NULL);
	f.standing = SIGNET_KEY_RETIRED;
	check(&f, "", NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nothing_is_found_where_nothing_is_wrong,
		rsa_is_measured_by_its_bits,
		what_ends_within_the_time_is_found_to_the_second,
		the_certificate_ends_likewise,
		a_key_with_a_successor_may_end,
		a_certificate_has_to_fit,
		what_a_file_leaves_open_is_found,
		a_token_that_cannot_sign_is_found,
		nothing_is_expected_of_a_retired_key,
	};

	return unit_run("health", tests, array_len(tests));
}
