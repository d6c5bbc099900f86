/*
 * base/cleanup.h - the few macros of the tree: scope-bound release, and hand-over
 *
 * A local that owns something is declared with _cleanup_(release). It is handed on with
 * take_ptr() or take_fd(), which leave the empty value behind, so that there is always exactly
 * one owner. No macro here hides control flow.
 */
#ifndef AGENT_BASE_CLEANUP_H
#define AGENT_BASE_CLEANUP_H

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#define _cleanup_(release) __attribute__((cleanup(release)))

/* Moves a pointer out of *from, leaving NULL: the new holder owns it. */
#define take_ptr(from)                             \
	({                                         \
		__typeof__(from) *_from = &(from); \
		__typeof__(from) _taken = *_from;  \
		*_from = NULL;                     \
		_taken;                            \
	})

#define array_len(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* Defines x_freep() for _cleanup_ from an x_free() that accepts NULL and returns NULL. */
#define DEFINE_FREEP(type, free_fn)                                 \
	static inline void free_fn##p(type **x)                     \
	{                                                           \
		(void)free_fn(*x); /* returns NULL by convention */ \
		*x = NULL;                                          \
	}

/* For _cleanup_(freep) on any pointer that came from malloc(). */
static inline void freep(void *ptr)
{
	free(*(void **)ptr);
}

#endif
