/*
 * worker/answer.c - see answer.h
 */
#include "agent/worker/answer.h"

#include <stdarg.h>
#include <stdio.h>

#include "agent/base/text.h"

void answer_ok(struct answer *a)
{
	a->result = JOB_RESULT_OK;
	a->ckr = 0;
	a->sentence[0] = '\0';
}

void answer_set(struct answer *a, enum job_result result, unsigned long ckr, const char *format,
		...)
{
	char raw[ANSWER_SENTENCE_SIZE];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(raw, sizeof(raw), format, ap); /* a cut sentence is better than none */
	va_end(ap);
	a->result = result;
	a->ckr = ckr;
	text_sanitise(raw, a->sentence, sizeof(a->sentence));
}
