/*
 * cli/typed.h - passwords and PINs, as a person or a script gives them
 *
 * They are in one locked page that no core dump has, for as short as possible, and wiped there.
 */
#ifndef CLIENT_CLI_TYPED_H
#define CLIENT_CLI_TYPED_H

#include "client/cli/cli.h"

/* The longest line without its newline: what a PIN and a credential of systemd's may be. */
#define TYPED_MAX SIGNET_PIN_MAX
#define TYPED_LINES_MAX 2u

struct typed {
	char *page; /* owned; NULL: nothing */
	char *lines[TYPED_LINES_MAX];
	size_t n;
};

/*
 * A line from the terminal, without echo, behind a prompt like printf's; option is what else could be
 * used, where there is none.
 */
enum exit_code typed_ask(struct typed *ret, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Standard input, to its end: so many lines. */
enum exit_code typed_read(size_t n_lines, struct typed *ret);

/* Wipes it; takes one that holds nothing. */
void typed_done(struct typed *t);

#endif
