/*
 * cli/csr.c - see csr.h
 */
#include "client/cli/csr.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <time.h>

#include "client/cli/extensions.h"
#include "client/cli/sigalg.h"
#include "client/cli/subject.h"

/* RFC 5280 allows 20 bytes, the first bit of which is the sign. */
#define SERIAL_BITS 159

static enum exit_code fail(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	complain("the certificate cannot be made: %s", reason ? reason : "out of memory");
	ERR_clear_error();
	return EXIT_AGAIN;
}

void csr_done(struct csr *csr)
{
	X509_REQ_free(csr->request);
	X509_free(csr->certificate);
	*csr = (struct csr){};
}

/* --- building --------------------------------------------------------------------------------- */

static bool set_serial(X509 *x)
{
	BIGNUM *n = BN_new();
	bool is_done = n && BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
		       BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));

	BN_free(n);
	return is_done;
}

static enum exit_code set_extensions(const struct args *args, const struct csr *csr)
{
	_cleanup_(extensions_freep) X509_EXTENSIONS *extensions = NULL;
	enum exit_code e = extensions_make(args, csr->certificate, &extensions);

	if (e != EXIT_DONE)
		return e;
	if (csr->request)
		return X509_REQ_add_extensions(csr->request, extensions) == 1 ? EXIT_DONE : fail();
	for (int i = 0; i < sk_X509_EXTENSION_num(extensions); i++)
		if (X509_add_ext(csr->certificate, sk_X509_EXTENSION_value(extensions, i), -1) != 1)
			return fail();
	return EXIT_DONE;
}

static enum exit_code build_request(const struct signer *signer, X509_NAME *subject,
				    struct csr *ret)
{
	ret->request = X509_REQ_new();
	if (ret->request && X509_REQ_set_version(ret->request, X509_REQ_VERSION_1) == 1 &&
	    X509_REQ_set_subject_name(ret->request, subject) == 1 &&
	    X509_REQ_set_pubkey(ret->request, signer->public) == 1)
		return EXIT_DONE;
	return fail();
}

static enum exit_code build_certificate(const struct signer *signer, X509_NAME *subject,
					unsigned days, struct csr *ret)
{
	X509 *x = ret->certificate = X509_new();

	if (x && X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) &&
	    X509_set_issuer_name(x, subject) == 1 && X509_set_subject_name(x, subject) == 1 &&
	    X509_gmtime_adj(X509_getm_notBefore(x), 0) &&
	    X509_time_adj_ex(X509_getm_notAfter(x), (int)days, 0, NULL) &&
	    X509_set_pubkey(x, signer->public) == 1)
		return EXIT_DONE;
	return fail();
}

/*
 * A certificate names the algorithm twice, and libcrypto has no other way to it: it expects to sign
 * by itself.
 */
static bool set_algorithm(const struct csr *csr, const struct signer *signer,
			  const struct scheme *scheme)
{
	X509_ALGOR *algorithm = X509_ALGOR_new();
	const X509_ALGOR *outer = NULL;
	bool is_done = algorithm && sigalg_set(signer->public, scheme, algorithm);

	if (is_done && csr->request) {
		is_done = X509_REQ_set1_signature_algo(csr->request, algorithm) == 1;
	} else if (is_done) {
		X509_get0_signature(NULL, &outer, csr->certificate);
		is_done = X509_ALGOR_copy((X509_ALGOR *)outer, algorithm) == 1 &&
			  X509_ALGOR_copy((X509_ALGOR *)X509_get0_tbs_sigalg(csr->certificate),
					  algorithm) == 1;
	}
	X509_ALGOR_free(algorithm);
	return is_done;
}

static enum exit_code encode(const struct csr *csr, uint8_t **ret, size_t *ret_size)
{
	unsigned char *der = NULL;
	int n = csr->request ? i2d_re_X509_REQ_tbs(csr->request, &der)
			     : i2d_re_X509_tbs(csr->certificate, &der);

	*ret = n > 0 ? malloc((size_t)n) : NULL;
	if (*ret) {
		memcpy(*ret, der, (size_t)n);
		*ret_size = (size_t)n;
	}
	OPENSSL_free(der);
	return *ret ? EXIT_DONE : fail();
}

enum exit_code csr_begin(const struct args *args, const struct signer *signer,
			 const struct scheme *scheme, unsigned days, struct csr *ret,
			 uint8_t **ret_signed, size_t *ret_signed_size)
{
	_cleanup_(csr_done) struct csr csr = {};
	X509_NAME *subject = NULL;
	enum exit_code e;

	e = args->subject ? subject_parse(args->subject, &subject)
			  : subject_plain(args->key, &subject);
	if (e == EXIT_DONE)
		e = days > 0 ? build_certificate(signer, subject, days, &csr)
			     : build_request(signer, subject, &csr);
	X509_NAME_free(subject);
	if (e == EXIT_DONE)
		e = set_extensions(args, &csr);
	if (e == EXIT_DONE && !set_algorithm(&csr, signer, scheme))
		e = fail();
	if (e == EXIT_DONE)
		e = encode(&csr, ret_signed, ret_signed_size);
	if (e != EXIT_DONE)
		return e;
	*ret = csr;
	csr = (struct csr){};
	return EXIT_DONE;
}

/* --- the signature ------------------------------------------------------------------------------- */

/* The bits of a signature are whole bytes, and must not be guessed from its last one. */
static bool fill(ASN1_BIT_STRING *bits, const uint8_t *signature, size_t size)
{
	if (!bits || ASN1_BIT_STRING_set(bits, (unsigned char *)signature, (int)size) != 1)
		return false;
	bits->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
	bits->flags |= ASN1_STRING_FLAG_BITS_LEFT;
	return true;
}

static bool set_request_signature(X509_REQ *request, const uint8_t *signature, size_t size)
{
	ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();

	if (!fill(bits, signature, size)) {
		ASN1_BIT_STRING_free(bits);
		return false;
	}
	X509_REQ_set0_signature(request, bits);
	return true;
}

static bool set_signature(X509 *x, const uint8_t *signature, size_t size)
{
	const ASN1_BIT_STRING *bits;

	X509_get0_signature(&bits, NULL, x);
	return fill((ASN1_BIT_STRING *)bits, signature, size);
}

enum exit_code csr_finish(struct csr *csr, const struct signer *signer, const uint8_t *signature,
			  size_t size)
{
	int is_right;

	if (csr->request ? !set_request_signature(csr->request, signature, size)
			 : !set_signature(csr->certificate, signature, size))
		return fail();
	is_right = csr->request ? X509_REQ_verify(csr->request, signer->public)
				: X509_verify(csr->certificate, signer->public);
	ERR_clear_error();
	if (is_right == 1)
		return EXIT_DONE;
	complain("what came back is no signature of key '%s'", signer->name);
	return EXIT_IO;
}

enum exit_code csr_write(const struct csr *csr, bool is_der, BIO *bio)
{
	int is_done;

	if (csr->request)
		is_done = is_der ? i2d_X509_REQ_bio(bio, csr->request)
				 : PEM_write_bio_X509_REQ(bio, csr->request);
	else
		is_done = is_der ? i2d_X509_bio(bio, csr->certificate)
				 : PEM_write_bio_X509(bio, csr->certificate);
	return is_done == 1 ? EXIT_DONE : fail();
}
