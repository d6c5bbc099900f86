/*
 * model/ask.c - see ask.h
 */
#include "agent/model/ask.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/base/fd.h"

void ask_init(struct ask *a)
{
	*a = (struct ask){.pin_fd = -EBADF};
}

void ask_done(struct ask *a)
{
	for (size_t i = 0; i < a->n_items; i++) {
		free(a->items[i].data);
		free(a->items[i].label);
	}
	free(a->items);
	free(a->key);
	free(a->ssh_blob);
	free(a->break_glass);
	free(a->token);
	(void)fd_close(a->pin_fd);
	ask_init(a);
}

int ask_set_items(struct ask *a, size_t n)
{
	a->items = calloc(n, sizeof(*a->items));
	if (!a->items)
		return -ENOMEM;
	a->n_items = n;
	return 0;
}
