/*
 * model/verdict.h - what was decided, on whose authority, and why
 */
#ifndef AGENT_MODEL_VERDICT_H
#define AGENT_MODEL_VERDICT_H

enum verdict_kind {
	VERDICT_DENY = 0,
	VERDICT_ALLOW,
	VERDICT_ASK,    /* polkit has to be asked */
	VERDICT_QUORUM, /* other people have to approve */
};

enum authority {
	AUTHORITY_NONE = 0,
	AUTHORITY_POLKIT,
	AUTHORITY_SAME_USER,
	AUTHORITY_KEY_FILE,
	AUTHORITY_GRANT,
	AUTHORITY_QUORUM,
	AUTHORITY_BREAK_GLASS,
};

struct verdict {
	enum verdict_kind kind;
	enum authority authority;
	char reason[256]; /* "... because ...", a sentence without a full stop; empty for ASK */
};

/* As recorded: "polkit", "same-user", "key-file", "grant", ...; NULL for none. */
const char *authority_name(enum authority a);

#endif
