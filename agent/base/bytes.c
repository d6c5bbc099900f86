/*
 * base/bytes.c - see bytes.h
 */
#include "agent/base/bytes.h"

#include <stdlib.h>
#include <string.h>

void *bytes_dup(const void *data, size_t size)
{
	void *copy = malloc(size ? size : 1);

	if (copy && size > 0)
		memcpy(copy, data, size);
	return copy;
}
