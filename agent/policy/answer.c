/*
 * policy/answer.c - see answer.h
 */
#include "agent/policy/answer.h"

#include <stdarg.h>
#include <stdio.h>

#include "agent/base/text.h"

__attribute__((format(printf, 4, 0))) static void answer(struct verdict *ret,
							 enum verdict_kind kind,
							 enum authority authority,
							 const char *format, va_list ap)
{
	char reason[1024];

	(void)vsnprintf(reason, sizeof(reason), format, ap); /* what is cut shows in the reason */
	ret->kind = kind;
	ret->authority = authority;
	text_sanitise(reason, ret->reason, sizeof(ret->reason));
}

bool answer_deny(struct verdict *ret, enum authority authority, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	answer(ret, VERDICT_DENY, authority, format, ap);
	va_end(ap);
	return true;
}

void answer_allow(struct verdict *ret, enum authority authority, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	answer(ret, VERDICT_ALLOW, authority, format, ap);
	va_end(ap);
}

void answer_quorum(struct verdict *ret, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	answer(ret, VERDICT_QUORUM, AUTHORITY_QUORUM, format, ap);
	va_end(ap);
}
