/*
 * base/words.c - see words.h
 */
#include "agent/base/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *words_next(char **text)
{
	char *word = *text + strspn(*text, " ");
	size_t len = strcspn(word, " ");

	if (len == 0)
		return NULL;
	*text = word + len;
	if (**text != '\0')
		*(*text)++ = '\0';
	return word;
}

size_t words_count(char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

int words_add(char ***list, const char *word, size_t max)
{
	size_t n = words_count(*list);
	char **more;

	if (n >= max)
		return -E2BIG;
	more = reallocarray(*list, n + 2, sizeof(*more));
	if (!more)
		return -ENOMEM;
	*list = more;
	more[n + 1] = NULL;
	more[n] = strdup(word);
	return more[n] ? 0 : -ENOMEM;
}

int words_empty(char ***list)
{
	char **empty = calloc(1, sizeof(*empty));

	if (!empty)
		return -ENOMEM;
	words_free(*list);
	*list = empty;
	return 0;
}

void words_free(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}
