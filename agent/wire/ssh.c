/*
 * wire/ssh.c - see ssh.h
 */
#include "agent/wire/ssh.h"

#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/limits.h"
#include "agent/wire/message.h"

#define SSH_MSG_USERAUTH_REQUEST 50
#define SSH_CERTIFICATE_SUFFIX "-cert-v01@openssh.com"

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

/* What follows the session identifier. */
static bool is_auth_request(struct reader r)
{
	struct view method;

	if (reader_u8(&r) != SSH_MSG_USERAUTH_REQUEST)
		return false;
	(void)field(&r); /* user name on the server: any */
	(void)field(&r); /* service that is started then: any */
	method = field(&r);
	if (view_is(method, "hostbased")) {
		for (unsigned i = 0; i < 4; i++)
			(void)field(&r); /* algorithm, key, host name, user name there */
		return reader_end(&r);
	}
	if (!view_is(method, "publickey") &&
	    !view_is(method, "publickey-hostbound-v00@openssh.com"))
		return false;
	(void)reader_u8(&r); /* 1: with a signature */
	(void)field(&r);     /* algorithm */
	(void)field(&r);     /* key, or its certificate */
	if (r.left > 0)
		(void)field(&r); /* host key, of the host-bound form */
	return reader_end(&r);
}

/*
 * The session identifier is the hash of the key exchange, as a string. For clients that call
 * themselves by certain old names servers leave its length word away, so that is a login too.
 */
static bool is_auth(struct view data, struct view *ret_session)
{
	static const size_t bare[] = {20, 32, 48, 64};
	struct reader r;

	reader_init(&r, data.data, data.size);
	*ret_session = field(&r);
	if (!r.has_failed && is_auth_request(r))
		return true;
	for (size_t i = 0; i < array_len(bare); i++) {
		reader_init(&r, data.data, data.size);
		*ret_session = reader_bytes(&r, bare[i]);
		if (!r.has_failed && is_auth_request(r))
			return true;
	}
	return false;
}

static bool begins_like_sig(struct view data)
{
	struct reader r;

	reader_init(&r, data.data, data.size);
	return view_is(reader_bytes(&r, 6), "SSHSIG");
}

/* A type of certificate, also one that is not known here. */
static bool begins_like_cert(struct view data)
{
	static const char mark[] = "-cert-v0";
	struct reader r;
	struct view type;

	reader_init(&r, data.data, data.size);
	type = field(&r);
	return type.size > 0 && memmem(type.data, type.size, mark, sizeof(mark) - 1);
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

/* How many strings make the certified key; 0 for what is no type of certificate. */
static unsigned key_fields(struct view type)
{
	static const struct {
		const char *name;
		unsigned fields;
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

	for (size_t i = 0; i < array_len(types); i++)
		if (view_is(type, types[i].name))
			return types[i].fields;
	return 0;
}

/* Everything of a certificate but the signature of its CA. */
static void read_cert(struct reader *r, struct view *ret_type, struct view *ret_key)
{
	unsigned fields;
	uint32_t kind;

	*ret_type = field(r);
	fields = key_fields(*ret_type);
	if (fields == 0)
		reader_fail(r);
	(void)field(r); /* nonce */
	ret_key->data = r->at;
	while (fields-- > 0)
		(void)reader_string(r, 1, SPKI_MAX);
	ret_key->size = r->has_failed ? 0 : (size_t)(r->at - ret_key->data);
	(void)reader_u64(r); /* serial */
	kind = reader_u32(r);
	if (kind != 1 && kind != 2) /* user, host */
		reader_fail(r);
	(void)field(r);      /* key id */
	(void)field(r);      /* principals */
	(void)reader_u64(r); /* valid after */
	(void)reader_u64(r); /* valid before */
	(void)field(r);      /* critical options */
	(void)field(r);      /* extensions */
	(void)field(r);      /* reserved */
	(void)field(r);      /* key that signs */
}

static bool is_cert(struct view data)
{
	struct view type, key;
	struct reader r;

	reader_init(&r, data.data, data.size);
	read_cert(&r, &type, &key);
	return reader_end(&r);
}

/* The type of a certificate is that of its key and a suffix; then both have the same fields. */
static bool is_type_of(struct view type, struct view key_type)
{
	return type.size > key_type.size &&
	       view_is_equal((struct view){type.data, key_type.size}, key_type) &&
	       view_is((struct view){type.data + key_type.size, type.size - key_type.size},
		       SSH_CERTIFICATE_SUFFIX);
}

bool ssh_certifies(struct view certificate, struct view key_blob)
{
	struct view type, key, key_type;
	struct reader r, k;

	reader_init(&r, certificate.data, certificate.size);
	read_cert(&r, &type, &key);
	(void)field(&r); /* signature of the CA */
	reader_init(&k, key_blob.data, key_blob.size);
	key_type = field(&k);
	return reader_end(&r) && !k.has_failed && is_type_of(type, key_type) &&
	       view_is_equal(key, (struct view){k.at, k.left});
}

void ssh_recognise(struct view data, struct ssh_content *ret)
{
	struct view namespace = {}, session = {};

	*ret = (struct ssh_content){.kind = SSH_KIND_RAW};
	if (is_sig(data, &namespace)) {
		ret->kind = SSH_KIND_SIG;
		ret->namespace = namespace;
	} else if (is_auth(data, &session)) {
		ret->kind = SSH_KIND_AUTH;
		ret->session = session;
	} else if (is_cert(data)) {
		ret->kind = SSH_KIND_CERT;
	} else if (begins_like_sig(data) || begins_like_cert(data)) {
		ret->kind = SSH_KIND_BROKEN;
	}
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
