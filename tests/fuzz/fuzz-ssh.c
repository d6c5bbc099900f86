/*
 * fuzz-ssh.c - what ssh has signed, and the forms of signatures
 *
 * The input is a string, taken for the blob of a key, and behind it the data, which is also taken for
 * the key's certificate and for a signature of each curve.
 */
#include "agent/base/cleanup.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/wire/signature.h"
#include "agent/wire/ssh.h"
#include "tests/fuzz/fuzz.h"

static void check_content(struct view data)
{
	struct ssh_content c;

	ssh_recognise(data, &c);
	switch (c.kind) {
	case SSH_KIND_RAW:
		fuzz_check(c.namespace.size == 0, "raw data has no namespace");
		return;
	case SSH_KIND_SIG:
		fuzz_check(text_is_clean(c.namespace.data, c.namespace.size, PURPOSE_MAX),
			   "a namespace is clean text");
		fuzz_check(strlen("sshsig:") + c.namespace.size <= PURPOSE_MAX,
			   "a namespace fits a purpose");
		fuzz_check(memcmp(data.data, "SSHSIG", 6) == 0, "a signed file says so");
		return;
	case SSH_KIND_AUTH:
		fuzz_check(c.session.size < data.size, "a login has its session within");
		fuzz_check(c.namespace.size == 0, "only a signed file has one");
		return;
	case SSH_KIND_CERT:
	case SSH_KIND_BROKEN:
		fuzz_check(data.size > 0 && c.namespace.size == 0, "only a signed file has one");
		return;
	}
	fuzz_check(false, "the kind is one of these");
}

/* Reads one DER INTEGER of at most 127 content bytes and compares it with a number. */
static void check_integer(struct reader *r, struct view number)
{
	struct view v;

	fuzz_check(reader_u8(r) == 2, "r and s are integers");
	v = reader_bytes(r, reader_u8(r));
	fuzz_check(v.size >= 1 && !(v.data[0] & 0x80), "r and s are not negative");
	fuzz_check(v.size == 1 || v.data[0] != 0 || v.data[1] & 0x80, "r and s are shortest");
	while (v.size > 0 && *v.data == 0)
		v.data++, v.size--;
	while (number.size > 0 && *number.data == 0)
		number.data++, number.size--;
	fuzz_check_same(v, number.data, number.size);
}

static void check_signature(enum key_type type, struct view raw)
{
	struct reader r;
	struct writer w;
	size_t size, half = raw.size / 2;

	writer_init(&w, SIGNATURE_MAX);
	signature_write_plain(&w, type, raw);
	fuzz_check(writer_end(&w) == 0, "a signature fits");
	reader_init(&r, writer_view(&w).data, writer_view(&w).size);
	fuzz_check(reader_u8(&r) == 0x30, "it is a SEQUENCE");
	size = reader_u8(&r);
	if (size == 0x81) {
		size = reader_u8(&r);
		fuzz_check(size >= 128, "a long length is needed");
	}
	fuzz_check(size == r.left, "the SEQUENCE has the length it says");
	check_integer(&r, (struct view){raw.data, half});
	check_integer(&r, (struct view){raw.data + half, half});
	fuzz_check(reader_end(&r), "nothing stands behind s");
	writer_done(&w);

	writer_init(&w, SIGNATURE_MAX);
	signature_write_ssh(&w, type, HASH_SHA512, raw);
	fuzz_check(writer_end(&w) == 0, "a signature fits");
	writer_done(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum key_type curves[] = {KEY_TYPE_P256, KEY_TYPE_P384, KEY_TYPE_P521};
	struct reader r;
	struct view blob, rest;

	reader_init(&r, data, size);
	blob = reader_string(&r, 0, SPKI_MAX);
	rest = reader_bytes(&r, r.left);
	check_content(rest);
	fuzz_check(!ssh_certifies(rest, blob) || rest.size > blob.size,
		   "a certificate holds its key");
	for (size_t i = 0; i < array_len(curves); i++)
		if (rest.size >= code_signature_size(curves[i], 0))
			check_signature(curves[i],
					(struct view){rest.data,
						      code_signature_size(curves[i], 0)});
	return 0;
}
