/*
 * policy/trace.c - see trace.h
 */
#include "agent/policy/trace.h"

#include <stdarg.h>
#include <stdio.h>

#include "agent/base/text.h"

const char *trace_result_name(enum trace_result r)
{
	switch (r) {
	case TRACE_RESULT_PASSED:
		return "passed";
	case TRACE_RESULT_ALLOWED:
		return "allowed";
	case TRACE_RESULT_REFUSED:
		return "refused";
	case TRACE_RESULT_ASKS:
		return "asks";
	case TRACE_RESULT_NONE:
		break;
	}
	return "none";
}

void trace_add(struct trace *trace, const char *name, const char *source, unsigned line,
	       enum trace_result result, const char *format, ...)
{
	struct trace_step *step;
	char raw[SENTENCE_MAX + 1];
	va_list ap;

	if (!trace || trace->n == TRACE_STEPS_MAX)
		return;
	step = &trace->steps[trace->n++];
	step->name = name;
	step->line = line;
	step->result = result;
	text_sanitise(source, step->source, sizeof(step->source));
	va_start(ap, format);
	(void)vsnprintf(raw, sizeof(raw), format, ap); /* what is cut shows */
	va_end(ap);
	text_sanitise(raw, step->text, sizeof(step->text));
}

void trace_add_limit(struct trace *trace, const struct key_rule *rule, const char *name,
		     enum trace_result result, const char *text)
{
	const struct key_place *place = key_rule_place(rule, name);

	trace_add(trace, name, place ? place->path : rule->path, place ? place->line : 0, result,
		  "%s", text);
}
