/*
 * cli/when.c - see when.h
 */
#include "client/cli/when.h"

#include <stdio.h>
#include <string.h>

#define LAST_YEAR 9999
/* Of any unit. */
#define SPAN_MAX 1000000

static bool parse_date(const char *text, time_t *ret)
{
	struct tm tm = {}, back;
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

	if (!end || *end != '\0') {
		tm = (struct tm){};
		end = strptime(text, "%Y-%m-%d", &tm);
	}
	if (!end || *end != '\0' || tm.tm_year + 1900 > LAST_YEAR)
		return false;
	back = tm;
	*ret = timegm(&back);
	/* timegm() makes the 3rd of March of the 31st of February. */
	return *ret > 0 && back.tm_mday == tm.tm_mday && back.tm_mon == tm.tm_mon;
}

static bool parse_span(const char *text, time_t *ret)
{
	static const struct {
		const char *name;
		time_t seconds;
	} units[] = {{"min", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400}};
	const char *digit = text;
	time_t n = 0;

	while (*digit >= '0' && *digit <= '9' && n < SPAN_MAX)
		n = 10 * n + (*digit++ - '0');
	for (size_t i = 0; i < array_len(units) && digit > text && n < SPAN_MAX; i++) {
		if (strcmp(digit, units[i].name) != 0)
			continue;
		*ret = n * units[i].seconds;
		return true;
	}
	return false;
}

bool when_parse(const char *text, time_t now, time_t *ret)
{
	time_t span;
	struct tm tm;

	if (*text != '+')
		return parse_date(text, ret);
	if (!parse_span(text + 1, &span))
		return false;
	*ret = now + span;
	return gmtime_r(ret, &tm) && tm.tm_year + 1900 <= LAST_YEAR;
}

void when_format(time_t t, char ret[WHEN_SIZE])
{
	struct tm tm;

	if (!gmtime_r(&t, &tm) || strftime(ret, WHEN_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		ret[0] = '\0';
}
