/*
 * base/bytes.h - bytes that are kept longer than those they came from
 */
#ifndef AGENT_BASE_BYTES_H
#define AGENT_BASE_BYTES_H

#include <stddef.h>

/* A copy, owned by the caller; of no bytes it is not NULL either. NULL when out of memory. */
void *bytes_dup(const void *data, size_t size);

#endif
