/*
 * policy/purpose.c - see purpose.h
 */
#include "agent/policy/purpose.h"

#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/wire/challenge.h"

static bool is_namespace(const char *s)
{
	return s[0] != '\0' && !strpbrk(s, " *");
}

static bool is_service(const char *s)
{
	return challenge_is_service(view_of(s));
}

/* Purposes that say for what of their kind; a star behind the prefix stands for all of these. */
static const struct family {
	const char *prefix;
	bool (*is_member)(const char *s);
} families[] = {
	{"sshsig:", is_namespace},
	{"pam:", is_service},
};

static const struct family *family_of(const char *purpose)
{
	for (size_t i = 0; i < array_len(families); i++)
		if (strncmp(purpose, families[i].prefix, strlen(families[i].prefix)) == 0)
			return &families[i];
	return NULL;
}

static bool is_all_of(const struct family *f, const char *purpose)
{
	return strcmp(purpose + strlen(f->prefix), "*") == 0;
}

bool purpose_is_name(const char *text)
{
	static const char *const plain[] = {"digest", "cms", "ssh-auth", "ssh-cert", "ssh-raw"};
	const struct family *f;

	if (!text_is_clean(text, strlen(text), PURPOSE_MAX))
		return false;
	for (size_t i = 0; i < array_len(plain); i++)
		if (strcmp(text, plain[i]) == 0)
			return true;
	f = family_of(text);
	return f && (is_all_of(f, text) || f->is_member(text + strlen(f->prefix)));
}

bool purpose_is_single(const char *text)
{
	const struct family *f = family_of(text);

	return purpose_is_name(text) && !(f && is_all_of(f, text));
}

/* 'sshsig:*' stands for every namespace, but not for none. */
static bool is_purpose(const char *purpose, const char *allowed)
{
	const struct family *f = family_of(allowed);

	if (f && is_all_of(f, allowed))
		return family_of(purpose) == f && purpose[strlen(f->prefix)] != '\0';
	return strcmp(purpose, allowed) == 0;
}

bool purpose_is_among(const char *purpose, char *const *list)
{
	if (purpose[0] == '\0')
		return false;
	for (size_t i = 0; list[i]; i++)
		if (is_purpose(purpose, list[i]))
			return true;
	return false;
}
