/*
 * fake-parked.h - requests that wait for approvals, as the tests of policy/quorum*.c need them
 */
#ifndef TESTS_LIB_FAKE_PARKED_H
#define TESTS_LIB_FAKE_PARKED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/model/parked.h"

#define FAKE_POLICY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define FAKE_HOST "0123456789abcdef0123456789abcdef"
#define FAKE_ALICE 1001u
#define FAKE_SECOND UINT64_C(1000000)
/* 2026-11-22, some time of the day. */
#define FAKE_NOW (UINT64_C(1795363200) * FAKE_SECOND)
#define FAKE_EXPIRES (FAKE_NOW + 3600 * FAKE_SECOND)

/* Of uid 1001, in build.service, for key 'release', two approvals needed. */
static inline struct parked *fake_parked(size_t n_items)
{
	static unsigned counter;
	struct parked *p = calloc(1, sizeof(*p));

	list_init(&p->link);
	ask_init(&p->ask);
	(void)snprintf(p->id, sizeof(p->id), "%016x", ++counter);
	p->state = PARKED_PENDING;
	p->uid = FAKE_ALICE;
	p->unit = strdup("build.service");
	p->comm = strdup("signet");
	p->key = strdup("release");
	p->token = strdup("main");
	memset(p->key_id, 0xab, sizeof(p->key_id));
	memcpy(p->policy, FAKE_POLICY, sizeof(p->policy));
	p->needed = 2;
	p->created_usec = FAKE_NOW;
	p->expires_usec = FAKE_EXPIRES;
	p->is_used = n_items == 0;
	(void)snprintf(p->ask.purpose, sizeof(p->ask.purpose), "digest");
	p->ask.algorithm = ALGORITHM_ECDSA;
	p->ask.hash = HASH_SHA256;
	p->ask.input = INPUT_DIGEST;
	if (n_items > 0)
		(void)ask_set_items(&p->ask, n_items); /* then the test fails at once */
	for (size_t i = 0; i < n_items; i++) {
		struct ask_item *item = &p->ask.items[i];

		item->size = item->digest_size = 32;
		item->data = calloc(1, item->size);
		item->data[0] = (uint8_t)i;
		item->data[1] = (uint8_t)(i >> 8);
		memcpy(item->digest, item->data, item->size);
		item->label = i == 0 ? strdup("file name") : NULL;
	}
	return p;
}

static inline struct parked *fake_parked_window(uint64_t seconds, uint64_t signatures)
{
	struct parked *p = fake_parked(0);

	p->asked = (struct window){seconds * FAKE_SECOND, signatures};
	return p;
}

#endif
