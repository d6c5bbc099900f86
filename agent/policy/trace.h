/*
 * policy/trace.h - how a decision came about, step by step, for people
 *
 * decide() writes it while it decides, so that an explanation and a decision can never differ. Nothing
 * is ever decided by what stands in it.
 */
#ifndef AGENT_POLICY_TRACE_H
#define AGENT_POLICY_TRACE_H

#include <stddef.h>

#include "agent/base/limits.h"
#include "agent/model/key.h"

enum trace_result {
	TRACE_RESULT_NONE = 0, /* does not apply; what comes next decides */
	TRACE_RESULT_PASSED,
	TRACE_RESULT_ALLOWED,
	TRACE_RESULT_REFUSED,
	TRACE_RESULT_ASKS, /* a person, polkit or approvers would have to be asked */
};

struct trace_step {
	const char *
		name; /* a constant: "key", the key of a file such as "NotAfter", "grant", "polkit" */
	char source[PATH_SHOWN_MAX + 1]; /* a file, "polkit", "signetd" */
	unsigned line;                   /* of the file; 0: not known, or all of it */
	enum trace_result result;
	char text[SENTENCE_MAX + 1]; /* what was looked at, cleaned */
};

struct trace {
	struct trace_step steps[TRACE_STEPS_MAX];
	size_t n;
};

/* Appends a step; trace may be NULL: nobody wants to know. What is more than fits is left out. */
void trace_add(struct trace *trace, const char *name, const char *source, unsigned line,
	       enum trace_result result, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* The same for a key of the key's file, at the place where that was set. */
void trace_add_limit(struct trace *trace, const struct key_rule *rule, const char *name,
		     enum trace_result result, const char *text);

/* "passed", "allowed", "refused", "asks"; "none" for all others. */
const char *trace_result_name(enum trace_result r);

#endif
