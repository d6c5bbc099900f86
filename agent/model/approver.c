/*
 * model/approver.c - see approver.h
 */
#include "agent/model/approver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool person_is_same(const struct person *a, const struct person *b)
{
	if (a->uid != (uid_t)-1 && a->uid == b->uid)
		return true;
	return a->name[0] != '\0' && strcmp(a->name, b->name) == 0;
}

void person_describe(const struct person *p, char ret[static PERSON_TEXT_MAX])
{
	if (p->name[0] != '\0')
		(void)snprintf(ret, PERSON_TEXT_MAX, "%s", p->name); /* as long as it may be */
	else
		(void)snprintf(ret, PERSON_TEXT_MAX, "uid %u", (unsigned)p->uid); /* the same */
}

void approver_keys_free(struct approver_key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(keys[i].application);
	free(keys);
}
