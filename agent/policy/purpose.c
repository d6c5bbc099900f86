/*
 * policy/purpose.c - see purpose.h
 */
#include "agent/policy/purpose.h"

#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"

static const char sshsig[] = "sshsig:";

static bool is_namespace(const char *s)
{
	return strcmp(s, "*") == 0 || (s[0] != '\0' && !strpbrk(s, " *"));
}

bool purpose_is_name(const char *text)
{
	static const char *const plain[] = {"digest", "cms", "ssh-auth", "ssh-cert", "ssh-raw"};

	if (!text_is_clean(text, strlen(text), PURPOSE_MAX))
		return false;
	for (size_t i = 0; i < array_len(plain); i++)
		if (strcmp(text, plain[i]) == 0)
			return true;
	return strncmp(text, sshsig, strlen(sshsig)) == 0 && is_namespace(text + strlen(sshsig));
}

/* 'sshsig:*' stands for every namespace, but not for none. */
static bool is_purpose(const char *purpose, const char *allowed)
{
	if (strcmp(allowed, "sshsig:*") == 0)
		return strncmp(purpose, sshsig, strlen(sshsig)) == 0 &&
		       purpose[strlen(sshsig)] != '\0';
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
