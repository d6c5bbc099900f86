/*
 * model/approver.h - people who approve, and the keys by which they do so from elsewhere
 */
#ifndef AGENT_MODEL_APPROVER_H
#define AGENT_MODEL_APPROVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define APPROVER_KEY_SIZE 32u
#define PERSON_MAX 64u

/* Who counts once, however often and by whatever way: a user of this host, or else a name. */
struct person {
	uid_t uid;                 /* (uid_t)-1: no user of this host */
	char name[PERSON_MAX + 1]; /* as in the list of keys; empty for who came by a connection */
};

/* Ed25519, the only type of key that is taken. */
struct approver_key {
	struct person person;
	uint8_t key[APPROVER_KEY_SIZE];
	char *application; /* owned; of a key in a FIDO token; NULL for others */
};

/* By either: the same name may have been nobody's here when the one was written down. */
bool person_is_same(const struct person *a, const struct person *b);

/* What records and lists call a person: the name, or "uid 1000". */
#define PERSON_TEXT_MAX (PERSON_MAX + 1)
void person_describe(const struct person *p, char ret[static PERSON_TEXT_MAX]);

void approver_keys_free(struct approver_key *keys, size_t n);

#endif
