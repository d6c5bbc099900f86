/*
 * cli/health.c - see health.h
 */
#include "client/cli/health.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/when.h"

#define DAY 86400
/* Below the first one nothing is signed; the second is advised for signatures that have to last. */
#define RSA_WEAK 2048
#define RSA_SHORT 3072

struct list {
	struct finding *items;
	size_t n;
};

__attribute__((format(printf, 3, 4))) static void add(struct list *list, const char *code,
						      const char *format, ...)
{
	struct finding *f = &list->items[list->n++];
	va_list ap;

	f->code = code;
	va_start(ap, format);
	(void)vsnprintf(f->sentence, sizeof(f->sentence), format, ap); /* long names may be cut */
	va_end(ap);
}

/* "on 2026-12-31, in 12 days" */
static const char *describe(time_t t, time_t now, char buf[64])
{
	long long days = ((long long)t - now) / DAY;
	char date[WHEN_SIZE];

	when_format(t, date);
	if (t <= now)
		(void)snprintf(buf, 64, "%.10s", date); /* fits, as below */
	else
		(void)snprintf(buf, 64, "%.10s, in %lld day%s", date, days, days == 1 ? "" : "s");
	return buf;
}

/* --- one by one ---------------------------------------------------------------------------------- */

static void check_file(const struct keyfacts *f, struct list *list)
{
	if (!f->path) {
		add(list, "no-file",
		    "it has no file in keys.d, so nothing limits it: make one, see signet-keys.d(5)");
		return;
	}
	if (!f->is_file_read)
		return;
	if (!f->limits.purposes)
		add(list, "purposes",
		    "it signs whatever it is asked for: name what it is for by Purposes= in '%s'",
		    f->path);
	if (!f->limits.hashes && f->type != SIGNET_KEY_ED25519)
		add(list, "hashes",
		    "it signs with every hash: name those in use by Hashes= in '%s'", f->path);
}

/* Who has a successor goes as he should. */
static void check_dates(const struct keyfacts *f, time_t now, time_t within, struct list *list)
{
	char buf[64];

	if (f->not_after == 0 || f->successor)
		return;
	if (f->not_after <= now)
		add(list, "expired",
		    "it signs nothing since %s (NotAfter=): go over to another key by 'signet key "
		    "rotate', or retire it",
		    describe(f->not_after, now, buf));
	else if (f->not_after - now <= within)
		add(list, "expires",
		    "it signs nothing from %s (NotAfter=): make the next key, and go over to it by "
		    "'signet key rotate'",
		    describe(f->not_after, now, buf));
}

static void check_certificate_dates(const struct keyfacts *f, time_t now, time_t within,
				    struct list *list)
{
	char buf[64];

	if (f->certificate_from > now)
		add(list, "certificate-not-yet",
		    "its certificate is valid from %s: look at the clock, or wait",
		    describe(f->certificate_from, now, buf));
	if (f->certificate_until == 0 || f->successor)
		return;
	if (f->certificate_until <= now)
		add(list, "certificate-expired",
		    "its certificate is over since %s: ask for another one by 'signet csr'",
		    describe(f->certificate_until, now, buf));
	else if (f->certificate_until - now <= within)
		add(list, "certificate-expires",
		    "its certificate is over on %s: ask for another one by 'signet csr'",
		    describe(f->certificate_until, now, buf));
}

static bool is_broken(const char *hash)
{
	static const char *const broken[] = {"SHA1", "MD5", "MD4", "MD2", "MD5-SHA1"};

	for (size_t i = 0; hash && i < array_len(broken); i++)
		if (strcmp(hash, broken[i]) == 0)
			return true;
	return false;
}

static void check_certificate(const struct keyfacts *f, time_t now, time_t within,
			      struct list *list)
{
	static const char where[] =
		"put the right one into the token, or name it by Certificate= in "
		"the file of the key";

	switch (f->certificate) {
	case CERTIFICATE_NONE:
		return;
	case CERTIFICATE_UNREADABLE:
		add(list, "certificate-unreadable", "its certificate is no X.509 certificate: %s",
		    where);
		return;
	case CERTIFICATE_OTHER_KEY:
		add(list, "certificate-other", "its certificate is of another key: %s", where);
		return;
	case CERTIFICATE_FITS:
		break;
	}
	check_certificate_dates(f, now, within, list);
	if (is_broken(f->signature_hash))
		add(list, "certificate-hash",
		    "its certificate is signed with %s, which verifiers refuse: ask for another one by "
		    "'signet csr'",
		    f->signature_hash);
}

static void check_strength(const struct keyfacts *f, struct list *list)
{
	if (f->type != SIGNET_KEY_RSA || f->bits >= RSA_SHORT)
		return;
	if (f->bits < RSA_WEAK)
		add(list, "weak",
		    "RSA with %u bits is weak, and refused: make another key, of %u bits or P-256",
		    f->bits, RSA_SHORT);
	else
		add(list, "short",
		    "RSA with %u bits is not for what has to last beyond 2030: let the next key have %u "
		    "bits, or be P-256",
		    f->bits, RSA_SHORT);
}

static void check_token(const struct keyfacts *f, struct list *list)
{
	switch (f->token_state) {
	case SIGNET_TOKEN_READY:
		return;
	case SIGNET_TOKEN_LOCKED:
		add(list, "token", "its token '%s' is locked: 'signet unlock %s' gives it the PIN",
		    f->token, f->token);
		return;
	case SIGNET_TOKEN_REFUSED_PIN:
		add(list, "token",
		    "its token '%s' refused the PIN: mend the credential, or 'signet unlock %s'",
		    f->token, f->token);
		return;
	case SIGNET_TOKEN_LOST:
	case SIGNET_TOKEN_BLOCKED:
		break;
	}
	add(list, "token", "its token '%s' is %s: 'signet status' says why", f->token,
	    f->token_state == SIGNET_TOKEN_BLOCKED ? "blocked" : "not there");
}

size_t health_check(const struct keyfacts *f, time_t now, time_t within,
		    struct finding ret[FINDINGS_MAX])
{
	struct list list = {.items = ret};

	if (f->standing == SIGNET_KEY_RETIRED)
		return 0;
	check_strength(f, &list);
	check_dates(f, now, within, &list);
	check_certificate(f, now, within, &list);
	check_file(f, &list);
	check_token(f, &list);
	return list.n;
}
