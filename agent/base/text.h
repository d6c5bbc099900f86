/*
 * base/text.h - text from outside: check it before it is compared, logged or shown
 *
 * Also the only place that turns text into numbers.
 */
#ifndef AGENT_BASE_TEXT_H
#define AGENT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Says whether size bytes are text: 1 to max bytes of valid UTF-8 (shortest form, no surrogates)
 * without control characters (U+0000 to U+001F, U+007F to U+009F, and the line and paragraph
 * separators U+2028 and U+2029, and the bidirectional controls).
 */
bool text_is_clean(const void *data, size_t size, size_t max);

/* Copies such text into a new string; owned by the caller. -EINVAL if it is none. */
int text_dup(const void *data, size_t size, size_t max, char **ret);

/*
 * Copies text for showing: each byte that is not clean text becomes '?', what is too long is cut.
 * Always terminates buf, which has room for size bytes (size > 0).
 */
void text_sanitise(const char *text, char *buf, size_t size);

/* A name of a token or key file: 1 to 64 of [A-Za-z0-9._@-], not starting with '.' or '-'. */
bool text_is_file_name(const char *s);

/* Decimal number without sign or space, at most max. -EINVAL or -ERANGE. */
int text_to_u64(const char *s, uint64_t max, uint64_t *ret);

/* "yes", "true", "on", "1" and their opposites. -EINVAL. */
int text_to_bool(const char *s, bool *ret);

/*
 * A duration as systemd writes it, one number and an optional unit: 250ms 5s 5 10min 2h 1d
 * ("infinity" is refused: every wait ends). Result in microseconds. -EINVAL or -ERANGE.
 */
int text_to_usec(const char *s, uint64_t *ret);

/*
 * A point in time, always UTC: 2026-12-31 (its first moment) or 2026-12-31T23:59:59Z.
 * Result in microseconds since 1970. -EINVAL.
 */
int text_to_time(const char *s, uint64_t *ret);

/* The other way round, as 2026-12-31T23:59:59Z; empty for a time that has no such form. */
#define TEXT_TIME_SIZE 32u
void text_time(uint64_t usec, char buf[static TEXT_TIME_SIZE]);

/* Writes 2*size lower-case hex digits and a NUL into buf. */
void text_hex(const void *data, size_t size, char *buf);

/* printf into a new string, owned by the caller; NULL when out of memory. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
