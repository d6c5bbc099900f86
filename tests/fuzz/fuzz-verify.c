/*
 * fuzz-verify.c - what signet verify is given: a file and its signature, in each format
 *
 * The first byte is the format, the next two how long the file is; behind it stands the signature.
 * The key is the one of the certificate below, whose private half made the seeds and was deleted.
 */
#include <openssl/pem.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/cli/format.h"

#include "tests/fuzz/fuzz.h"

static const char certificate[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBdTCCARugAwIBAgIUZmi8ksbmSLfxIkEMp7Dxr70tbFUwCgYIKoZIzj0EAwIw\n"
	"DzENMAsGA1UEAwwEZnV6ejAgFw0yNjExMjIxNTI0MzhaGA8yMTI2MTAyOTE1MjQz\n"
	"OFowDzENMAsGA1UEAwwEZnV6ejBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABN4j\n"
	"CbKH9BvTBnWUWuNjQdasSGg22mfLx/pccoTR3vRx/0+veFkhriywrGnEQnW/MrDZ\n"
	"MkCVSfKWT9JWs4v6ViijUzBRMB0GA1UdDgQWBBRiueyj2aOWJJODFIj0xpjilGtN\n"
	"NzAfBgNVHSMEGDAWgBRiueyj2aOWJJODFIj0xpjilGtNNzAPBgNVHRMBAf8EBTAD\n"
	"AQH/MAoGCCqGSM49BAMCA0gAMEUCICXoAmbi+k4yXc8p5zeBGnb8hS5Aq2EMtSNG\n"
	"+UPviAV4AiEAoL19Fz0DkyMs6LM+f1hLvArmEOaj+g5EvxmO+NsA9Zs=\n"
	"-----END CERTIFICATE-----\n";

/* An input as a file that has a name. */
struct file {
	int fd;
	char path[32];
};

static void file_new(struct file *f, const char *name)
{
	f->fd = memfd_create(name, MFD_CLOEXEC);
	fuzz_check(f->fd >= 0, "a file in memory");
	(void)snprintf(f->path, sizeof(f->path), "/proc/self/fd/%d", f->fd); /* fits */
}

static void file_fill(const struct file *f, const uint8_t *data, size_t size)
{
	fuzz_check(ftruncate(f->fd, 0) == 0, "a file can be emptied");
	fuzz_check(pwrite(f->fd, data, size, 0) == (ssize_t)size, "and written");
}

static X509 *certificate_of_the_seeds(void)
{
	BIO *bio = BIO_new_mem_buf(certificate, -1);
	X509 *x = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	fuzz_check(x != NULL, "the certificate");
	BIO_free(bio);
	return x;
}

static void verify(const struct format *format, const char *path, const char *signature)
{
	static struct args args;
	static struct signer signer;
	struct recipe r = {.args = &args, .format = format};
	enum exit_code e;

	if (!signer.certificate) {
		signer.certificate = certificate_of_the_seeds();
		signer.public = X509_get_pubkey(signer.certificate);
		signer.name = "fuzz";
		signer.type = pkey_type(signer.public);
	}
	r.signer = signer;
	fuzz_check(scheme_choose(&args, signer.type, "fuzz", &r.scheme) == EXIT_DONE, "a scheme");
	if (format->choose && format->choose(&r) != EXIT_DONE)
		return;
	e = format->verify(&r, path, format->is_enclosing ? path : signature);
	fuzz_check(e == EXIT_DONE || e == EXIT_NO_MATCH || e == EXIT_DATA, "an exit code");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct format *const formats[] = {
		&format_raw,    &format_cms,      &format_sshsig, &format_kmod, &format_pe,
		&format_verity, &format_fsverity, &format_ima,    &format_dsse, &format_jws,
	};
	static struct file file, signature;
	static FILE *nowhere, *real;
	size_t file_size;

	if (!nowhere) {
		nowhere = fopen("/dev/null", "we");
		fuzz_check(nowhere != NULL, "/dev/null");
		real = stderr;
		file_new(&file, "file");
		file_new(&signature, "signature");
	}
	if (size < 3 || data[0] >= array_len(formats))
		return 0;
	file_size = (size_t)data[1] << 8 | data[2];
	if (file_size > size - 3)
		return 0;
	file_fill(&file, data + 3, file_size);
	file_fill(&signature, data + 3 + file_size, size - 3 - file_size);
	stderr = nowhere; /* for what is wrong with each input */
	verify(formats[data[0]], file.path, signature.path);
	stderr = real;
	return 0;
}
