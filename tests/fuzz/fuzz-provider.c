/*
 * fuzz-provider.c - what signet.so reads: the URI that a person wrote, and a key as an agent lists it
 *
 * The first byte is the type that is claimed, two more are the size of the public key; it and the
 * certificate follow. The same bytes are a URI, and a signature.
 */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "client/lib/answer.h"
#include "client/provider/key.h"
#include "client/provider/keyname.h"
#include "tests/fuzz/fuzz.h"

static unsigned n_errors, n_marks;

static void new_error(const OSSL_CORE_HANDLE *handle)
{
	(void)handle;
	n_errors++;
}

static void set_debug(const OSSL_CORE_HANDLE *handle, const char *file, int line, const char *func)
{
	(void)handle;
	(void)file;
	(void)line;
	(void)func;
}

__attribute__((format(printf, 3, 0))) static void
vset_error(const OSSL_CORE_HANDLE *handle, uint32_t reason, const char *format, va_list args)
{
	char sentence[1024];

	(void)handle;
	fuzz_check(reason != REASON_NONE, "an error has a reason");
	fuzz_check(vsnprintf(sentence, sizeof(sentence), format, args) > 0, "and a sentence");
}

static int set_mark(const OSSL_CORE_HANDLE *handle)
{
	(void)handle;
	n_marks++;
	return ERR_set_mark();
}

static int pop_to_mark(const OSSL_CORE_HANDLE *handle)
{
	(void)handle;
	n_marks--;
	return ERR_pop_to_mark();
}

static struct provider *provider(void)
{
	static struct provider p = {
		.new_error = new_error,
		.set_error_debug = set_debug,
		.vset_error = vset_error,
		.set_error_mark = set_mark,
		.pop_error_to_mark = pop_to_mark,
	};

	if (!p.libctx)
		p.libctx = OSSL_LIB_CTX_new();
	fuzz_check(p.libctx != NULL, "there is memory");
	return &p;
}

static void check_uri(const uint8_t *data, size_t size)
{
	char uri[KEYNAME_URI_MAX], name[SIGNET_NAME_MAX + 1], again[SIGNET_NAME_MAX + 1];
	char *text = malloc(size + 1);

	fuzz_check(text != NULL, "there is memory");
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (!keyname_decode(text, name)) {
		fuzz_check(keyname_encode(name, uri), "a name has a URI");
		fuzz_check(!keyname_decode(uri, again), "which is one");
		fuzz_check(strcmp(name, again) == 0, "of the same name");
	}
	free(text);
}

static int ignore(const OSSL_PARAM params[], void *userdata)
{
	(void)userdata;
	fuzz_check(params[0].key != NULL, "a public key has parameters");
	return 1;
}

static void check_key(const struct key *k, const struct signet_key *listed, const uint8_t *data,
		      size_t size)
{
	fuzz_check(key_is_agents(k), "a listed key is the agent's");
	fuzz_check(!key_import((struct key *)k, EVP_PKEY_KEYPAIR, NULL), "which takes nothing in");
	fuzz_check(k->type == listed->type, "a key is of the type that was claimed");
	fuzz_check(key_algorithm(k->type) != NULL, "and of one that is known");
	fuzz_check(k->signature_max > 0, "it makes signatures");
	fuzz_check(!key_makes(k, data, size) || size <= k->signature_max, "of its own size");
	fuzz_check(EVP_PKEY_export(k->public, EVP_PKEY_PUBLIC_KEY, ignore, NULL) == 1,
		   "others can have its public half");
	fuzz_check((k->certificate == NULL) == (k->certificate_size == 0), "a certificate or none");
}

static void check_listed(const uint8_t *data, size_t size)
{
	struct signet_key listed = {.name = (char *)"key", .token = (char *)"token"};
	size_t spki_size;
	struct key *k;

	if (size < 4)
		return;
	listed.type = data[0];
	spki_size = (size_t)data[1] << 8 | data[2];
	data += 3;
	size -= 3;
	if (spki_size == 0 || spki_size > size)
		return;
	listed.spki = (struct bytes){(uint8_t *)data, spki_size};
	if (size > spki_size)
		listed.certificate = (struct bytes){(uint8_t *)data + spki_size, size - spki_size};
	n_errors = 0;
	k = key_load(provider(), &listed);
	fuzz_check((k == NULL) == (n_errors > 0), "what is refused is told");
	fuzz_check(n_marks == 0, "marks are given back");
	if (k)
		check_key(k, &listed, data, size);
	fuzz_check(key_free(k) == NULL, "nothing is left");
	ERR_clear_error();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_uri(data, size);
	check_listed(data, size);
	return 0;
}
