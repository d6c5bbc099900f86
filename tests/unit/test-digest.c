/*
 * test-digest.c - SHA-2 of the PKCS#11 module, by the examples of FIPS 180-4 and in parts
 */
#include "client/pkcs11/digest.h"

#include "tests/unit/unit.h"

#define LONG_448 "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
#define LONG_896                                                   \
	"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn" \
	"hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"

/* NIST, "Cryptographic Standards and Guidelines: Examples with Intermediate Values". */
static const struct {
	enum signet_hash hash;
	const char *message;
	const char *digest;
} examples[] = {
	{SIGNET_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{SIGNET_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{SIGNET_SHA256, LONG_448,
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{SIGNET_SHA256, LONG_896,
	 "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
	{SIGNET_SHA384, "",
	 "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"},
	{SIGNET_SHA384, "abc",
	 "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
	{SIGNET_SHA384, LONG_448,
	 "3391fdddfc8dc7393707a65b1b4709397cf8b1d162af05abfe8f450de5f36bc6b0455a8520bc4e6f5fe95b1fe3c8452b"},
	{SIGNET_SHA384, LONG_896,
	 "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039"},
	{SIGNET_SHA512, "",
	 "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
	{SIGNET_SHA512, "abc",
	 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	{SIGNET_SHA512, LONG_448,
	 "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c33596fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445"},
	{SIGNET_SHA512, LONG_896,
	 "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
};

static void check_digest(struct digest *d, const char *expected)
{
	_cleanup_(freep) char *hex = NULL;
	uint8_t all[DIGEST_SIZE_MAX];

	digest_final(d, all);
	hex = unit_hex((struct view){all, digest_size(d->hash)});
	ck_assert_str_eq(hex, expected);
}

START_TEST(examples_of_the_standard_hold)
{
	struct digest d;

	for (size_t i = 0; i < array_len(examples); i++) {
		digest_init(&d, examples[i].hash);
		digest_update(&d, examples[i].message, strlen(examples[i].message));
		check_digest(&d, examples[i].digest);
	}
}
END_TEST

START_TEST(parts_of_any_length_give_the_same)
{
	struct digest d;

	for (size_t i = 0; i < array_len(examples); i++)
		for (size_t part = 1; part < 80; part++) {
			size_t size = strlen(examples[i].message);

			digest_init(&d, examples[i].hash);
			for (size_t at = 0; at < size; at += part)
				digest_update(&d, examples[i].message + at,
					      size - at < part ? size - at : part);
			digest_update(&d, NULL, 0);
			check_digest(&d, examples[i].digest);
		}
}
END_TEST

START_TEST(a_million_times_a_is_the_long_example)
{
	static const struct {
		enum signet_hash hash;
		const char *digest;
	} longs[] = {
		{SIGNET_SHA256, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
		{SIGNET_SHA384,
		 "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985"},
		{SIGNET_SHA512,
		 "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"},
	};
	struct digest d;
	char part[1000];

	memset(part, 'a', sizeof(part));
	for (size_t i = 0; i < array_len(longs); i++) {
		digest_init(&d, longs[i].hash);
		for (unsigned n = 0; n < 1000; n++)
			digest_update(&d, part, sizeof(part));
		check_digest(&d, longs[i].digest);
	}
}
END_TEST

START_TEST(sizes_name_their_hash_and_no_other_does)
{
	for (size_t size = 0; size < 200; size++) {
		enum signet_hash hash = digest_of_size(size);

		if (hash != SIGNET_NO_HASH)
			ck_assert_uint_eq(digest_size(hash), size);
		else
			ck_assert(size != 32 && size != 48 && size != 64);
	}
	ck_assert_uint_eq(digest_size(SIGNET_NO_HASH), 0);
	ck_assert_uint_eq(digest_size((enum signet_hash)77), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		examples_of_the_standard_hold,
		parts_of_any_length_give_the_same,
		a_million_times_a_is_the_long_example,
		sizes_name_their_hash_and_no_other_does,
	};

	return unit_run("digest", tests, array_len(tests));
}
