/*
 * base/list.h - an intrusive, doubly linked, circular list
 *
 * A struct list is either a head or a link inside an element. A link that is in no list points
 * to itself, so list_remove() may be called at any time and twice.
 */
#ifndef AGENT_BASE_LIST_H
#define AGENT_BASE_LIST_H

#include <stdbool.h>

struct list {
	struct list *next;
	struct list *prev;
};

static inline void list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool list_is_empty(const struct list *l)
{
	return l->next == l;
}

/* Puts the link e, which is in no list, at the end of the list head. */
static inline void list_append(struct list *head, struct list *e)
{
	e->prev = head->prev;
	e->next = head;
	head->prev->next = e;
	head->prev = e;
}

static inline void list_remove(struct list *e)
{
	e->prev->next = e->next;
	e->next->prev = e->prev;
	list_init(e);
}

/* The body may not remove elements; loops that do walk "while (!list_is_empty())". */
#define list_for_each(pos, head) for ((pos) = (head)->next; (pos) != (head); (pos) = (pos)->next)

#endif
