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
#include <sys/types.h>

#include "agent/base/cleanup.h"

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

#endif
