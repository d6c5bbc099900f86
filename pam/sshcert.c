/*
 * pam/sshcert.c - see sshcert.h
 */
#include "pam/sshcert.h"

#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/clock.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"

#define SUFFIX "-cert-v01@openssh.com"
#define KIND_USER 1u

/* A certificate as it stands there, before anything in it is believed. */
struct contents {
	struct sshkey key;
	uint64_t serial;
	uint32_t kind;
	struct view id;
	struct view principals; /* strings */
	uint64_t valid_after;   /* seconds */
	uint64_t valid_before;
	struct view critical;
	struct view extensions; /* pairs of strings */
	struct view authority;
	struct view signed_part;
	struct view signature;
};

static struct view field(struct reader *r)
{
	return reader_string(r, 0, CERTIFICATE_MAX);
}

static enum key_type plain_type(struct view name)
{
	const size_t suffix = strlen(SUFFIX);

	if (name.size <= suffix || memcmp(name.data + name.size - suffix, SUFFIX, suffix) != 0)
		return KEY_TYPE_NONE;
	return sshkey_type((struct view){name.data, name.size - suffix});
}

/* How many strings there are, to the very end; false if they do not end there. */
static bool count_strings(struct view v, size_t *ret)
{
	struct reader r;
	size_t n = 0;

	reader_init(&r, v.data, v.size);
	for (; !r.has_failed && r.left > 0; n++)
		(void)field(&r);
	*ret = n;
	return reader_end(&r);
}

/* What stands behind the type, which was read. */
static bool read_rest(struct view certificate, struct reader *r, enum key_type type,
		      struct contents *ret)
{
	size_t n_principals, n_extensions;

	(void)field(r); /* nonce */
	sshkey_read_fields(r, type, &ret->key);
	ret->serial = reader_u64(r);
	ret->kind = reader_u32(r);
	ret->id = field(r);
	ret->principals = field(r);
	ret->valid_after = reader_u64(r);
	ret->valid_before = reader_u64(r);
	ret->critical = field(r);
	ret->extensions = field(r);
	(void)field(r); /* reserved; says nothing so far */
	ret->authority = field(r);
	ret->signed_part = (struct view){certificate.data, certificate.size - r->left};
	ret->signature = field(r);
	return reader_end(r) && count_strings(ret->principals, &n_principals) &&
	       count_strings(ret->extensions, &n_extensions) && n_extensions % 2 == 0;
}

static enum sshcert_result read_certificate(struct view certificate, struct contents *ret)
{
	enum key_type type;
	struct reader r;

	if (certificate.size > CERTIFICATE_MAX)
		return SSHCERT_BROKEN;
	reader_init(&r, certificate.data, certificate.size);
	type = plain_type(reader_string(&r, 1, 64));
	if (r.has_failed)
		return SSHCERT_BROKEN;
	if (type == KEY_TYPE_NONE)
		return SSHCERT_TYPE;
	return read_rest(certificate, &r, type, ret) ? SSHCERT_RIGHT : SSHCERT_BROKEN;
}

static enum sshcert_result check_signature(const struct contents *c)
{
	struct sshkey authority;

	if (!sshkey_read(c->authority, &authority))
		return SSHCERT_STRANGER;
	return sshkey_verifies_ssh(&authority, c->signed_part, c->signature) ? SSHCERT_RIGHT
									     : SSHCERT_FORGED;
}

static enum sshcert_result check_limits(const struct contents *c, uint64_t now_usec)
{
	const uint64_t now = now_usec / USEC_PER_SEC;

	if (c->kind != KIND_USER)
		return SSHCERT_HOST;
	if (now < c->valid_after)
		return SSHCERT_EARLY;
	if (now >= c->valid_before)
		return SSHCERT_EXPIRED;
	if (c->critical.size > 0)
		return SSHCERT_CRITICAL;
	return c->principals.size > 0 ? SSHCERT_RIGHT : SSHCERT_NOBODY;
}

static bool has_principal(struct view principals, const char *name)
{
	struct reader r;

	reader_init(&r, principals.data, principals.size);
	while (!r.has_failed && r.left > 0)
		if (view_is(field(&r), name))
			return name[0] != '\0';
	return false;
}

static bool is_for(struct view principals, const struct authorized_entry *e, const char *user)
{
	if (!e->principals)
		return has_principal(principals, user);
	for (size_t i = 0; e->principals[i]; i++)
		if (has_principal(principals, e->principals[i]))
			return true;
	return false;
}

/* An authority may stand in several lines, each with principals of its own. */
static const struct authorized_entry *
find_line(const struct contents *c, const struct authorized *authorities, const char *user)
{
	const struct authorized_entry *e;
	size_t at = 0;

	while ((e = authorized_next(authorities, c->authority, true, &at)))
		if (is_for(c->principals, e, user))
			return e;
	return NULL;
}

enum sshcert_result sshcert_check(struct view certificate, const struct authorized *authorities,
				  const char *user, uint64_t now_usec, struct sshcert *ret)
{
	const struct authorized_entry *line;
	enum sshcert_result result;
	struct contents c;
	size_t at = 0;

	result = read_certificate(certificate, &c);
	if (result != SSHCERT_RIGHT)
		return result;
	if (!authorized_next(authorities, c.authority, true, &at))
		return SSHCERT_STRANGER;
	result = check_signature(&c);
	if (result == SSHCERT_RIGHT)
		result = check_limits(&c, now_usec);
	if (result != SSHCERT_RIGHT)
		return result;
	line = find_line(&c, authorities, user);
	if (!line)
		return SSHCERT_OTHER_USER;
	*ret = (struct sshcert){.key = c.key, .serial = c.serial, .authority = line};
	if (text_is_clean(c.id.data, c.id.size, LABEL_MAX))
		ret->id = c.id;
	return SSHCERT_RIGHT;
}

const char *sshcert_reason(enum sshcert_result r)
{
	static const char *const reasons[_SSHCERT_MAX] = {
		[SSHCERT_NONE] = "it was not looked at",
		[SSHCERT_BROKEN] = "it is malformed, or its key is too weak",
		[SSHCERT_TYPE] = "it is no certificate of a type that is understood",
		[SSHCERT_STRANGER] = "its authority is not one of those that are trusted",
		[SSHCERT_FORGED] = "its authority did not sign it, or with SHA-1",
		[SSHCERT_HOST] = "it is not for a user",
		[SSHCERT_EARLY] = "it is not valid yet",
		[SSHCERT_EXPIRED] = "it has expired",
		[SSHCERT_CRITICAL] = "it has a critical option, which limits it to something else",
		[SSHCERT_NOBODY] = "it names no principal",
		[SSHCERT_OTHER_USER] = "none of its principals is this user",
	};

	return (size_t)r < array_len(reasons) ? reasons[r] : NULL;
}
