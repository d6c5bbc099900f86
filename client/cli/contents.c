/*
 * cli/contents.c - see contents.h
 */
#include "client/cli/contents.h"

#include "client/cli/input.h"

enum exit_code contents_load(const char *path, size_t max, const char *too_long,
			     struct contents *ret)
{
	return input_read(path, max, too_long, &ret->data, &ret->size);
}

void contents_done(struct contents *c)
{
	free(c->data);
	*c = (struct contents){};
}
