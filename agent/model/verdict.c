/*
 * model/verdict.c - see verdict.h
 */
#include "agent/model/verdict.h"

#include <stddef.h>

const char *authority_name(enum authority a)
{
	switch (a) {
	case AUTHORITY_POLKIT:
		return "polkit";
	case AUTHORITY_SAME_USER:
		return "same-user";
	case AUTHORITY_KEY_FILE:
		return "key-file";
	case AUTHORITY_GRANT:
		return "grant";
	case AUTHORITY_QUORUM:
		return "quorum";
	case AUTHORITY_BREAK_GLASS:
		return "break-glass";
	case AUTHORITY_NONE:
		break;
	}
	return NULL;
}
