/*
 * cli/table.c - see table.h
 */
#include "client/cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* Columns on the screen; bytes, where the locale cannot tell. */
static size_t width(const char *s)
{
	wchar_t wide[256];
	size_t n = mbstowcs(wide, s, 256);
	int columns;

	if (n >= 256)
		return strlen(s);
	columns = wcswidth(wide, n);
	return columns < 0 ? strlen(s) : (size_t)columns;
}

static void print_row(char *const *cells, const size_t *widths, size_t columns)
{
	for (size_t c = 0; c + 1 < columns; c++)
		printf("%s%*s", cells[c], (int)(widths[c] - width(cells[c]) + 2), "");
	printf("%s\n", cells[columns - 1]);
}

void table_print(char *const *cells, size_t n, size_t columns)
{
	size_t widths[TABLE_COLUMNS_MAX] = {};

	for (size_t i = 0; i < n * columns; i++)
		if (width(cells[i]) > widths[i % columns])
			widths[i % columns] = width(cells[i]);
	for (size_t i = 0; i < n; i++)
		print_row(cells + i * columns, widths, columns);
}
