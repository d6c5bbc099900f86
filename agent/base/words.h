/*
 * base/words.h - lists of words, as configuration files have them
 */
#ifndef AGENT_BASE_WORDS_H
#define AGENT_BASE_WORDS_H

#include <stddef.h>

/* Cuts the next word off *text, at spaces; NULL if there is none. */
char *words_next(char **text);

/* How many words a list has; NULL has none. */
size_t words_count(char *const *list);

/*
 * Appends a copy to a list that ends with NULL; *list may be NULL, which is an empty one. -E2BIG if
 * it has max already, -ENOMEM.
 */
int words_add(char ***list, const char *word, size_t max);

/* Makes the list one without words, which is not NULL. -ENOMEM. */
int words_empty(char ***list);

void words_free(char **list);

#endif
