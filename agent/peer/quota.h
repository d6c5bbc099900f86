/*
 * peer/quota.h - what each uid may hold of us: connections, bytes, parked requests
 *
 * Everything a peer can make us hold is charged to its uid before it is held and given back when
 * it is let go. So no uid can take what another one needs. The limits are in base/limits.h.
 */
#ifndef AGENT_PEER_QUOTA_H
#define AGENT_PEER_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/base/cleanup.h"

/*
 * Records of one uid's requests that sign nothing, a second and in one go. A build host with 64 jobs
 * that all ask for a wrong key stays below; and the journal keeps only so many bytes: a loop of
 * refusals must not soon rotate the records of signatures out of it.
 */
#define UNSIGNED_RATE 200u
#define UNSIGNED_BURST 1000u
/* The longest delay: more than UID_PARKED_MAX requests at that rate, so it does not raise it. */
#define UNSIGNED_DELAY_MAX_USEC UINT64_C(1250000)
/* Uids whose rate is remembered, at 32 bytes each. */
#define UNSIGNED_UIDS_MAX 4096u

enum quota_kind {
	QUOTA_CONNECTIONS,
	QUOTA_BYTES,
	QUOTA_PARKED,
	_QUOTA_KIND_MAX,
};

struct quota;

int quota_new(struct quota **ret);
/* All charges must have been given back. */
struct quota *quota_free(struct quota *q);
DEFINE_FREEP(struct quota, quota_free)

/*
 * Charges n to uid. 0 with *ret_granted saying whether it fitted (if not, nothing was charged);
 * -ENOMEM.
 */
int quota_charge(struct quota *q, uid_t uid, enum quota_kind kind, size_t n, bool *ret_granted);
void quota_release(struct quota *q, uid_t uid, enum quota_kind kind, size_t n);

/* What all uids together hold of a kind. */
size_t quota_total(const struct quota *q, enum quota_kind kind);

/*
 * One more record of uid that releases no signature: how many microseconds its caller has to be
 * made to wait before it is written, normally 0. root never waits. now_usec is CLOCK_BOOTTIME.
 */
uint64_t quota_delay(struct quota *q, uid_t uid, uint64_t now_usec);

#endif
