/*
 * wire/ssh.c - see ssh.h
 */
#include "agent/wire/ssh.h"

#include "agent/base/cleanup.h"
#include "agent/base/limits.h"
#include "agent/wire/message.h"

#define SSH_MSG_USERAUTH_REQUEST 50

static struct view field(struct reader *r)
{
	return reader_string(r, 0, FRAME_MAX);
}

/* A string that must be one of ours. */
static void expect(struct reader *r, const char *value)
{
	if (!view_is(field(r), value))
		reader_fail(r);
}

static void expect_view(struct reader *r, struct view value)
{
	if (!view_is_equal(field(r), value))
		reader_fail(r);
}

static bool is_auth(struct view data, struct view key_blob)
{
	struct reader r;
	struct view method;
	bool is_bound;

	reader_init(&r, data.data, data.size);
	(void)reader_string(&r, 1, 256); /* session identifier: the hash of the key exchange */
	if (reader_u8(&r) != SSH_MSG_USERAUTH_REQUEST)
		return false;
	(void)field(&r); /* user name on the server: any */
	expect(&r, "ssh-connection");
	method = field(&r);
	is_bound = view_is(method, "publickey-hostbound-v00@openssh.com");
	if (!is_bound && !view_is(method, "publickey"))
		return false;
	if (reader_u8(&r) != 1)
		return false;
	(void)reader_string(&r, 1, 64); /* algorithm: what it really is follows from the key */
	expect_view(&r, key_blob);
	if (is_bound)
		(void)reader_string(&r, 1, SPKI_MAX); /* host key */
	return reader_end(&r);
}

static bool is_sig(struct view data, struct view *ret_namespace)
{
	struct reader r;
	struct view hash;

	reader_init(&r, data.data, data.size);
	if (!view_is(reader_bytes(&r, 6), "SSHSIG"))
		return false;
	*ret_namespace = reader_text(&r, 1, PURPOSE_MAX - sizeof("sshsig:"));
	expect(&r, "");
	hash = field(&r);
	if (view_is(hash, "sha256"))
		(void)reader_string(&r, 32, 32);
	else if (view_is(hash, "sha512"))
		(void)reader_string(&r, 64, 64);
	else
		return false;
	return reader_end(&r);
}

static bool is_cert(struct view data, struct view key_blob)
{
	static const struct {
		const char *name;
		unsigned fields; /* strings of the certified key */
	} types[] = {
		{"ssh-rsa-cert-v01@openssh.com", 2},
		{"rsa-sha2-256-cert-v01@openssh.com", 2},
		{"rsa-sha2-512-cert-v01@openssh.com", 2},
		{"ecdsa-sha2-nistp256-cert-v01@openssh.com", 2},
		{"ecdsa-sha2-nistp384-cert-v01@openssh.com", 2},
		{"ecdsa-sha2-nistp521-cert-v01@openssh.com", 2},
		{"ssh-ed25519-cert-v01@openssh.com", 1},
		{"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", 3},
		{"sk-ssh-ed25519-cert-v01@openssh.com", 2},
	};
	struct reader r;
	struct view name;
	unsigned fields = 0;
	uint32_t kind;

	reader_init(&r, data.data, data.size);
	name = field(&r);
	for (size_t i = 0; i < array_len(types); i++)
		if (view_is(name, types[i].name))
			fields = types[i].fields;
	if (fields == 0)
		return false;
	(void)field(&r); /* nonce */
	while (fields-- > 0)
		(void)reader_string(&r, 1, SPKI_MAX);
	(void)reader_u64(&r); /* serial */
	kind = reader_u32(&r);
	if (kind != 1 && kind != 2) /* user, host */
		return false;
	(void)field(&r);      /* key id */
	(void)field(&r);      /* principals */
	(void)reader_u64(&r); /* valid after */
	(void)reader_u64(&r); /* valid before */
	(void)field(&r);      /* critical options */
	(void)field(&r);      /* extensions */
	(void)field(&r);      /* reserved */
	expect_view(&r, key_blob);
	return reader_end(&r);
}

void ssh_recognise(struct view data, struct view key_blob, struct ssh_content *ret)
{
	struct view namespace = {};

	*ret = (struct ssh_content){.kind = SSH_KIND_RAW};
	if (is_sig(data, &namespace)) {
		ret->kind = SSH_KIND_SIG;
		ret->namespace = namespace;
		return;
	}
	if (is_auth(data, key_blob))
		ret->kind = SSH_KIND_AUTH;
	else if (is_cert(data, key_blob))
		ret->kind = SSH_KIND_CERT;
}

bool ssh_signing(enum key_type type, uint32_t flags, enum algorithm *ret_algorithm,
		 enum hash *ret_hash)
{
	switch (type) {
	case KEY_TYPE_RSA:
		*ret_algorithm = ALGORITHM_RSA_PKCS1;
		if (flags & MESSAGE_SSH_RSA_SHA2_512)
			*ret_hash = HASH_SHA512;
		else if (flags & MESSAGE_SSH_RSA_SHA2_256)
			*ret_hash = HASH_SHA256;
		else
			return false;
		return true;
	case KEY_TYPE_P256:
		*ret_algorithm = ALGORITHM_ECDSA;
		*ret_hash = HASH_SHA256;
		return true;
	case KEY_TYPE_P384:
		*ret_algorithm = ALGORITHM_ECDSA;
		*ret_hash = HASH_SHA384;
		return true;
	case KEY_TYPE_P521:
		*ret_algorithm = ALGORITHM_ECDSA;
		*ret_hash = HASH_SHA512;
		return true;
	case KEY_TYPE_ED25519:
		*ret_algorithm = ALGORITHM_EDDSA;
		*ret_hash = HASH_NONE;
		return true;
	case KEY_TYPE_NONE:
	case _KEY_TYPE_MAX:
		break;
	}
	return false;
}
