/*
 * policy/settings.c - see settings.h
 */
#include "agent/policy/settings.h"

#include <stddef.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/base/text.h"
#include "agent/policy/assign.h"

#define MINUTE (60 * USEC_PER_SEC)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const char *const authorization_names[] = {
	[AUTHORIZATION_POLKIT] = "polkit",
	[AUTHORIZATION_SAME_USER] = "same-user",
};

const char *authorization_name(enum authorization a)
{
	return (size_t)a < array_len(authorization_names) ? authorization_names[a] : NULL;
}

static int set_authorization(const struct assign *a, void *object, const char *value, unsigned line,
			     struct ini_error *error)
{
	struct settings *s = object;

	for (size_t i = AUTHORIZATION_POLKIT; i < array_len(authorization_names); i++) {
		if (strcmp(value, authorization_names[i]) == 0) {
			s->authorization = (enum authorization)i;
			return 0;
		}
	}
	return ini_refuse(error, line, "%s= is '%.64s', expected polkit or same-user", a->key,
			  value);
}

static int set_duration(const struct assign *a, void *object, const char *value, unsigned line,
			struct ini_error *error)
{
	uint64_t usec;

	if (text_to_usec(value, &usec) < 0)
		return ini_refuse(error, line,
				  "%s= is '%.64s', expected a time such as 500ms, 5s or 2min",
				  a->key, value);
	if (usec < a->min)
		return ini_refuse(error, line, "%s= is '%.64s', expected at least %llums", a->key,
				  value, (unsigned long long)(a->min / USEC_PER_MSEC));
	if (usec > a->max)
		return ini_refuse(error, line, "%s= is '%.64s', expected at most %llus", a->key,
				  value, (unsigned long long)(a->max / USEC_PER_SEC));
	*(uint64_t *)((char *)object + a->offset) = usec;
	return 0;
}

/* clang-format off */
#define DURATION(field, least, most)                                                               \
	.set = set_duration, .offset = offsetof(struct settings, field), .min = least, .max = most

static const struct assign keys[] = {
	{.key = "Authorization",         .set = set_authorization},
	{.key = "PolkitTimeoutSec",      DURATION(polkit_usec, USEC_PER_MSEC, HOUR)},
	{.key = "InteractiveTimeoutSec", DURATION(interactive_usec, USEC_PER_MSEC, HOUR)},
	{.key = "KeepSec",               DURATION(keep_usec, 0, MINUTE)},
	{.key = "TokenTimeoutSec",       DURATION(token_usec, USEC_PER_MSEC, HOUR)},
	{.key = "FrameTimeoutSec",       DURATION(frame_usec, USEC_PER_MSEC, HOUR)},
	{.key = "JournalTimeoutSec",     DURATION(audit_usec, USEC_PER_MSEC, HOUR)},
	{.key = "ApprovalTimeoutSec",    DURATION(approval_usec, USEC_PER_SEC, 30 * DAY)},
	{.key = "IdleExitSec",           DURATION(idle_usec, 0, 365 * DAY)},
};
/* clang-format on */

static const struct assign_table table = {
	.section = "Agent",
	.keys = keys,
	.n_keys = array_len(keys),
};

void settings_init(struct settings *s)
{
	*s = (struct settings){
		.authorization = AUTHORIZATION_POLKIT,
		.polkit_usec = 17 * USEC_PER_SEC,
		.interactive_usec = 2 * MINUTE,
		.keep_usec = 5 * USEC_PER_SEC,
		.token_usec = 30 * USEC_PER_SEC,
		.frame_usec = 30 * USEC_PER_SEC,
		.audit_usec = 5 * USEC_PER_SEC,
		.approval_usec = DAY,
		.idle_usec = 15 * MINUTE,
	};
}

int settings_assign(const char *section, const char *key, const char *value, unsigned line,
		    struct ini_error *error, void *userdata)
{
	return assign_value(&table, userdata, section, key, value, line, error);
}
