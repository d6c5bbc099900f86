/*
 * cli/table.h - aligned columns on standard output
 */
#ifndef CLIENT_CLI_TABLE_H
#define CLIENT_CLI_TABLE_H

#include <stddef.h>

#define TABLE_COLUMNS_MAX 7

/*
 * Prints n rows of columns cells, two spaces apart; cells are in order of rows, the first row is
 * the heading. The last column is not padded.
 */
void table_print(char *const *cells, size_t n, size_t columns);

#endif
