/*
 * model/outcome.c - see outcome.h
 */
#include "agent/model/outcome.h"

#include <stddef.h>

const char *outcome_name(enum outcome o)
{
	switch (o) {
	case OUTCOME_SIGNED:
		return "signed";
	case OUTCOME_DONE:
		return "done";
	case OUTCOME_DENIED:
		return "denied";
	case OUTCOME_FAILED:
		return "failed";
	case OUTCOME_TIMEOUT:
		return "timeout";
	case OUTCOME_CANCELLED:
		return "cancelled";
	case OUTCOME_UNKNOWN:
		return "unknown";
	case OUTCOME_PENDING:
		return "pending";
	case OUTCOME_NONE:
		break;
	}
	return NULL;
}
