/*
 * policy/expiry.h - until when an X.509 certificate is valid; pure
 *
 * Nothing else in it is looked at, and nothing is believed because it stands there: the file is
 * root's. Only DER is read, of the one form that it has.
 */
#ifndef AGENT_POLICY_EXPIRY_H
#define AGENT_POLICY_EXPIRY_H

#include <stddef.h>
#include <stdint.h>

/*
 * The first moment (CLOCK_REALTIME microseconds) at which it is not valid any more. -EINVAL with a
 * sentence in why.
 */
int expiry_read(const uint8_t *der, size_t size, uint64_t *ret_usec, char *why, size_t why_size);

#endif
