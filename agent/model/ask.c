/*
 * model/ask.c - see ask.h
 */
#include "agent/model/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/bytes.h"
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
	free(a->wanted);
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

static int copy_item(const struct ask_item *item, struct ask_item *ret)
{
	*ret = *item;
	ret->data = bytes_dup(item->data, item->size);
	ret->label = item->label ? strdup(item->label) : NULL;
	return ret->data && (ret->label || !item->label) ? 0 : -ENOMEM;
}

int ask_copy_items(const struct ask *a, struct ask *ret)
{
	int r = 0;

	memcpy(ret->purpose, a->purpose, sizeof(ret->purpose));
	ret->algorithm = a->algorithm;
	ret->hash = a->hash;
	ret->input = a->input;
	if (a->n_items > 0)
		r = ask_set_items(ret, a->n_items);
	for (size_t i = 0; i < a->n_items && r == 0; i++)
		r = copy_item(&a->items[i], &ret->items[i]);
	return r;
}

bool ask_is_signing(const struct ask *a)
{
	return a->n_items > 0 || a->purpose[0] != '\0' || a->algorithm != ALGORITHM_NONE ||
	       a->hash != HASH_NONE || a->input != INPUT_NONE;
}
