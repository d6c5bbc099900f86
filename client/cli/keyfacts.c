/*
 * cli/keyfacts.c - see keyfacts.h
 */
#include "client/cli/keyfacts.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <string.h>

#include "client/cli/pkey.h"

#define USEC_PER_SEC 1000000

/* --- the certificate ----------------------------------------------------------------------------- */

/* 0 if it is none; what is before 1970 is as old as can be. */
static time_t time_of(const ASN1_TIME *at)
{
	struct tm tm;
	time_t t;

	if (ASN1_TIME_to_tm(at, &tm) != 1)
		return 0;
	t = timegm(&tm);
	return t > 0 ? t : 1;
}

/* As RFC 4514 writes it, in ASCII: certificates come from anywhere. Owned by the caller. */
static char *text_of(const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *text = NULL;
	long size;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
		size = BIO_get_mem_data(bio, &data);
		text = strndup(size > 0 ? data : "", (size_t)size);
	} else {
		text = strdup("not readable");
	}
	BIO_free(bio);
	return text;
}

static bool is_of_key(const X509 *x, const struct signet_key *k)
{
	_cleanup_(pkey_freep) EVP_PKEY *public = NULL;
	const unsigned char *at;
	size_t size;

	at = signet_key_spki(k, &size);
	public = d2i_PUBKEY(NULL, &at, (long)size);
	return public && X509_check_private_key(x, public) == 1;
}

static bool read_certificate(X509 *x, const struct signet_key *k, struct keyfacts *ret)
{
	int hash = NID_undef;

	ret->certificate = is_of_key(x, k) ? CERTIFICATE_FITS : CERTIFICATE_OTHER_KEY;
	ret->certificate_from = time_of(X509_get0_notBefore(x));
	ret->certificate_until = time_of(X509_get0_notAfter(x));
	ret->subject = text_of(X509_get_subject_name(x));
	ret->issuer = text_of(X509_get_issuer_name(x));
	if (!ret->subject || !ret->issuer)
		return false;
	if (X509_get_signature_info(x, &hash, NULL, NULL, NULL) != 1 || hash == NID_undef)
		return true;
	ret->signature_hash = strdup(OBJ_nid2sn(hash));
	return ret->signature_hash != NULL;
}

static bool find_certificate(const struct signet_key *k, struct keyfacts *ret)
{
	const unsigned char *at;
	bool is_done = true;
	size_t size;
	X509 *x;

	at = signet_key_certificate(k, &size);
	if (!at)
		return true;
	x = d2i_X509(NULL, &at, (long)size);
	if (x)
		is_done = read_certificate(x, k, ret);
	else
		ret->certificate = CERTIFICATE_UNREADABLE;
	X509_free(x);
	ERR_clear_error();
	return is_done;
}

/* --- what the agent says ------------------------------------------------------------------------- */

static time_t seconds(uint64_t usec)
{
	return (time_t)(usec / USEC_PER_SEC);
}

static const char *unless_empty(const char *s)
{
	return s && *s != '\0' ? s : NULL;
}

bool keyfacts_of(const struct signet_key *k, struct keyfacts *ret)
{
	struct keyfacts f = {
		.name = signet_key_name(k),
		.token = signet_key_token(k),
		.type = signet_key_type(k),
		.bits = signet_key_bits(k),
		.token_state = signet_key_state(k),
		.standing = signet_key_standing(k),
		.path = unless_empty(signet_key_file(k)),
		.successor = unless_empty(signet_key_successor(k)),
		.not_before = seconds(signet_key_not_before(k)),
		.not_after = seconds(signet_key_not_after(k)),
		.quorum = signet_key_quorum(k),
		.uses = signet_key_uses(k),
		.last_use = seconds(signet_key_last_use(k)),
	};

	f.is_file_read = f.path && keylimits_read(f.path, &f.limits);
	if (!find_certificate(k, &f)) {
		keyfacts_done(&f);
		return false;
	}
	*ret = f;
	return true;
}

void keyfacts_done(struct keyfacts *f)
{
	free(f->subject);
	free(f->issuer);
	free(f->signature_hash);
	keylimits_done(&f->limits);
	*f = (struct keyfacts){};
}
