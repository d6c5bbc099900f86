/*
 * base/log.c - see log.h
 */
#include "agent/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/base/text.h"

void log_line(enum log_level level, const char *format, ...)
{
	char raw[1024], clean[1024], line[1100];
	int saved = errno, n;
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(raw, sizeof(raw), format, ap); /* a cut line is better than none */
	va_end(ap);
	text_sanitise(raw, clean, sizeof(clean));
	n = snprintf(line, sizeof(line), "<%d>%s\n", (int)level, clean);
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
		errno = saved; /* nobody is left to tell */
	errno = saved;
}
