/*
 * cli/say.c - what people read: messages and the end of standard output
 */
#include "client/cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool is_on_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

/* File names may hold anything: nothing that a terminal obeys goes out. */
static void defuse(char *s)
{
	for (unsigned char *p = (unsigned char *)s; *p; p++) {
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
		else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = '?';
	}
}

__attribute__((format(printf, 1, 0))) static void say(const char *format, va_list ap)
{
	/* A progress line may stand where this one goes. */
	const char *wipe = is_on_terminal() ? "\r\033[K" : "";
	char *s;

	if (vasprintf(&s, format, ap) < 0) {
		(void)fputs("signet: out of memory\n", stderr); /* nobody else to tell */
		return;
	}
	defuse(s);
	(void)fprintf(stderr, "%ssignet: %s\n", wipe, s); /* nobody else to tell */
	free(s);
}

void complain(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(format, ap);
	va_end(ap);
}

void note(const struct args *args, const char *format, ...)
{
	va_list ap;

	if (args->is_quiet)
		return;
	va_start(ap, format);
	say(format, ap);
	va_end(ap);
}

const char *shown_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

uint64_t now_usec(void)
{
	struct timespec t = {};

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* exists everywhere; only rates depend on it */
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

enum exit_code finish_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	complain("standard output: %s", strerror(errno));
	return EXIT_IO;
}
